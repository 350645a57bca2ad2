import { rootMembers } from './keys';
import type { KeySpec, Members } from './spec';

type Schema = Readonly<Record<string, unknown>>;

const DURATION = '^((\\d+(\\.\\d+)?(ms|s|m|h|d))+|P(?=.)(\\d+D)?(T(?=.)(\\d+H)?(\\d+M)?(\\d+(\\.\\d+)?S)?)?)$';
const REFERENCE = {
  description: 'A value that stands in the environment or in a file.',
  anyOf: [
    { type: 'object', properties: { fromEnv: { type: 'string' }, fromFile: { type: 'string' } }, minProperties: 1, additionalProperties: false },
    { type: 'string', pattern: '^env:|^file:|\\$\\{' },
  ],
};

/** The JSON Schema of a configuration, for editors: config.schema.json. */
export function configSchema(): Schema {
  const { description: _, ...root } = schemaOf({ type: 'object', members: rootMembers, description: '' });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of the Integration Framework',
    ...root,
    $defs: { reference: REFERENCE },
  };
}

function schemaOf(spec: KeySpec): Schema {
  const forms: Schema[] = [typed(spec)];
  if (spec.word !== undefined) forms.push({ const: spec.word });
  if (spec.file === true) forms.push({ type: 'string' });
  if (spec.type === 'list' && spec.single === true && spec.items) forms.push(schemaOf({ ...spec.items, description: spec.items.description }));
  if (spec.nullable === true) forms.push({ type: 'null' });
  if (!['list', 'object', 'any', 'expression'].includes(spec.type)) forms.push({ $ref: '#/$defs/reference' });
  const description = spec.later === true ? `${spec.description} Without effect in this release.` : spec.description;
  const notes = { description, ...(spec.default !== undefined && { default: spec.default }) };
  return forms.length === 1 ? { ...notes, ...forms[0] } : { ...notes, anyOf: forms };
}

function typed(spec: KeySpec): Schema {
  const range = { ...(spec.min !== undefined && { minimum: spec.min }), ...(spec.max !== undefined && { maximum: spec.max }) };
  switch (spec.type) {
    case 'any':
      return {};
    case 'string':
      return { type: 'string', ...(spec.enum && { enum: words(spec.enum, spec.anyCase === true) }), ...(spec.pattern && { pattern: spec.pattern.regexp.source }) };
    case 'secret':
      return { type: 'string' };
    case 'integer':
    case 'number':
      return { type: spec.type, ...range };
    case 'boolean':
      return { type: 'boolean' };
    case 'duration':
      return { type: 'string', pattern: DURATION };
    case 'expression':
      return { type: ['string', 'number', 'boolean', ...(spec.query === true ? ['object', 'array'] : [])] };
    case 'list':
      return { type: 'array', ...(spec.items && { items: schemaOf(spec.items) }), ...(spec.min !== undefined && { minItems: spec.min }), ...(spec.max !== undefined && { maxItems: spec.max }) };
    case 'object':
      return objectSchema(spec);
  }
}

const words = (known: readonly string[], anyCase: boolean): readonly string[] => (anyCase ? [...new Set(known.flatMap((word) => [word, word.toLowerCase()]))] : known);

function objectSchema(spec: KeySpec): Schema {
  const required = Object.entries(spec.members ?? {}).flatMap(([key, member]) => (member.required === true && !member.aliases ? [key] : []));
  return {
    type: 'object',
    ...(spec.members && { properties: Object.fromEntries(propertiesOf(spec.members)) }),
    ...(required.length > 0 && { required }),
    additionalProperties: spec.items ? schemaOf(spec.items) : spec.members === undefined || spec.open === true,
  };
}

const propertiesOf = (members: Members): readonly (readonly [string, Schema])[] =>
  Object.entries(members).flatMap(([key, member]) => [key, ...(member.aliases ?? [])].map((name) => [name, schemaOf(member)] as const));
