import type { Connection, Direction, Mapping, Secret } from '../contract';
import type { connectorMembers, targetMembers } from './connector-keys';
import type { incomingMembers } from './entry-keys';
import type { ParsedMembers } from './spec';

/** One problem of a configuration: printed as `FILE:LINE:COLUMN: CODE what; what to do`. Never holds a secret value. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Key path, for example `integrations[0].config.path`. */
  readonly path: string;
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly remedy: string;
}

export type TriggerType = 'KAFKA' | 'WEBHOOK' | 'POLLING' | 'ONCE' | 'WEBHOOKS_ONLY' | 'ACTIONS_ONLY' | 'NONE';

export interface PortSettings {
  /** `local`, or a URL without `/v1` and without a trailing `/`. */
  readonly baseUrl: string;
  readonly local: boolean;
  /** Absent with the built-in portal when nothing is configured: it makes its own. */
  readonly clientId?: Secret;
  readonly clientSecret?: Secret;
  readonly createPortResourcesOrigin: 'Default' | 'Empty' | 'Port';
  readonly initialize: boolean;
  readonly product: 'integration-framework' | 'port-ocean';
  readonly sendExamples: boolean;
}

export interface TriggerSettings {
  readonly type: TriggerType;
  readonly intervalMs: number;
  readonly secret?: Secret;
  readonly brokers?: readonly string[];
  readonly ssl?: boolean;
  readonly sasl?: { readonly mechanism: string; readonly username: string; readonly password: Secret };
  readonly groupId?: string;
}

/** Environment only (interface.md 3). */
export interface ProcessSettings {
  readonly httpPort: number;
  readonly httpAddress: string;
  /** False: only this machine reaches the address. */
  readonly exposed: boolean;
  readonly apiToken?: Secret;
  /** Under which others reach us; absent: derived from the port that was bound. */
  readonly publicUrl?: string;
  /** '' or '/prefix'. */
  readonly servicePrefix: string;
  readonly dataDir: string;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  readonly logFormat: 'pretty' | 'json';
  readonly delayShutdownMs: number;
  readonly shutdownGraceMs: number;
  readonly kafkaBrokers?: readonly string[];
  readonly allowUnauthenticatedWebhooks: boolean;
}

/** Where records of the audit log go. */
export interface AuditSettings {
  /** With the keys that their kinds have; durations are milliseconds, paths absolute. */
  readonly destinations: readonly { readonly kind: string; readonly [key: string]: unknown }[];
}

/** What a mapping evaluation may cost. */
export interface MappingBudget {
  readonly steps: number;
  readonly bytes: number;
  readonly timeoutMs: number;
}

export interface GuardSettings {
  /** False = `guard: off`. */
  readonly on: boolean;
  readonly share: number;
  readonly atLeast: number;
}

export interface ResyncSettings {
  readonly atStart: boolean;
  readonly everyMs?: number;
  readonly cron?: string;
}

export interface SourceHttpSettings {
  readonly timeoutMs: number;
  readonly concurrency: number;
  readonly retries: number;
}

/** What guards and names the routes of an entry; without `authentication` it opens no webhook route. */
export type IncomingSettings = ParsedMembers<typeof incomingMembers>;

/** An entry of `integrations[]`, both forms in one shape; its settings are not checked yet (load does it with the spec of the integration). */
export interface EntrySource {
  readonly identifier: string;
  readonly type: string;
  /** Members of `config`, or of `source` without `type` and without those of `incoming`. What stands in a variable or a file outside is a Secret already; literal text is not. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** `integrations[3].config` or `integrations[3].source`: where problems of settings are reported. */
  readonly settingsPath: string;
  readonly form: 'framework' | 'pipeline' | 'both';
  readonly incoming: IncomingSettings;
  readonly mapping?: Mapping;
  readonly pipelines?: readonly WrittenPipeline[];
  readonly connector: ConnectorSource;
  readonly resync: ResyncSettings;
  readonly guard: GuardSettings;
  readonly http: SourceHttpSettings;
  readonly enabled: boolean;
  readonly lenient: boolean;
  /** Problems of this entry alone; with an error among them it is `config-failed`, the others run. */
  readonly problems: readonly Problem[];
}

