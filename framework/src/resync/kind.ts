import { FrameworkError, type AnyKind, type Context } from '../contract';
import type { Entry } from '../load';
import type { CompiledMapping } from '../pipeline';
import { limiter, type Clock } from '../shared';
import { forgetScans, heldGenerations, offerScans, rowToMap, scansOf, writeScan, type Dirty, type GuardReport, type PlannedPartition, type RunKind, type Scan, type Scope, type Store, type Ticks, type Truth } from '../store';
import { answerAsks } from './asks';
import type { ComparedKind, Departed, Downstream, Leaving, RunTally } from './deps';
import { endsAttempt } from './ends-attempt';
import { planPartitions, selectorsOf, truthOf } from './plan';
import { remapKind } from './remap';
import { scanPartition } from './scan';
import { leftInPlace, sweepKind, type SweepWork } from './sweep';

/** Partitions of a kind that are read at the same time; calls to the source have their own limit. */
const PARTITIONS_AT_ONCE = 10;
/** Partitions that become documents in one go. */
const OFFERED_AT_ONCE = 100;

export interface KindWork {
  readonly entry: Entry;
  readonly kind: AnyKind<unknown>;
  /** Of the run document; changed in place, written by `save`. */
  readonly state: RunKind;
  readonly mapping: CompiledMapping;
  readonly context: Context<unknown>;
  readonly store: Store;
  readonly ticks: Ticks;
  readonly clock: Clock;
  readonly downstream: Downstream;
  readonly tally: RunTally;
  readonly token: string;
  /** Its pages come from a connector. */
  readonly compared?: ComparedKind | undefined;
  /** Resolves when the kinds that are swept before it are. */
  anchors?(): Promise<unknown>;
  /** Counts and maps what went with something that this kind swept. */
  readonly partsGone: Departed;
  /** Why its partitions cannot be planned completely: a parent that was not read to its end. */
  readonly unplannable: string | undefined;
  readonly runId: string;
  readonly signal: AbortSignal;
  /** What went wrong, as it is kept and shown. */
  reason(thrown: unknown): string;
  save(): Promise<void>;
  examples(kind: string, rows: readonly unknown[]): void;
}

export interface KindReport {
  /** Read to its end: what it did not show is not there. */
  readonly complete: boolean;
  /** Of an incomplete kind: outputs whose rows a complete partition proved gone. */
  readonly proven: ReadonlySet<string>;
}

const readsEnvelope = ({ entry }: Pick<KindWork, 'entry'>): boolean => entry.pipelines !== undefined;

const scopeOf = (work: Pick<KindWork, 'entry' | 'state'>): Scope => ({ integration: work.entry.identifier, kind: work.state.kind });

/** One kind of one run: plan, scan, sweep, answer what was asked, map what is left. Each step may be repeated after a crash. Throws when the store is away. */
export async function runKind(work: KindWork): Promise<KindReport> {
  const { kind, state, store, signal } = work;
  const truth = truthOf(kind, work.entry);
  // Nobody lists a told kind, and what declared pipelines do not import comes by events alone.
  if (truth === 'told' || (work.entry.pipelines !== undefined && kind.imported === false)) return mapKind(work);
  const scope = scopeOf(work);
  const proven = new Set<string>();
  const stopped = { complete: false, proven };
  const fail = (reason: string): void => {
    state.state = 'failed';
    state.reason ??= reason;
  };

  try {
    if (!state.planned) await plan(work);
  } catch (err) {
    if (signal.aborted || endsAttempt(err)) throw err;
    fail(work.reason(err));
  }
  if (signal.aborted) return stopped;
  if (state.planned) {
    const scans = await readScans(work, truth);
    if (signal.aborted) return stopped;
    if (scans.some((scan) => scan.state === 'open')) throw new FrameworkError('RUN_SUPERSEDED', [work.runId]);
    for (const scan of scans) if (scan.failed) fail(scan.reason ?? 'a partition failed');
    const incomplete = scans.find((scan) => scan.state === 'incomplete');
    if (incomplete) state.reason ??= incomplete.reason ?? 'the source withheld rows';

    if (work.unplannable !== undefined) state.reason ??= work.unplannable;
    else if (!state.swept) await sweep(work, { truth, scans, proven: incomplete && proven });
    if (signal.aborted) return stopped;
    const unanswered = await askWhatIsOpen(work, truth);
    if (signal.aborted) return stopped;
    if (unanswered) fail(work.reason(unanswered));
    if (state.state === 'running' && (incomplete || work.unplannable !== undefined)) state.state = 'incomplete';
  }
  await remapKind({ ...work, ...scope, mapping: work.mapping.hashOf(kind.name) });
  if (signal.aborted) return stopped;
  await work.save();
  const keep = state.swept ? new Set<number>() : await heldGenerations(store.documents, scope.integration, scope.kind);
  if (state.planned) await forgetScans(store.documents, scope, { before: state.generation, keep });
  return { complete: state.state === 'running', proven };
}

