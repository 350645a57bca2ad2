import { FrameworkError, toFrameworkError } from '../contract';
import type { Entry } from '../load';
import type { CompiledMapping } from '../pipeline';
import { abortKinds, closeKinds, updateRun, type Run, type RunState, type Writable } from '../store';
import { adoptUnknown } from './adopt';
import { releaseDepartures } from './departures';
import type { ResyncDeps, RunTally } from './deps';
import { leaveToOlder } from './held-before';
import { membershipOf } from './membership';
import { runKinds } from './run-kinds';

/** How one attempt at a run ended: `waiting` = the portal is away, and no mapping or not what is ours is known yet, `superseded` = what decides membership changed. */
export type RunEnd = { readonly is: 'ended'; readonly run: Run } | { readonly is: 'stopped' } | { readonly is: 'waiting' } | { readonly is: 'superseded' };

export interface RunSignals {
  /** The process stops: the run stays as it is, and is resumed by the next start. */
  readonly stop: AbortSignal;
  /** The run is cancelled: it ends as aborted, and deletes nothing. */
  readonly cancel: AbortSignal;
}

/** One run of one entry, from wherever an earlier attempt left it to its end. Throws when the store is away: then it is attempted again. */
export async function executeRun(deps: ResyncDeps, entry: Entry, given: RunSignals & { readonly run: Run }): Promise<RunEnd> {
  const { store, clock, log } = deps;
  // Whatever ends this attempt ends all of its work, so that no other attempt meets it.
  const over = new AbortController();
  const signal = AbortSignal.any([given.stop, given.cancel, over.signal]);
  // A stop lets the page in flight come in and be stored.
  const reading = AbortSignal.any([deps.kill ?? given.stop, given.cancel, over.signal]);
  const fields = { integration: entry.identifier, runId: given.run.runId };
  const reason = (thrown: unknown): string => deps.withhold(entry, toFrameworkError(thrown).message);

  let mapping: CompiledMapping | undefined;
  try {
    mapping = await deps.mappingOf(entry, signal);
  } catch (err) {
    if (signal.aborted) return { is: 'stopped' };
    return end(deps, entry, { run: given.run, state: 'failed', error: reason(err) });
  }
  if (mapping === undefined) return { is: 'waiting' };
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
  const begun = await updateRun(store.documents, given.run.runId, ({ rev: _rev, ...rest }) =>
    rest.state === 'running' ? { ...rest, selector, token: deps.token, startedAt: rest.startedAt ?? clock.now() } : undefined,
  );
  if (begun?.state !== 'running') return { is: 'stopped' }; // cancelled meanwhile
  const run = structuredClone(begun);
  const tally = downstream.newTally(run);
  log.info('resync begins', { ...fields, cause: run.cause });
  await deps.portal?.announce(entry, run);

  downstream.attend(tally);
  try {
    if (!run.released) await wakeOutputs(deps, { entry, run, kinds: mapping.kinds });
    const { reports, error } = await runKinds(deps, { entry, run, mapping, downstream, tally, signal, reading, over, save: saver(deps, run, tally), reason });
    over.signal.throwIfAborted();
    if (!signal.aborted) {
      await downstream.sendDue();
      await downstream.drained(signal);
      if (tally.unmet.size > 0) {
        const unmet = [...tally.unmet];
        log.info('sending entities again whose related entities were missing', { ...fields, count: unmet.length });
        await downstream.resend(unmet, tally);
        await downstream.drained(signal);
      }
      await releaseDepartures({ entry, run, mapping, tally, reports, store, clock });
      await downstream.sendDue();
      await downstream.drained(signal);
      tally.write(run.kinds);
      if (error !== undefined) await leaveToOlder(store.documents, run);
      const state = closeKinds(run.kinds);
      return await end(deps, entry, { run: { ...run, totals: tally.totals }, state: state === 'completed' && error !== undefined ? 'failed' : state, ...(error !== undefined && { error: deps.withhold(entry, error) }) });
    }
  } catch (err) {
    if (!given.stop.aborted && !given.cancel.aborted) throw err;
  } finally {
    over.abort(new DOMException('the attempt ended', 'AbortError'));
    downstream.attend(undefined);
  }
  if (given.stop.aborted) return { is: 'stopped' };
  // What is on its way to the sinks lands, so that the counters of the aborted run are true.
  await downstream.drained(given.stop);
  tally.write(run.kinds);
  abortKinds(run.kinds);
  return end(deps, entry, { run: { ...run, totals: tally.totals }, state: 'aborted', error: 'cancelled' });
}

const isAway = (err: unknown): boolean => err instanceof FrameworkError && (err.code === 'PORTAL_UNREACHABLE' || err.code === 'PORTAL_REFUSED');

/** What sinks refused is tried once more; with `force` everything is sent again. */
async function wakeOutputs({ store, clock }: ResyncDeps, of: { readonly entry: Entry; readonly run: Run; readonly kinds: readonly string[] }): Promise<void> {
  const kinds = of.kinds.filter((kind) => of.run.only === undefined || of.run.only.includes(kind));
  if (of.run.force && of.run.kinds.length === 0) await store.outputs.force(of.entry.identifier, kinds, clock.now());
  await store.outputs.wake(of.entry.identifier, kinds, clock.now());
}

/** Writes the run while it runs under this token. Throws RUN_SUPERSEDED when another owner has it, or when it has ended. */
async function writeRun(deps: ResyncDeps, at: Pick<Run, 'runId' | 'token'>, next: (run: Writable<Run>) => Writable<Run>): Promise<Run> {
  let ours = false;
  const written = await updateRun(deps.store.documents, at.runId, ({ rev: _rev, ...rest }) => {
    ours = rest.token === at.token && rest.state === 'running';
    return ours ? next(rest) : undefined;
  });
  if (!written || !ours) throw new FrameworkError('RUN_SUPERSEDED', [at.runId]);
  return written;
}

/** Writes the kinds and totals as they are, one write at a time. */
function saver(deps: ResyncDeps, run: Run, tally: RunTally): () => Promise<void> {
  const write = async (): Promise<void> => {
    tally.write(run.kinds);
    await writeRun(deps, run, (rest) => ({ ...rest, kinds: structuredClone(run.kinds), totals: { ...tally.totals } }));
  };
  let last = Promise.resolve();
  return () => {
    const next = last.then(write);
    last = next.catch(() => undefined);
    return next;
  };
}

/** The run is over. */
async function end(deps: ResyncDeps, entry: Entry, of: { readonly run: Run; readonly state: RunState; readonly error?: string }): Promise<RunEnd> {
  const { run, state, error } = of;
  const final = await writeRun(deps, run, (rest) => ({
    ...rest,
    state,
    kinds: structuredClone(run.kinds),
    totals: { ...run.totals },
    endedAt: deps.clock.now(),
    ...(error !== undefined && { error }),
  }));
  deps.log[state === 'completed' ? 'info' : 'warn']('resync ended', { integration: entry.identifier, runId: run.runId, result: state, ...final.totals, ...(error !== undefined && { error }) });
  await deps.portal?.announce(entry, final);
  deps.ended?.(entry, final);
  return { is: 'ended', run: final };
}
