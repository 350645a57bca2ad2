/** One output for one sink, as it should lie there. */
export interface SinkItem {
  /** `_id` of the output. */
  readonly output: string;
  readonly operation: 'write' | 'delete';
  readonly integration: string;
  /** Kind of the first resource that made it. */
  readonly kind: string;
  readonly blueprint: string;
  /** What the sink knows it as: the identifier, or what the portal returned for a search. */
  readonly identifier: string;
  /** The identifier is a search query whose answer no portal has given yet. */
  readonly search: boolean;
  /** JSON text of the entity: the parts laid over each other, cleared keys as null; absent for a delete. */
  readonly body?: string;
  readonly note?: string;
}

export type SinkResult =
  /** `identifier`: the real one of a search identifier. `created`: no such entity was there before, as far as the sink tells. */
  | { readonly is: 'ok'; readonly identifier?: string; readonly note?: string; readonly created?: boolean }
  /** May pass (network, timeout, 408, 429, 5xx, 401). */
  | { readonly is: 'retry'; readonly error: string; readonly afterMs?: number }
  /** Will not pass by itself; `unmet`: a related entity is missing, so once more at the end of the run. */
  | { readonly is: 'refused'; readonly error: string; readonly unmet?: boolean };

export interface SinkOptions {
  readonly merge: boolean;
  readonly createMissingRelatedEntities: boolean;
  readonly deleteDependentEntities: boolean;
  /** The run behind it, where there is one. */
  readonly runId?: string;
}

/**
 * Where outputs lie. One file each under sinks/, one line of registration in sinks/index.ts.
 * `write` gives one result for each item, in order; it never throws for an item, and writing the same state again is success.
 */
export interface Sink {
  /** Stable name: delivered state belongs to pipeline name and sink name. */
  readonly name: string;
  /** Items of one call, at most. */
  readonly batchItems: number;
  /** Calls at the same time. */
  readonly concurrency: number;
  /** It can only take an output whose identifier is known: one with a search identifier comes after the portal named it. */
  readonly needsName: boolean;
  write(items: readonly SinkItem[], options: SinkOptions, signal: AbortSignal): Promise<readonly SinkResult[]>;
}
