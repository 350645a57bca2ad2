import { isDeepStrictEqual } from 'node:util';
import type { Service } from '../../contract';
import { ANY, type BaseDefinition, type BlueprintDefinition, type Catalogue, type Classification, type Fields, type Link, type Relation, type ServiceDefinition } from './definition';
import { baseFile, helperFile, readFields, serviceFile, type BaseFile, type HelperFile, type ServiceFile, type WrittenBlueprint, type WrittenClassifications, type WrittenRelations } from './service-file';

interface Read {
  readonly catalogue: Catalogue;
  /** What could not be laid together, one sentence each. */
  readonly problems: readonly string[];
}

/** Lays the files together: words spelled out, bases laid in, parts of one blueprint merged. Throws when a file has not the form of one. */
export function readCatalogue(written: { readonly base: unknown; readonly helpers: unknown; readonly services: readonly unknown[] }): Read {
  const problems: string[] = [];
  const bases = readBases(baseFile.parse(written.base), problems);
  const helpers = helperFile.parse(written.helpers);
  const files = written.services.map((file) => serviceFile.parse(file)).sort((one, other) => (one.service < other.service ? -1 : 1));
  const blueprints = readBlueprints([helpers, ...files], { bases, problems });
  const links = new Map<string, Link>();
  for (const file of [helpers, ...files]) {
    for (const [name, { from, to, description, readOnly, properties }] of Object.entries(file.links ?? {})) {
      if (links.has(name) || blueprints.has(name)) problems.push(`link ${name}: the name is taken`);
      links.set(name, { from, to, description, readOnly: readOnly === true, properties: readFields(properties ?? {}) });
    }
  }
  const classifications = new Map<string, Classification>();
  for (const file of files) {
    for (const [name, one] of Object.entries(readClassifications(file.classifications ?? {}))) {
      if (classifications.has(name)) problems.push(`classification ${name}: the name is taken`);
      classifications.set(name, one);
    }
  }
  const services = new Map<Service, ServiceDefinition>();
  for (const file of files) {
    if (services.has(file.service)) problems.push(`service ${file.service}: there are two files`);
    services.set(file.service, readService(file, { blueprints, links, problems }));
  }
  return { catalogue: { services, bases, blueprints, links, classifications }, problems };
}

function readBases(file: BaseFile, problems: string[]): ReadonlyMap<string, BaseDefinition> {
  const bases = new Map<string, BaseDefinition>();
  // A base stands behind the one it extends, so one pass is enough.
  for (const [name, written] of Object.entries(file.bases)) {
    const parent = written.extends === undefined ? undefined : bases.get(written.extends);
    if (written.extends !== undefined && parent === undefined) problems.push(`base ${name}: there is no base ${written.extends} before it`);
    bases.set(name, {
      name,
      ...(written.extends === undefined ? {} : { extends: written.extends }),
      properties: { ...parent?.properties, ...readFields(written.schema.properties) },
      required: written.schema.required ?? parent?.required ?? [],
      relations: { ...parent?.relations, ...readRelations(written.relations ?? {}) },
    });
  }
  return bases;
}

interface Context {
  readonly bases: ReadonlyMap<string, BaseDefinition>;
  readonly problems: string[];
}

function readBlueprints(files: readonly (HelperFile | ServiceFile)[], context: Context): ReadonlyMap<string, BlueprintDefinition> {
  const blueprints = new Map<string, BlueprintDefinition>();
  for (const file of files) {
    const service = 'service' in file ? file.service : undefined;
    const names = new Set<string>();
    for (const written of file.blueprints) {
      if (written.service !== service) context.problems.push(`${written.identifier}: it stands in ${service ?? 'helpers'} and says ${written.service ?? 'nothing'}`);
      if (names.has(written.identifier)) context.problems.push(`${written.identifier}: it stands twice in ${service ?? 'helpers'}`);
      names.add(written.identifier);
      const part = readPart(written, context);
      const known = blueprints.get(written.identifier);
      blueprints.set(written.identifier, known === undefined ? part : merge(known, part, context.problems));
    }
  }
  return blueprints;
}

/** "apiOperation" → "Api operation". */
export const titleOf = (name: string): string => {
  const text = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
};

