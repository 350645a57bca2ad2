import { FrameworkError, toFrameworkError, type Mapping } from '../contract';
import type { Entry } from '../load';
import type { CompiledMapping } from '../pipeline';
import { closeKinds, updateRun, type Run, type RunKind, type RunState } from '../store';
import { releaseDepartures } from './departures';
import type { Downstream, ResyncDeps, RunTally } from './deps';
import { adoptUnknown } from './adopt';
import { runKind, type KindReport } from './kind';
import { membershipOf } from './membership';
import { planKinds, unknownKind } from './plan';
import { remapKind } from './remap';

/** How one attempt at a run ended: `waiting` = the portal is away, and no mapping or not what is ours is known yet, `superseded` = what decides membership changed. */
export type RunEnd = { readonly is: 'ended'; readonly run: Run } | { readonly is: 'stopped' } | { readonly is: 'waiting' } | { readonly is: 'superseded' };

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

/** One run of one entry, from wherever an earlier attempt left it to its end. `signal`: cancelled, or the process stops. */
export async function executeRun(deps: ResyncDeps, entry: Entry, given: { readonly run: Run; readonly signal: AbortSignal }): Promise<RunEnd> {
  const { store, clock } = deps;
  const { signal } = given;
  const log = deps.log;
  const fields = { integration: entry.identifier, runId: given.run.runId };

  let raw: Mapping | undefined;
  try {
    raw = await deps.mappingOf(entry, signal);
  } catch (err) {
    if (signal.aborted) return { is: 'stopped' };
    return end(deps, entry, given.run, 'failed', toFrameworkError(err).message);
  }
  if (raw === undefined) return { is: 'waiting' };
  if (raw.resources === undefined || raw.resources.length === 0) return end(deps, entry, given.run, 'failed', new FrameworkError('MAPPING_EMPTY', [entry.identifier]).message);

  const mapping = deps.compile(raw);
  for (const problem of mapping.problems) {
    log[problem.severity === 'error' ? 'error' : 'warn'](`mapping: resources[${problem.resource}].${problem.field}:${problem.line}:${problem.column}: ${problem.message}`, fields);
  }
  const selector = membershipOf(entry, mapping);
  if (given.run.selector !== undefined && given.run.selector !== selector) return { is: 'superseded' };

  const downstream = deps.downstream(entry);
  downstream.use(mapping);
  try {
    await adoptUnknown(deps, { entry, mapping, downstream, signal });
  } catch (err) {
    if (signal.aborted) return { is: 'stopped' };
    // Nothing may be delivered before it is known what lies at the portal already.
    if (!isAway(err)) throw err;
    log.warn('the portal does not tell what is ours; the run waits', { ...fields, err });
    return { is: 'waiting' };
  }
  const run = (await updateRun(store.documents, given.run.runId, ({ rev: _rev, ...rest }) => ({ ...rest, selector, token: deps.token, startedAt: rest.startedAt ?? clock.now() })))!;
  const tally = downstream.newTally(run);
  const save = saver(deps, run, tally);
  log.info('resync begins', { ...fields, cause: run.cause });
  await deps.portal?.announce(entry, run);

  const kinds = mapping.kinds.filter((kind) => run.only === undefined || run.only.includes(kind));
  if (run.force && run.kinds.length === 0) await store.outputs.force(entry.identifier, kinds, clock.now());
  await store.outputs.wake(entry.identifier, kinds, clock.now());

  const reports = await runKinds(deps, { entry, run, mapping, downstream, tally, signal, save });
  if (signal.aborted) return { is: 'stopped' };
  await downstream.sendDue(tally);
  await downstream.drained(signal);
  if (tally.unmet.size > 0) {
    const unmet = [...tally.unmet];
    log.info('sending entities again whose related entities were missing', { ...fields, count: unmet.length });
    await downstream.resend(unmet, tally);
    await downstream.drained(signal);
  }
  await depart(deps, { entry, run, mapping, tally, reports });
  await downstream.sendDue(tally);
  await downstream.drained(signal);
  tally.write(run.kinds);
  return end(deps, entry, { ...run, totals: tally.totals }, closeKinds(run.kinds), undefined);
}

