import type { Stored } from './store';

/** Why a run was asked for. */
export type Cause = 'start' | 'interval' | 'rest' | 'cli' | 'kafka' | 'webhook' | 'polling' | 'import' | 'mapping' | 'target' | 'event' | 'repair';
export type RunState = 'queued' | 'running' | 'completed' | 'failed' | 'aborted' | 'needs-release';
export type KindState = 'queued' | 'running' | 'completed' | 'failed' | 'aborted' | 'incomplete' | 'needs-release';

export interface ResyncRequest {
  readonly identifier: string;
  readonly cause: Cause;
  /** Of the trigger (Kafka topic/partition/offset, polling request id): asked twice, answered with the same run. */
  readonly id?: string;
  readonly kinds?: readonly string[];
  /** Of a connector; absent: all. */
  readonly targets?: readonly string[];
  readonly force?: boolean;
}
/** The answer to a request, after it is stored. `joined`: it became part of a run that was asked for before. */
export interface RunTicket {
  readonly identifier: string;
  readonly runId: string;
  readonly status: 'running' | 'queued';
  readonly joined: boolean;
}
/** Stores the request as a run, then answers. Throws FrameworkError STORE_UNREACHABLE, ENTRY_UNKNOWN or ENTRY_REFUSED (config-failed, disabled). */
export type RequestResync = (request: ResyncRequest) => Promise<RunTicket>;

export interface RowTotals {
  received: number;
  stored: number;
  unchanged: number;
  outvoted: number;
  skipped: number;
  deadLettered: number;
  gone: number;
}

/** Counters of one resource in one run (interface.md 8): those of mapping, and those of delivery. */
export interface ResourceTotals {
  index: number;
  /** Its blueprint expression, as written. */
  blueprint: string;
  raw: number;
  items: number;
  emptyList: number;
  filtered: number;
  selectorNull: number;
  invalid: Record<string, number>;
  mapped: number;
  resent: number;
  duplicates: number;
  fieldNull: Record<string, number>;
  fieldError: Record<string, number>;
  fieldDropped: Record<string, number>;
  unchanged: number;
  delivered: number;
  created: number;
  failed: number;
  deleted: number;
  keptStale: number;
}

export interface GuardReport {
  readonly candidates: number;
  readonly alive: number;
  readonly rule: 'share' | 'nothing-seen' | 'threshold' | 'unknown';
}

export interface RunKind {
  kind: string;
  state: KindState;
  generation: number;
  rows: RowTotals;
  resources: ResourceTotals[];
  guard?: GuardReport;
  reason?: string;
  /** What is gone at the source and stays (`onMissing: none`): how many, and the first hundred. */
  left?: { readonly count: number; readonly identifiers: readonly string[] };
  /** Why nothing of this kind is deleted, though its scans are complete. */
  uncertain?: string;
  // What a resume needs; not shown by REST.
  startStamp: number;
  /** Rows not gone and outputs of the kind when it was planned. */
  alive: number;
  storedOutputs: number;
  planned: boolean;
  swept: boolean;
  /** An operator let what was held of it go on. */
  released?: boolean;
}

export interface Run extends Stored {
  readonly runId: string;
  readonly integration: string;
  readonly cause: Cause;
  state: RunState;
  readonly requestedAt: number;
  startedAt?: number;
  endedAt?: number;
  kinds: RunKind[];
  error?: string;
  /** Asked for: only these kinds; absent = all. */
  only?: readonly string[];
  /** Asked for: only these targets of the connector; absent = all. */
  targets?: readonly string[];
  force?: boolean;
  /** Ids of the triggers it answers. */
  requests: readonly string[];
  /** Of the owner that works on it; another owner's writes are refused. */
  token: string;
  /** Hash of what decides membership; a run whose settings changed is abandoned. */
  selector?: string;
  released?: boolean;
  /** What this run did to outputs, each counted once: the line on stdout. */
  totals: { created: number; updated: number; deleted: number; failed: number };
}
