import type { Blueprint, Mapping } from '../contract';
import type { JsonObject } from '../shared';

/** Port's integration (port-contract 8.1), as far as we read it. */
export interface PortalIntegration {
  readonly identifier: string;
  readonly installationId: string;
  readonly installationAppType?: string;
  readonly version?: string;
  /** `OnPrem`, or `Saas…` when the portal runs the integration itself. */
  readonly installationType?: string;
  readonly config?: (Mapping & JsonObject) | Record<string, never> | null;
  readonly changelogDestination?: JsonObject;
  readonly arePortResourcesInitialized?: boolean;
  readonly createPortResourcesOrigin?: string;
  readonly actionsProcessingEnabled?: boolean;
  readonly incrementalSyncEnabled?: boolean;
  readonly resyncState?: JsonObject;
  readonly spec?: { readonly appSpec?: { readonly scheduledResyncInterval?: number } };
  readonly updatedAt?: string;
}

export interface UpsertOptions {
  readonly merge: boolean;
  readonly createMissingRelatedEntities: boolean;
  /** Sent as `ocean_info_resync_id`. */
  readonly runId?: string;
}

export type UpsertResult =
  | { readonly ok: true; readonly identifier: string; readonly created: boolean }
  /** `unmet`: 404, a related entity (or the blueprint) is missing. `transient`: 401, 408, 429, 5xx or network after the retries. */
  | { readonly ok: false; readonly status: number; readonly code: string; readonly message: string; readonly unmet: boolean; readonly transient: boolean };

/** Who writes: becomes the User-Agent, hence the owner (port-contract 2). */
export interface PortalActor {
  readonly type: string;
  readonly version: string;
  readonly identifier: string;
}

/** Live events before resync, resync before examples, logs and metrics. */
export type Priority = 'live' | 'resync' | 'background';

/** Calls of one actor; token, connections, limiter and rate-limit budget belong to the credential and are shared. */
export interface PortalActorClient {
  readonly actor: PortalActor;
  integration(id?: string): Promise<PortalIntegration | undefined>;
  createIntegration(body: JsonObject, options?: { readonly createResources?: boolean }): Promise<PortalIntegration>;
  /** Always with `x-skip-resync`. */
  patchIntegration(body: JsonObject): Promise<PortalIntegration>;
  putMapping(mapping: JsonObject): Promise<void>;
  /** E11. A failure is logged, never thrown. */
  resyncState(body: JsonObject): Promise<void>;
  resyncRequest(): Promise<{ readonly id: string; readonly updatedAt: string } | undefined>;
  /** E13a. A failure is ignored. */
  examples(kind: string, examples: readonly unknown[]): Promise<void>;
  /** Cached 120 s; undefined = 404. */
  blueprint(identifier: string): Promise<Blueprint | undefined>;
  clearBlueprints(): void;
  createBlueprint(blueprint: JsonObject): Promise<void>;
  patchBlueprint(identifier: string, body: JsonObject): Promise<void>;
  deleteBlueprint(identifier: string): Promise<void>;
  /** One result for each entity, in order. `entities` is JSON text of each, so that nothing is serialised twice. Any number: packed into calls by real bytes. */
  upsert(blueprint: string, entities: readonly string[], options: UpsertOptions, signal?: AbortSignal): Promise<readonly UpsertResult[]>;
  /**
   * The identifiers that are gone now (deleted, or were not there); at most 100 each call, packed by the client. What the portal keeps is left out and
   * logged. Throws only when the portal could not be asked and nothing is gone.
   */
  deleteEntities(blueprint: string, identifiers: readonly string[], options: { readonly deleteDependents: boolean; readonly runId?: string }, signal?: AbortSignal): Promise<ReadonlySet<string>>;
  /** Pages of what this actor owns (E27). */
  owned(signal?: AbortSignal): AsyncIterable<readonly { readonly identifier: string; readonly blueprint: string }[]>;
  /** Which of these does this actor still own? E28 with both `$datasource` rules, 50 at a time. */
  stillOwned(blueprint: string, identifiers: readonly string[], signal?: AbortSignal): Promise<ReadonlySet<string>>;
  deleteIntegration(): Promise<void>;
}

export interface Portal {
  /** Fetches a token and the organization: throws PORTAL_REFUSED or PORTAL_UNREACHABLE. */
  connect(signal?: AbortSignal): Promise<void>;
  /** Cached 300 s. */
  organization(): Promise<{ readonly id: string; readonly name?: string; readonly featureFlags: readonly string[] }>;
  provisionEnabled(): Promise<readonly string[]>;
  kafkaCredentials(): Promise<{ readonly username: string; readonly password: string; readonly brokers?: readonly string[] } | undefined>;
  as(actor: PortalActor): PortalActorClient;
  /** Did the last call get through? For readiness. */
  status(): { readonly ok: boolean; readonly since: number; readonly error?: string };
  close(): void;
}
