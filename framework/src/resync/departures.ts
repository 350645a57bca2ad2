import type { Entry } from '../load';
import type { CompiledMapping } from '../pipeline';
import { parseOutputId, type GuardReport, type Output, type Store } from '../store';
import { guardDeletion } from './guard';

const PAGE = 500;

export interface DeparturesWork {
  readonly entry: Entry;
  readonly kind: string;
  /** Kinds that were read, or mapped, to their end in this run. */
  readonly complete: ReadonlySet<string>;
  /** Outputs that complete partitions of an incomplete kind prove gone; undefined = the kind is complete. */
  readonly proven: ReadonlySet<string> | undefined;
  readonly protected: ReadonlySet<string>;
  readonly mapping: CompiledMapping;
  readonly stored: number;
  readonly released: boolean;
  readonly store: Store;
  now(): number;
}

export interface DeparturesReport {
  readonly released: number;
  readonly keptStale: number;
  readonly held?: GuardReport;
}

/** Hash that a sink is said to hold of an entity which the store did not know (first run, take-over). */
export const ADOPTED = 'adopted';

/** Lets go of the outputs of a kind that lost their last part by this run, when the threshold allows it (mapping-semantics 13). */
export async function releaseDepartures(work: DeparturesWork): Promise<DeparturesReport> {
  const { store, entry, kind } = work;
  const stale: Output[] = [];
  let unknown = 0;
  for await (const page of heldOutputs(store, entry.identifier, kind)) {
    for (const output of page) {
      if (work.protected.has(output._id)) continue;
      if (!output.kinds.every((name) => work.complete.has(name)) && !work.proven?.has(output._id)) continue;
      if (output.sinks.some((sink) => sink.hash === ADOPTED) && !work.released) unknown++;
      else stale.push(output);
    }
  }
  const related = work.mapping.options.createMissingRelatedEntities && stale.length > 0 ? await relatedTo(store, entry, stale) : new Set<string>();
  const going = stale.filter((output) => !related.has(output._id));
  const keptStale = stale.length - going.length;
  const held = work.released ? undefined : guardDeletion(work.mapping.options.entityDeletionThreshold, { stale: going.length, stored: work.stored });
  if (held) return { released: 0, keptStale, held };
  let released = 0;
  for (let at = 0; at < going.length; at += PAGE) {
    released += await store.outputs.release(entry.identifier, { kind, at: work.now(), ids: going.slice(at, at + PAGE).map((output) => output._id) });
  }
  return { released, keptStale, ...(unknown > 0 && { held: { candidates: unknown, alive: work.stored, rule: 'unknown' as const } }) };
}

/** Outputs without parts that wait for their release. */
async function* heldOutputs(store: Store, integration: string, kind: string): AsyncGenerator<readonly Output[]> {
  if ((await store.outputs.held(integration, kind)) === 0) return;
  let after: string | undefined;
  do {
    const page: Output[] = await store.outputs.find({ integration, kind, gone: true, limit: PAGE, ...(after !== undefined && { after }) });
    yield page.filter((output) => output.due === undefined);
    after = page.length === PAGE ? page[page.length - 1]!._id : undefined;
  } while (after !== undefined);
}

/** Which of these does an entity that stays still point to? The portal would only make it again, bare. */
async function relatedTo(store: Store, entry: Entry, stale: readonly Output[]): Promise<ReadonlySet<string>> {
  const byIdentifier = new Map<string, Output[]>();
  for (const output of stale) {
    const { identifier } = parseOutputId(output._id);
    byIdentifier.set(identifier, [...(byIdentifier.get(identifier) ?? []), output]);
  }
  const targets = new Map(entry.blueprints.map((blueprint) => [blueprint.identifier, blueprint.relations ?? {}]));
  const related = new Set<string>();
  let after: string | undefined;
  do {
    const page: Output[] = await store.outputs.find({ integration: entry.identifier, gone: false, limit: PAGE, ...(after !== undefined && { after }) });
    for (const output of page) {
      for (const part of output.parts) {
        const { blueprint, relations } = JSON.parse(part.body) as { blueprint: string; relations?: Record<string, unknown> };
        for (const [name, value] of Object.entries(relations ?? {})) {
          const target = targets.get(blueprint)?.[name]?.target;
          for (const identifier of Array.isArray(value) ? value : [value]) {
            for (const candidate of byIdentifier.get(String(identifier)) ?? []) {
              if (target === undefined || parseOutputId(candidate._id).blueprint === target) related.add(candidate._id);
            }
          }
        }
      }
    }
    after = page.length === PAGE ? page[page.length - 1]!._id : undefined;
  } while (after !== undefined);
  return related;
}
