import type { AuditLog, Connection, ConnectorDeps, ContextClosed, Direction, Http, IntegrationConnector, LifecycleContext, Log, Reconciled, Reconciliation, RefreshCause, Service, ServiceNotDeclared, Target } from '../../contract';
import type { Clock } from '../../shared';
import type { Schedule } from './due';
import type { Failing } from './failures';
import type { EngageState, LifecycleEvent, Method, PollState, restState, Status } from './machine';
import type { EndpointMode, LearnedSelector } from './endpoint-mode';

/** What the file says of one connector. */
export interface ConnectorSettings {
  /** Lasting; also over changes of the file. */
  readonly connectorId: string;
  /** The entry's. */
  readonly identifier: string;
  readonly settings: unknown;
  readonly connection: Connection;
  readonly services: readonly Service[];
  /** Modes that the integration has. */
  readonly endpoints?: 'explicit' | 'learned' | 'both';
  readonly learned?: LearnedSelector;
  /** Of the file. */
  readonly targets: readonly Target[];
  readonly schedule: Schedule;
  readonly engage: boolean;
  readonly maxFailures: number;
  /** Nobody waits for it to become well: a run takes all targets, and one that cannot be started has failed. */
  readonly once?: boolean;
  /** Epoch ms. */
  readonly startAt?: number;
  readonly stopAt?: number;
  /** Has the entry kinds beside the connector? Then it has runs, even without `refresh`. */
  readonly kinds: boolean;
  /** SHUTDOWN_GRACE_SECONDS; a restart takes no longer. */
  readonly graceMs: number;
  /** The factory of the integration. */
  make(deps: ConnectorDeps<unknown, Service>): IntegrationConnector<Service>;
}

/** A context, as the rest of the framework makes it: without what this folder adds. */
export interface OpenedContext {
  /** Services and capabilities; each call of it is gated here. */
  readonly members: object;
  /** Drops all listeners and subscriptions. Called before a repeated `start`, and before `disconnect`. */
  unregister(): void | Promise<void>;
  /** After `disconnect`. */
  close(): void | Promise<void>;
}
export interface ContextRequest {
  readonly connectorId: string;
  readonly instanceId: string;
  readonly identifier: string;
  readonly target: Target;
  readonly services: readonly Service[];
  readonly lifecycle: LifecycleContext;
  /** Every registered function must be wrapped by it: it runs as the connector, and is refused with ContextClosed while the connector may not be told anything. A refusal is no delivery. */
  listener<TGiven extends readonly unknown[]>(heard: (...given: TGiven) => unknown): (...given: TGiven) => Promise<void>;
  addTarget(target: Target): void;
  removeTarget(name: string): void;
}

/** A run, as whoever executes it hands it over. */
export interface ExecutedRun {
  readonly runId: string;
  readonly cause: RefreshCause;
  /** Aborts when the run is cancelled. */
  readonly signal: AbortSignal;
  /** Absent: all. */
  readonly targets?: readonly string[];
  /** It begins now, with these targets. */
  begins(targets: readonly string[]): void;
  /** `reconcile` of the run, for one target; `signal` aborts when its refresh is over. */
  reconcile(of: { readonly target: string; readonly signal: AbortSignal }, reconciliation: Reconciliation): Promise<Reconciled>;
}
export interface TargetOutcome {
  readonly target: string;
  /** `skipped`: it is not started, and nothing is wrong with it; it proves nothing. */
  readonly is: 'completed' | 'failed' | 'aborted' | 'skipped';
  readonly error?: unknown;
}

/** What outlives the process: one document for each connector. Instants in epoch ms. */
export interface Marks {
  readonly paused?: boolean;
  /** Asked for, and not begun. */
  readonly requested?: RefreshCause;
  readonly lastAttemptAt?: number;
  readonly lastSuccessAt?: number;
  readonly nextDueAt?: number;
  /** In which it was set up last. */
  readonly endpointMode?: EndpointMode;
  readonly targets?: Readonly<Record<string, { readonly lastAttemptAt?: number; readonly lastSuccessAt?: number }>>;
  /** Targets that are not in the file. */
  readonly added?: readonly { readonly target: Target; readonly by: 'rest' | 'connector' }[];
}

