import { isObject, type JsonObject } from '../shared';
import { compilePattern, PROPERTY_TYPES } from './check-property';
import { invalid } from './envelope';
import { FORMATS } from './formats';
import { identifier } from './identifiers';

const MEMBERS_OF_OBJECTS = ['calculationProperties', 'mirrorProperties', 'aggregationProperties', 'relations'] as const;

/** Refuses (422) what is not a blueprint; fills the members that every answer has. */
export function checkBlueprint(body: unknown): JsonObject & { readonly identifier: string } {
  if (!isObject(body)) throw invalid('body', 'must be an object');
  const id = identifier('blueprint', body['identifier']);
  text(body['title'], 'title', 100);
  if (body['description'] !== undefined && body['description'] !== null) text(body['description'], 'description', 200, 0);
  const schema = body['schema'];
  if (!isObject(schema)) throw invalid('schema', 'must be an object');
  const properties = schema['properties'];
  if (!isObject(properties)) throw invalid('schema.properties', 'must be an object');
  for (const [key, property] of Object.entries(properties)) checkPropertyOf(`schema.properties.${key}`, key, property);
  const required = schema['required'] ?? [];
  if (!Array.isArray(required)) throw invalid('schema.required', 'must be a list');
  for (const key of required) if (typeof key !== 'string' || !Object.hasOwn(properties, key)) throw invalid('schema.required', `names ${JSON.stringify(key)}, which is no property`);
  for (const member of MEMBERS_OF_OBJECTS) {
    const value = body[member] ?? {};
    if (!isObject(value)) throw invalid(member, 'must be an object');
    for (const key of Object.keys(value)) identifier('key', key, `${member}.${key}`);
  }
  const relations = Object.fromEntries(Object.entries((body['relations'] ?? {}) as Record<string, unknown>).map(([key, relation]) => [key, checkRelation(`relations.${key}`, relation)]));
  return { ...Object.fromEntries(MEMBERS_OF_OBJECTS.map((member) => [member, {}])), ...dropNull(body), identifier: id, schema: { ...schema, properties, required }, relations } as JsonObject & { readonly identifier: string };
}

function checkPropertyOf(field: string, key: string, property: unknown): void {
  identifier('key', key, field);
  if (!isObject(property)) throw invalid(field, 'must be an object');
  if (!PROPERTY_TYPES.includes(property['type'] as string)) throw invalid(`${field}.type`, `must be one of ${PROPERTY_TYPES.join(', ')}`);
  const format = property['format'];
  if (format !== undefined && (typeof format !== 'string' || !Object.hasOwn(FORMATS, format))) throw invalid(`${field}.format`, `must be one of ${Object.keys(FORMATS).join(', ')}`);
  if (property['title'] !== undefined) text(property['title'], `${field}.title`, 100);
  if (property['enum'] !== undefined && !Array.isArray(property['enum'])) throw invalid(`${field}.enum`, 'must be a list');
  if (property['pattern'] !== undefined && (typeof property['pattern'] !== 'string' || !compilePattern(property['pattern']))) throw invalid(`${field}.pattern`, 'must be a regular expression');
}

function checkRelation(field: string, relation: unknown): Record<string, unknown> {
  if (!isObject(relation)) throw invalid(field, 'must be an object');
  identifier('blueprint', relation['target'], `${field}.target`);
  for (const member of ['required', 'many']) if (relation[member] !== undefined && typeof relation[member] !== 'boolean') throw invalid(`${field}.${member}`, 'must be true or false');
  return { required: false, many: false, ...relation };
}

function text(value: unknown, field: string, max: number, min = 1): void {
  if (typeof value !== 'string') throw invalid(field, 'must be a string');
  const length = [...value].length;
  if (length < min || length > max) throw invalid(field, `must have ${min} to ${max} characters`);
}

const dropNull = (body: Record<string, unknown>): Record<string, unknown> => Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
