import type { Json } from '../../shared';

/** A member of an entity's name: identity (`*` in the event catalogue) or passed on. */
export interface EventKey {
  readonly name: string;
  readonly value: string | number | bigint;
}

/** What processors get: what the source says about one thing now, or one event about it (pipelines.md 5.1). Immutable. */
export interface PipelineEvent {
  readonly id: string;
  /** Identifier of the entry. */
  readonly source: string;
  /** The vendor's own name, verbatim. */
  readonly eventType: string;
  readonly operation: 'write' | 'delete';
  /** Without vendor. */
  readonly kind: string;
  readonly keys: readonly EventKey[];
  readonly canonicalId: string;
  readonly version?: number;
  readonly origin: 'webhook' | 'queue' | 'poll' | 'import';
  /** RFC 3339. */
  readonly receivedAt: string;
  /** The envelope: integers beyond 2^53 are BigInt. */
  readonly data: Json;
}

export type ProcessorFailure = 'FILTER_FAILED' | 'FILTER_NOT_BOOLEAN' | 'FIELD_MISSING' | 'PLUGIN_FAILED' | 'PLUGIN_TIMEOUT' | 'PLUGIN_CRASHED' | 'LOOKUP_FAILED';

export type Processed =
  | { readonly is: 'event'; readonly event: PipelineEvent }
  /** Not for the sinks; `reason` is counted, for example `false` or `missing-field`. */
  | { readonly is: 'discard'; readonly reason: string }
  /** A dead letter of this event; nothing else is touched. */
  | { readonly is: 'dead'; readonly code: ProcessorFailure; readonly message: string };

/** One step of a pipeline. One file each; `create…` compiles its configuration once and tells what is wrong with it. */
export interface Processor {
  readonly type: string;
  process(event: PipelineEvent): Processed | Promise<Processed>;
  /** Ends what it started. */
  close?(): Promise<void>;
}

/** A problem of a processor's configuration, found when it is compiled. `path` is relative to the processor, such as `outputEvent.key`. */
export interface ProcessorProblem {
  readonly path: string;
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly remedy: string;
}
