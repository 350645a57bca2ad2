import { SourceError, toFrameworkError, type AnyKind, type Context, type ScanContext } from '../contract';
import { parseJson } from '../shared';
import { advancedScan, writeScan, type Dirty, type Row, type Scan, type Store, type Ticks, type Truth } from '../store';
import type { Downstream, RowToMap, RunTally } from './deps';
import { preparePage, type PreparedPage } from './page';

export interface ScanWork {
  readonly kind: AnyKind<unknown>;
  readonly truth: Truth;
  readonly context: Context<unknown>;
  readonly store: Store;
  readonly ticks: Ticks;
  readonly downstream: Downstream;
  readonly mapping: string;
  readonly tally: RunTally;
  /** Aborts when the run is cancelled or the process stops. */
  readonly signal: AbortSignal;
  now(): number;
  /** First records of the kind, once. */
  examples(rows: readonly unknown[]): void;
}

/** How a scan ended: `open` = stopped or its owner changed, it goes on from its position. */
export interface ScanEnd {
  readonly scan: Scan;
  readonly state: 'done' | 'incomplete' | 'open';
  readonly error?: Error;
}

/** Rows of one batch of the source that are mapped while the next page is on its way. */
const MAPPING_AHEAD = 2;

/**
 * Reads one partition from its position to its end: stamp, page, rows and position in the store (I3), then mapping, beside which the next page is read.
 * An error of the source ends the partition as incomplete (I6); a stop leaves it open.
 */
export async function scanPartition(work: ScanWork, scan: Scan): Promise<ScanEnd> {
  const { kind, ticks, signal } = work;
  const scope = { integration: scan.integration, kind: scan.kind };
  const context: ScanContext<unknown> = { ...work.context, partition: { name: scan.partition, ...(scan.data && { data: scan.data }) }, selector: scan.selector };
  const mapping: Promise<void>[] = [];
  let current = scan;
  const pages = kind.scan!(context, scan.position)[Symbol.asyncIterator]();
  try {
    for (;;) {
      if (signal.aborted) return { scan: current, state: 'open' };
      const stamp = await ticks.asOf(scope, kind.lagMs ?? 0); // before the read
      const step = await pages.next();
      if (step.done) break;
      const page = step.value;
      const prepared = preparePage(kind, page.rows);
      if (current.pages === 0) work.examples(page.rows.slice(0, 5));
      const incomplete = page.incomplete ?? prepared.unkeyed;
      const seen = current;
      const observed = await work.store.rows.observe(
        { scope, truth: work.truth, by: 'page', stamp, seen: scan.generation, partition: scan.partition, rows: prepared.rows, mapping: work.mapping, at: work.now() },
        { rev: seen.rev, advance: (counts) => advancedScan(seen, { next: page.next, skipped: prepared.skipped, ...(incomplete !== undefined && { incomplete }) }, counts) },
      );
      if (observed.rev === undefined) return { scan: current, state: 'open' }; // another owner has this scan
      current = { ...advancedScan(seen, { next: page.next, skipped: prepared.skipped, ...(incomplete !== undefined && { incomplete }) }, observed.counts), rev: observed.rev };
      if (observed.dirty.length > 0) {
        const mapped = mapDirty(work, observed.dirty, prepared);
        mapped.catch(() => undefined); // awaited below, perhaps much later
        mapping.push(mapped);
        if (mapping.length >= MAPPING_AHEAD) await mapping.shift();
      }
      if (page.next === undefined) break;
    }
    await Promise.all(mapping);
    if (signal.aborted) return { scan: current, state: 'open' };
    return await finishScan(work.store, current, current.reason === undefined ? 'done' : 'incomplete');
  } catch (err) {
    await Promise.allSettled(mapping);
    if (signal.aborted) return { scan: current, state: 'open' };
    const error = toFrameworkError(err);
    const withheld = err instanceof SourceError && err.recovery === 'incomplete';
    const end = await finishScan(work.store, { ...current, reason: error.message }, 'incomplete');
    return withheld ? end : { ...end, error };
  } finally {
    await pages.return?.(undefined).catch(() => undefined);
  }
}

async function finishScan(store: Store, scan: Scan, state: 'done' | 'incomplete'): Promise<ScanEnd> {
  const written = await writeScan(store.documents, scan, { ...scan, state });
  return written ? { scan: written, state } : { scan, state: 'open' };
}

/** Dirty rows with their content: from the page just read where it won, else from the store. */
async function mapDirty(work: ScanWork, dirty: readonly Dirty[], page: PreparedPage): Promise<void> {
  const elsewhere = dirty.filter((row) => !row.gone && row.at === undefined);
  const read = new Map((elsewhere.length > 0 ? await work.store.rows.get(elsewhere.map((row) => row._id)) : []).map((row) => [row._id, row]));
  const rows = dirty.flatMap((row): RowToMap[] => {
    if (row.gone) return [{ _id: row._id, face: '' }];
    if (row.at !== undefined) return [{ _id: row._id, face: row.face, row: page.values[row.at]! }];
    const stored = read.get(row._id);
    return stored ? [toMap(stored)] : [];
  });
  await work.downstream.map(work.kind.name, rows, { departures: 'held', tally: work.tally, signal: work.signal });
}

/** A stored row as the mapping takes it. */
export const toMap = (row: Row): RowToMap => (row.gone || row.row === undefined ? { _id: row._id, face: '' } : { _id: row._id, face: row.face ?? row.hash ?? '', row: parseJson(row.row) });

