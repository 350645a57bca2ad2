import type { Log } from '../../contract';
import type { Clock, Json } from '../../shared';

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
  /** Never throws; a promise rejects with an AbortError when the processor is closed meanwhile: the event was not judged and stays due. */
  process(event: PipelineEvent): Processed | Promise<Processed>;
  /** Starts what it needs, so that trouble shows before the first event. The first `process` does it too. */
  start?(): void;
  /** What keeps it from working just now, for `/-/check-up`; undefined: nothing. */
  trouble?(): string | undefined;
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

/** What a processor knows of the place it stands in. */
export interface ProcessorContext {
  /** Identifier of the entry. */
  readonly integration: string;
  /** Name of the pipeline. */
  readonly pipeline: string;
  /** Folder of the file that declares the processor: relative paths are taken from here. */
  readonly folder: string;
  /** Unknown keys and `TEMPLATE_*` problems are warnings; what a broken template would give is null. */
  readonly lenient: boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** The processor is there unless a problem is an error. */
export interface Created {
  readonly processor?: Processor;
  readonly problems: readonly ProcessorProblem[];
}

/** Compiles a processor's configuration as it is written, references to variables and files followed. No side effects: `validate` calls it too. */
export type CreateProcessor = (config: Readonly<Record<string, unknown>>, context: ProcessorContext) => Created;
