import type { BlueprintName, Element, ElementRef, PageOf, PageRequest } from '../../contract';
import { blueprintOf } from '../services';
import type { ElementEntry, Writer } from './element-entry';
import type { Anchors } from './anchors';
import { anchorOf, elementOf, keptHeader, type ElementRow } from './element-row';
import type { Located, Registry } from './registry';

const DEFAULT_LIMIT = 100;
const MOST = 1_000;
/** Parts of parts: more levels than any blueprint has, and an end where an anchor leads in a circle. */
const LEVELS = 20;

export interface Reading {
  get(reader: Writer, ref: ElementRef): Promise<Element | undefined>;
  byName(reader: Writer, blueprint: BlueprintName, qualifiedName: string): Promise<Element | undefined>;
  find(reader: Writer, blueprint: BlueprintName, wanted: (content: ElementRow) => boolean, page: PageRequest): Promise<PageOf<Element>>;
  children(reader: Writer, ref: ElementRef, blueprint: BlueprintName, page: PageRequest): Promise<PageOf<Element>>;
  owned(reader: Writer, blueprint: BlueprintName): AsyncIterable<Element>;
  /** Zones in which an element is seen; empty = all. `known`: those of what others are parts of, kept for one answer. */
  zonesOf(at: Located, blueprint: string, known?: Map<string, readonly string[]>): Promise<readonly string[]>;
}

/** Zones of an asset itself. */
export const ownZones = (at: { readonly row: Located['row']; readonly entry: Pick<ElementEntry, 'zones'> }): readonly string[] => keptHeader(at.row).zones ?? at.entry.zones.default;

/** Is what is in these zones shown to whoever sees those? An empty list means all, on either side. */
export const isVisible = (zones: readonly string[], visible: readonly string[]): boolean => zones.length === 0 || visible.length === 0 || zones.some((zone) => visible.includes(zone));

interface Look {
  wanted(content: ElementRow): boolean;
  /** Only what is a part of these. */
  readonly partsOf?: Anchors;
  readonly page: PageRequest;
}

export function createReading(registry: Registry): Reading {
  /** A part follows its asset. Anchors are kept for one answer: many parts share one. */
  async function zonesOf(at: Located, blueprint: string, known: Map<string, readonly string[]> = new Map(), level = 0): Promise<readonly string[]> {
    if (blueprintOf(blueprint)?.asset) return ownZones(at);
    const anchor = level < LEVELS ? anchorOf(blueprint, at.content) : undefined;
    if (!anchor) return [];
    const name = `${anchor.blueprint}/${anchor.identifier}`;
    let zones = known.get(name);
    if (!zones) {
      const above = (await registry.locate(anchor.blueprint, [anchor.identifier])).get(anchor.identifier);
      zones = above ? await zonesOf(above, anchor.blueprint, known, level + 1) : [];
      known.set(name, zones);
    }
    return zones;
  }

  async function shown(reader: Writer, blueprint: BlueprintName, at: Located | undefined, known?: Map<string, readonly string[]>): Promise<Element | undefined> {
    if (!at) return undefined;
    const zones = await zonesOf(at, blueprint, known);
    return isVisible(zones, reader.entry.zones.visible) ? elementOf(blueprint, at.row, { zones, entry: at.entry }) : undefined;
  }

  async function find(reader: Writer, blueprint: BlueprintName, look: Look): Promise<PageOf<Element>> {
    const { cursor, limit = DEFAULT_LIMIT } = look.page;
    const most = Math.min(Math.max(1, limit), MOST);
    const elements: Element[] = [];
    const known = new Map<string, readonly string[]>();
    for await (const page of look.partsOf ? registry.parts(blueprint, look.partsOf, cursor) : registry.pages(blueprint, cursor)) {
      for (const at of page) {
        if (!look.wanted(at.content)) continue;
        const element = await shown(reader, blueprint, at, known);
        if (!element) continue;
        if (elements.length === most) return { elements, next: elements[most - 1]!.header.id };
        elements.push(element);
      }
    }
    return { elements };
  }

  return {
    zonesOf: (at, blueprint, known) => zonesOf(at, blueprint, known),
    async get(reader, ref) {
      return shown(reader, ref.blueprint, (await registry.locate(ref.blueprint, [ref.identifier])).get(ref.identifier));
    },
    async byName(reader, blueprint, qualifiedName) {
      return shown(reader, blueprint, (await registry.named(blueprint, [qualifiedName])).get(qualifiedName));
    },
    find: (reader, blueprint, wanted, page) => find(reader, blueprint, { wanted, page }),
    children: (reader, ref, blueprint, page) => find(reader, blueprint, { wanted: () => true, partsOf: { blueprint: ref.blueprint, identifiers: [ref.identifier] }, page }),
    async *owned(reader, blueprint) {
      const known = new Map<string, readonly string[]>();
      for await (const page of registry.pages(blueprint)) {
        for (const at of page) {
          if (at.content.home !== reader.home || at.entry !== reader.entry || (at.row.partition !== reader.target && at.row.partition !== '')) continue;
          yield elementOf(blueprint, at.row, { zones: await zonesOf(at, blueprint, known), entry: at.entry });
        }
      }
    },
  };
}
