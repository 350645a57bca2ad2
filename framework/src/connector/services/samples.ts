import type { Json, JsonObject } from '../../shared';
import type { BlueprintDefinition, Field, Fields, Relation } from './definition';
import { catalogue } from './load-services';
import { choicesOf, classificationsOf } from './validate-element';

/** An element that is valid: what tests of connectors, contexts and stores write. */
export interface SampleElement {
  readonly blueprint: string;
  readonly identifier: string;
  readonly properties: JsonObject;
  readonly relations: JsonObject;
  readonly classifications: JsonObject;
}

interface SampleOptions {
  /** Distinguishes several of one blueprint; default `1`. */
  readonly name?: string;
  /** Every field, one relation of each choice, every classification; default: what is required. */
  readonly full?: boolean;
}

/** A valid element of a blueprint. The other ends of its relations are the samples of the same name of their blueprints. */
export function sampleElement(blueprint: BlueprintDefinition, { name = '1', full = false }: SampleOptions = {}): SampleElement {
  const identifier = sampleIdentifier(blueprint.identifier, name);
  const fields = Object.entries(blueprint.properties).filter(([field]) => full || blueprint.required.includes(field));
  const properties = sampleFields(Object.fromEntries(fields), full);
  const relations = choicesOf(blueprint.relations).map(([first = '']) => [first, blueprint.relations[first]!] as const);
  return {
    blueprint: blueprint.identifier,
    identifier,
    properties: { ...properties, ...('qualifiedName' in properties ? { qualifiedName: identifier } : {}) },
    relations: Object.fromEntries(relations.filter(([, { required }]) => full || required).map(([relation, one]) => [relation, sampleRelation(one, { name, full })])),
    classifications: full ? Object.fromEntries([...classificationsOf(blueprint)].map(([classification, { properties }]) => [classification, sampleFields(properties, full)])) : {},
  };
}

const sampleIdentifier = (blueprint: string, name: string): string => `${blueprint}-${name}`;

/** Samples of every blueprint, those of anchors before those of their parts. */
export function sampleElements(options: SampleOptions = {}): readonly SampleElement[] {
  const done = new Set<string>();
  const ordered: BlueprintDefinition[] = [];
  const visit = (blueprint: BlueprintDefinition): void => {
    if (done.has(blueprint.identifier)) return;
    done.add(blueprint.identifier);
    for (const { target, anchor } of Object.values(blueprint.relations)) {
      const whole = catalogue.blueprints.get(target);
      if (anchor && whole !== undefined) visit(whole);
    }
    ordered.push(blueprint);
  };
  for (const blueprint of catalogue.blueprints.values()) visit(blueprint);
  return ordered.map((blueprint) => sampleElement(blueprint, options));
}

function sampleRelation({ target, many, properties }: Relation, { name, full }: { name: string; full: boolean }): Json {
  const to = sampleIdentifier(target, name);
  const end = full && Object.keys(properties).length > 0 ? { to, properties: sampleFields(properties, full) } : to;
  return many ? [end] : end;
}

const sampleFields = (fields: Fields, full: boolean): JsonObject => Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, sampleValue(name, field, full)]));

/** A value of a field; texts are the name of the field, so that a test sees where each went. */
export function sampleValue(name: string, field: Field, full = true): Json {
  switch (field.type) {
    case 'string':
      return field.enum?.[0] ?? (field.format === undefined ? `some ${name}` : '2026-03-01T12:00:00Z');
    case 'integer':
      return field.minimum ?? 1;
    case 'boolean':
      return true;
    case 'array':
      return field.items === undefined ? [] : [sampleValue(name, field.items, full)];
    case 'object':
      if (field.properties !== undefined) return full ? sampleFields(field.properties, full) : {};
      return { key: field.additionalProperties === undefined ? 1 : sampleValue(name, field.additionalProperties, full) };
  }
}
