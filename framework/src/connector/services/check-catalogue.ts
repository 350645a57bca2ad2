import { serviceNames } from '../../contract';
import { ANY, ANY_ASSET, type BlueprintDefinition, type Catalogue, type Field, type Fields } from './definition';

/** What a catalogue breaks of the rules for service files, one sentence each. */
export function checkCatalogue(catalogue: Catalogue): string[] {
  const { services, blueprints, links } = catalogue;
  const codes = [...services.values()].map(({ code }) => code);
  const open = [ANY, ANY_ASSET];
  return [
    ...serviceNames.filter((name) => !services.has(name)).map((name) => `service ${name}: there is no file`),
    ...(new Set(codes).size === codes.length ? [] : ['two services have one code']),
    ...open.filter((name) => blueprints.has(name)).map((name) => `${name}: no blueprint may have this name`),
    ...[...blueprints.values()].flatMap((blueprint) => checkBlueprint(blueprint, catalogue)),
    ...[...links].flatMap(([name, { from, to, properties }]) => [
      ...[from, to].filter((end) => !open.includes(end) && !blueprints.has(end)).map((end) => `link ${name}: there is no blueprint ${end}`),
      ...(open.includes(from) || open.includes(to) ? [] : [`link ${name}: both ends are named, so it is a relation of ${from}`]),
      ...checkFields(properties, `link ${name}`),
    ]),
    ...[...catalogue.classifications].flatMap(([name, { properties }]) => checkFields(properties, `classification ${name}`)),
  ];
}

function checkBlueprint(blueprint: BlueprintDefinition, { blueprints, links, services, classifications }: Catalogue): string[] {
  const { identifier, properties, required, relations } = blueprint;
  const anchors = Object.values(relations).filter(({ anchor }) => anchor);
  const written = [...services.values()].some((service) => service.blueprints.includes(identifier));
  return [
    ...(written ? [] : [`${identifier}: no service writes it`]),
    ...required.filter((name) => !Object.hasOwn(properties, name)).map((name) => `${identifier}: it requires ${name}, which it does not have`),
    ...(blueprint.asset === Object.hasOwn(properties, 'zoneMembership') ? [] : [`${identifier}: assets, and only assets, have zoneMembership`]),
    ...(new Set(anchors.map(({ choice }) => choice)).size > 1 ? [`${identifier}: its anchors are not one choice`] : []),
    ...(anchors.some(({ many }) => many) ? [`${identifier}: an anchor is one element`] : []),
    ...checkFields(properties, identifier),
    ...Object.entries(relations).flatMap(([name, { target, choice, anchor, many, properties: fields }]) => [
      ...(blueprints.has(target) ? [] : [`${identifier}.${name}: there is no blueprint ${target}`]),
      ...(links.has(name) ? [`${identifier}.${name}: a link has this name`] : []),
      ...(relations[choice]?.anchor === anchor && (choice === name || !many) ? [] : [`${identifier}.${name}: those of one choice are all anchors or none, and none is many`]),
      ...checkFields(fields, `${identifier}.${name}`),
    ]),
    ...Object.entries(blueprint.classifications).flatMap(([name, one]) => [
      ...(classifications.has(name) ? [`${identifier}: ${name} is a classification of any element`] : []),
      ...checkFields(one.properties, `${identifier} as ${name}`),
    ]),
  ];
}

const checkFields = (fields: Fields, where: string): string[] => Object.entries(fields).flatMap(([name, field]) => checkField(field, `${where}.${name}`));

function checkField(field: Field, where: string): string[] {
  const { type, enum: allowed, items, properties, additionalProperties } = field;
  return [
    ...(allowed !== undefined && new Set(allowed).size !== allowed.length ? [`${where}: a value stands twice in enum`] : []),
    ...((allowed === undefined && field.format === undefined) || type === 'string' ? [] : [`${where}: enum and format are for strings`]),
    ...((field.minimum === undefined && field.maximum === undefined) || type === 'integer' ? [] : [`${where}: limits are for integers`]),
    ...((items !== undefined) === (type === 'array') ? [] : [`${where}: lists, and only lists, have items`]),
    ...((properties === undefined && additionalProperties === undefined) || type === 'object' ? [] : [`${where}: only objects have members`]),
    ...(properties !== undefined && additionalProperties !== undefined ? [`${where}: an object has named members or is a map`] : []),
    ...(items === undefined ? [] : checkField(items, `${where}[]`)),
    ...(additionalProperties === undefined ? [] : checkField(additionalProperties, `${where}.*`)),
    ...(properties === undefined ? [] : checkFields(properties, where)),
  ];
}
