import { canonicalEntity } from '../../contract';
import { hashText, isObject, type Json, type JsonObject } from '../../shared';
import type { EntityTemplate } from './entity-template';
import { toDoubles, type Evaluated, type Item } from './evaluate';
import { Failure } from './jq/failure';
import { setMember } from './jq/values';
import type { Counting } from './report';
import { fillQuery, isQuery, type Slot } from './search';
import { stableText } from './stable-text';
import type { InvalidReason, MappedEntity } from './types';

/** What an item is known by. */
export interface Identity {
  readonly blueprint: string;
  readonly identifier: string;
  /** What the body says: text, or the search query. */
  readonly sent: Json;
  readonly search: boolean;
}
/** Why an item has none; `failed` when an expression failed, so that nobody can say which entity it would have been. */
export interface NoIdentity {
  readonly reason: InvalidReason;
  readonly message: string;
  readonly failed: boolean;
}

/** Values of an entity's programs for one item, in their order. */
export interface Values {
  readonly template: EntityTemplate;
  readonly values: readonly Evaluated[];
}

const valueOf = (evaluated: Evaluated): Json => (evaluated === undefined || evaluated instanceof Failure ? null : evaluated);

const read = (slot: Slot, { values }: Values): Json =>
  slot.type === 'program' ? valueOf(values[slot.at]) : fillQuery(slot.content, (at) => valueOf(values[at]));

const failureAt = (slot: Slot, { values }: Values): Failure | undefined => {
  const value = slot.type === 'program' ? values[slot.at] : undefined;
  return value instanceof Failure ? value : undefined;
};

const isBlank = (value: Json): boolean =>
  value === null || value === '' || value === 0 || value === false || (typeof value === 'object' && Object.keys(value).length === 0);

/** A number stands for its JSON text. */
function textOf(value: Json): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(Number(value)) : undefined;
}

export function identityOf(evaluated: Values): Identity | NoIdentity {
  const { template } = evaluated;
  const refuse = (reason: InvalidReason, slot: Slot, message: string): NoIdentity => {
    const failure = failureAt(slot, evaluated);
    return { reason, message: failure ? `${reason === 'noBlueprint' ? 'blueprint' : 'identifier'}: ${failure.message}` : message, failed: failure !== undefined };
  };
  const blueprint = read(template.blueprint, evaluated);
  const blueprintText = isBlank(blueprint) ? undefined : textOf(blueprint);
  const identifier = read(template.identifier, evaluated);
  if (isBlank(identifier)) return refuse('noIdentifier', template.identifier, 'the identifier is empty');
  if (blueprintText === undefined) return refuse('noBlueprint', template.blueprint, isBlank(blueprint) ? 'the blueprint is empty' : 'the blueprint is not a text');
  if (isQuery(identifier)) return { blueprint: blueprintText, identifier: `?${hashText(stableText(identifier))}`, sent: identifier, search: true };
  const text = textOf(identifier);
  if (text === undefined) return refuse('badIdentifier', template.identifier, 'the identifier is neither a text nor a search query');
  return { blueprint: blueprintText, identifier: text, sent: text, search: false };
}

interface BuildHow {
  readonly resource: number;
  readonly counting: Counting;
  readonly item: Item;
}

/** The entity of an item whose identity is known. Counts what is null, failed or left out. */
export function buildEntity(identity: Identity, evaluated: Values, how: BuildHow): MappedEntity {
  const { template } = evaluated;
  const { counting } = how;
  countFields(evaluated, counting);
  const entity: Record<string, Json> = { blueprint: identity.blueprint, identifier: identity.sent };
  if (template.title) put(entity, 'title', scalarText(read(template.title, evaluated)), counting);
  if (template.icon) put(entity, 'icon', scalarText(read(template.icon, evaluated)), counting);
  const team = template.team && teamOf(read(template.team, evaluated));
  if (template.team) put(entity, 'team', team, counting);
  entity['properties'] = membersOf(template.properties, evaluated);
  const relations = membersOf(template.relations, evaluated);
  entity['relations'] = relations;
  const search = identity.search || isQuery(team) || Object.values(relations).some(isQuery);
  const { body, content } = write(entity, how);
  return { resource: how.resource, blueprint: identity.blueprint, identifier: identity.identifier, body, hash: hashText(canonicalEntity(content)), search };
}

function countFields({ template, values }: Values, counting: Counting): void {
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    if (value !== undefined && value !== null && !(value instanceof Failure)) continue;
    const { field } = template.programs[at]!;
    if (value instanceof Failure) counting.fieldError(field, `${field}: ${value.message}`);
    else counting.fieldNull(field);
  }
}

function membersOf(slots: readonly (readonly [string, Slot])[], evaluated: Values): Record<string, Json> {
  const members: Record<string, Json> = {};
  for (const [key, slot] of slots) setMember(members, key, read(slot, evaluated));
  return members;
}

/** Undefined: the field is left out. */
function put(entity: Record<string, Json>, field: string, value: Json | undefined, counting: Counting): void {
  if (value === undefined) counting.fieldDropped(field, `${field}: a list or an object is no ${field}; the field is left out`);
  else entity[field] = value;
}

/** Title and icon are texts: other scalars become their JSON text. */
function scalarText(value: Json): Json | undefined {
  if (value === null || typeof value === 'string') return value;
  return typeof value === 'object' ? undefined : String(typeof value === 'bigint' ? Number(value) : value);
}

function teamOf(value: Json): Json | undefined {
  if (Array.isArray(value)) return value as Json;
  return isObject(value) ? (isQuery(value) ? (value as Json) : undefined) : scalarText(value);
}

/** Text and content of the entity, every number a double. */
function write(entity: Record<string, Json>, how: BuildHow): { readonly body: string; readonly content: JsonObject } {
  try {
    return { body: JSON.stringify(entity), content: entity };
  } catch {
    const content = toDoubles(entity) as Record<string, Json>;
    how.item.digits ??= fieldWithDigits(entity);
    return { body: JSON.stringify(content), content };
  }
}

function fieldWithDigits(entity: Record<string, Json>): string {
  const holds = (value: Json): boolean => typeof value === 'bigint' || (typeof value === 'object' && value !== null && Object.values(value).some(holds));
  for (const group of ['properties', 'relations']) {
    const found = Object.entries(entity[group] as Record<string, Json>).find(([, value]) => holds(value));
    if (found) return `${group}.${found[0]}`;
  }
  return Object.keys(entity).find((key) => holds(entity[key]!)) ?? 'identifier';
}
