import type { Entry } from '../load';
import type { CompiledMapping } from '../pipeline';
import type { Run, RunKind } from '../store';
import type { Departed, Downstream, ResyncDeps, RunTally } from './deps';
import { endsAttempt } from './ends-attempt';
import { mapKind, runKind, type KindReport } from './kind';
import { planKinds, unknownKind } from './plan';

export interface RunWork {
  readonly entry: Entry;
  /** Its kinds are changed in place, and written by `save`. */
  readonly run: Run;
  readonly mapping: CompiledMapping;
  readonly downstream: Downstream;
  readonly tally: RunTally;
  readonly signal: AbortSignal;
  /** Ends the attempt, when it cannot go on. */
  /** Of calls to the source. */
  readonly reading: AbortSignal;
  readonly over: AbortController;
  save(): Promise<void>;
  reason(thrown: unknown): string;
}

const newKind = (kind: string): RunKind => ({
  kind,
  state: 'running',
  generation: 0,
  rows: { received: 0, stored: 0, unchanged: 0, outvoted: 0, skipped: 0, deadLettered: 0, gone: 0 },
  resources: [],
  startStamp: 0,
  alive: 0,
  storedOutputs: 0,
  planned: false,
  swept: false,
});

const nothingProven: KindReport = { complete: false, proven: new Set() };

/** Kinds in parallel, each after its parents, and the refresh of the connector, which brings the pages of its kinds. One that fails stops no other; only the store being away stops all. */
export async function runKinds(deps: ResyncDeps, work: RunWork): Promise<{ readonly reports: ReadonlyMap<string, KindReport>; readonly error?: string }> {
  const { entry, run, mapping, signal } = work;
  const { kinds, unknown } = planKinds(entry, mapping, run.only);
  const removed = run.only === undefined ? await removedKinds(deps, work, [...kinds.map((kind) => kind.name), ...unknown]) : [];
  if (!run.released) {
    for (const kind of kinds) beginKind(work, kind.name);
    for (const name of removed) beginKind(work, name).reason = 'the mapping no longer names this kind';
    for (const name of unknown) Object.assign(beginKind(work, name), { state: 'failed', reason: unknownKind(entry, name).message });
    nameResources(work);
    await work.save();
  }

  const context = deps.context(entry, work.reading);
  const connector = deps.connector?.(entry);
  const comparedBy = new Map(kinds.map(({ name }) => [name, connector?.compared(name)]));
  const examples = (name: string, rows: readonly unknown[]): void => void deps.portal?.examples(entry, name, rows);
  /** Of whatever kind, also of one that this run does not read. They are no departures that somebody proved, and no guard of their kind holds them. */
  const partsGone: Departed = async (name, rows) => {
    const state = run.kinds.find(({ kind }) => kind === name) ?? addKind(work, { ...newKind(name), state: 'completed', reason: 'the run did not read this kind; what went is a part of something that is gone' });
    state.rows.gone += rows.length;
    await work.downstream.map(name, rows, { departures: 'now', tally: work.tally, signal });
  };
  const going = new Map<string, Promise<KindReport>>();
  const go = (name: string, one: (state: RunKind) => Promise<KindReport>): void => {
    const state = run.kinds.find((kind) => kind.kind === name);
    // A release concerns what was held; the other kinds stay as they ended.
    const settled = state === undefined || (run.released && !state.released);
    const ends = settled ? Promise.resolve({ complete: state?.state === 'completed', proven: nothingProven.proven }) : one(state).catch((err: unknown) => fail(deps, work, { state, err }));
    going.set(name, ends.finally(() => connector?.finished(name)));
  };
  for (const kind of kinds) {
    go(kind.name, async (state) => {
      const parents = await Promise.all((kind.after ?? []).map(async (name) => ({ name, report: await going.get(name) })));
      if (signal.aborted) return nothingProven;
      if (run.cause === 'mapping') return mapKind({ ...deps, ...work, state, runId: run.runId });
      const missing = parents.find((parent) => parent.report && !parent.report.complete);
      const unplannable = missing && `its parent ${missing.name} was not read to its end; nothing was swept`;
      const compared = comparedBy.get(kind.name);
      const anchors = () => Promise.all((compared?.anchors ?? []).map((name) => going.get(name)));
      return runKind({ ...deps, ...work, kind, state, context, unplannable, compared, anchors, partsGone, runId: run.runId, examples });
    });
  }
  for (const name of removed) go(name, (state) => mapKind({ ...deps, ...work, state, runId: run.runId }));
  const compared = [...comparedBy].flatMap(([name, by]) => (by ? [name] : []));
  const own = Promise.all([...going].flatMap(([name, ends]) => (comparedBy.get(name) ? [] : [ends])));
  const refreshing = connector && run.cause !== 'mapping' && !run.released ? connector.refresh(run, { kinds: compared, after: own, signal }) : undefined;
  const reports = new Map<string, KindReport>();
  for (const [name, report] of going) reports.set(name, await report);
  const refreshed = await refreshing;
  if (refreshed && !signal.aborted) run.kinds = withoutUntouched(run.kinds, refreshed.untouched);
  return { reports, ...(refreshed?.error !== undefined && { error: refreshed.error }) };
}

/** Kinds that no target compared, and of which nothing is known, are not told. */
const withoutUntouched = (kinds: readonly RunKind[], untouched: ReadonlySet<string>): RunKind[] => kinds.filter(({ kind, alive }) => !untouched.has(kind) || alive > 0);

/** What an earlier attempt made of the kind is found out again: what is done does nothing, and what failed may work now. */
function beginKind({ run }: RunWork, name: string): RunKind {
  const known = run.kinds.find((kind) => kind.kind === name);
  if (!known) {
    const fresh = newKind(name);
    run.kinds.push(fresh);
    return fresh;
  }
  known.state = 'running';
  delete known.reason;
  return known;
}

/** One that was not planned. */
function addKind(work: RunWork, state: RunKind): RunKind {
  work.run.kinds.push(state);
  nameResources(work);
  return state;
}

function nameResources({ run, mapping, tally }: RunWork): void {
  for (const resource of mapping.resources) {
    const state = run.kinds.find((kind) => kind.kind === resource.kind);
    if (!state) continue;
    tally.of(resource.kind, resource.index).blueprint = resource.blueprints.map((blueprint) => blueprint ?? '*').join(', ');
    if (!resource.runs) state.reason ??= `resources[${resource.index}] does not compile; nothing of this kind is deleted`;
  }
}

function fail(deps: ResyncDeps, work: RunWork, failed: { readonly state: RunKind; readonly err: unknown }): KindReport {
  const { state, err } = failed;
  if (work.signal.aborted) return nothingProven;
  if (endsAttempt(err)) {
    work.over.abort(err);
    return nothingProven;
  }
  Object.assign(state, { state: 'failed', reason: work.reason(err) });
  deps.log.error(`resync of the kind ${state.kind} failed`, { integration: work.entry.identifier, kind: state.kind, runId: work.run.runId, err });
  return nothingProven;
}

/** Kinds that the mapping no longer names: their rows stay, their outputs lose what made them, and wait for a release as their own group. */
async function removedKinds(deps: ResyncDeps, { entry, mapping }: RunWork, named: readonly string[]): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const kind of await deps.ticks.kinds(entry.identifier)) {
    if (mapping.kinds.includes(kind) || named.includes(kind)) continue;
    if ((await deps.store.outputs.stored(entry.identifier, kind)) > 0) removed.push(kind);
  }
  return removed;
}