/** A kind whose source is not asked: only its stored rows are mapped. */
export async function mapKind(work: Omit<KindWork, 'kind' | 'context' | 'unplannable' | 'examples' | 'partsGone'>): Promise<KindReport> {
  if (!work.state.planned) {
    await countStored(work);
    work.state.planned = true;
    await work.save();
  }
  await remapKind({ ...work, ...scopeOf(work), mapping: work.mapping.hashOf(work.state.kind) });
  return { complete: !work.signal.aborted, proven: new Set() };
}

/** What the guards measure against: rows and outputs before this run changes them. */
async function countStored(work: Pick<KindWork, 'entry' | 'state' | 'store'>): Promise<void> {
  const scope = scopeOf(work);
  work.state.alive = await work.store.rows.alive(scope);
  work.state.storedOutputs = await work.store.outputs.stored(scope.integration, scope.kind);
}

/** Allots the generation and the start stamp, counts what there is, and makes the partitions documents. */
async function plan(work: KindWork): Promise<void> {
  const { state, kind, store } = work;
  const scope = scopeOf(work);
  state.generation = await work.ticks.generation(scope, work.runId);
  state.startStamp = await work.ticks.asOf(scope, kind.lagMs ?? 0);
  await countStored(work);
  await work.save();
  const offered = { scope, generation: state.generation, token: work.token };
  let batch: PlannedPartition[] = [];
  for await (const planned of planPartitions(kind, work)) {
    work.signal.throwIfAborted();
    batch.push(planned);
    if (batch.length < OFFERED_AT_ONCE) continue;
    await offerScans(store.documents, offered, batch);
    batch = [];
  }
  await offerScans(store.documents, offered, batch);
  state.planned = true;
  await work.save();
}

/** Reads every open partition of the generation, several at a time, and adds up their counters. Waits for all of them, whatever happens to one. */
async function readScans(work: KindWork, truth: Truth): Promise<readonly Scan[]> {
  const { kind, state, store } = work;
  // Those of a connector only wait until their target comes to them, in whatever order it likes.
  const limit = limiter(work.compared ? Infinity : PARTITIONS_AT_ONCE);
  let shown = false;
  const examples = (rows: readonly unknown[]): void => {
    if (shown || rows.length === 0) return;
    shown = true;
    work.examples(kind.name, rows);
  };
  const scanWork = { ...work, truth, mapping: work.mapping.hashOf(kind.name), envelopes: readsEnvelope(work), drop: work.entry.drop, examples };
  const read = async (scan: Scan): Promise<Scan> => {
    if (scan.state !== 'open') work.compared?.passed(scan.partition);
    if (scan.state !== 'open' || work.signal.aborted) return scan;
    const { rev: _rev, ...rest } = scan;
    const mine = scan.token === work.token ? scan : await writeScan(store.documents, scan, { ...rest, token: work.token });
    return mine ? scanPartition(scanWork, mine) : scan;
  };
  const ends = await Promise.allSettled((await scansOf(store.documents, scopeOf(work), state.generation)).map((scan) => limit(() => read(scan))));
  const broken = ends.find((end) => end.status === 'rejected');
  if (broken) throw broken.reason;
  const scans = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  const { gone } = state.rows;
  state.rows = { received: 0, stored: 0, unchanged: 0, outvoted: 0, skipped: 0, deadLettered: 0, gone };
  for (const scan of scans) for (const key of Object.keys(scan.rows) as (keyof Scan['rows'])[]) state.rows[key] += scan.rows[key];
  return scans;
}

