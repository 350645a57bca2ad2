import { isObject } from '../../shared';
import { checkMembers, hint, kindOf, type ElementProblem } from './check-value';
import { ANY, ANY_ASSET, type BlueprintDefinition, type Classification, type Fields, type Link, type Relation } from './definition';
import { blueprintOf, catalogue } from './load-services';

export type { ElementProblem } from './check-value';

/** An element as somebody gives it: by a call of a connector, or by a message that may hold anything. */
export interface GivenElement {
  readonly blueprint: string;
  readonly identifier: unknown;
  readonly properties?: unknown;
  /** By name: the identifier of the other end, or `{to, properties?}`; a list of these where the relation has many. Null: none. */
  readonly relations?: unknown;
  /** By name: its properties. */
  readonly classifications?: unknown;
}

export interface ValidateOptions {
  /** The element is there already and only what is given changes: nothing may be missing, but nothing required may be cleared. */
  readonly partial?: boolean;
}

/** Everything that is wrong with an element; empty when it may be stored. */
export function validateElement(element: GivenElement, { partial = false }: ValidateOptions = {}): readonly ElementProblem[] {
  const blueprint = blueprintOf(element.blueprint);
  if (blueprint === undefined) return [unknownBlueprint(element.blueprint, 'blueprint')];
  const { identifier, properties = {}, relations = {}, classifications = {} } = element;
  return [
    ...(typeof identifier === 'string' && identifier !== '' ? [] : [{ path: 'identifier', message: `is ${identifier === '' ? 'empty' : kindOf(identifier)}; give text that names the thing on the other side` }]),
    ...inObject(properties, 'properties', (given) => checkProperties(given, blueprint, partial)),
    ...inObject(relations, 'relations', (given) => checkRelations(given, blueprint, partial)),
    ...inObject(classifications, 'classifications', (given) => Object.entries(given).flatMap(([name, fields]) => checkClassification(blueprint, name, fields))),
  ];
}

/** One end of a link. */
export interface End {
  readonly blueprint: string;
  readonly identifier: string;
}
export interface GivenLink {
  /** A relation of `from`'s blueprint, or a link. */
  readonly relation: string;
  readonly from: End;
  readonly to: End;
  readonly properties?: unknown;
}

/** Everything that is wrong with a single link between two elements that are there. */
export function validateLink(link: GivenLink): readonly ElementProblem[] {
  const from = blueprintOf(link.from.blueprint);
  const to = blueprintOf(link.to.blueprint);
  if (from === undefined) return [unknownBlueprint(link.from.blueprint, 'from.blueprint')];
  if (to === undefined) return [unknownBlueprint(link.to.blueprint, 'to.blueprint')];
  const known = linkable(from);
  const relation = known.get(link.relation);
  if (relation === undefined) return [{ path: 'relation', message: `${from.identifier} has no relation '${link.relation}'${hint(link.relation, [...known.keys()])}` }];
  return [
    ...(relation.readOnly ? [{ path: 'relation', message: `'${link.relation}' is only read; its source makes it` }] : []),
    ...(accepts(relation.to, to) ? [] : [{ path: 'to.blueprint', message: `'${link.relation}' leads to ${nameOf(relation.to)}, not to ${to.identifier}` }]),
    ...inObject(link.properties ?? {}, 'properties', (given) => checkMembers(given, relation.properties, { path: 'properties', owner: `relation ${link.relation}` })),
  ];
}

/** Everything that is wrong with classifying an element of a blueprint. */
export function validateClassification(blueprint: string, name: string, properties: unknown = {}): readonly ElementProblem[] {
  const definition = blueprintOf(blueprint);
  return definition === undefined ? [unknownBlueprint(blueprint, 'blueprint')] : checkClassification(definition, name, properties);
}

/** Classifications that elements of a blueprint may bear: its own and those of any element. */
export const classificationsOf = (blueprint: BlueprintDefinition): ReadonlyMap<string, Classification> => new Map([...Object.entries(blueprint.classifications), ...catalogue.classifications]);

const unknownBlueprint = (name: string, path: string): ElementProblem => ({ path, message: `there is no blueprint '${name}'${hint(name, [...catalogue.blueprints.keys()])}` });

function inObject(given: unknown, path: string, check: (given: Readonly<Record<string, unknown>>) => readonly ElementProblem[]): readonly ElementProblem[] {
  return isObject(given) ? check(given) : [{ path, message: `is ${kindOf(given)}; give an object` }];
}

const isGiven = (given: Readonly<Record<string, unknown>>, name: string): boolean => Object.hasOwn(given, name) && given[name] !== undefined;

/** No value, and that matters: missing in a whole element, cleared in a part of one. */
const lacks = (given: Readonly<Record<string, unknown>>, name: string, partial: boolean): boolean => (isGiven(given, name) ? given[name] === null : !partial);

