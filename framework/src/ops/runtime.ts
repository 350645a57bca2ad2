import type { Problem } from '../config';
import type { JsonObject } from '../shared';
import type { CatalogDocument, DeadLetter, RequestResync, Run, Store } from '../store';
import type { ConnectorView, EntryState } from './connector-view';
import type { WebhookTrigger } from '../trigger';

/** An entry as operators see it. Instants are epoch milliseconds here and text in answers. */
export interface IntegrationStatus {
  readonly identifier: string;
  readonly type: string;
  /** Absent when the integration could not be loaded, or the entry left the configuration. */
  readonly version?: string;
  readonly state: EntryState;
  /** Kinds that are read. */
  readonly kinds: readonly string[];
  readonly nextRunAt?: number;
  readonly lastRun?: Run;
  readonly problems: readonly Problem[];
  /** No run begins until it is resumed. */
  readonly paused?: boolean;
  readonly connector?: ConnectorView;
  readonly webhookPath?: string;
  /** The address to give to the vendor: PUBLIC_URL and path. */
  readonly webhookUrl?: string;
  /** Names; the default pipeline has the entry's identifier. */
  readonly pipelines: readonly string[];
}

export interface SourceStatus {
  readonly integration: string;
  /** `unknown`: nothing was asked of it yet. */
  readonly state: 'up' | 'down' | 'unknown';
  readonly lastSuccessAt?: number;
  readonly error?: string;
  /** Open asks. */
  readonly backlog: number;
}

export interface SinkStatus {
  readonly sink: string;
  readonly state: 'up' | 'down' | 'unknown';
  readonly lastSuccessAt?: number;
  readonly error?: string;
  /** Since the process began, by result (`delivered`, `created`, `failed`, `deleted`…). */
  readonly counters: Readonly<Record<string, number>>;
}

export interface PipelineStatus {
  readonly name: string;
  readonly integration: string;
  readonly state: 'running' | 'paused';
  /** Of declared pipelines: fed by states, or by every event. */
  readonly feed?: 'rows' | 'events';
  /** Outputs that are due, and events that wait. */
  readonly backlog: number;
  /** Deletions that wait for a release. */
  readonly held: number;
  /** When the oldest due output became due; absent = nothing is due. */
  readonly oldestDueAt?: number;
  readonly sinks: readonly SinkStatus[];
  /** Of declared pipelines, what came in for its entry since the process began, in events: received = ignored + duplicate + accepted + dead. */
  readonly received?: Readonly<Record<string, number>>;
  /** What keeps processors from working. */
  readonly trouble: readonly string[];
}

/** `detail` says in one sentence what is wrong; never a secret, never a payload. */
export interface Check {
  readonly ok: boolean;
  readonly detail?: string;
}

/** Which dead letters: one, or all that match. */
export type DeadLetterSelection = { readonly id: number } | { readonly integration?: string; readonly stage?: string; readonly code?: string };

/**
 * All that the routes need from the rest of the process. Reading goes to the store; what starts work goes through the flows.
 * Any member may throw FrameworkError: STORE_UNREACHABLE becomes 503 with Retry-After.
 */
export interface OperationsRuntime {
  readonly store: Pick<Store, 'documents' | 'rows' | 'outputs' | 'catalog' | 'audit'>;
  /** In the order of the configuration, then those that left it and still own rows (`orphaned`). */
  integrations(): Promise<readonly IntegrationStatus[]>;
  /** Identifiers that may run: loaded and enabled. */
  runnable(): readonly string[];
  readonly requestResync: RequestResync;
  /** Verifies and routes calls to `/resync…`. */
  readonly webhook: WebhookTrigger;
  /** Stores the release. False: the run is not `needs-release` (any more). */
  release(runId: string): Promise<boolean>;
  /** Stores the wish to end it. False: the run is not running (any more). */
  cancel(runId: string): Promise<boolean>;
  /** Makes them due again; gives how many. */
  replay(selection: DeadLetterSelection): Promise<number>;
  /** Removes a dead letter for good; gives it, undefined: there is none of that number. */
  discard(id: number): Promise<DeadLetter | undefined>;
  pipelines(): Promise<readonly PipelineStatus[]>;
  /** False: there is no pipeline of that name. */
  pause(pipeline: string): Promise<boolean>;
  resume(pipeline: string): Promise<boolean>;
  /** Stored when it resolves. These throw ENTRY_UNKNOWN and ENTRY_REFUSED. */
  setEntryPaused(identifier: string, paused: boolean): Promise<void>;
  /** Gives the targets that begin anew. Throws CONNECTOR_MISSING and TARGET_UNKNOWN, too. */
  restart(identifier: string, target?: string): Promise<readonly string[]>;
  /** Stored when it resolves. Throws TARGET_INVALID and TARGET_NAME_TAKEN, too. */
  addTarget(identifier: string, given: JsonObject): Promise<{ readonly name: string; readonly result: 'added' | 'changed' | 'unchanged' }>;
  /** Throws TARGET_FIXED for one that others name, too. */
  removeTarget(identifier: string, name: string): Promise<void>;
  /** Those that this zone shows, in order. */
  visibleIn(zone: string, documents: readonly CatalogDocument[]): Promise<readonly CatalogDocument[]>;
  sources(): Promise<readonly SourceStatus[]>;
  /** What connectors count and measure by themselves. */
  measures(): readonly { readonly integration: string; readonly name: string; readonly value: number }[];
  readiness(): Promise<{ readonly store: Check; readonly portal: Check; readonly trigger: Check }>;
  /** JSON Schema of the configuration. */
  configSchema(): JsonObject;
  /** All problems of a configuration that is given as text; opens nothing. */
  validateConfig(text: string): Promise<readonly Problem[]>;
}
