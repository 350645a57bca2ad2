import type { Log, SettingsSpec } from '../contract';
import type { Clock, Json } from '../shared';

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
  /**
   * Will not pass by itself; `unmet`: a related entity is missing, so once more at the end of the run; of a delete: another entity needs it, which may be about to go
   * itself, so a few times more. `code`: of the dead letter, default `SINK_REFUSED`.
   */
  | { readonly is: 'refused'; readonly error: string; readonly unmet?: boolean; readonly code?: 'SINK_REFUSED' | 'TOO_LARGE' | 'FIELD_NAME' };

export interface SinkOptions {
  readonly merge: boolean;
  readonly createMissingRelatedEntities: boolean;
  readonly deleteDependentEntities: boolean;
  /** The run behind it, where there is one. */
  readonly runId?: string;
}

/** A member of the name of a document's thing. */
export interface DocumentKey {
  readonly name: string;
  readonly value: string | number | bigint;
  /** Part of the identity, or only passed on. */
  readonly identity: boolean;
}

/** One document of a declared pipeline for one sink, as it should lie there. */
export interface DocumentItem {
  /** `_id` of the output. */
  readonly output: string;
  readonly operation: 'write' | 'delete';
  /** Name of the thing at every sink, such as `jira.issue:10001`. */
  readonly canonicalId: string;
  /** With the vendor: `jira.issue`; of an entity that a `mapping` step made: its blueprint. */
  readonly kind: string;
  readonly scope?: string;
  /** In order; of a delete that nobody described only those of the identity. */
  readonly keys: readonly DocumentKey[];
  /** `_eventId`: text, or name → text where the identity has several members. */
  readonly eventId: string | Readonly<Record<string, string>>;
  /** Name of the event behind it, verbatim. */
  readonly eventType: string;
  /** What the processors made of it; integers beyond 2^53 are BigInt. Absent where a delete holds nothing. */
  readonly data?: Json;
  /** What this sink asked to be kept of this document when it took it last. */
  readonly note?: string;
  /** Of an `insertOnly` sink: the event itself. */
  readonly event?: { readonly id: string; readonly receivedAt: string };
}

/**
 * Where outputs lie. One file each under sinks/, one line of registration in sinks/index.ts.
 * `write` gives one result for each item, in order; it never throws for an item, and writing the same state again is success.
 */
export interface Sink<TItem = SinkItem> {
  /** Stable name: delivered state belongs to pipeline name and sink name. */
  readonly name: string;
  /** Items of one call, at most. */
  readonly batchItems: number;
  /** Calls at the same time. */
  readonly concurrency: number;
  /** It can only take an output whose identifier is known: one with a search identifier comes after the portal named it. */
  readonly needsName: boolean;
  write(items: readonly TItem[], options: SinkOptions, signal: AbortSignal): Promise<readonly SinkResult[]>;
  /** Resolves when it answers and takes our credentials; rejects with the reason. Without it a call in which every item failed says that it is away. */
  ping?(signal: AbortSignal): Promise<void>;
}

/** A sink that a pipeline of the configuration declares. Made without side effects: it connects with the first `write` or `ping`. */
export interface DocumentSink extends Sink<DocumentItem> {
  /** Wants every event, not only states. Its batches may hold several items of one thing, in order. */
  readonly insertOnly: boolean;
  /** Hash or text of the settings that shape what it writes (templates, mode, names; no addresses, no credentials): when it changes, everything is written again. */
  readonly shape: string;
  /** Flushes and ends what it opened. */
  close(): Promise<void>;
}

/** A problem of a sink's settings that its spec alone does not tell. `path` is relative to the sink, such as `producerConfig.acks`. */
export interface SinkProblem {
  readonly path: string;
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly remedy: string;
}

/** What a sink knows of the place it stands in. */
export interface SinkContext {
  readonly integration: string;
  readonly pipeline: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** One type of sink: one file, and one line in sinks/index.ts. */
export interface SinkType<TSettings = Readonly<Record<string, unknown>>> {
  /** Keys beside `type` and `name`: parser, linter, schema and the configuration reference come from it. Secrets in the parsed settings are Secret. */
  readonly settings: SettingsSpec;
  /** Default of `name`: type, place and what it names, without credentials: `mongo:db:27017/app/jira-issues`. */
  nameOf(settings: TSettings): string;
  /** Where it writes, for the warning that two instances of one vendor share it. */
  problems?(settings: TSettings): readonly SinkProblem[];
  /** Wants it every event (`insertOnly`)? */
  insertOnly(settings: TSettings): boolean;
  /** Opens nothing. */
  create(settings: TSettings, context: SinkContext & { readonly name: string }): DocumentSink;
}
