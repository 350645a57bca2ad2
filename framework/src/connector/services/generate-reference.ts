import { limitsText } from './check-value';
import { ANY, ANY_ASSET, type BaseDefinition, type BlueprintDefinition, type Catalogue, type Classification, type Field, type Fields, type Link, type Relation, type ServiceDefinition } from './definition';

const FACTS: Readonly<Record<ServiceDefinition['direction'], string>> = {
  FROM_THIRD_PARTY: '`FROM_THIRD_PARTY`',
  TO_THIRD_PARTY: '`TO_THIRD_PARTY`',
  BOTH_DIRECTIONS: '`BOTH_DIRECTIONS` (works as `FROM_THIRD_PARTY`)',
  OTHER: '`OTHER`',
};

/** The text of `docs/services.md`. */
export function generateReference(catalogue: Catalogue): string {
  const services = [...catalogue.services.values()];
  const homeOf = ({ definedBy }: BlueprintDefinition): string | undefined => definedBy[0];
  const blueprints = [...catalogue.blueprints.values()];
  const helpers = blueprints.filter((blueprint) => homeOf(blueprint) === undefined);
  return [
    '# Services of connectors',
    '',
    '<!-- Generated from framework/src/connector/services by `UPDATE_GENERATED=1 npx jest --config framework/jest.config.js framework/src/connector/services/generated`. -->',
    '',
    'A connector works through services: each is a module of its context with blueprints of its own, whose elements become entities one to one. A name is one blueprint',
    'over all services: it has the fields of each of them and requires what all require. **R** marks what is required, **A** an asset (it may be published and withdrawn),',
    '⚓ the anchor of an element: the element goes with it. An identifier is made of the names on the other side, or of a lasting id where it has one.',
    '',
    ...table(['Service', 'Code', 'Serves', 'Default direction', 'Source kind'], services.map(serviceRow)),
    '## How an element is given',
    '',
    'An element is `{blueprint, identifier, properties, relations, classifications}`. Null stands for no value. A date-time is RFC 3339. A field that the blueprint does not have is',
    'refused: fields of a subtype (named by `typeName`) go into `extendedProperties`, other text into `additionalProperties`.',
    'A relation is the identifier of the other end, or `{to, properties}` where it has fields; a list of these where it has many. The portal gets the relation without fields.',
    'Of relations that share a line with "or", at most one is given, and exactly one where **R** stands; they are named after the first, with the other blueprint behind it.',
    'An update that merges may leave out what is required, but not clear it.',
    '',
    'A server has no relation to a host: what it is deployed on is a platform (an operating system, a JVM, a container runtime), and that is on a host. Where you know nothing of the platform make one for each host:',
    '`server:web-1:nginx` `deployedOn` `platform:web-1`, `platform:web-1` `deployedOn` `host:web-1`. Nothing is anchored in a host, a platform or a server: what runs on it stays when it goes.',
    '',
    '## Bases',
    '',
    'Fields that many blueprints share.',
    '',
    ...[...catalogue.bases.values()].filter(({ name }) => name !== 'Helper').flatMap((base) => baseSection(base, catalogue)),
    ...services.flatMap((service) => serviceSection(service, blueprints.filter((blueprint) => homeOf(blueprint) === service.service), catalogue)),
    '## Helpers',
    '',
    'Blueprints that several services share.',
    '',
    ...helpers.flatMap((blueprint) => blueprintSection(blueprint, catalogue)),
    '## Links with an open end',
    '',
    'They are made by a call of their own and kept in the store; a relation of the portal has one target, so it does not show them.',
    '',
    ...table(['Link', 'From', 'To', 'Fields', 'Meaning'], [...catalogue.links].map(linkRow)),
    '## Classifications of any element',
    '',
    ...table(['Classification', 'Fields', 'Meaning'], [...catalogue.classifications].map(([name, { properties, description }]) => [code(name), fieldList(properties), description ?? ''])),
  ].join('\n');
}

const fieldRow = (name: string, field: Field, required: readonly string[]): readonly string[] => [code(name), `${typeText(field)}${required.includes(name) ? ', **R**' : ''}`, field.description ?? ''];

const code = (text: string): string => `\`${text}\``;
const codes = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.map(code).join(' '));

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line), ''];
}

const serviceRow = ({ service, code: number, description, direction, sourceKind, sourceClassifications }: ServiceDefinition): readonly string[] => [
  `[${service}](#${service})`,
  String(number),
  description,
  FACTS[direction],
  `${sourceKind}${sourceClassifications.length === 0 ? '' : `, classified ${sourceClassifications.join(', ')}`}`,
];

function baseSection(base: BaseDefinition, { bases }: Catalogue): readonly string[] {
  const parent = base.extends === undefined ? undefined : bases.get(base.extends);
  const own = Object.entries(base.properties).filter(([name]) => parent === undefined || !Object.hasOwn(parent.properties, name));
  const relations = Object.entries(base.relations).filter(([name]) => parent === undefined || !Object.hasOwn(parent.relations, name));
  return [
    `### ${base.name}`,
    '',
    ...(parent === undefined ? [] : [`All of ${baseLink(parent.name)}, and:`, '']),
    ...table(['Field', 'Type', 'Meaning'], own.map(([name, field]) => fieldRow(name, field, base.required))),
    ...(relations.length === 0 ? [] : relationTable(Object.fromEntries(relations))),
  ];
}

