import type { Partition, Position } from '../contract';
import { encodeSegment } from '../shared';
import { pages } from './guarded';
import { scopeId } from './ids';
import type { RowTotals } from './run';
import type { Documents, RowCounts, Scope, Stored, Writable } from './store';

/** One partition of one generation of a kind: how far its scan is. */
export interface Scan extends Stored {
  readonly integration: string;
  readonly kind: string;
  readonly generation: number;
  readonly partition: string;
  readonly data?: Position;
  readonly selector: Readonly<Record<string, unknown>>;
  readonly state: 'open' | 'done' | 'incomplete';
  /** Where it goes on; absent = the beginning. */
  readonly position?: Position;
  readonly pages: number;
  readonly rows: Pick<RowTotals, 'received' | 'stored' | 'unchanged' | 'outvoted' | 'skipped' | 'deadLettered'>;
  readonly reason?: string;
  /** An error ended it. */
  readonly failed?: boolean;
  /** Of the owner that works on it. */
  readonly token: string;
}

export interface PlannedPartition {
  readonly partition: Partition;
  readonly selector: Readonly<Record<string, unknown>>;
}

const prefix = (scope: Scope, generation: number): string => `${scopeId(scope)}/${generation}/`;

/** Makes partitions documents, where they are not yet. */
export async function offerScans(documents: Documents, of: { readonly scope: Scope; readonly generation: number; readonly token: string }, planned: readonly PlannedPartition[]): Promise<void> {
  const offer = ({ partition, selector }: PlannedPartition): Promise<unknown> =>
    documents.insert<Scan>('scans', {
      _id: `${prefix(of.scope, of.generation)}${encodeSegment(partition.name)}`,
      integration: of.scope.integration,
      kind: of.scope.kind,
      generation: of.generation,
      partition: partition.name,
      ...(partition.data && { data: partition.data }),
      selector,
      state: 'open',
      pages: 0,
      rows: { received: 0, stored: 0, unchanged: 0, outvoted: 0, skipped: 0, deadLettered: 0 },
      token: of.token,
    });
  await Promise.all(planned.map(offer));
}

export async function scansOf(documents: Documents, scope: Scope, generation: number): Promise<Scan[]> {
  const scans: Scan[] = [];
  for await (const page of pages<Scan>(documents, 'scans', { prefix: prefix(scope, generation) })) scans.push(...page);
  return scans;
}

/** The scan after one more page. `next` undefined: that was the last one. Counters, position and end move together, so that a repeated page counts once. */
export function advancedScan(scan: Scan, page: { readonly next: Position | undefined; readonly skipped: number; readonly deadLettered?: number; readonly incomplete?: string | undefined }, counts: RowCounts): Writable<Scan> {
  const { rev: _rev, ...rest } = scan;
  const rows = rest.rows;
  const reason = page.incomplete ?? rest.reason;
  return {
    ...rest,
    ...(page.next && { position: page.next }),
    ...(reason !== undefined && { reason }),
    state: page.next !== undefined ? 'open' : reason === undefined ? 'done' : 'incomplete',
    pages: rest.pages + 1,
    rows: {
      received: rows.received + counts.received + page.skipped + (page.deadLettered ?? 0),
      stored: rows.stored + counts.stored,
      unchanged: rows.unchanged + counts.unchanged,
      outvoted: rows.outvoted + counts.outvoted,
      skipped: rows.skipped + page.skipped,
      deadLettered: rows.deadLettered + (page.deadLettered ?? 0),
    },
  };
}

/** Writes the scan under its rev; undefined = another owner has it. */
export async function writeScan(documents: Documents, scan: Scan, next: Writable<Scan>): Promise<Scan | undefined> {
  const rev = await documents.replace<Scan>('scans', next, scan.rev);
  return rev === undefined ? undefined : { ...next, rev };
}

/** Removes the scans of older generations, which only served their run, but for those that are kept. */
export async function forgetScans(documents: Documents, scope: Scope, of: { readonly before: number; readonly keep: ReadonlySet<number> }): Promise<void> {
  for await (const page of pages<Scan>(documents, 'scans', { prefix: `${scopeId(scope)}/` })) {
    for (const scan of page) if (scan.generation < of.before && !of.keep.has(scan.generation)) await documents.remove('scans', scan._id);
  }
}
