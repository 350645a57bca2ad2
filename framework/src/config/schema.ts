import { isObject } from '../shared';
import { membersWith, noComponents, type Components } from './components';
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
export function configSchema(components: Components = noComponents): Schema {
  const { description: _, ...root } = schemaOf({ type: 'object', members: membersWith(components), description: '' });
  const { schema, definitions } = shareMembers(root);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of the Integration Framework',
    ...schema,
    $defs: { reference: REFERENCE, ...definitions },
  };
}

/** Shorter ones read better where they stand. */
const WORTH_SHARING = 250;

/** Members that are alike in several places (every source has them) become one definition, by the name of the member. */
function shareMembers(root: Schema): { readonly schema: Schema; readonly definitions: Readonly<Record<string, unknown>> } {
  const seen = new Map<string, number>();
  const textOf = (key: string, member: unknown): string => `${key} ${JSON.stringify(member)}`;
  replaceMembers(root, (key, member) => {
    const text = textOf(key, member);
    seen.set(text, (seen.get(text) ?? 0) + 1);
    return undefined;
  });
  const definitions: Record<string, unknown> = {};
  const names = new Map<string, string>();
  const share = (key: string, member: unknown, text: string): Schema => {
    let name = names.get(text);
    if (name === undefined) {
      name = key;
      for (let count = 2; name in definitions || name === 'reference'; count++) name = `${key}-${count}`;
      names.set(text, name);
      definitions[name] = member;
    }
    return { $ref: `#/$defs/${name}` };
  };
  const schema = replaceMembers(root, (key, member) => {
    const text = textOf(key, member);
    return text.length > WORTH_SHARING && (seen.get(text) ?? 0) > 1 ? (inner) => share(key, inner, text) : undefined;
  });
  return { schema: schema as Schema, definitions };
}

/** `choose` sees a member as it was, and may give what is done with it once what lies inside is replaced. */
function replaceMembers(value: unknown, choose: (key: string, member: unknown) => ((replaced: unknown) => unknown) | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => replaceMembers(item, choose));
  if (!isObject(value)) return value;
  const member = (name: string, inner: unknown): unknown => {
    const replaced = replaceMembers(inner, choose);
    return choose(name, inner)?.(replaced) ?? replaced;
  };
  const within = (key: string, inner: unknown): unknown => (key === 'properties' && isObject(inner) ? Object.fromEntries(Object.entries(inner).map(([name, one]) => [name, member(name, one)])) : replaceMembers(inner, choose));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, within(key, inner)]));
}

function schemaOf(spec: KeySpec): Schema {
  const forms: Schema[] = [typed(spec)];
  if (spec.word !== undefined) forms.push({ const: spec.word });
  if (spec.file === true) forms.push({ type: 'string' });
  if (spec.type === 'list' && spec.single === true && spec.items) forms.push(schemaOf({ ...spec.items, description: spec.items.description }));
  if (spec.nullable === true) forms.push({ type: 'null' });
  if (!['list', 'object', 'any', 'expression'].includes(spec.type)) forms.push({ $ref: '#/$defs/reference' });
  const notes = { description: spec.description, ...(spec.default !== undefined && { default: spec.default }) };
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
    case 'instant':
      return { type: 'string', format: 'date-time' };
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
  const { variants, ...base } = spec;
  if (!variants) return plainObject(base);
  const { by = 'type' } = variants;
  const types = Object.keys(variants.members);
  const known = Object.entries(variants.members).map(([type, members]) => variant(variants.refine ? members : { ...spec.members, ...members }, { [by]: { const: type } }, variants.refine === true));
  const others = variants.others ? [variant(variants.refine ? {} : (spec.members ?? {}), { [by]: { type: 'string', pattern: `^(?!(${types.join('|')})$)` } }, true)] : [];
  // An entry in the other form has no member `type`.
  const untyped = variants.refine ? [{ type: 'object', properties: { source: { type: 'object' } }, required: ['source'] }] : [];
  const anyOf = [...known, ...others, ...untyped];
  return variants.refine ? { ...plainObject(base), anyOf } : { anyOf };
}

/** `named`: the member that says which variant it is. */
function variant(members: Members, named: Schema, open: boolean): Schema {
  const { properties, required = [], ...rest } = plainObject({ type: 'object', members, open, description: '' }) as { readonly properties: object; readonly required?: readonly string[] };
  return { ...rest, properties: { ...properties, ...named }, required: [...new Set([...Object.keys(named), ...required])] };
}

function plainObject(spec: KeySpec): Schema {
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