/** Removes what the generation did not have. `proven`, of an incomplete kind, takes up the outputs whose rows are gone. */
async function sweep(work: KindWork, of: Swept): Promise<void> {
  const { state, compared, runId } = work;
  // What is a part of something that goes is gone before this kind is counted.
  await work.anchors?.();
  const ways = compared ? await compared.leaving(runId, of.scans.map(({ partition }) => partition)) : [undefined];
  delete state.left;
  if (ways.every((way) => way?.stays)) state.reason ??= 'what is gone at the source stays (onMissing: none)';
  let held: GuardReport | undefined;
  for (const way of ways) {
    if (way?.stays) {
      const left = await leftInPlace({ ...work, ...sweepOf(work, of, way) });
      if (left.count > 0) state.left = left;
      continue;
    }
    const report = await sweepKind({ ...work, ...sweepOf(work, of, way), dirty: (rows) => departed(work, of, rows), ...(way?.cascade && { first: (keys) => way.cascade!(keys, work.partsGone) }) });
    if (work.signal.aborted) return;
    state.rows.gone += report.gone;
    if (report.reason !== undefined) state.reason ??= report.reason;
    if (report.held) held = held ? { ...report.held, candidates: held.candidates + report.held.candidates } : report.held;
  }
  if (held) {
    state.guard = held;
    if (state.state === 'running') state.state = 'needs-release';
    return;
  }
  delete state.guard;
  state.swept = true;
}

interface Swept {
  readonly truth: Truth;
  readonly scans: readonly Scan[];
  readonly proven: Set<string> | undefined;
}

const sweepOf = (work: KindWork, { truth, scans }: Swept, way: Leaving | undefined): Omit<SweepWork, keyof KindWork | 'dirty' | 'first'> => ({
  truth,
  scans,
  integration: work.entry.identifier,
  envelopes: readsEnvelope(work) || way?.keeps === true,
  ...(way?.farewell && { farewell: way.farewell }),
  ...(way && { spared: way.spared }),
  generation: work.state.generation,
  startStamp: work.state.startStamp,
  alive: work.state.alive,
  guard: work.entry.guard,
  released: work.state.released === true,
});

async function departed(work: KindWork, { proven }: Swept, rows: readonly Dirty[]): Promise<void> {
  const { store, state, signal } = work;
  if (proven) for (const row of rows) for (const output of await store.outputs.ofRow(row._id)) proven.add(output._id);
  // Declared pipelines look at what the rows were last.
  const gone = readsEnvelope(work) ? (await store.rows.get(rows.map((row) => row._id))).map(rowToMap) : rows.map((row) => ({ _id: row._id, face: '' }));
  await work.downstream.map(state.kind, gone, { departures: 'held', tally: work.tally, signal });
}

/** Gives the first error; its row stays asked. */
const askWhatIsOpen = (work: KindWork, truth: Truth): Promise<unknown> =>
  answerAsks({
    ...work,
    truth,
    selectors: selectorsOf(work.kind.name, work.mapping),
    envelopes: readsEnvelope(work),
    drop: work.entry.drop,
    mapping: work.mapping.hashOf(work.kind.name),
    async dirty(rows) {
      work.state.rows.gone += rows.filter((row) => row.gone).length;
      const stored = await work.store.rows.get(rows.map((row) => row._id));
      await work.downstream.map(work.kind.name, stored.map(rowToMap), { departures: 'held', tally: work.tally, signal: work.signal });
    },
  });