const baseLink = (name: string): string => (name === 'Helper' ? '[Base](#base), none of it required' : `[${name}](#${name.toLowerCase()})`);

function serviceSection(service: ServiceDefinition, home: readonly BlueprintDefinition[], catalogue: Catalogue): readonly string[] {
  const own = home.map(({ identifier }) => identifier);
  const others = service.blueprints.filter((name) => !own.includes(name));
  const mark = (name: string): string => `${code(name)}${catalogue.blueprints.get(name)?.asset === true ? ' **A**' : ''}`;
  return [
    `## ${service.service}`,
    '',
    `${service.description} Code ${service.code}, default direction ${FACTS[service.direction]}.`,
    '',
    `- Blueprints: ${[...own, ...others].map(mark).join(', ')}`,
    `- Only reads: ${service.reads.includes(ANY) ? 'all' : codes(service.reads)}`,
    `- Links: ${codes(service.links)}`,
    ...(service.classifications.length === 0 ? [] : [`- Classifications of any element: ${codes(service.classifications)}`]),
    '',
    ...home.flatMap((blueprint) => blueprintSection(blueprint, catalogue)),
  ];
}

function blueprintSection(blueprint: BlueprintDefinition, { bases }: Catalogue): readonly string[] {
  const inherited = blueprint.bases.flatMap((name) => bases.get(name) ?? []);
  const baseField = (name: string): Field | undefined => inherited.map(({ properties }) => properties[name]).find((field) => field !== undefined);
  // A field of a base is told again where this blueprint narrows it or requires something else of it.
  const own = Object.entries(blueprint.properties).filter(([name, field]) => {
    const base = baseField(name);
    return base === undefined || typeText(base) !== typeText(field) || inherited.some(({ required, properties }) => Object.hasOwn(properties, name) && required.includes(name) !== blueprint.required.includes(name));
  });
  const relations = Object.entries(blueprint.relations).filter(([name]) => !inherited.some((base) => Object.hasOwn(base.relations, name)));
  const facts = [
    ...(blueprint.asset ? ['an asset'] : []),
    ...(blueprint.source === undefined ? ['of our own'] : [`open-metadata type ${code(blueprint.source)}`]),
    ...(blueprint.definedBy.length > 1 ? [`merged from ${blueprint.definedBy.join(', ')}`] : []),
    ...(Object.values(blueprint.properties).some(({ personal }) => personal === true) ? ['its fields are personal (`x-personal`): masked in logs and reports'] : []),
  ];
  const classifications = Object.entries(blueprint.classifications);
  return [
    `### ${blueprint.identifier}`,
    '',
    `${blueprint.description} (${facts.join('; ')})`,
    '',
    ...(inherited.length === 0 ? [] : [`All of ${inherited.map(({ name }) => baseLink(name)).join(' and ')}${own.length === 0 ? '.' : ', and:'}`, '']),
    ...(own.length === 0 ? [] : table(['Field', 'Type', 'Meaning'], own.map(([name, field]) => fieldRow(name, field, blueprint.required)))),
    ...(relations.length === 0 ? [] : relationTable(Object.fromEntries(relations))),
    ...(classifications.length === 0 ? [] : [`Classifications: ${classifications.map(classificationText).join(', ')}`, '']),
  ];
}

function relationTable(relations: Readonly<Record<string, Relation>>): readonly string[] {
  const firsts = Object.keys(relations).filter((name) => relations[name]?.choice === name);
  const rows = firsts.map((first) => {
    const members = Object.entries(relations).filter(([, { choice }]) => choice === first);
    const { anchor, many, required, properties } = members[0]![1];
    const names = members.map(([name, { target }]) => `${code(name)} → ${code(target)}`).join(' or ');
    return [`${anchor ? '⚓ ' : ''}${names}${many ? ', many' : ''}${required ? ', **R**' : ''}`, fieldList(properties)];
  });
  return table(['Relation', 'Its fields'], rows);
}

const classificationText = ([name, { properties }]: readonly [string, Classification]): string => `${code(name)}${Object.keys(properties).length === 0 ? '' : ` (${fieldList(properties)})`}`;

const linkRow = ([name, { from, to, properties, description, readOnly }]: readonly [string, Link]): readonly string[] => [
  code(name),
  endText(from),
  endText(to),
  fieldList(properties),
  `${description}${readOnly ? ' Only read.' : ''}`,
];

const endText = (end: string): string => (end === ANY ? 'any element' : end === ANY_ASSET ? 'any asset' : code(end));

const fieldList = (fields: Fields): string => Object.entries(fields).map(([name, field]) => `${code(name)} ${typeText(field)}`).join(', ');

function typeText(field: Field): string {
  if (field.enum !== undefined) return field.enum.map(code).join(' ');
  const { minimum, maximum } = field;
  switch (field.type) {
    case 'string':
      return field.format ?? 'text';
    case 'integer':
      if (minimum === undefined && maximum === undefined) return 'integer';
      return `integer, ${limitsText({ minimum, maximum })}`;
    case 'boolean':
      return 'boolean';
    case 'array':
      return `list of ${field.items === undefined ? 'anything' : typeText(field.items)}`;
    case 'object':
      if (field.properties !== undefined) return `{${fieldList(field.properties)}}`;
      return field.additionalProperties === undefined ? 'object' : `map of ${typeText(field.additionalProperties)}`;
  }
}
