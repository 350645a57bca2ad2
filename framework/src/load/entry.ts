import type { Blueprint, Integration, Mapping, Secret } from '../contract';
import type { GuardSettings, Problem, ResyncSettings, SourceHttpSettings, WrittenPipeline } from '../config';

/** An entry that can run: what everything behind the loader knows, whatever form the file had. */
export interface Entry {
  readonly identifier: string;
  readonly type: string;
  readonly integration: Integration;
  /** Folder of the integration. */
  readonly folder: string;
  /** Parsed by the integration's spec; secrets are Secret. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Of the entry; wins over the portal's. */
  readonly mapping?: Mapping;
  /** Of the folder: `mapping.yaml`, or the integration's own value. */
  readonly defaultMapping: Mapping;
  readonly blueprints: readonly Blueprint[];
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
  /** In place of the default pipeline. */
  readonly pipelines?: readonly PipelineSource[];
  /** Unknown keys inside pipelines are warnings. */
  readonly lenient: boolean;
  /** Where it stands in the file: `integrations[0]`. */
  readonly path: string;
}

/** Who may call a route. `none`: everybody. */
export type Guarded = 'none' | { readonly secret: readonly Secret[]; readonly headerName?: string; readonly username?: string };

export interface Incoming {
  /** Path without SERVICE_PREFIX, such as `/jira/webhook`. */
  readonly webhook?: { readonly path: string; readonly authentication: Guarded; readonly maxBodyBytes: number };
  readonly import?: { readonly path: string; readonly authentication: Guarded };
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