/** What an entry says of its connector, its shape checked, defaults laid in; whether it has one is known by its integration. Settings are not checked yet. */
export interface ConnectorSource {
  /** The keys that are written. */
  readonly written: readonly (keyof typeof connectorMembers)[];
  readonly group?: string;
  readonly connection: Omit<Connection, 'config'>;
  /** Members of `connection.config`. Prints as `[settings]`. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly learned?: ParsedMembers<typeof connectorMembers.endpoints.members.learned.members>;
  readonly targets: readonly TargetSource[];
  readonly metadataSource: { readonly id?: string; readonly kind?: string };
  readonly direction?: Direction;
  readonly engage?: boolean;
  readonly zones: ParsedMembers<typeof connectorMembers.zones.members>;
  readonly onMissing: 'archive' | 'softDelete' | 'purge' | 'none';
  readonly maxFailures: number;
  /** Epoch ms. */
  readonly startAt?: number;
  readonly stopAt?: number;
}

export interface TargetSource {
  /** `integrations[0].targets[1]`. */
  readonly path: string;
  /** Absent: one of them is wrong. */
  readonly keys?: Omit<ParsedMembers<typeof targetMembers>, 'connection' | 'config'>;
  readonly connection?: Omit<Connection, 'config'>;
  /** Members of `config`, and of `connection.config`. Both print as `[settings]`. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly connectionSettings: Readonly<Record<string, unknown>>;
}

/** A declared pipeline, as far as every pipeline is alike. Parts without a type are left out: they are among the problems. */
export interface WrittenPipeline {
  readonly name?: string;
  /** `integrations[0].pipelines[1]`. */
  readonly path: string;
  readonly processors: readonly WrittenStep[];
  readonly sinks: readonly WrittenStep[];
  readonly delivery: PipelineDelivery;
}

export interface WrittenStep {
  readonly type: string;
  /** Of a sink, where one is written. */
  readonly name?: string;
  /** Beside `type` and `name`, as it is written: references are followed by whoever knows which texts are templates (`Settings.follow`). Prints as `[settings]`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** `integrations[0].pipelines[1].sinks[0]`. */
  readonly path: string;
}

export interface PipelineDelivery {
  readonly batchItems: number;
  readonly batchWaitMs: number;
  readonly maxAttempts: number;
  readonly maxAgeMs: number;
  readonly backoff: { readonly initialMs: number; readonly factor: number; readonly maxMs: number; readonly jitter: boolean };
  readonly highWater: number;
}

/** Everything that the files and the environment say. */
export interface Settings {
  readonly files: readonly string[];
  /** Folder of the first file. */
  readonly folder: string;
  readonly port?: PortSettings;
  readonly trigger: TriggerSettings;
  readonly mongodb?: { readonly url: Secret; readonly database?: string };
  /** Absolute folders that hold integrations, in order. */
  readonly integrationsPath: readonly string[];
  readonly strict: boolean;
  readonly mapping: MappingBudget & { readonly env: readonly string[] };
  readonly audit: AuditSettings;
  readonly entries: readonly EntrySource[];
  readonly process: ProcessSettings;
  /** Warnings and errors of the root; errors of entries stand in the entries. */
  readonly problems: readonly Problem[];
  /** Follows the references in a value that was kept as it is written, and stands at this path: what they give is a Secret, those that lead nowhere are told by parseSettings. */
  follow(value: unknown, path: string): unknown;
  /** The text is somebody else's: nothing that it names is looked at, and what references give is made up. */
  readonly closed: boolean;
  /** Places a path of the configuration in its file, for problems found later (load, mapping); `folder` is what relative paths there are taken from. */
  locate(path: string): { readonly file: string; readonly line: number; readonly column: number; readonly folder?: string };
}