function readPart(written: WrittenBlueprint, { bases, problems }: Context): BlueprintDefinition {
  const { identifier, schema } = written;
  const base = written.extends === undefined ? undefined : bases.get(written.extends);
  if (written.extends !== undefined && base === undefined) problems.push(`${identifier}: there is no base ${written.extends}`);
  const own = readFields(schema.properties);
  for (const [name, field] of Object.entries(own)) {
    const inherited = base?.properties[name];
    if (inherited !== undefined && inherited.type !== field.type) problems.push(`${identifier}.${name}: ${field.type} here, ${inherited.type} in ${written.extends}`);
  }
  const required = schema.required ?? base?.required ?? [];
  for (const name of base?.required ?? []) if (!required.includes(name)) problems.push(`${identifier}: ${written.extends} requires ${name}, so it must too`);
  const properties = { ...base?.properties, ...own };
  return {
    identifier,
    title: written.title ?? titleOf(identifier),
    description: written.description,
    ...(written.icon === undefined ? {} : { icon: written.icon }),
    definedBy: written.service === undefined ? [] : [written.service],
    bases: written.extends === undefined ? [] : [written.extends],
    ...(written.source === undefined ? {} : { source: written.source }),
    asset: written.asset,
    properties: written['x-personal'] === true ? markPersonal(properties) : properties,
    required,
    relations: { ...base?.relations, ...readRelations(written.relations ?? {}) },
    classifications: readClassifications(written.classifications ?? {}),
  };
}

const markPersonal = (fields: Fields): Fields => Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, { ...field, personal: true }]));

/** One name is one blueprint: it has what each of its parts has, and requires what all of them require. */
function merge(one: BlueprintDefinition, other: BlueprintDefinition, problems: string[]): BlueprintDefinition {
  const { identifier } = one;
  for (const member of ['asset', 'source', 'title', 'description'] as const) if (one[member] !== other[member]) problems.push(`${identifier}: its parts differ in ${member}`);
  const together = <T>(what: string, first: Readonly<Record<string, T>>, second: Readonly<Record<string, T>>): Readonly<Record<string, T>> => {
    for (const name of Object.keys(second)) if (Object.hasOwn(first, name) && !isDeepStrictEqual(first[name], second[name])) problems.push(`${identifier}: its parts differ in the ${what} ${name}`);
    return { ...first, ...second };
  };
  return {
    ...other,
    ...one,
    definedBy: [...one.definedBy, ...other.definedBy],
    bases: [...new Set([...one.bases, ...other.bases])],
    properties: together('field', one.properties, other.properties),
    required: one.required.filter((name) => other.required.includes(name)),
    relations: together('relation', one.relations, other.relations),
    classifications: together('classification', one.classifications, other.classifications),
  };
}

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** `table` and `tableView` → view are one choice: the second is the first with the name of its target behind it. */
function readRelations(written: WrittenRelations): Readonly<Record<string, Relation>> {
  const choiceOf = (name: string, target: string): string => {
    const first = name.slice(0, -target.length);
    return name.endsWith(capital(target)) && Object.hasOwn(written, first) ? first : name;
  };
  return Object.fromEntries(
    Object.entries(written).map(([name, { target, anchor = false, many = false, required = anchor, properties = {} }]) => {
      const choice = choiceOf(name, target);
      // Whether one must be set is said by the first.
      const first = written[choice];
      return [name, { target, anchor, many, required: choice === name ? required : (first?.required ?? first?.anchor ?? false), choice, properties: readFields(properties) }];
    }),
  );
}

const readClassifications = (written: WrittenClassifications): Readonly<Record<string, Classification>> =>
  Object.fromEntries(
    Object.entries(written).map(([name, { description, properties }]) => [name, { ...(description === undefined ? {} : { description }), properties: readFields(properties ?? {}) }]),
  );

function readService(file: ServiceFile, known: { readonly blueprints: ReadonlyMap<string, unknown>; readonly links: ReadonlyMap<string, Link>; readonly problems: string[] }): ServiceDefinition {
  const own = file.blueprints.map(({ identifier }) => identifier);
  const used = file.uses ?? [];
  for (const name of used) {
    if (!known.blueprints.has(name) && !known.links.has(name)) known.problems.push(`service ${file.service}: it uses ${name}, which nobody defines`);
    if (own.includes(name)) known.problems.push(`service ${file.service}: it defines ${name} and uses it too`);
  }
  for (const name of file.reads ?? []) if (name !== ANY && !known.blueprints.has(name)) known.problems.push(`service ${file.service}: it reads ${name}, which nobody defines`);
  const blueprints = [...own, ...used.filter((name) => known.blueprints.has(name))].sort();
  // A link with a named end belongs to every service that writes elements of that name.
  const touching = [...known.links].filter(([, { from, to }]) => blueprints.includes(from) || blueprints.includes(to)).map(([name]) => name);
  const links = [...new Set([...Object.keys(file.links ?? {}), ...used.filter((name) => known.links.has(name)), ...touching])].filter((name) => known.links.get(name)?.readOnly !== true);
  return {
    service: file.service,
    code: file.code,
    description: file.description,
    direction: file.direction,
    sourceKind: file.sourceKind,
    sourceClassifications: file.sourceClassifications ?? [],
    blueprints,
    reads: [...(file.reads ?? [])].sort(),
    links: links.sort(),
    classifications: Object.keys(file.classifications ?? {}).sort(),
  };
}
