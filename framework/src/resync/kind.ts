import { toFrameworkError, type AnyKind, type Context } from '../contract';
import type { Entry } from '../load';
import type { CompiledMapping } from '../pipeline';
import { limiter } from '../shared';
import { forgetScans, offerScan, scansOf, writeScan, type Dirty, type RunKind, type Scan, type Store, type Ticks } from '../store';
import { answerAsks } from './asks';
import type { Downstream, RunTally } from './deps';
import { planPartitions, truthOf } from './plan';
import { remapKind } from './remap';
import { scanPartition, toMap } from './scan';
import { sweepKind } from './sweep';

/** Partitions of a kind that are read at the same time; calls to the source have their own limit. */
const PARTITIONS_AT_ONCE = 10;

export interface KindWork {
  readonly entry: Entry;
  readonly kind: AnyKind<unknown>;
  /** Of the run document; changed in place, written by `save`. */
  readonly state: RunKind;
  readonly mapping: CompiledMapping;
  readonly context: Context<unknown>;
  readonly store: Store;
  readonly ticks: Ticks;
  readonly downstream: Downstream;
  readonly tally: RunTally;
  readonly token: string;
  /** Why its partitions cannot be planned completely: a parent that was not read to its end. */
  readonly unplannable: string | undefined;
  readonly released: boolean;
  readonly runId: string;
  readonly signal: AbortSignal;
  now(): number;
  save(): Promise<void>;
  examples(kind: string, rows: readonly unknown[]): void;
}

export interface KindReport {
  /** Read to its end: what it did not show is not there. */
  readonly complete: boolean;
  /** Of an incomplete kind: outputs whose rows a complete partition proved gone. */
  readonly proven: ReadonlySet<string>;
}

/** One kind of one run: plan, scan, sweep, answer what was asked, map what is left. Each step may be repeated after a crash. */
export async function runKind(work: KindWork): Promise<KindReport> {
  const { kind, state, store, signal } = work;
  const scope = { integration: work.entry.identifier, kind: kind.name };
  const truth = truthOf(kind, work.entry.settings);
  const mappingHash = work.mapping.hashOf(kind.name);
  const proven = new Set<string>();
  const stopped = { complete: false, proven };
  const fail = (err: unknown): void => {
    state.state = 'failed';
    state.reason ??= toFrameworkError(err).message;
  };

  if (truth !== 'told') {
    const planError = state.planned ? undefined : await plan(work).catch((err: unknown) => toFrameworkError(err));
    if (signal.aborted) return stopped;
    if (planError) {
      fail(planError);
      await work.save();
      return stopped;
    }
    const scans = await readScans(work, { truth, mappingHash, fail });
    if (signal.aborted || scans.some((scan) => scan.state === 'open')) return stopped;

    const dirtyOf = (incomplete: boolean) => async (dirty: readonly Dirty[]): Promise<void> => {
      if (incomplete) for (const row of dirty) for (const output of await store.outputs.ofRow(row._id)) proven.add(output._id);
      await work.downstream.map(kind.name, dirty.map((row) => ({ _id: row._id, face: '' })), { departures: 'held', tally: work.tally, signal });
    };
    const incomplete = scans.some((scan) => scan.state !== 'done');
    if (work.unplannable !== undefined) state.reason ??= work.unplannable;
    else if (!state.swept) {
      const report = await sweepKind({
        ...work,
        truth,
        integration: scope.integration,
        generation: state.generation,
        startStamp: state.startStamp,
        alive: state.alive,
        scans,
        guard: work.entry.guard,
        dirty: dirtyOf(incomplete),
      });
      if (signal.aborted) return stopped;
      state.rows.gone += report.gone;
      if (report.reason !== undefined) state.reason ??= report.reason;
      if (report.held) {
        state.guard = report.held;
        if (state.state === 'running') state.state = 'needs-release';
      } else {
        delete state.guard;
        state.swept = true;
      }
    }
    const unanswered = await answerAsks({
      ...work,
      truth,
      mapping: mappingHash,
      async dirty(rows) {
        const bodies = new Map((await store.rows.get(rows.map((row) => row._id))).map((row) => [row._id, row]));
        state.rows.gone += rows.filter((row) => row.gone).length;
        await work.downstream.map(kind.name, [...bodies.values()].map(toMap), { departures: 'held', tally: work.tally, signal });
      },
    });
    if (unanswered && !signal.aborted) fail(unanswered);
    if (state.state === 'running' && incomplete) state.state = 'incomplete';
  }
  await remapKind({ ...work, integration: scope.integration, kind: kind.name, mapping: mappingHash });
  if (signal.aborted) return stopped;
  await work.save();
  if (truth !== 'told' && state.state !== 'needs-release') await forgetScans(store.documents, scope, state.generation);
  return { complete: state.state === 'running' && work.unplannable === undefined, proven };
}

/** Allots the generation and the start stamp, counts what there is, and makes the partitions documents. */
async function plan(work: KindWork): Promise<undefined> {
  const { state, kind, store } = work;
  const scope = { integration: work.entry.identifier, kind: kind.name };
  state.generation = await work.ticks.generation(scope, work.runId);
  state.startStamp = await work.ticks.asOf(scope, kind.lagMs ?? 0);
  state.alive = await store.rows.alive(scope);
  state.storedOutputs = await store.outputs.stored(scope.integration, scope.kind);
  await work.save();
  for await (const planned of planPartitions(kind, work)) {
    if (work.signal.aborted) return undefined;
    await offerScan(store.documents, { scope, generation: state.generation, token: work.token }, planned);
  }
  state.planned = true;
  await work.save();
  return undefined;
}

/** Reads every open partition of the generation, several at a time, and adds up their counters. */
async function readScans(work: KindWork, how: { readonly truth: ReturnType<typeof truthOf>; readonly mappingHash: string; fail(err: unknown): void }): Promise<readonly Scan[]> {
  const { kind, state, store } = work;
  const scope = { integration: work.entry.identifier, kind: kind.name };
  const limit = limiter(PARTITIONS_AT_ONCE);
  let shown = false;
  const examples = (rows: readonly unknown[]): void => {
    if (shown || rows.length === 0) return;
    shown = true;
    work.examples(kind.name, rows);
  };
  const ends = await Promise.all(
    (await scansOf(store.documents, scope, state.generation)).map((scan) =>
      limit(async (): Promise<Scan> => {
        if (scan.state !== 'open' || work.signal.aborted) return scan;
        const mine = scan.token === work.token ? scan : await writeScan(store.documents, scan, { ...scan, token: work.token });
        if (!mine) return scan;
        const end = await scanPartition({ ...work, truth: how.truth, mapping: how.mappingHash, examples }, mine);
        if (end.error) how.fail(end.error);
        if (end.state === 'incomplete') state.reason ??= end.scan.reason ?? 'the source withheld rows';
        return end.scan;
      }),
    ),
  );
  const gone = state.rows.gone;
  state.rows = { received: 0, stored: 0, unchanged: 0, outvoted: 0, skipped: 0, deadLettered: 0, gone };
  for (const scan of ends) for (const key of Object.keys(scan.rows) as (keyof Scan['rows'])[]) state.rows[key] += scan.rows[key];
  return ends;
}
