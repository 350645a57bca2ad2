import { ANY, type BaseDefinition, type BlueprintDefinition, type Catalogue, type Classification, type Field, type Fields, type Relation } from './definition';

const HEADER = '// Generated from the service files by `UPDATE_GENERATED=1 npx jest --config framework/jest.config.js framework/src/connector/services/generated`.';

/** The generated files of contract/elements, by name: what a connector may give for each blueprint, and what each service offers. */
export function generateTypes(catalogue: Catalogue): Readonly<Record<string, string>> {
  const blueprints = [...catalogue.blueprints.values()].sort((one, other) => (one.identifier < other.identifier ? -1 : 1));
  const bases = [...catalogue.bases.values()];
  const elements = blueprints.flatMap((blueprint) => ['', ...propertiesType(blueprint, bases)]);
  const extended = bases.map(({ name }) => name).filter((name) => elements.some((line) => line.includes(`extends ${name} `) || line.endsWith(`= ${name};`)));
  return {
    'base-types.ts': [HEADER, ...bases.flatMap((base) => ['', ...baseType(base, catalogue.bases)]), ''].join('\n'),
    'element-types.ts': [HEADER, `import type { ${extended.join(', ')} } from './base-types';`, ...elements, ''].join('\n'),
    'types.ts': [HEADER, `import type { ${blueprints.map(({ identifier }) => typeName(identifier)).join(', ')} } from './element-types';`, '', ...maps(catalogue, blueprints)].join('\n'),
  };
}

function maps(catalogue: Catalogue, blueprints: readonly BlueprintDefinition[]): readonly string[] {
  const services = [...catalogue.services.values()];
  return [
    "export type * from './base-types';",
    "export type * from './element-types';",
    '',
    '/** The other end of a relation: its identifier, or that with fields of the relation. */',
    'export type To<TFields = Record<string, never>> = string | { readonly to: string; readonly properties?: TFields };',
    '',
    '/** Properties by blueprint. */',
    ...map('ElementProperties', blueprints.map(({ identifier }) => [identifier, typeName(identifier)])),
    'export type BlueprintName = keyof ElementProperties;',
    '',
    '/** Relations by blueprint. Of those that bear the name of the first with a blueprint behind it, one is given. */',
    ...map('ElementRelations', blueprints.map(({ identifier, relations }) => [identifier, relationsType(relations)])),
    '/** Links with an open end, by name: their fields. */',
    ...map('LinkProperties', [...catalogue.links].map(([name, { properties }]) => [name, objectType(properties)])),
    '/** Classifications that any element may bear: their fields. */',
    ...map('AnyClassifications', [...catalogue.classifications].map(([name, { properties }]) => [name, objectType(properties)])),
    '/** Further classifications, by blueprint. */',
    ...map('ElementClassifications', blueprints.map(({ identifier, classifications }) => [identifier, classificationsType(classifications)])),
    '/** What a connector may write through each service. */',
    ...map('ServiceBlueprints', services.map(({ service, blueprints: names }) => [service, union(names)])),
    '/** What it may only read there. */',
    ...map('ServiceReads', services.map(({ service, reads }) => [service, reads.includes(ANY) ? 'BlueprintName' : union(reads)])),
    '/** Links it may make there. */',
    ...map('ServiceLinks', services.map(({ service, links }) => [service, union(links)])),
    '',
  ];
}

const typeName = (identifier: string): string => {
  const name = identifier.charAt(0).toUpperCase() + identifier.slice(1);
  return `${name}Properties`;
};

const NOTHING = 'Record<string, never>';

const union = (names: readonly string[]): string => (names.length === 0 ? 'never' : names.map((name) => `'${name}'`).join(' | '));

function map(name: string, rows: readonly (readonly [string, string])[]): readonly string[] {
  return [`export interface ${name} {`, ...rows.map(([key, type]) => `  readonly ${key}: ${type};`), '}', ''];
}

function baseType(base: BaseDefinition, bases: ReadonlyMap<string, BaseDefinition>): readonly string[] {
  const parent = base.extends === undefined ? undefined : bases.get(base.extends);
  return interfaceOf(base.name, base, parent !== undefined && fits(parent, base) ? parent : undefined);
}

/** What a blueprint adds to the largest base whose every field it has as that base has it. */
function propertiesType(blueprint: BlueprintDefinition, bases: readonly BaseDefinition[]): readonly string[] {
  const fitting = bases.filter((base) => fits(base, blueprint)).sort((one, other) => Object.keys(other.properties).length - Object.keys(one.properties).length);
  return [`/** ${blueprint.description} */`, ...interfaceOf(typeName(blueprint.identifier), blueprint, fitting[0])];
}

interface Members {
  readonly properties: Fields;
  readonly required: readonly string[];
}

/** May `members` extend `base`: has it every field, of that type, and requires at least what the base requires? */
const fits = (base: Members, members: Members): boolean =>
  Object.entries(base.properties).every(([name, field]) => members.properties[name]?.type === field.type) && base.required.every((name) => members.required.includes(name));

function interfaceOf(name: string, members: Members, base: BaseDefinition | undefined): readonly string[] {
  const lines = (from: Members): readonly string[] => Object.entries(from.properties).map(([key, field]) => member(key, field, from.required.includes(key)));
  const inherited = base === undefined ? [] : lines(base);
  const own = lines(members).filter((line) => !inherited.includes(line));
  if (own.length === 0) return [`export type ${name} = ${base?.name ?? NOTHING};`];
  return [`export interface ${name}${base === undefined ? '' : ` extends ${base.name}`} {`, ...own.map((line) => `  ${line}`), '}'];
}

const nullable = (type: string, required: boolean): string => (required ? type : `${type} | null`);

const member = (name: string, field: Field, required: boolean): string => `readonly ${name}${required ? '' : '?'}: ${nullable(typeOf(field), required)};`;

function typeOf(field: Field): string {
  switch (field.type) {
    case 'string':
      return field.enum === undefined ? 'string' : union(field.enum);
    case 'integer':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'array':
      return `readonly ${field.items === undefined || field.items.enum === undefined ? typeOf(field.items ?? { type: 'object' }) : `(${typeOf(field.items)})`}[]`;
    case 'object':
      if (field.properties !== undefined) return objectType(field.properties);
      return `Readonly<Record<string, ${field.additionalProperties === undefined ? 'unknown' : typeOf(field.additionalProperties)}>>`;
  }
}

const objectType = (fields: Fields): string => inline(fields, (name, field) => [`${name}?`, nullable(typeOf(field), false)]);

function inline<T>(members: Readonly<Record<string, T>>, row: (name: string, one: T) => readonly [string, string]): string {
  if (Object.keys(members).length === 0) return NOTHING;
  const texts = Object.entries(members).map(([name, one]) => {
    const [key, type] = row(name, one);
    return `readonly ${key}: ${type}`;
  });
  return `{ ${texts.join('; ')} }`;
}

const relationsType = (relations: Readonly<Record<string, Relation>>): string =>
  inline(relations, (name, relation) => {
    const end = Object.keys(relation.properties).length === 0 ? 'To' : `To<${objectType(relation.properties)}>`;
    // Only one of a choice is given, so the type can require none of them.
    const must = relation.required && Object.values(relations).filter(({ choice }) => choice === relation.choice).length === 1;
    return [`${name}${must ? '' : '?'}`, nullable(relation.many ? `readonly ${end}[]` : end, must)];
  });

const classificationsType = (classifications: Readonly<Record<string, Classification>>): string => inline(classifications, (name, { properties }) => [name, objectType(properties)]);
