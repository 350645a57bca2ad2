import { hashText, toJson, type BlueprintName, type Element, type NewElement, type Reconciled, type Reconciliation, type TargetWrite } from '../../contract';
import { isObject } from '../../shared';
import { readState, writeState, type Store } from '../../store';
import { elementOf, isVisible, type Located, type Reading, type Registry, type Writer } from '../elements';

export interface WriteBackDeps {
  readonly store: Store;
  readonly registry: Registry;
  readonly reading: Reading;
  /** A third party has something that is not ours to remove. */
  unknownThere(of: { readonly blueprint: string; readonly identifiers: readonly string[] }): void;
}

/** Identifiers that were brought over, with the hash of what was: `state` document `synced/<entry>/<target>/<blueprint>`. */
type Marks = Record<string, string>;

/**
 * The other direction: what the catalog has and the third party lacks, or has otherwise, is written there; what was brought over and is gone here is removed there. What
 * nobody brought over is left. One that fails stops no other; then the comparison fails.
 */
export async function writeBack({ store, registry, reading, unknownThere }: WriteBackDeps, writer: Writer, signal: AbortSignal, { blueprint, source$, targetWrite }: Reconciliation): Promise<Reconciled> {
  if (!targetWrite) throw new Error(`${blueprint} is written to the third party: give targetWrite`);
  const state = `synced/${writer.entry.identifier}/${writer.target}/${blueprint}`;
  const marks: Marks = { ...(await readState<Marks>(store.documents, state)) };
  const before = toJson(marks);
  const errors: Error[] = [];
  const seen = new Set<string>();
  const unknown: string[] = [];
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    signal.throwIfAborted();
    await work().catch((err: unknown) => void errors.push(err instanceof Error ? err : new Error(String(err))));
  };
  const visible = async (at: Located): Promise<Element | undefined> => {
    const zones = await reading.zonesOf(at, blueprint);
    return isVisible(zones, writer.entry.zones.visible) ? elementOf(blueprint as BlueprintName, at.row, { zones, entry: at.entry }) : undefined;
  };

  try {
    for await (const page of source$) {
      const here = await registry.locate(blueprint, page.map(({ identifier }) => identifier));
      for (const there of page) {
        seen.add(there.identifier);
        const at = here.get(there.identifier);
        const element = at && (await visible(at));
        if (element) await attempt(() => bring(targetWrite, { element, there, marks }));
        else if (marks[there.identifier] === undefined) unknown.push(there.identifier);
        else
          await attempt(async () => {
            await targetWrite.remove(there.identifier);
            delete marks[there.identifier];
          });
      }
    }
    for await (const page of registry.pages(blueprint)) {
      for (const at of page) {
        if (seen.has(at.content.identifier)) continue;
        const element = await visible(at);
        if (element) await attempt(() => bring(targetWrite, { element, marks }));
      }
    }
    // Gone on both sides.
    for (const identifier of Object.keys(marks)) if (!seen.has(identifier) && !(await registry.locate(blueprint, [identifier])).has(identifier)) delete marks[identifier];
  } finally {
    if (toJson(marks) !== before) await writeState(store.documents, state, marks);
  }
  if (unknown.length > 0) unknownThere({ blueprint, identifiers: unknown });
  if (errors.length > 0) throw errors.length === 1 ? errors[0]! : new Error(`${errors.length} elements of ${blueprint} could not be written; the first: ${errors[0]!.message}`, { cause: errors[0] });
  return { received: seen.size, refused: 0, compared: true };
}

async function bring(write: TargetWrite, of: { readonly element: Element; readonly there?: NewElement; readonly marks: Marks }): Promise<void> {
  const { element, there, marks } = of;
  const same = write.same ?? isSame;
  if (!there || !same(element, there)) await write.upsert(element);
  marks[element.identifier] = hashText(toJson([element.properties, element.relations]));
}

/** Does the third party hold every property that we hold? What more it has is its own. */
function isSame(here: Element, there: NewElement): boolean {
  const given = there.properties as unknown as Readonly<Record<string, unknown>>;
  return Object.entries(here.properties).every(([name, value]) => textOf(given[name]) === textOf(value));
}

const textOf = (value: unknown): string => JSON.stringify(isObject(value) ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))) : value);
