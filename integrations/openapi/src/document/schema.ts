import { isObject, type JsonObject } from '@integration-framework/framework';
import { nameOf, resolve } from './references';

/** A schema, looked through: what an attribute says of it. */
export interface Shape {
  /** `Pet`, `array of string`, `map of Pet`. */
  readonly dataType: string;
  /** What describes it best: of a list the schema of its items, of other things itself. */
  readonly members: readonly Member[];
  readonly isList: boolean;
  readonly schema: JsonObject;
  /** The references on the way here. */
  readonly through: readonly string[];
  /** A reference that leads nowhere, or to another document. */
  readonly unresolved?: string;
}
export interface Member {
  readonly name: string;
  readonly schema: unknown;
  readonly required: boolean;
}

// Lists of lists of lists, and schemas of schemas: deeper ones are not told apart.
const MOST_NESTING = 10;

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The word for its type: of `[string, null]` the first. */
function typeOf(schema: JsonObject): string {
  const types = listOf(schema['type']).filter((type): type is string => typeof type === 'string' && type !== 'null');
  const type = textOf(schema['type']) ?? (types.length > 0 ? types.join(' or ') : undefined);
  const format = textOf(schema['format']);
  if (type !== undefined) return format === undefined ? type : `${type} (${format})`;
  if (isObject(schema['properties'])) return 'object';
  if (schema['items'] !== undefined) return 'array';
  if (schema['enum'] !== undefined || schema['const'] !== undefined) return typeof (listOf(schema['enum'])[0] ?? schema['const']);
  return 'any';
}

/** Reads one schema, not those below it. */
export function shapeOf(document: JsonObject, node: unknown, nesting = 0): Shape {
  const found = resolve(document, node);
  if (found === undefined) return { dataType: 'any', members: [], isList: false, schema: {}, through: [] };
  if ('unresolved' in found) return { dataType: nameOf(found.unresolved), members: [], isList: false, schema: {}, through: [], unresolved: found.unresolved };
  const { value: schema, through } = found;
  const [first] = through;
  const items = itemsOf(schema);
  if (items !== undefined && nesting < MOST_NESTING) {
    const inner = shapeOf(document, items, nesting + 1);
    const dataType = first === undefined ? `array of ${inner.dataType}` : nameOf(first);
    return { dataType, members: inner.members, isList: true, schema, through: [...through, ...inner.through], ...(inner.unresolved !== undefined && { unresolved: inner.unresolved }) };
  }
  const collected = membersOf(document, schema, { through, nesting });
  const own = typeOf(schema);
  const dataType = first === undefined ? (own === 'any' && collected.of !== undefined ? collected.of : mapOf(document, schema, own, nesting)) : nameOf(first);
  return { dataType, members: collected.members, isList: false, schema, through: [...through, ...collected.through], ...(collected.unresolved !== undefined && { unresolved: collected.unresolved }) };
}

function itemsOf(schema: JsonObject): unknown {
  const { items } = schema;
  const isArray = schema['type'] === 'array' || listOf(schema['type']).includes('array');
  if (!isArray && items === undefined) return undefined;
  return items ?? {};
}

function mapOf(document: JsonObject, schema: JsonObject, own: string, nesting: number): string {
  const values = schema['additionalProperties'];
  if (!isObject(values) || isObject(schema['properties']) || nesting >= MOST_NESTING) return own;
  return `map of ${shapeOf(document, values, nesting + 1).dataType}`;
}

interface Collected {
  readonly members: readonly Member[];
  readonly through: readonly string[];
  /** The type of an only part. */
  readonly of?: string;
  readonly unresolved?: string;
}

/** Its fields: own ones, those of all parts (`allOf`), and those of alternatives (`oneOf`, `anyOf`), of which none is required. `*` stands for other names. */
function membersOf(document: JsonObject, schema: JsonObject, { through, nesting }: { through: readonly string[]; nesting: number }): Collected {
  const found = new Map<string, Member>();
  const passed: string[] = [];
  const types: string[] = [];
  let unresolved: string | undefined;
  const required = new Set(listOf(schema['required']));
  const add = (member: Member): void => {
    const known = found.get(member.name);
    found.set(member.name, known ? { ...known, required: known.required || member.required } : member);
  };
  for (const [name, member] of Object.entries(isObject(schema['properties']) ? schema['properties'] : {})) add({ name, schema: member, required: required.has(name) });
  for (const [name, member] of Object.entries(isObject(schema['patternProperties']) ? schema['patternProperties'] : {})) add({ name, schema: member, required: false });
  if (isObject(schema['additionalProperties']) && Object.keys(schema['additionalProperties']).length > 0) add({ name: '*', schema: schema['additionalProperties'], required: false });
  for (const key of ['allOf', 'oneOf', 'anyOf'] as const) {
    for (const node of nesting < MOST_NESTING ? listOf(schema[key]) : []) {
      const part = resolve(document, node);
      if (part !== undefined && !('unresolved' in part) && part.through.some((reference) => through.includes(reference))) continue; // a part of itself
      const shape = shapeOf(document, node, nesting + 1);
      if (shape.dataType !== 'null') types.push(shape.dataType);
      passed.push(...shape.through);
      unresolved ??= shape.unresolved;
      for (const member of shape.isList ? [] : shape.members) add({ ...member, required: key === 'allOf' && (member.required || required.has(member.name)) });
    }
  }
  for (const [name, member] of found) if (required.has(name) && !member.required) found.set(name, { ...member, required: true });
  const of = types.length > 0 ? [...new Set(types)].join(schema['allOf'] === undefined ? ' or ' : ' and ') : undefined;
  return { members: [...found.values()], through: passed, ...(of !== undefined && { of }), ...(unresolved !== undefined && { unresolved }) };
}
