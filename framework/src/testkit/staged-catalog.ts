import { serviceNames, toJson, type BlueprintName, type ElementRef, type NewElement, type Service } from '../contract';
import { createCatalogChanges, createReading, createRegistry, createWriting, createHeaderNews, givenOf, kindsOf, partsOf, withParent, withRefusals, blueprintOf, type CatalogChanges, type ElementEntry, type Reading, type Refusal, type Registry, type Writer, type Writing } from '../connector';
import { systemClock } from '../shared';
import { createTicks, type Store } from '../store';
import { openMemoryStore } from '../store/embedded';

/** Who `put` speaks for. */
const SOMEBODY = 'somebody';
export const STAGED = 'staged';

export interface StagedCatalogOptions {
  readonly services: readonly Service[];
  readonly writer: Omit<Writer, 'entry'>;
  readonly zones: ElementEntry['zones'];
  readonly address: string | undefined;
  refused(refusal: Refusal): void;
}

/** The elements of one connector and of somebody else, in a store of the framework that is in memory, read and written by what the runtime reads and writes with. */
export interface StagedCatalog {
  readonly store: Store;
  readonly registry: Registry;
  readonly reading: Reading;
  readonly changes: CatalogChanges;
  readonly writer: Writer;
  /** What it says is told. */
  readonly writing: Writing;
  readonly told: readonly { readonly is: 'upsert' | 'remove'; readonly element: ElementRef }[];
  /** As they were given last, by identifier. */
  elements(blueprint: BlueprintName): ReadonlyMap<string, NewElement>;
  /** What a comparison brings: not told. Gives how many were refused. */
  compare(blueprint: BlueprintName, elements: readonly NewElement[]): Promise<number>;
  /** What a completed comparison did not have goes. */
  sweep(blueprint: BlueprintName, seen: ReadonlySet<string>): Promise<void>;
  put(blueprint: BlueprintName, element: NewElement): Promise<void>;
  drop(blueprint: BlueprintName, identifier: string): Promise<void>;
}

export function stageCatalog({ services, writer: of, zones, address, refused }: StagedCatalogOptions): StagedCatalog {
  const store = openMemoryStore();
  const entryOf = (identifier: string, more: Pick<ElementEntry, 'kinds' | 'zones' | 'addressOf'>): ElementEntry => ({ identifier, mapping: () => '', offer: () => undefined, isPresent: () => true, ...more });
  const own = entryOf(STAGED, { kinds: kindsOf(services), zones, addressOf: () => address });
  const other = entryOf(SOMEBODY, { kinds: kindsOf(serviceNames), zones: { default: [], visible: [] }, addressOf: () => undefined });
  const writer: Writer = { ...of, entry: own };
  const somebody: Writer = { entry: other, target: 'default', home: SOMEBODY, direction: 'FROM_THIRD_PARTY', onMissing: 'archive' };
  const registry = createRegistry(store, [own, other]);
  const changes = createCatalogChanges();
  const told: { is: 'upsert' | 'remove'; element: ElementRef }[] = [];
  const given = new Map<string, Map<string, NewElement>>();
  const writing = withRefusals(createWriting({ store, ticks: createTicks(store, systemClock), clock: systemClock, registry, headerChanged: createHeaderNews({ registry, changes }) }), (_, refusal) => refused(refusal));

  const elements = (blueprint: string): Map<string, NewElement> => {
    const known = given.get(blueprint) ?? new Map<string, NewElement>();
    given.set(blueprint, known);
    return known;
  };
  const note = (blueprint: BlueprintName, element: NewElement): void => void elements(blueprint).set(element.identifier, withParent(blueprintOf(blueprint)!, element)!);

  async function upsert(by: Writer, blueprint: BlueprintName, all: readonly NewElement[]): ReturnType<Writing['upsert']> {
    const results = await writing.upsert(by, blueprint, all);
    results.forEach(({ is }, at) => is !== 'refused' && note(blueprint, all[at]!));
    return results;
  }

  /** What went with it is gone, too. */
  async function forget(blueprint: string, above: ReadonlySet<string> = new Set()): Promise<void> {
    if (above.has(blueprint)) return;
    const live = new Set<string>();
    if (elements(blueprint).size > 0) for await (const page of registry.pages(blueprint)) for (const { content } of page) live.add(content.identifier);
    for (const identifier of [...elements(blueprint).keys()]) if (!live.has(identifier)) elements(blueprint).delete(identifier);
    for (const part of partsOf(blueprint, given.keys())) await forget(part, new Set([...above, blueprint]));
  }

  async function remove(by: Writer, ref: ElementRef, how: Parameters<Writing['remove']>[2]): Promise<boolean> {
    const was = await writing.remove(by, ref, how);
    await forget(ref.blueprint);
    return was;
  }

  return {
    ...{ store, registry, changes, writer, told, elements },
    reading: createReading(registry),
    writing: {
      ...writing,
      async upsert(by, blueprint, all) {
        const results = await upsert(by, blueprint, all);
        for (const { identifier, is } of results) if (is !== 'refused') told.push({ is: 'upsert', element: { blueprint, identifier } });
        return results;
      },
      async revise(by, ref, change) {
        await writing.revise(by, ref, change);
        const { blueprint, identifier } = ref;
        told.push({ is: 'upsert', element: { blueprint, identifier } });
        note(blueprint, givenOf((await registry.locate(blueprint, [identifier])).get(identifier)!.content));
      },
      async remove(by, ref, how) {
        told.push({ is: 'remove', element: { blueprint: ref.blueprint, identifier: ref.identifier } });
        return remove(by, ref, how);
      },
    },
    async compare(blueprint, all) {
      const results = await upsert(writer, blueprint, all);
      return results.filter(({ is }) => is === 'refused').length;
    },
    async sweep(blueprint, seen) {
      const gone: string[] = [];
      for await (const page of registry.pages(blueprint)) for (const { content, entry } of page) if (entry === own && content.home === writer.home && !seen.has(content.identifier)) gone.push(content.identifier);
      for (const identifier of gone) await writing.remove(writer, { blueprint, identifier }, { method: writer.onMissing, by: STAGED });
      if (gone.length > 0) await forget(blueprint);
    },
    async put(blueprint, element) {
      const [result] = await upsert(somebody, blueprint, [element]);
      if (result!.error) throw result!.error;
      const { properties, relations } = (await registry.locate(blueprint, [element.identifier])).get(element.identifier)!.content;
      await store.catalog.write([{ blueprint, identifier: element.identifier, integration: SOMEBODY, kind: other.kinds.get(blueprint)!, title: null, icon: null, team: [], properties: toJson(properties), relations: toJson(relations), updatedAt: systemClock.now() }]);
      changes.tell([{ blueprint, identifier: element.identifier }]);
    },
    async drop(blueprint, identifier) {
      await remove(somebody, { blueprint, identifier }, { method: 'purge', by: SOMEBODY });
      await store.catalog.remove([{ blueprint, identifier, integration: SOMEBODY }]);
      changes.tell([{ blueprint, identifier }]);
    },
  };
}
