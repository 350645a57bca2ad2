import type { Entry } from '../load';
import type { CompiledMapping } from '../pipeline';
import type { Clock } from '../shared';
import { ADOPTED, pageByPage, parseOutputId, type Output, type Run, type RunKind, type Store } from '../store';
import type { RunTally } from './deps';
import { guardDeletion } from './guard';
import type { KindReport } from './kind';

const PAGE = 500;

export interface DeparturesWork {
  readonly entry: Entry;
  /** Its kinds are changed in place. */
  readonly run: Run;
  readonly mapping: CompiledMapping;
  readonly tally: RunTally;
  readonly reports: ReadonlyMap<string, KindReport>;
  readonly store: Store;
  readonly clock: Clock;
}

/** Outputs of one kind that have no part, and may go if the threshold lets them. */
interface Leaving {
  readonly state: RunKind;
  readonly stale: readonly Stale[];
}
interface Stale {
  readonly id: string;
  readonly blueprint: string;
  readonly identifier: string;
  /** Sinks that had the entity before this store knew of it: only an operator lets it go. */
  readonly adoptedFrom: readonly string[];
}

/** The end of a run: outputs that lost their last part go, kind by kind, where guard and threshold allow it (mapping-semantics 13). */
export async function releaseDepartures(work: DeparturesWork): Promise<void> {
  const leaving: Leaving[] = [];
  for (const state of kindsThatMayDelete(work)) leaving.push(await leavingOf(work, state));
  const kept = work.mapping.options.createMissingRelatedEntities ? await relatedTo(work, leaving.flatMap((kind) => kind.stale)) : new Set<string>();
  for (const { state, stale } of leaving) {
    const leave = stale.filter((output) => !kept.has(output.id));
    if (leave.length < stale.length) work.tally.of(state.kind, state.resources[0]?.index ?? 0).keptStale = stale.length - leave.length;
    await forget(work, stale.filter((output) => kept.has(output.id) && output.adoptedFrom.length > 0));
    const going = leave.filter((output) => state.released || output.adoptedFrom.length === 0);
    const unknown = leave.length - going.length;
    const population = { stale: going.length, stored: state.storedOutputs };
    const held = state.released ? undefined : guardDeletion(work.mapping.options.entityDeletionThreshold, population);
    if (!held) await release(work, state.kind, going);
    const guard = held ?? (unknown > 0 ? { candidates: unknown, alive: state.storedOutputs, rule: 'unknown' as const } : undefined);
    if (guard) {
      state.guard = guard;
      if (state.state === 'running' || state.state === 'incomplete') state.state = 'needs-release';
    } else if (state.state === 'running') delete state.guard;
  }
}

/** A resource that does not compile, or an item that could not be judged, makes a whole kind stay. */
function kindsThatMayDelete({ run, reports, mapping, tally }: DeparturesWork): readonly RunKind[] {
  const broken = brokenKinds(mapping);
  return run.kinds.filter((state) => {
    if (!reports.has(state.kind) || broken.has(state.kind) || state.state === 'needs-release' || (run.released && !state.released)) return false;
    const uncertain = tally.uncertainties.get(state.kind);
    if (uncertain !== undefined) state.reason ??= `nothing of this kind was deleted: ${uncertain}`;
    return uncertain === undefined;
  });
}

const brokenKinds = (mapping: CompiledMapping): ReadonlySet<string> => new Set(mapping.resources.filter((resource) => !resource.runs).map((resource) => resource.kind));

async function leavingOf(work: DeparturesWork, state: RunKind): Promise<Leaving> {
  const { reports, tally } = work;
  const broken = brokenKinds(work.mapping);
  const complete = (kind: string): boolean => reports.get(kind)?.complete === true && !broken.has(kind) && !tally.uncertainties.has(kind);
  const { proven } = reports.get(state.kind)!;
  const stale: Stale[] = [];
  for await (const output of heldOutputs(work, state.kind)) {
    if (tally.protected.has(output._id)) continue;
    if (!output.kinds.every(complete) && !proven.has(output._id)) continue;
    const { blueprint, identifier } = parseOutputId(output._id);
    const adoptedFrom = output.sinks.filter((sink) => sink.note === ADOPTED).map(({ sink }) => sink);
    stale.push({ id: output._id, blueprint, identifier: output.identifier ?? identifier, adoptedFrom });
  }
  return { state, stale };
}

/** Outputs of the kind without parts that wait for their release. */
async function* heldOutputs({ store, entry }: DeparturesWork, kind: string): AsyncGenerator<Output> {
  if ((await store.outputs.held(entry.identifier, kind)) === 0) return;
  for await (const output of outputsOf(store, { integration: entry.identifier, kind, gone: true })) if (output.due === undefined && !output.again) yield output;
}

async function* outputsOf(store: Store, query: { readonly integration: string; readonly kind?: string; readonly gone: boolean }): AsyncGenerator<Output> {
  for await (const outputs of pageByPage(PAGE, (page) => store.outputs.find({ ...query, ...page }))) yield* outputs;
}

async function release({ store, entry, clock }: DeparturesWork, kind: string, going: readonly Stale[]): Promise<void> {
  for (let at = 0; at < going.length; at += PAGE) {
    await store.outputs.release(entry.identifier, { kind, at: clock.now(), ids: going.slice(at, at + PAGE).map((output) => output.id) });
  }
}

/**
 * What the portal has only because an entity of ours relates to it (it made it, bare) was never an output of this store: it stays there, and nothing waits for a release.
 * A row that comes to give it makes it an output like any other.
 */
async function forget({ store, clock }: DeparturesWork, related: readonly Stale[]): Promise<void> {
  for (let at = 0; at < related.length; at += PAGE) {
    const said = related.slice(at, at + PAGE).flatMap(({ id, adoptedFrom }) => adoptedFrom.map((sink) => ({ output: id, sink, is: 'letGo' as const })));
    await store.outputs.settle(said, clock.now());
  }
}

/** Which of these does an entity that stays still point to? The portal would only make it again, bare. One pass over what stays, for all kinds. */
async function relatedTo({ store, entry }: DeparturesWork, stale: readonly Stale[]): Promise<ReadonlySet<string>> {
  const related = new Set<string>();
  if (stale.length === 0) return related;
  const byIdentifier = new Map<string, Stale[]>();
  for (const output of stale) byIdentifier.set(output.identifier, [...(byIdentifier.get(output.identifier) ?? []), output]);
  const targets = new Map(entry.blueprints.map((blueprint) => [blueprint.identifier, blueprint.relations ?? {}]));
  for await (const output of outputsOf(store, { integration: entry.identifier, gone: false })) {
    for (const part of output.parts) {
      if (!part.body.includes('"relations":')) continue; // most bodies need not be parsed
      const { blueprint, relations } = JSON.parse(part.body) as { blueprint: string; relations?: Record<string, unknown> };
      for (const [name, value] of Object.entries(relations ?? {})) {
        const target = targets.get(blueprint)?.[name]?.target;
        for (const identifier of Array.isArray(value) ? value : [value]) {
          for (const candidate of byIdentifier.get(String(identifier)) ?? []) if (target === undefined || candidate.blueprint === target) related.add(candidate.id);
        }
      }
    }
  }
  return related;
}
