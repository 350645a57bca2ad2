import { toJson, type Json } from '../shared';
import type { StoredBlueprint } from './blueprint-store';
import type { EntityBody, EntityRow } from './entity-store';
import { invalid, notFound, Refusal } from './envelope';
import { isProtected } from './identifiers';
import { checkRequired, readEntity, type SentEntity } from './read-entity';
import { compileSearch, isQuery, scan, type SearchContext } from './search';
import { bodyOf, rowOf, type Held, type WriteSet } from './write-set';

export interface UpsertFlags {
  /** false: create only. */
  readonly upsert: boolean;
  /** true: only what is sent changes. */
  readonly merge: boolean;
  readonly validationOnly: boolean;
  readonly createMissing: boolean;
}

/** One call's writes: what they are written into, and for whom. */
export interface Upsert extends SearchContext {
  readonly set: WriteSet;
  readonly flags: UpsertFlags;
  /** Number of the writer's User-Agent: the entity is its from now on. */
  readonly source: number;
}

export interface Upserted {
  readonly identifier: string;
  readonly created: boolean;
  readonly row: EntityRow;
}

/** A row whose search identifier did not resolve: it has no name to report. */
export class Unresolved extends Refusal {}

const MAX_RELATION_MATCHES = 100;

/** Reads every entity and relation target that these rows name at once. */
export function prefetch(rows: readonly unknown[], blueprint: StoredBlueprint, upsert: Upsert): void {
  const byBlueprint = new Map<number, Set<string>>();
  const want = (n: number, value: unknown): void => {
    if (typeof value !== 'string') return;
    const wanted = byBlueprint.get(n);
    if (wanted) wanted.add(value);
    else byBlueprint.set(n, new Set([value]));
  };
  const targets = [...blueprint.relations].flatMap(([key, { target }]) => {
    const found = upsert.blueprints.get(target);
    return found ? [{ key, n: found.n }] : [];
  });
  for (const row of rows as readonly { identifier?: unknown; relations?: Record<string, unknown> | null }[]) {
    if (typeof row !== 'object' || row === null) continue;
    want(blueprint.n, row.identifier);
    for (const { key, n } of targets) {
      const value = row.relations?.[key];
      if (Array.isArray(value)) for (const entry of value) want(n, entry);
      else want(n, value);
    }
  }
  for (const [n, wanted] of byBlueprint) upsert.set.prefetch(n, [...wanted]);
}

/** Checks and takes one entity into the write set. Throws a Refusal, and then has changed nothing. */
export function upsertEntity(sent: unknown, blueprint: StoredBlueprint, upsert: Upsert): Upserted {
  const { set, flags, now, source } = upsert;
  const entity = readEntity(sent, blueprint);
  const id = isQuery(entity.identifier) ? resolveIdentifier(entity.identifier, blueprint, upsert) : (entity.identifier as string);
  const before = set.find(blueprint.n, id);
  if (before && !flags.upsert) throw new Refusal(409, 'entity_exists', { message: `entity ${JSON.stringify(id)} exists`, details: { withKey: 'identifier', withValue: id } });

  const old = before && (flags.merge || blueprint.relations.size > 0) ? bodyOf(before) : undefined;
  const body = combine(entity, flags.merge ? old : undefined);
  if (entity.team !== undefined && !Array.isArray(entity.team)) body.team = resolveQuery(entity.team, '_team', upsert).map(({ identifier }) => identifier);
  for (const key in entity.relations) body.relations[key] = resolveRelation(key, entity.relations[key], { blueprint, upsert });
  checkRequired(body, blueprint);

  // Unchanged relations point to what is there: nothing that is pointed to can be deleted alone.
  const relinks = !old || toJson(old.relations) !== toJson(body.relations);
  const bare: Held[] = [];
  const links = relinks ? linksOf(body, { blueprint, upsert, id, bare }) : [];
  for (const target of bare) set.put(target);
  const held: Held = before ?? { n: upsert.entities.nextNumber(), blueprint: blueprint.n, identifier: id, created: now, updated: now, source, stored: false, text: '' };
  Object.assign(held, { source, updated: now, text: toJson(body) });
  if (relinks) held.links = links.map(({ relation, target }) => ({ relation, target: target ?? held.n }));
  set.put(held);
  return { identifier: id, created: before === undefined, row: rowOf(held) };
}