const isAway = (err: unknown): boolean => err instanceof FrameworkError && (err.code === 'PORTAL_UNREACHABLE' || err.code === 'PORTAL_REFUSED');

/** Writes the run as it is, one write at a time. */
function saver(deps: ResyncDeps, run: Run, tally: RunTally): () => Promise<void> {
  let last = Promise.resolve();
  return () =>
    (last = last.then(async () => {
      tally.write(run.kinds);
      await updateRun(deps.store.documents, run.runId, ({ rev: _rev, ...rest }) => ({ ...rest, kinds: structuredClone(run.kinds), totals: { ...tally.totals } }));
    }));
}

interface RunWork {
  readonly entry: Entry;
  readonly run: Run;
  readonly mapping: CompiledMapping;
  readonly downstream: Downstream;
  readonly tally: RunTally;
  readonly signal: AbortSignal;
  save(): Promise<void>;
}

/** Kinds in parallel, each after its parents. */
async function runKinds(deps: ResyncDeps, work: RunWork): Promise<ReadonlyMap<string, KindReport>> {
  const { entry, run, mapping, signal } = work;
  const asksSource = run.cause !== 'mapping';
  const context = deps.context(entry, signal);
  const { kinds, unknown } = planKinds(entry, mapping, run.only);
  const stateOf = (name: string): RunKind => {
    const known = run.kinds.find((kind) => kind.kind === name);
    if (known) return known;
    const fresh = newKind(name);
    run.kinds.push(fresh);
    return fresh;
  };
  for (const name of unknown) Object.assign(stateOf(name), { state: 'failed', reason: unknownKind(entry, name).message });
  for (const resource of mapping.resources) {
    const state = stateOf(resource.kind);
    work.tally.of(resource.kind, resource.index).blueprint = resource.blueprints.map((blueprint) => blueprint ?? '*').join(', ');
    if (!resource.runs && state.state === 'running') Object.assign(state, { reason: `resources[${resource.index}] does not compile; nothing of this kind is deleted` });
  }
  await work.save();

  const done = new Map<string, Promise<KindReport>>();
  for (const kind of kinds) {
    const state = stateOf(kind.name);
    const one = async (): Promise<KindReport> => {
      const parents = await Promise.all((kind.after ?? []).map(async (name) => ({ name, report: await done.get(name) })));
      const missing = parents.find((parent) => parent.report && !parent.report.complete);
      if (state.state === 'aborted' || signal.aborted) return { complete: false, proven: new Set() };
      if (state.state !== 'running' && !run.released) return { complete: false, proven: new Set() };
      if (run.released && (state.state === 'needs-release' || state.state === 'completed')) state.state = 'running';
      if (!asksSource) {
        await remapKind({ ...deps, ...work, integration: entry.identifier, kind: kind.name, mapping: mapping.hashOf(kind.name), now: () => deps.clock.now() });
        return { complete: true, proven: new Set() };
      }
      return runKind({
        ...deps,
        ...work,
        kind,
        state,
        context,
        unplannable: missing && `its parent ${missing.name} was not read to its end; nothing was swept`,
        released: run.released === true,
        runId: run.runId,
        now: () => deps.clock.now(),
        examples: (name, rows) => void deps.portal?.examples(entry, name, rows),
      });
    };
    done.set(
      kind.name,
      one().catch((err: unknown): KindReport => {
        if (!signal.aborted) {
          Object.assign(state, { state: 'failed', reason: toFrameworkError(err).message });
          deps.log.error(`resync of the kind ${kind.name} failed`, { integration: entry.identifier, kind: kind.name, runId: run.runId, err });
        }
        return { complete: false, proven: new Set() };
      }),
    );
  }
  const reports = new Map<string, KindReport>();
  for (const [name, report] of done) reports.set(name, await report);
  if (run.only === undefined && !signal.aborted) await runRemoved(deps, work, { kinds: new Set(kinds.map((kind) => kind.name)), reports, stateOf });
  return reports;
}

