import type { RowEvent } from './rows';

/** One event, kept until everybody who waits for it is done (pipelines.md 5.3). `_id` = `<integration>/<kind>/<number>`. */
export interface FeedEvent {
  readonly _id: string;
  readonly integration: string;
  readonly kind: string;
  /** Numbers of a kind ascend in the order in which the write rule took its events. */
  readonly number: number;
  /** Unique, the same for a redelivery (pipelines.md 5.1). */
  readonly id: string;
  /** `_id` of the row. */
  readonly row: string;
  readonly event: RowEvent;
  readonly origin: 'webhook' | 'queue' | 'poll' | 'import';
  readonly version?: number;
  /** The write rule kept it out, or made it a question: it is no state, so state sinks leave it. */
  readonly outvoted?: boolean;
  /** Of these: it became a question. */
  readonly asked?: boolean;
  /** JSON text of the envelope. */
  readonly data: string;
  /** JSON text of keys: `[{name, value, identity}]`. */
  readonly keys: string;
  /** Who is still to be served: names of pipelines, and of sinks inside them. Never empty. */
  readonly waits: readonly string[];
}

export type NewFeedEvent = Omit<FeedEvent, '_id'>;

/** The append-only collection `events`: only pipelines that want every event have any. */
export interface Events {
  /** Stores them; one whose `id` the integration has already is left as it is. Gives the `id`s of those that are new. */
  append(events: readonly NewFeedEvent[]): Promise<readonly string[]>;
  /** Of one kind, for which `wait` still waits, by number, after this one. */
  find(query: { readonly integration: string; readonly kind: string; readonly wait: string; readonly after?: number; readonly limit: number }): Promise<FeedEvent[]>;
  get(ids: readonly string[]): Promise<FeedEvent[]>;
  /** `wait` is done with these; an event for which nobody waits any more is removed. */
  served(wait: string, ids: readonly string[]): Promise<void>;
  /** Waits that are none of these are forgotten (a pipeline or sink left the file). */
  align(integration: string, waits: readonly string[]): Promise<void>;
  /** Events that `wait` waits for. */
  count(integration: string, wait: string): Promise<number>;
  /** Kinds of the integration that hold events. */
  kinds(integration: string): Promise<readonly string[]>;
  /**
   * Ends what a kill left between an event and its row: an event whose row took it is there from now on, any other goes, for nobody was answered that it was accepted.
   * To be called before work on the integration's events begins.
   */
  heal(integration: string): Promise<void>;
  forget(integration: string): Promise<void>;
}
