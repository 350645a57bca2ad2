import { isObject, parseJson, toJson, type BlueprintName, type Element, type ElementOrigin, type ElementRef, type ElementVersions, type Json, type JsonObject, type NewElement } from '../../contract';
import { withoutUser } from '../../shared';
import type { Row } from '../../store';
import { blueprintOf, type BlueprintDefinition } from '../services';
import type { ElementEntry } from './element-entry';

/** What the row of an element holds: all that its source says of it. */
export interface ElementRow {
  readonly identifier: string;
  readonly properties: Readonly<Record<string, Json>>;
  /** By name: the other end, of a relation with many a list. */
  readonly relations: Readonly<Record<string, string | readonly string[]>>;
  /** Fields of relations, by name and other end. */
  readonly relationProperties?: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
  /** Its metadata source; absent: it belongs to nobody. */
  readonly home?: string;
}

/** What is kept about an element: the header of its row. */
export interface KeptHeader {
  /** In place of `zones.default`. */
  readonly zones?: readonly string[];
  readonly classifications?: Readonly<Record<string, JsonObject>>;
  /** By metadata source, by identifier there. */
  readonly externalIds?: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
  /** Links with an open end: by name, by `<blueprint>/<identifier>` of the other end. */
  readonly links?: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
  /** Of one that was archived. */
  readonly memento?: { readonly archiveDate: string; readonly archiveProcess: string; readonly archiveProperties: Readonly<Record<string, string>> };
}

const sorted = <T>(members: readonly (readonly [string, T])[]): Record<string, T> => Object.fromEntries([...members].sort(([one], [other]) => (one < other ? -1 : 1)));

/** An element as its row says it: nothing that is null, members in order, so that the same element is the same text. It was validated before. */
export function elementRow(blueprint: BlueprintDefinition, given: Pick<NewElement, 'identifier' | 'properties' | 'relations'>, home: string | undefined): ElementRow {
  const properties = sorted(Object.entries(given.properties as Record<string, Json>).filter(([, value]) => value !== null && value !== undefined));
  const relations: [string, string | readonly string[]][] = [];
  const fields: [string, Record<string, JsonObject>][] = [];
  for (const [name, value] of Object.entries((given.relations ?? {}) as Record<string, unknown>)) {
    const ends = endsOf(value);
    if (ends.length === 0) continue;
    relations.push([name, blueprint.relations[name]?.many ? [...new Set(ends.map(({ to }) => to))].sort() : ends[0]!.to]);
    const withFields = ends.flatMap(({ to, properties: of }) => (of && Object.keys(of).length > 0 ? [[to, of] as const] : []));
    if (withFields.length > 0) fields.push([name, sorted(withFields)]);
  }
  return {
    identifier: given.identifier,
    properties,
    relations: sorted(relations),
    ...(fields.length > 0 && { relationProperties: sorted(fields) }),
    ...(home !== undefined && { home }),
  };
}

/** What is there, as somebody would give it; `replace`: with the relations of the change alone. */
export function givenOf(content: ElementRow, change: { readonly relations?: JsonObject; readonly replace?: boolean } = {}): NewElement {
  const before = Object.entries(content.relations).map(([name, ends]) => {
    const fields = content.relationProperties?.[name] ?? {};
    const withFields = (to: string): string | GivenEnd => (fields[to] ? { to, properties: fields[to] } : to);
    return [name, typeof ends === 'string' ? withFields(ends) : ends.map(withFields)] as const;
  });
  return {
    identifier: content.identifier,
    properties: content.properties as unknown as NewElement['properties'],
    relations: { ...(change.replace ? {} : Object.fromEntries(before)), ...change.relations } as NonNullable<NewElement['relations']>,
  };
}

interface GivenEnd {
  readonly to: string;
  readonly properties?: JsonObject;
}
const endsOf = (value: unknown): readonly GivenEnd[] =>
  (Array.isArray(value) ? value : [value]).flatMap((end: unknown) => (typeof end === 'string' ? [{ to: end }] : isObject(end) ? [end as unknown as GivenEnd] : []));

/** `parent` as the relation that it stands for. Undefined: the blueprint is no part of such a thing. */
export function withParent(blueprint: BlueprintDefinition, { parent, ...element }: NewElement): Omit<NewElement, 'parent'> | undefined {
  if (!parent) return element;
  const anchor = Object.entries(blueprint.relations).find(([, relation]) => relation.anchor && relation.target === parent.blueprint);
  return anchor && { ...element, relations: { ...element.relations, [anchor[0]]: parent.identifier } as NonNullable<NewElement['relations']> };
}

export const elementText = (row: ElementRow): string => toJson(row);
export const parseElement = (text: string): ElementRow => parseJson(text) as unknown as ElementRow;
export const keptHeader = (row: Pick<Row, 'header'>): KeptHeader => (row.header === undefined ? {} : (parseJson(row.header) as KeptHeader));

/** What it is a part of. */
export function anchorOf(blueprint: string, row: Pick<ElementRow, 'relations'>): ElementRef | undefined {
  for (const [name, relation] of Object.entries(blueprintOf(blueprint)?.relations ?? {})) {
    const end = row.relations[name];
    if (relation.anchor && typeof end === 'string') return { blueprint: relation.target as BlueprintName, identifier: end };
  }
  return undefined;
}

/** Blueprints whose elements may be parts of such a thing. */
export const partsOf = (blueprint: string, among: Iterable<string>): readonly string[] =>
  [...among].filter((name) => Object.values(blueprintOf(name)?.relations ?? {}).some(({ anchor, target }) => anchor && target === blueprint));

export interface Shown {
  /** In which it is seen. */
  readonly zones: readonly string[];
  /** That holds it. */
  readonly entry: Pick<ElementEntry, 'identifier' | 'addressOf'>;
}

function originOf({ home }: ElementRow, { partition }: Row, entry: Shown['entry']): ElementOrigin {
  if (home === undefined) return { category: 'LOCAL_COHORT', homeId: '', homeName: '' };
  // That of a learned endpoint is whatever somebody wrote into the catalog.
  const address = entry.addressOf(partition);
  return { category: 'EXTERNAL_SOURCE', homeId: home, homeName: home, ...(address !== undefined && { sourceServer: withoutUser(address) }) };
}

/** What an earlier release wrote, and nobody changed since, was written by the entry that holds it. */
const versionsOf = ({ provenance }: Row, entry: Shown['entry']): ElementVersions =>
  provenance === undefined
    ? { updatedBy: entry.identifier, version: 1 }
    : {
        ...(provenance.createdBy !== undefined && { createdBy: provenance.createdBy }),
        ...(provenance.createdAt !== undefined && { createTime: new Date(provenance.createdAt).toISOString() }),
        updatedBy: provenance.updatedBy,
        updateTime: new Date(provenance.updatedAt).toISOString(),
        version: provenance.version,
      };

/** The element of a live row. */
export function elementOf<TBlueprint extends BlueprintName>(blueprint: TBlueprint, row: Row, { zones, entry }: Shown): Element<TBlueprint> {
  const content = parseElement(row.row!);
  const kept = keptHeader(row);
  return {
    blueprint,
    identifier: content.identifier,
    properties: content.properties as unknown as Element<TBlueprint>['properties'],
    relations: content.relations as Element<TBlueprint>['relations'],
    relationProperties: content.relationProperties ?? {},
    header: {
      id: row._id,
      blueprint,
      status: 'ACTIVE',
      origin: originOf(content, row, entry),
      versions: versionsOf(row, entry),
      classifications: Object.entries(kept.classifications ?? {}).map(([name, properties]) => ({ name, properties })),
      zones,
    },
  };
}
