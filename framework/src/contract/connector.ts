import type { Connection, Service, Target } from './connection';
import type { CommonContext, Reconciled, Reconciliation, ServiceContexts } from './connector-context';
import type { Log } from './context';
import type { Http } from './http';
import type { BlueprintName } from './elements/types';
import { FrameworkError } from './errors';

/** Who speaks in the audit log. Ids below 1000 are the framework's. */
export interface Component {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly wikiUrl: string;
  readonly status: 'IN_DEVELOPMENT' | 'TECHNICAL_PREVIEW' | 'STABLE' | 'SAMPLE' | 'DEPRECATED';
}

/** A message of the audit log. Every text is written, none is empty. */
export interface AuditMessage {
  /** `<COMPONENT>-<nnnn>`: unique, never reused. */
  readonly id: string;
  readonly severity: 'INFO' | 'EVENT' | 'DECISION' | 'ACTION' | 'ERROR' | 'EXCEPTION' | 'SECURITY' | 'STARTUP' | 'SHUTDOWN' | 'ASSET' | 'TYPES' | 'COHORT' | 'TRACE' | 'PERFMON' | 'ACTIVITY';
  /** What happened, with `{name}` for each parameter. */
  readonly message: string;
  readonly systemAction: string;
  readonly userAction: string;
}
type AuditParameters = Readonly<Record<string, NonNullable<unknown> | null>>;
/** Speaks for one connector instance. No call waits, and none throws. */
export interface AuditLog {
  /** `action`: what the speaker was doing. `information`: more lines for the reader. */
  log(action: string, message: AuditMessage, parameters: AuditParameters, information?: readonly unknown[]): void;
  /** The same, with what was thrown. */
  logException(action: string, message: AuditMessage, parameters: AuditParameters, thrown: unknown): void;
}

/** Why a refresh is done: the causes of runs, and those that only connectors have. */
export type RefreshCause = 'start' | 'interval' | 'rest' | 'cli' | 'kafka' | 'webhook' | 'polling' | 'import' | 'mapping' | 'target' | 'event' | 'repair';

/** One run as one target sees it. */
export interface RefreshRun {
  readonly runId: string;
  readonly cause: RefreshCause;
  readonly target: string;
  /** Aborts when the run is cancelled, the connector restarted, or the process stops. */
  readonly signal: AbortSignal;
  /**
   * Brings everything of one blueprint over; what was not among it is removed when the run ends, if the source was read to its end, under the guard. Each blueprint at
   * most once a run; several at the same time are fine.
   */
  reconcile<TBlueprint extends BlueprintName>(reconciliation: Reconciliation<TBlueprint>): Promise<Reconciled>;
}

/** Numbers of a connector for its status and for `/metrics` (`if_connector_values`). A name begins with a letter and has letters, digits and `_`, 64 at most; 50 names a target, others are passed over. */
export interface ConnectorMetrics {
  /** Adds to it. Default: 1. */
  count(name: string, by?: number): void;
  /** Sets it. */
  gauge(name: string, value: number): void;
}

/** What every context has, whichever services are declared. Calls are refused with ContextClosed once `disconnect` began. */
export interface LifecycleContext {
  /** Aborts when this instance ends. */
  readonly signal: AbortSignal;
  /** Speaks for this instance, as `auditLog` of the factory does; that one may also speak in `disconnect`. */
  readonly audit: AuditLog;
  /** The run in which this target is being refreshed now, as `refresh` was given it: for what is called from there, and for `engage` and listeners beside it. */
  readonly run: RefreshRun | undefined;
  readonly metrics: ConnectorMetrics;
  /** False once the instance is about to end: for long loops. The one call that is answered then. */
  isActive(): boolean;
  /** Epoch ms. */
  nextRefreshAt(): number | undefined;
  refreshInProgress(): boolean;
  /** Asks for a refresh (cause `event`); during one, for one more after it. */
  requestRefresh(): void;
}
/** Exactly the declared services: another one does not compile, and is refused with ServiceNotDeclared. */
export type IntegrationContext<TService extends Service = never> = LifecycleContext & CommonContext & Pick<ServiceContexts, TService>;

/** What the factory gets: the values of the four setters, so that a connector can use whichever it likes. */
export interface ConnectorDeps<TSettings = unknown, TService extends Service = never> {
  readonly settings: TSettings;
  /** The entry's `identifier`. */
  readonly connectorName: string;
  /** Lasting. */
  readonly connectorId: string;
  /** Another one for each instance. */
  readonly instanceId: string;
  readonly connection: Connection;
  readonly target: Target;
  readonly auditLog: AuditLog;
  readonly log: Log;
  /** The client that the integration declares by `http`, for the settings of this target. With a direction that does not write there, calls that are not reads are refused (DirectionNotPermitted). */
  readonly http: Http;
  /** From the step `setContext` on; read before, it throws ContextClosed. */
  readonly context: IntegrationContext<TService>;
}

/**
 * One instance works on one target, in this order: `initialize`, `setAuditLog`, `setConnectorName`, `setContext`, `start`, then `refresh` and `engage`
 * beside each other, at last `disconnect`. Each method is optional, and each may fail or hang without harm to other connectors. A function of another name is refused,
 * since it may be a misspelt one; objects of a class may have methods of their own.
 */
export interface IntegrationConnector<TService extends Service = never> {
  /** Keeps what it is given. No I/O. What it throws is a wrong configuration, as in the next two. */
  initialize?(instanceId: string, connection: Connection): void;
  setAuditLog?(log: AuditLog): void;
  setConnectorName?(name: string): void;
  setContext?(context: IntegrationContext<TService>): void;
  /** Checks endpoint and settings, registers listeners. 60 s, then the signal aborts. If it throws, its registrations are undone and it is called again after a backoff. `framework check` calls it, too: it changes nothing on the other side. */
  start?(signal: AbortSignal): Promise<void>;
  /** Waits for one batch of news, handles it, returns; called again a second later. Never twice at once; beside `refresh`. */
  engage?(signal: AbortSignal): Promise<void>;
  /** Compares everything: brings all over, then removes what is gone. Never twice at once. Doing it again must be harmless. */
  refresh?(run: RefreshRun): Promise<void>;
  /** Frees everything. Called once for each `initialize` that returned; nothing is called after it. */
  disconnect?(signal: AbortSignal): Promise<void>;
  /** For the status: quick, from memory. */
  statistics?(): Readonly<Record<string, number | string>>;
}

/** The configuration cannot work: the connector waits for a restart with a changed file. */
export class ConfigError extends FrameworkError {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super('CONNECTOR_CONFIG', [message], options);
    this.name = 'ConfigError';
  }
}

/** Trying again is no use: the connector has failed, and waits for a restart. */
export class FatalError extends FrameworkError {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super('CONNECTOR_FATAL', [message], options);
    this.name = 'FatalError';
  }
}

/** A call of a context whose instance is over, or not set up yet. */
export class ContextClosed extends FrameworkError {
  constructor(
    connector: string,
    readonly call: string,
  ) {
    super('CONTEXT_CLOSED', [connector, call]);
    this.name = 'ContextClosed';
  }
}

/** Use of a service that the integration does not name. */
export class ServiceNotDeclared extends FrameworkError {
  constructor(
    connector: string,
    readonly service: string,
  ) {
    super('SERVICE_NOT_DECLARED', [connector, service]);
    this.name = 'ServiceNotDeclared';
  }
}
