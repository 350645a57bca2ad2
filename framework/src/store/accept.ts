import type { NewFeedEvent } from './events';
import type { ClaimInput, ClaimOutcome, Dirty, Scope, Truth } from './rows';

/** What one record of a delivery says. */
export interface AcceptedRecord {
  readonly scope: Scope;
  readonly truth: Truth;
  /** Mapping in force. */
  readonly mapping: string;
  readonly claim: ClaimInput;
  /** Where a pipeline asks for every event; its number is the claim's stamp. Who waits for it: `waits`. */
  readonly event?: Omit<NewFeedEvent, 'outvoted'>;
}

export interface AcceptedDelivery {
  /** Route and the vendor's id; without one nothing is de-duplicated. */
  readonly id?: string;
  /** Of the body. */
  readonly hash: string;
  readonly records: readonly AcceptedRecord[];
}

export interface AcceptBatch {
  /** In order of receipt. */
  readonly deliveries: readonly AcceptedDelivery[];
  /** A delivery id that is older than this counts no more: epoch ms. */
  readonly since: number;
  readonly at: number;
}

/** A row that wants mapping, as in Observed; `at` = index of delivery and record whose content the row holds. */
export interface AcceptedDirty extends Omit<Dirty, 'at'> {
  readonly scope: Scope;
  readonly at?: { readonly delivery: number; readonly record: number };
}

export interface Accepted {
  /** For each delivery: `duplicate` (same id, same hash, within the time), or what became of its records in order. */
  readonly deliveries: readonly ('duplicate' | readonly ClaimOutcome[])[];
  readonly dirty: readonly AcceptedDirty[];
}