function checkProperties(given: Readonly<Record<string, unknown>>, blueprint: BlueprintDefinition, partial: boolean): readonly ElementProblem[] {
  const elsewhere = Object.hasOwn(blueprint.properties, 'extendedProperties') ? '; fields of a subtype go into extendedProperties, other text into additionalProperties' : undefined;
  const place = { path: 'properties', owner: blueprint.identifier, ...(elsewhere === undefined ? {} : { elsewhere }) };
  const missing = blueprint.required.filter((name) => lacks(given, name, partial));
  return [...missing.map((name) => required(`properties.${name}`, isGiven(given, name))), ...checkMembers(given, blueprint.properties, place)];
}

const required = (path: string, cleared: boolean): ElementProblem => ({ path, message: cleared ? 'is required; it cannot be null' : 'is required; give it' });

function checkRelations(given: Readonly<Record<string, unknown>>, blueprint: BlueprintDefinition, partial: boolean): readonly ElementProblem[] {
  const { relations } = blueprint;
  const known = linkable(blueprint);
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(relations, name));
  return [
    ...unknown.map((name) => ({
      path: `relations.${name}`,
      message: known.has(name) ? 'is a link with an open end; make it by a call of its own' : `is not a relation of ${blueprint.identifier}${hint(name, Object.keys(relations))}`,
    })),
    ...choicesOf(relations).flatMap((names) => checkChoice(names, { given, partial, required: relations[names[0]!]?.required === true })),
    ...Object.entries(relations).flatMap(([name, relation]) => (isGiven(given, name) && given[name] !== null ? checkRelation(given[name], relation, name) : [])),
  ];
}

/** Relations of which one stands for all, grouped; the first gave the group its name. */
export function choicesOf(relations: Readonly<Record<string, Relation>>): readonly (readonly string[])[] {
  const names = Object.keys(relations);
  const firsts = names.filter((name) => relations[name]?.choice === name);
  return firsts.map((first) => [first, ...names.filter((name) => name !== first && relations[name]?.choice === first)]);
}

function checkChoice(names: readonly string[], { given, partial, required: must }: { given: Readonly<Record<string, unknown>>; partial: boolean; required: boolean }): readonly ElementProblem[] {
  const [first = ''] = names;
  const path = `relations.${first}`;
  const set = names.filter((name) => isGiven(given, name) && given[name] !== null);
  if (set.length > 1) return [{ path: `relations.${set[1]}`, message: `stands beside ${set[0]}; give one of ${names.join(', ')}` }];
  if (!must || set.length === 1) return [];
  const cleared = names.filter((name) => isGiven(given, name));
  if (partial && cleared.length === 0) return [];
  if (names.length === 1) return [required(path, cleared.length > 0)];
  return [{ path, message: `one of ${names.join(', ')} is required; give it` }];
}

function checkRelation(value: unknown, relation: Relation, name: string): readonly ElementProblem[] {
  const path = `relations.${name}`;
  if (!relation.many) return checkEnd(value, relation.properties, { path, name });
  if (!Array.isArray(value)) return [{ path, message: `is ${kindOf(value)}; give a list, it may have many` }];
  return value.flatMap((one: unknown, at) => checkEnd(one, relation.properties, { path: `${path}[${at}]`, name }));
}

function checkEnd(value: unknown, fields: Fields, { path, name }: { path: string; name: string }): readonly ElementProblem[] {
  const to = isObject(value) ? value['to'] : value;
  const more = isObject(value) ? Object.keys(value).filter((member) => member !== 'to' && member !== 'properties') : [];
  return [
    ...(typeof to === 'string' && to !== '' ? [] : [{ path, message: `is ${to === '' ? 'empty' : kindOf(to)}; give the identifier of the other end, or {to, properties}` }]),
    ...more.map((member) => ({ path: `${path}.${member}`, message: 'is not known here; give {to, properties}' })),
    ...(isObject(value) && value['properties'] !== undefined
      ? inObject(value['properties'], `${path}.properties`, (given) => checkMembers(given, fields, { path: `${path}.properties`, owner: `relation ${name}` }))
      : []),
  ];
}

function checkClassification(blueprint: BlueprintDefinition, name: string, properties: unknown): readonly ElementProblem[] {
  const path = `classifications.${name}`;
  const known = classificationsOf(blueprint);
  const classification = known.get(name);
  if (classification === undefined) return [{ path, message: `is not a classification of ${blueprint.identifier}${hint(name, [...known.keys()])}` }];
  return inObject(properties, path, (given) => checkMembers(given, classification.properties, { path, owner: `classification ${name}` }));
}

/** What may lead away from elements of a blueprint: its relations, and links from it or from any. */
function linkable(blueprint: BlueprintDefinition): ReadonlyMap<string, Pick<Link, 'to' | 'properties' | 'readOnly'>> {
  const relations = Object.entries(blueprint.relations).map(([name, { target, properties }]) => [name, { to: target, properties, readOnly: false }] as const);
  const links = [...catalogue.links].filter(([, { from }]) => accepts(from, blueprint));
  return new Map<string, Pick<Link, 'to' | 'properties' | 'readOnly'>>([...relations, ...links]);
}

function accepts(end: string, blueprint: BlueprintDefinition): boolean {
  if (end === ANY) return true;
  return end === ANY_ASSET ? blueprint.asset : end === blueprint.identifier;
}

const nameOf = (end: string): string => (end === ANY_ASSET ? 'an asset' : end);
