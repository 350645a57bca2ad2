import type { Blueprint, Integration, Mapping } from '../contract';
import type { GuardSettings, Problem, ResyncSettings, SourceHttpSettings } from '../config';

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
}

/** An entry that cannot run, and why. */
export interface FailedEntry {
  readonly identifier: string;
  readonly type: string;
  readonly problems: readonly Problem[];
}
