import { FrameworkError, SourceError, type AnyKind, type Context, type Page, type ScanContext } from '../contract';
import { backoff, type Clock } from '../shared';
import { advancedScan, keepDeadLetter, rowId, rowToMap, writeScan, type Dirty, type Present, type RowToMap, type Scan, type Store, type Ticks, type Truth } from '../store';
import type { ComparedKind, Downstream, RunTally } from './deps';
import { preparePage, type PreparedPage } from './page';

export interface ScanWork {
  readonly kind: AnyKind<unknown>;
  readonly truth: Truth;
  readonly context: Context<unknown>;
  readonly store: Store;
  readonly ticks: Ticks;
  readonly clock: Clock;
  readonly downstream: Downstream;
  readonly mapping: string;
  /** Declared pipelines read the envelope. */
  readonly envelopes: boolean;
  /** Members that are never stored: kind → paths. */
  readonly drop: Readonly<Record<string, readonly string[]>>;
  /** Its pages come from the connector of the entry. */
  readonly compared?: Pick<ComparedKind, 'anchorOf'> | undefined;
  readonly tally: RunTally;
  /** Aborts when the run is cancelled or the process stops. */
  readonly signal: AbortSignal;
  /** What went wrong, as it is kept and shown. */
  reason(thrown: unknown): string;
  /** First records of the kind, once. */
  examples(rows: readonly unknown[]): void;
}

/** Rows of one batch of the source that are mapped while the next page is on its way. */
const MAPPING_AHEAD = 2;
/** How often a source may ask for another try (SourceError `retry`, `wait`) without giving a page. */
const TRIES = 3;
const RETRY = { initialMs: 1_000, factor: 2, maxMs: 30_000 };

/** What the source did when it was asked for a page. */
type Step = { readonly is: 'page'; readonly page: Page<unknown>; readonly prepared: PreparedPage } | { readonly is: 'end' } | { readonly is: 'thrown'; readonly error: unknown };

/**
 * Reads one partition from its position to its end: stamp, page, rows and position in the store (I3), then mapping, beside which the next page is read.
 * An error of the source ends the partition as incomplete (I6); a stop leaves it open, and so does an owner that took it over. Throws when the store does.
 */
export async function scanPartition(work: ScanWork, scan: Scan): Promise<Scan> {
  const { signal, store } = work;
  const mapping: Promise<void>[] = [];
  let current = scan;
  let pages = readFrom(work, current);
  try {
    for (let tries = 1; !signal.aborted; ) {
      const stamp = await work.ticks.asOf(scan, work.kind.lagMs ?? 0); // before the read
      const step = await pull(work, pages);
      if (step.is === 'page') {
        tries = 1;
        const next = await takePage(work, current, { ...step, stamp });
        if (!next) return current;
        current = next.scan;
        if (next.dirty.length > 0) {
          const mapped = mapDirty(work, next.dirty, step.prepared);
          mapped.catch(() => undefined); // awaited below, perhaps much later
          mapping.push(mapped);
          if (mapping.length >= MAPPING_AHEAD) await mapping.shift();
        }
        if (current.state === 'open') continue;
        await Promise.all(mapping);
        return current;
      }
      if (signal.aborted) return current;
      const wait = step.is === 'thrown' ? waitFor(step.error, tries++) : undefined;
      if (wait === undefined) {
        await Promise.all(mapping);
        return (await writeScan(store.documents, current, step.is === 'thrown' ? failed(work, current, step.error) : ended(current))) ?? current;
      }
      await close(pages);
      await work.clock.sleep(wait, signal).catch(() => undefined);
      pages = readFrom(work, current);
    }
    return current;
  } finally {
    await Promise.allSettled(mapping);
    await close(pages);
  }
}

/** Also what is no generator but promises one, or refuses to, is told as an error of its kind. */
async function* readFrom(work: ScanWork, scan: Scan): AsyncGenerator<Page<unknown>> {
  const context: ScanContext<unknown> = { ...work.context, partition: { name: scan.partition, ...(scan.data && { data: scan.data }) }, selector: scan.selector };
  yield* await (work.kind.scan!(context, scan.position) as AsyncIterable<Page<unknown>> | Promise<AsyncIterable<Page<unknown>>>);
}

async function pull({ kind, drop, compared }: ScanWork, pages: AsyncGenerator<Page<unknown>>): Promise<Step> {
  try {
    const step = await pages.next();
    return step.done ? { is: 'end' } : { is: 'page', page: step.value, prepared: preparePage(kind, step.value.rows, { dropped: drop[kind.name], anchorOf: compared?.anchorOf }) };
  } catch (error) {
    return { is: 'thrown', error };
  }
}

