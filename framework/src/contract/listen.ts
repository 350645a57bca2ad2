import type { Context } from './context';

/** A message of a queue, or what a poll found, as it came. */
export interface Message {
  /** JSON text. What is no JSON object becomes a dead letter (`UNREADABLE`), raw. */
  readonly text: string;
  /** The source's own id of the message: the same id and text again does nothing. Omitted: no de-duplication. */
  readonly id?: string;
  /** What stands beside the body; names in lower case. `changes` sees them. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a source that is not called but listens itself (queue, poll) may touch. */
export interface ListenContext<TSettings> extends Context<TSettings> {
  /**
   * Hands messages over. Resolves once all of them are stored (as rows, events or dead letters): only then acknowledge them. Rejects when the store is away or the
   * process stops: then nothing is known of them, so hand them back. Waits while the pipelines behind it have too much to do.
   */
  deliver(origin: 'queue' | 'poll', messages: readonly Message[]): Promise<void>;
  /** Stored rows (not gone) of a kind of this entry. */
  stored<TRow>(kind: string): AsyncIterable<TRow>;
}