/** Kinds that the mapping no longer names: their rows stay, their outputs lose what made them, and wait for a release as their own group. */
async function runRemoved(deps: ResyncDeps, work: RunWork, known: { readonly kinds: ReadonlySet<string>; readonly reports: Map<string, KindReport>; stateOf(name: string): RunKind }): Promise<void> {
  const { entry, mapping } = work;
  const named = new Set([...mapping.kinds, ...known.kinds]);
  for (const scope of await deps.store.rows.scopes()) {
    if (scope.integration !== entry.identifier || named.has(scope.kind)) continue;
    const stored = await deps.store.outputs.stored(entry.identifier, scope.kind);
    if (stored === 0) continue;
    const state = known.stateOf(scope.kind);
    state.storedOutputs = stored;
    state.reason = 'the mapping no longer names this kind';
    await remapKind({ ...deps, ...work, integration: entry.identifier, kind: scope.kind, mapping: '', now: () => deps.clock.now() });
    known.reports.set(scope.kind, { complete: true, proven: new Set() });
  }
}

/** The end of the run: outputs without parts go, kind by kind, where guard and threshold allow it. */
async function depart(deps: ResyncDeps, work: { readonly entry: Entry; readonly run: Run; readonly mapping: CompiledMapping; readonly tally: RunTally; readonly reports: ReadonlyMap<string, KindReport> }): Promise<void> {
  const { run, reports, tally } = work;
  work.tally.write(run.kinds);
  const broken = new Set(work.mapping.resources.filter((resource) => !resource.runs).map((resource) => resource.kind));
  const complete = new Set([...reports].filter(([name, report]) => report.complete && !broken.has(name) && !tally.uncertainties.has(name)).map(([name]) => name));
  for (const state of run.kinds) {
    const report = reports.get(state.kind);
    if (!report || broken.has(state.kind)) continue;
    const uncertain = tally.uncertainties.get(state.kind);
    if (uncertain !== undefined) {
      state.reason ??= `nothing of this kind was deleted: ${uncertain}`;
      continue;
    }
    if (state.state === 'needs-release') continue;
    const departures = await releaseDepartures({
      entry: work.entry,
      kind: state.kind,
      complete,
      proven: report.complete ? undefined : report.proven,
      protected: tally.protected,
      mapping: work.mapping,
      stored: state.storedOutputs,
      released: run.released === true,
      store: deps.store,
      now: () => deps.clock.now(),
    });
    const first = state.resources[0]?.index ?? 0;
    if (departures.keptStale > 0) tally.of(state.kind, first).keptStale = departures.keptStale;
    if (departures.held) {
      state.guard = departures.held;
      state.state = 'needs-release';
    } else if (state.state === 'running') delete state.guard;
  }
}

async function end(deps: ResyncDeps, entry: Entry, run: Run, state: RunState, error: string | undefined): Promise<RunEnd> {
  const ended = await updateRun(deps.store.documents, run.runId, ({ rev: _rev, ...rest }) => ({
    ...rest,
    state,
    kinds: structuredClone(run.kinds),
    totals: run.totals,
    endedAt: deps.clock.now(),
    ...(error !== undefined && { error }),
  }));
  const final = ended ?? run;
  deps.log[state === 'completed' ? 'info' : 'warn']('resync ended', { integration: entry.identifier, runId: run.runId, result: state, ...final.totals, ...(error !== undefined && { error }) });
  await deps.portal?.announce(entry, final);
  deps.ended?.(entry, final);
  return { is: 'ended', run: final };
}

