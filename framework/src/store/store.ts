import type { Accepted, AcceptBatch } from './accept';
import type { AuditTrail } from './audit-trail';
import type { Catalog } from './catalog';
import type { Documents } from './documents';
import type { Events } from './events';
import type { Outputs } from './outputs';
import type { Rows } from './rows';

export type * from './accept';
export type * from './audit-trail';
export type * from './catalog';
export type * from './documents';
export type * from './events';
export type * from './outputs';
export type * from './rows';

/**
 * What every store can do. Two implementations (embedded by libsql, MongoDB) behind this one interface; one contract suite runs against both.
 *
 * Rows and outputs are large and hot, so each store writes them in its own way. Everything else (runs, scans, ticks, state, dead letters) is small and goes
 * through Documents; its operations are written once, in runs.ts, scans.ts, ticks.ts, state.ts and dead-letters.ts.
 *
 * Rules that hold for every write: no lost update (guarded by `rev`, a unique token that is new in every write), an operation may be repeated (a crash between
 * an operation and what follows is healed by doing it again), and nothing rests on an index or on a transaction over several documents.
 */
export interface Store {
  readonly ownership: Ownership;
  readonly documents: Documents;
  readonly rows: Rows;
  readonly outputs: Outputs;
  readonly events: Events;
  readonly catalog: Catalog;
  readonly audit: AuditTrail;
  /**
   * Takes deliveries in, durably: events first, then rows, then delivery ids, so that a kill at any moment leaves nothing that a redelivery would not mend. A delivery
   * whose id and hash are known does nothing. Resolves once all of it is durable; deliveries that wait together cost one synchronisation.
   */
  accept(batch: AcceptBatch): Promise<Accepted>;
  /** Forgets deliveries that came before this time (epoch ms), at most `limit`. Gives how many. */
  expireDeliveries(before: number, limit: number): Promise<number>;
  /** Resolves when the store accepts writes; throws FrameworkError STORE_UNREACHABLE when it does not. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** How a process comes to own a store. Nothing else knows how. */
export interface Ownership {
  /** Resolves once this process owns the store. Embedded: throws STORE_HELD at once when another process holds it. MongoDB: stands by, resolves after the holder ended or fell silent. */
  acquire(signal: AbortSignal): Promise<void>;
  /** Aborts as soon as ownership is lost (a failed renewal). */
  readonly held: AbortSignal;
  /** Gives it up, so that a standby takes over at once. */
  release(): Promise<void>;
  /** Makes the address of this process known to whoever finds the store held. */
  announce(url: string): Promise<void>;
  /** Who holds it, for people: pid and address. */
  holder(): Promise<Holder | undefined>;
}
export interface Holder {
  readonly pid: number;
  readonly url: string;
  readonly startedAt: string;
}