/** Merged into what is there, or on its own; an explicit null stays as null, because its sender compares it with what it sent. */
function combine(entity: SentEntity, old: EntityBody | undefined): EntityBody {
  const body: EntityBody = {
    ...(old?.title === undefined ? {} : { title: old.title }),
    ...(old?.icon === undefined ? {} : { icon: old.icon }),
    team: Array.isArray(entity.team) ? (entity.team as string[]) : (old?.team ?? []),
    properties: { ...old?.properties, ...entity.properties },
    relations: { ...old?.relations },
  };
  for (const member of ['title', 'icon'] as const) {
    const value = entity[member];
    if (value === null) delete body[member];
    else if (value !== undefined) body[member] = value;
  }
  return body;
}

function resolveIdentifier(query: unknown, blueprint: StoredBlueprint, upsert: Upsert): string {
  const [first, second] = resolveQuery(query, blueprint.identifier, upsert);
  if (!first) throw new Unresolved(404, 'not_found', { message: `no entity of blueprint ${JSON.stringify(blueprint.identifier)} matches the search identifier`, details: { field: 'identifier' } });
  if (second) throw new Unresolved(422, 'invalid_request', { message: 'identifier matches more than one entity', details: { field: 'identifier' } });
  return first.identifier;
}

function resolveRelation(key: string, value: unknown, place: { readonly blueprint: StoredBlueprint; readonly upsert: Upsert }): Json {
  const { target, many } = place.blueprint.relations.get(key)!;
  if (!isQuery(value)) return many && typeof value === 'string' ? [value] : (value as Json);
  const found = resolveQuery(value, target, place.upsert).map(({ identifier }) => identifier);
  if (found.length > MAX_RELATION_MATCHES) throw invalid(`relations.${key}`, `matches more than ${MAX_RELATION_MATCHES} entities`);
  if (many) return found;
  if (found.length > 1) throw invalid(`relations.${key}`, 'points to one entity and its search matches more');
  return found[0] ?? null;
}

/** Matches of a mapping's query in one blueprint, what this call has written so far included; one more than a relation may have at the most. */
function resolveQuery(query: unknown, blueprint: string, upsert: Upsert): readonly { readonly identifier: string }[] {
  const search = compileSearch(query, upsert, 'mapping');
  if (!upsert.flags.validationOnly) upsert.set.flush();
  const found: { identifier: string }[] = [];
  for (const page of scan(search, upsert, { blueprint })) {
    found.push(...page.map(({ row }) => ({ identifier: row.identifier })));
    if (found.length > MAX_RELATION_MATCHES) break;
  }
  return found;
}

interface LinkPlace {
  readonly blueprint: StoredBlueprint;
  readonly upsert: Upsert;
  readonly id: string;
  /** Takes the targets that have to be created. */
  readonly bare: Held[];
}

/** The entities that the relations point to; `target` undefined is the entity itself. Throws 404 when one is missing and may not be created. */
function linksOf(body: EntityBody, place: LinkPlace): readonly { readonly relation: string; readonly target: number | undefined }[] {
  const { blueprint, upsert, id, bare } = place;
  const links: { relation: string; target: number | undefined }[] = [];
  for (const [relation, { target }] of blueprint.relations) {
    const value = body.relations[relation] ?? [];
    const wanted = (Array.isArray(value) ? value : [value]) as readonly string[];
    if (wanted.length === 0) continue;
    const targetBlueprint = upsert.blueprints.get(target);
    if (!targetBlueprint) throw notFound('Blueprint', target);
    for (const identifier of wanted) {
      if (identifier === id && targetBlueprint.n === blueprint.n) {
        links.push({ relation, target: undefined });
        continue;
      }
      const isSame = (held: Held): boolean => held.blueprint === targetBlueprint.n && held.identifier === identifier;
      const found = upsert.set.find(targetBlueprint.n, identifier) ?? bare.find(isSame) ?? createBare(identifier, targetBlueprint, place);
      links.push({ relation, target: found.n });
    }
  }
  return links;
}

function createBare(identifier: string, blueprint: StoredBlueprint, { upsert, bare }: LinkPlace): Held {
  if (!upsert.flags.createMissing || isProtected(blueprint.identifier)) {
    throw new Refusal(404, 'not_found', {
      message: `entity ${JSON.stringify(identifier)} of blueprint ${JSON.stringify(blueprint.identifier)} was not found`,
      details: { resource: 'Entity', blueprint: blueprint.identifier, withKey: 'identifier', withValue: identifier },
    });
  }
  const body: EntityBody = { title: identifier, team: [], properties: {}, relations: {} };
  const made: Held = { n: upsert.entities.nextNumber(), blueprint: blueprint.n, identifier, created: upsert.now, updated: upsert.now, source: upsert.source, stored: false, text: toJson(body), links: [] };
  bare.push(made);
  return made;
}
