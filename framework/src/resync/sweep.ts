import { keyMembers, type AnyKind } from '../contract';
import type { GuardSettings } from '../config';
import type { Clock } from '../shared';
import type { Dirty, Farewell, GuardReport, Scan, Store, SweepFilter, Ticks, Truth } from '../store';
import { guardSweep } from './guard';

const BATCH = 1_000;
/** Of what stays, so many are named in the run. */
const NAMED = 100;

export interface SweepWork {
  readonly kind: AnyKind<unknown>;
  readonly truth: Truth;
  readonly integration: string;
  readonly generation: number;
  readonly startStamp: number;
  /** Rows not gone when the kind was planned. */
  readonly alive: number;
  readonly scans: readonly Scan[];
  readonly guard: GuardSettings;
  /** An operator let a held sweep go on. */
  readonly released: boolean;
  /** Declared pipelines read the envelope, so what a row held last is kept. */
  readonly envelopes: boolean;
  readonly farewell?: Farewell;
  /** Partitions that the run does not speak of. */
  readonly spared?: readonly string[];
  readonly store: Store;
  readonly ticks: Ticks;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Before these rows, by their keys, are swept. */
  first?(keys: readonly string[]): Promise<void>;
  /** Rows that are gone now. */
  dirty(rows: readonly Dirty[]): Promise<void>;
}

export interface SweepReport {
  readonly gone: number;
  readonly asked: number;
  readonly held?: GuardReport;
  /** Why nothing was swept, when something might have been. */
  readonly reason?: string;
}

/** How absence is proven: a stable list proves it, a drifting or filtered one only raises the question. */
export function sweepPolicy(kind: AnyKind<unknown>): 'immediate' | 'verify' | 'never' {
  if (kind.paging !== 'drifting' && !kind.member) return 'immediate';
  return kind.get ? 'verify' : kind.paging === 'drifting' ? 'never' : 'immediate';
}

/** Removes what a complete generation did not have (I5, I6), under the guard (I8). May be repeated: what is done no longer matches. */
export async function sweepKind(work: SweepWork): Promise<SweepReport> {
  const { filter, unread } = filterOf(work);
  const selectors = new Set(work.scans.map((scan) => JSON.stringify(scan.selector)));
  // One row may be listed under several selectors, and its partition is only the last that saw it.
  if (unread.length > 0 && selectors.size > 1) return { gone: 0, asked: 0, reason: 'a selection of this kind was not read to its end; nothing was swept' };

  const policy = sweepPolicy(work.kind);
  if (policy === 'never') return { gone: 0, asked: 0, reason: 'the pages of this kind drift and it cannot be asked for one row; nothing is ever swept' };
  if (!work.released) {
    const candidates = await work.store.rows.candidates(filter);
    const held = guardSweep(work.guard, { candidates, alive: work.alive, anySeen: candidates === 0 || (await work.store.rows.anySeen(filter.scope, work.generation)) });
    if (held) return { gone: 0, asked: 0, held };
  }

  let gone = 0;
  let asked = 0;
  for (let done = false; !done && !work.signal.aborted; ) {
    const stamp = policy === 'verify' ? await work.ticks.next(filter.scope) : work.startStamp;
    const next = work.first && (await work.store.rows.sweepable(filter, { policy, limit: BATCH }));
    if (next && next.length > 0) await work.first!(next.map(({ key }) => key));
    if (work.signal.aborted) break;
    const only = next && { only: next.map(({ _id }) => _id) };
    const batch = await work.store.rows.sweep(filter, { policy, stamp, limit: BATCH, at: work.clock.now(), envelopes: work.envelopes, ...(work.farewell && { farewell: work.farewell }), ...only });
    gone += batch.dirty.length;
    asked += batch.asked;
    done = next ? next.length < BATCH : batch.done;
    if (batch.dirty.length > 0) await work.dirty(batch.dirty);
  }
  return { gone, asked };
}

/** What a sweep would remove: how many rows, and the first of them by the name in their key. */
export async function leftInPlace(work: Pick<SweepWork, 'kind' | 'truth' | 'integration' | 'generation' | 'startStamp' | 'scans' | 'spared' | 'store'>): Promise<{ readonly count: number; readonly identifiers: readonly string[] }> {
  const { filter } = filterOf(work);
  const { rows } = work.store;
  const count = await rows.candidates(filter);
  const named = count === 0 ? [] : await rows.sweepable(filter, { policy: 'immediate', limit: NAMED });
  return { count, identifiers: named.map(({ key }) => keyMembers(key)[0]!) };
}

function filterOf(work: Pick<SweepWork, 'kind' | 'truth' | 'integration' | 'generation' | 'startStamp' | 'scans' | 'spared'>): { readonly filter: SweepFilter; readonly unread: readonly string[] } {
  const unread = work.scans.filter((scan) => scan.state !== 'done').map((scan) => scan.partition);
  const incomplete = [...unread, ...(work.spared ?? [])];
  return { unread, filter: { scope: { integration: work.integration, kind: work.kind.name }, generation: work.generation, startStamp: work.startStamp, truth: work.truth, incomplete } };
}