/** What is said to the audit log and the text log. Of what concerns the whole connector `target` and `instanceId` are empty. */
export type LifecycleRecord = { readonly identifier: string; readonly target: string; readonly instanceId: string } & (
  | { readonly is: 'initialising'; readonly direction?: Direction }
  | { readonly is: 'step'; readonly method: Method }
  | { readonly is: 'starts'; readonly configuration: Readonly<Record<string, unknown>> }
  | { readonly is: 'status'; readonly from: Status; readonly to: Status }
  | { readonly is: 'refresh-begins'; readonly runId: string; readonly cause: RefreshCause }
  | { readonly is: 'refresh-ends'; readonly runId: string; readonly ms: number; readonly outcome: TargetOutcome['is']; readonly counts: RefreshCounts }
  | { readonly is: 'engage-loop'; readonly runs: boolean }
  | { readonly is: 'engaged' }
  | { readonly is: 'error'; readonly method: Method | 'outside'; readonly error: unknown; readonly failing: Failing; readonly repeated: boolean }
  | { readonly is: 'disconnected'; readonly forced: boolean; readonly statistics: Statistics }
  | { readonly is: 'hung'; readonly method: Method }
  | { readonly is: 'late'; readonly method: Method | 'outside'; readonly error?: unknown }
  | { readonly is: 'blocked'; readonly method: Method; readonly ms: number }
  | { readonly is: 'misused'; readonly error: ContextClosed | ServiceNotDeclared }
  | { readonly is: 'refused'; readonly event: LifecycleEvent; readonly status: Status }
  | { readonly is: 'trouble'; readonly error: unknown; readonly failing: Failing }
  | { readonly is: 'outside'; readonly startAt?: number; readonly stopAt?: number }
  | { readonly is: 'mode'; readonly from: EndpointMode; readonly to: EndpointMode }
  | { readonly is: 'learned'; readonly name: string; readonly change: TargetChange; readonly address: string }
  | { readonly is: 'given'; readonly name: string; readonly change: TargetChange }
  | { readonly is: 'none-learned' }
);
/** What became of a target that an endpoint stands for, or that the connector named itself. */
export type TargetChange = 'added' | 'changed' | 'removed';
/** What one refresh compared: elements of each blueprint; those that were refused under `refused`. */
export type RefreshCounts = Readonly<Record<string, number>>;
export type Statistics = Readonly<Record<string, number | string>>;

/** What a connector needs of the rest of the framework. */
export interface ConnectorSurroundings {
  readonly clock: Clock;
  readonly random: () => number;
  newId(): string;
  /** Reaches the store and finds or makes the metadata source; throws when it cannot, which is tried again. */
  openContext(request: ContextRequest, signal: AbortSignal): Promise<OpenedContext>;
  auditLog(of: { readonly instanceId: string; readonly target: string }): AuditLog;
  readonly log: Log;
  /** The integration's client for one instance. */
  http(of: { readonly target: Target; readonly settings: Readonly<Record<string, unknown>>; readonly signal: AbortSignal }): Http;
  /** Must not wait. */
  record(record: LifecycleRecord): void;
  readonly marks: { load(): Promise<Marks | undefined>; save(marks: Marks): Promise<void> };
  /**
   * Asks for a run of the entry, and resolves when it has ended; whoever executes it calls `refresh` of the connector. Rejects when the run ended before that.
   * Never called while another call is open.
   */
  runRefresh(ask: { readonly cause: RefreshCause; readonly targets?: readonly string[] }): Promise<void>;
  /** Takes the secrets of the entry out of a text. */
  withhold(text: string): string;
}

interface StatusFields {
  readonly status: Status;
  /** As in REST. */
  readonly state: ReturnType<typeof restState>;
  readonly paused: boolean;
  readonly pollState: PollState;
  readonly engageState: EngageState;
  readonly lastStatusChange: number;
  readonly lastAttemptAt?: number;
  readonly lastSuccessAt?: number;
  readonly nextDueAt?: number;
  readonly failing?: Failing;
  readonly statistics: Statistics;
}
/** Who names a target: the file, a call of REST, the connector itself, or an `endpoint` entity. */
export type Origin = 'file' | 'rest' | 'connector' | 'learned';

/** Instants in epoch ms. */
export interface TargetStatus extends StatusFields {
  readonly name: string;
  readonly instanceId: string;
}
export interface ConnectorStatus extends StatusFields {
  readonly connectorId: string;
  /** Of the one target; with several each has its own. */
  readonly instanceId?: string;
  readonly endpointMode?: EndpointMode;
  readonly targets: readonly (TargetStatus & { readonly origin: Origin })[];
}
