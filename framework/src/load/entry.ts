import type { Blueprint, Connection, Direction, Integration, Mapping, Secret, Service, Target } from '../contract';
import type { GuardSettings, Problem, ResyncSettings, SourceHttpSettings, WrittenPipeline } from '../config';

/** An entry that can run: what everything behind the loader knows, whatever form the file had. */
export interface Entry {
  readonly identifier: string;
  readonly type: string;
  readonly integration: Integration;
  /** Folder of the integration. */
  readonly folder: string;
  /** Parsed by the integration's spec; secrets are Secret. Those that stand in `connection.config` are among them. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Of the entry; wins over the portal's. */
  readonly mapping?: Mapping;
  /** Of the folder: `mapping.yaml`, or the integration's own value. */
  readonly defaultMapping: Mapping;
  readonly blueprints: readonly Blueprint[];
  /** Those of them that are of the services of a connector: others may bring them, too. */
  readonly elementBlueprints?: readonly Blueprint[];
  readonly resync: ResyncSettings;
  readonly guard: GuardSettings;
  readonly http: SourceHttpSettings;
  readonly enabled: boolean;
  /** Hash of the settings that are no secrets: what decides membership, with the selectors of the mapping (I13). */
  readonly membership: string;
  readonly warnings: readonly Problem[];
  /** Routes that it opens. */
  readonly incoming: Incoming;
  /** Instance name inside canonical ids; '' = none. */
  readonly scope: string;
  /** Names of events that are taken; absent: all. */
  readonly events?: readonly string[];
  /** Members that never reach the store: kind → paths. */
  readonly drop: Readonly<Record<string, readonly string[]>>;
  readonly connector?: ConnectorEntry;
  /** In place of the default pipeline. */
  readonly pipelines?: readonly PipelineSource[];
  /** Unknown keys inside pipelines are warnings. */
  readonly lenient: boolean;
  /** Where it stands in the file: `integrations[0]`. */
  readonly path: string;
}

/** What the file says of the connector of an entry; absent: it has none, or its kinds run alone. */
export interface ConnectorEntry {
  readonly group?: string;
  /** `config` is one name space with the settings of the entry. */
  readonly connection: Connection;
  /** Which `endpoint` entities are targets. */
  readonly learned?: { readonly blueprint: string; readonly match: Readonly<Record<string, string | readonly string[]>> };
  readonly targets: readonly Target[];
  /** Where the file names no kind it is that of the first service. */
  readonly metadataSource: { readonly id: string; readonly kind: string };
  readonly direction: Direction;
  /** Services whose default direction is both at once, which is not to be had: they only bring things over. */
  readonly reduced?: readonly Service[];
  readonly engage: boolean;
  readonly zones: { readonly default: readonly string[]; readonly publish?: readonly string[]; readonly visible: readonly string[] };
  readonly onMissing: 'archive' | 'softDelete' | 'purge' | 'none';
  readonly maxFailures: number;
  /** Epoch ms. */
  readonly startAt?: number;
  readonly stopAt?: number;
}

/** Who may call a route. `none`: everybody. */
export type Guarded = 'none' | { readonly secret: readonly Secret[]; readonly headerName?: string; readonly username?: string };

export interface Incoming {
  /** Path without SERVICE_PREFIX, such as `/jira/webhook`. */
  readonly webhook?: { readonly path: string; readonly authentication: Guarded; readonly maxBodyBytes: number };
  readonly import?: { readonly path: string; readonly authentication: Guarded };
  /** Who may call the listeners of a connector. Absent: nobody. */
  readonly callers?: Guarded;
}

/** A declared pipeline, its shape checked; what its processors and sinks say is checked by whoever makes them. */
export interface PipelineSource extends WrittenPipeline {
  readonly name: string;
}

/** An entry that cannot run, and why. */
export interface FailedEntry {
  readonly identifier: string;
  readonly type: string;
  readonly problems: readonly Problem[];
  /** Where it stands in the file: `integrations[0]`. */
  readonly path: string;
}
