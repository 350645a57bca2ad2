import { backoff, type Clock } from '../shared';
import type { Destination } from './destinations';
import type { AuditRecord } from './record';

/** Records that wait, at most. Beyond it the oldest goes, so that one destination that stands still holds up none of the others. */
export const QUEUE_LIMIT = 10_000;
const BATCH = 500;
const REPORT_MS = 60_000;
const RETRY = { initialMs: 1_000, factor: 2, maxMs: REPORT_MS };
/** How long an end waits for destinations that do not answer. */
const CLOSE_MS = 5_000;

/** What destinations do to records, for the log to tell. */
export type Trouble =
  | { readonly is: 'failing'; readonly destination: Destination; readonly since: number; readonly attempts: number; readonly reason: unknown }
  | { readonly is: 'recovered'; readonly destination: Destination; readonly since: number }
  | { readonly is: 'lost'; readonly destination: Destination; readonly count: number };

export interface DestinationState {
  readonly destination: string;
  readonly written: number;
  /** Records that it should have taken and that gave way to later ones. */
  readonly lost: number;
  /** Epoch ms; set while it cannot write. */
  readonly failingSince?: number;
}

export interface AuditQueue {
  /** Takes a record for every destination that wants it, except this one. Never waits, never throws. */
  push(record: AuditRecord, except?: Destination): void;
  states(): readonly DestinationState[];
  /** Resolves when every destination has what came before, or has failed to take it. */
  flush(): Promise<void>;
  /** Gives each destination one last try, within this time. What comes later is dropped. */
  close(graceMs?: number): Promise<void>;
}

interface Slot {
  readonly record: AuditRecord;
  readonly except: Destination | undefined;
}

/** A destination and its place in the queue. */
interface Lane {
  readonly destination: Destination;
  /** Number of the next record to look at. */
  at: number;
  /** Taken out of the queue and not yet written. */
  batch: readonly AuditRecord[];
  busy: boolean;
  written: number;
  lost: number;
  lostTold: number;
  failure: { readonly since: number; attempts: number; reason: unknown; told: boolean } | undefined;
  /** Called when it has nothing to do, or failed. */
  waiting: (() => void)[];
}

/** One queue for all destinations; each has its own place in it, so the slow and the dead hold up nobody. `tell` hears of trouble: at once, then once a minute while it lasts. */
export function createAuditQueue(of: { readonly destinations: readonly Destination[]; readonly clock: Clock; tell(trouble: Trouble): void }): AuditQueue {
  const { destinations, clock } = of;
  const lanes = destinations.map((destination): Lane => ({ destination, at: 0, batch: [], busy: false, written: 0, lost: 0, lostTold: 0, failure: undefined, waiting: [] }));
  const slots = new Array<Slot | undefined>(QUEUE_LIMIT);
  const closing = new AbortController();
  const stopped = new AbortController();
  let oldest = 0;
  let next = 0;
  let watching = false;

  const wants = (lane: Lane, { record, except }: Slot): boolean => except !== lane.destination && lane.destination.accepts(record.severity);

  function giveWay(): void {
    const slot = slots[oldest % QUEUE_LIMIT]!;
    for (const lane of lanes) {
      if (lane.at > oldest) continue;
      lane.at = oldest + 1;
      if (wants(lane, slot)) lane.lost++;
    }
    oldest++;
    watch();
  }

  /** What every lane has passed is let go. */
  function release(): void {
    const passed = lanes.reduce((least, lane) => Math.min(least, lane.at), next);
    for (; oldest < passed; oldest++) slots[oldest % QUEUE_LIMIT] = undefined;
  }

  function take(lane: Lane): readonly AuditRecord[] {
    const batch: AuditRecord[] = [];
    for (; lane.at < next && batch.length < BATCH; lane.at++) {
      const slot = slots[lane.at % QUEUE_LIMIT]!;
      if (wants(lane, slot)) batch.push(slot.record);
    }
    release();
    return batch;
  }

  function settle(lane: Lane): void {
    for (const go of lane.waiting.splice(0)) go();
  }

  async function pump(lane: Lane): Promise<void> {
    while (!stopped.signal.aborted) {
      if (lane.batch.length === 0) lane.batch = take(lane);
      if (lane.batch.length === 0) break;
      const last = closing.signal.aborted;
      try {
        await lane.destination.write(lane.batch);
        lane.written += lane.batch.length;
        lane.batch = [];
        recovered(lane);
      } catch (err) {
        failed(lane, err);
        if (last) break;
        await clock.sleep(backoff(RETRY, lane.failure!.attempts), closing.signal).catch(() => undefined);
      }
    }
    lane.busy = false;
    settle(lane);
  }

  function failed(lane: Lane, reason: unknown): void {
    lane.failure ??= { since: clock.now(), attempts: 0, reason, told: false };
    lane.failure.attempts++;
    lane.failure.reason = reason;
    settle(lane);
    watch();
  }

  function recovered(lane: Lane): void {
    const { failure } = lane;
    lane.failure = undefined;
    if (failure?.told) of.tell({ is: 'recovered', destination: lane.destination, since: failure.since });
  }

  function wake(lane: Lane): void {
    if (lane.busy) return;
    lane.busy = true;
    // Not in the turn of the caller: what a destination does there would be its time, and its error.
    queueMicrotask(() => void pump(lane));
  }

  function watch(): void {
    if (watching || closing.signal.aborted) return;
    watching = true;
    queueMicrotask(() => void report());
  }

  async function report(): Promise<void> {
    while (!closing.signal.aborted) {
      const found = lanes.flatMap(troublesOf);
      if (found.length === 0) break;
      for (const trouble of found) of.tell(trouble);
      await clock.sleep(REPORT_MS, closing.signal).catch(() => undefined);
    }
    watching = false;
  }

  function troublesOf(lane: Lane): readonly Trouble[] {
    const { destination, failure } = lane;
    const count = lane.lost - lane.lostTold;
    lane.lostTold = lane.lost;
    if (failure) failure.told = true;
    return [
      ...(failure ? [{ is: 'failing', destination, since: failure.since, attempts: failure.attempts, reason: failure.reason } as const] : []),
      ...(count > 0 ? [{ is: 'lost', destination, count } as const] : []),
    ];
  }

  const idle = (lane: Lane): Promise<void> => (lane.busy && !lane.failure ? new Promise((go) => lane.waiting.push(go)) : Promise.resolve());
  const drained = (lane: Lane): Promise<void> => (lane.busy ? new Promise<void>((go) => lane.waiting.push(go)).then(() => drained(lane)) : Promise.resolve());

  return {
    push(record, except) {
      if (closing.signal.aborted || lanes.length === 0) return;
      if (next - oldest === QUEUE_LIMIT) giveWay();
      slots[next++ % QUEUE_LIMIT] = { record, except };
      for (const lane of lanes) wake(lane);
    },
    states: () =>
      lanes.map(({ destination, written, lost, failure }) => ({ destination: destination.name, written, lost, ...(failure && { failingSince: failure.since }) })),
    async flush() {
      await Promise.all(lanes.map(idle));
    },
    async close(graceMs = CLOSE_MS) {
      if (closing.signal.aborted) return;
      closing.abort(new Error('the audit log is closed'));
      const end = Promise.all(lanes.map(drained)).then(() => Promise.allSettled(lanes.map(({ destination }) => destination.close?.())));
      await Promise.race([end, clock.sleep(graceMs, stopped.signal).catch(() => undefined)]);
      stopped.abort(new Error('the audit log is closed'));
    },
  };
}