const close = async (pages: AsyncGenerator<unknown>): Promise<void> => void (await pages.return(undefined).catch(() => undefined));

/** How long to wait before the source is read again from the position; undefined = not again. */
function waitFor(error: unknown, tries: number): number | undefined {
  if (!(error instanceof SourceError) || tries >= TRIES) return undefined;
  if (error.recovery === 'wait') return error.waitMs ?? backoff(RETRY, tries);
  return error.recovery === 'retry' ? backoff(RETRY, tries) : undefined;
}

function failed(work: ScanWork, { rev: _rev, ...scan }: Scan, error: unknown): Omit<Scan, 'rev'> {
  const withheld = error instanceof SourceError && error.recovery === 'incomplete';
  return { ...scan, reason: work.reason(error), state: 'incomplete', ...(!withheld && { failed: true }) };
}

const ended = ({ rev: _rev, ...scan }: Scan): Omit<Scan, 'rev'> => ({ ...scan, state: scan.reason === undefined ? 'done' : 'incomplete' });

/** Rows, then position and counters, in the store. Undefined: another owner has this scan. */
async function takePage(work: ScanWork, scan: Scan, read: { readonly page: Page<unknown>; readonly prepared: PreparedPage; readonly stamp: number }): Promise<{ readonly scan: Scan; readonly dirty: readonly Dirty[] } | undefined> {
  const { page, prepared } = read;
  if (scan.pages === 0) work.examples(prepared.values.slice(0, 5));
  const scope = { integration: scan.integration, kind: scan.kind };
  const large = new Set<Present>();
  for (;;) {
    let advanced: Omit<Scan, 'rev'> | undefined;
    const incomplete = page.incomplete ?? prepared.unkeyed ?? (large.size > 0 ? 'a row is too large for the store; it is a dead letter' : undefined);
    const rows = prepared.rows.filter((row) => !large.has(row));
    try {
      const observed = await work.store.rows.observe(
        { scope, truth: work.truth, by: 'page', stamp: read.stamp, seen: scan.generation, partition: scan.partition, rows, mapping: work.mapping, envelopes: work.envelopes, ...(work.compared && { author: scan.integration }), at: work.clock.now() },
        { rev: scan.rev, advance: (counts) => (advanced = advancedScan(scan, { next: page.next, skipped: prepared.skipped, deadLettered: large.size, incomplete }, counts)) },
      );
      const dirty = large.size === 0 ? observed.dirty : observed.dirty.map((row) => (row.at === undefined ? row : { ...row, at: prepared.rows.indexOf(rows[row.at]!) }));
      return observed.rev === undefined ? undefined : { scan: { ...advanced!, rev: observed.rev }, dirty };
    } catch (err) {
      if (!(err instanceof FrameworkError) || err.code !== 'TOO_LARGE' || rows.length === 0) throw err;
      // Nothing of the page was written. Without its largest row it may fit; what we hold of that row stays, because the partition proves nothing now.
      const largest = rows.reduce((one, other) => (other.text.length > one.text.length ? other : one));
      large.add(largest);
      await keepDeadLetter(work.store.documents, { integration: scan.integration, pipeline: scan.integration, kind: scan.kind, row: rowId(scope, largest.key), stage: 'source', code: 'TOO_LARGE', message: work.reason(err) }, work.clock);
    }
  }
}

/** Dirty rows with their content: from the page just read where it won, else from the store. A row that a delivery brought (another face than its hash) is read with it. */
async function mapDirty(work: ScanWork, dirty: readonly Dirty[], page: PreparedPage): Promise<void> {
  const atHand = (row: Dirty): boolean => !row.gone && row.at !== undefined && row.face === page.rows[row.at]!.hash;
  const elsewhere = dirty.filter((row) => !atHand(row));
  const read = new Map((elsewhere.length > 0 ? await work.store.rows.get(elsewhere.map((row) => row._id)) : []).map((row) => [row._id, row]));
  const rows = dirty.flatMap((row): RowToMap[] => {
    if (atHand(row)) return [{ _id: row._id, face: row.face, row: page.values[row.at!]! }];
    const stored = read.get(row._id);
    return stored ? [rowToMap(stored)] : [];
  });
  await work.downstream.map(work.kind.name, rows, { departures: 'held', tally: work.tally, signal: work.signal });
}
