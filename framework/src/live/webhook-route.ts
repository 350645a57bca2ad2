import type { Live, Verifier, WebhookCall } from '../contract';
import type { Guarded } from '../load';
import type { Receipt } from './intake';
import type { ReceivedDelivery } from './route';

/** Why a route takes nothing just now. */
export interface Busy {
  readonly reason: string;
  readonly retryAfterS: number;
}

/** Where a vendor's deliveries of an entry come in. */
export interface WebhookRoute {
  /** With SERVICE_PREFIX. */
  readonly path: string;
  /** Identifier of the entry. */
  readonly integration: string;
  readonly live: Live<unknown>;
  readonly authentication: Guarded;
  readonly maxBodyBytes: number;
  busy(): Busy | undefined;
  /** A verified call without a body came: it is answered `ignored`, and counts as a delivery that holds nothing. */
  empty?(): void;
  /**
   * Takes a verified delivery, with its text and without the headers that hold credentials. Resolves once it is stored durably. Rejects when it is not: the store is away or the
   * process stops (503), it is more than the store can hold (413), a bug (500).
   */
  accept(delivery: ReceivedDelivery): Promise<Receipt>;
}

/** Where calls for a listener of a connector come in, for as long as it listens. */
export interface ListenerRoute {
  /** With SERVICE_PREFIX. */
  readonly path: string;
  readonly integration: string;
  readonly verify: Verifier;
  readonly authentication: Guarded;
  /** Resolves once what the listener wrote is stored. What it throws is answered 503: the caller comes again. */
  heard(call: WebhookCall): Promise<void>;
}

/** A call that starts a resync of an entry. */
export interface ImportRoute {
  /** With SERVICE_PREFIX. */
  readonly path: string;
  readonly integration: string;
  readonly authentication: Guarded;
  busy(): Busy | undefined;
  /** Resolves with the ticket once the run is stored. Rejects as `accept`, or with ENTRY_REFUSED (409). */
  request(): Promise<unknown>;
}

/** What is counted of a call: its receipt, or why there is none. `requested`: of an import. */
export type CallResult = Receipt['status'] | 'requested' | 'unauthorized' | 'refused' | 'unavailable' | 'failed';
