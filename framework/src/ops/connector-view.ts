import { z } from 'zod';
import type { Endpoint, Service } from '../contract';

/** Of an entry, and of a target. */
export type EntryState = 'starting' | 'waiting' | 'running' | 'paused' | 'degraded' | 'config-failed' | 'failed' | 'stopped' | 'orphaned';

/** How a connector is, or one of its targets. Instants are epoch milliseconds here and text in answers. */
interface LifecycleView {
  readonly instanceId?: string;
  readonly status: string;
  readonly state: EntryState;
  readonly paused: boolean;
  readonly pollState: 'WAITING' | 'REFRESHING' | 'OFF';
  readonly engageState: 'ENGAGED' | 'PAUSED' | 'OFF';
  readonly lastStatusChange?: number;
  readonly lastAttemptAt?: number;
  readonly lastSuccessAt?: number;
  readonly nextDueAt?: number;
  readonly direction: string;
  readonly failing?: { readonly code: string; readonly message: string; readonly since: number; readonly attempts: number };
  readonly statistics: Readonly<Record<string, number | string>>;
}

export interface TargetView extends LifecycleView {
  readonly name: string;
  /** Absent: nobody names it any more. */
  readonly origin?: 'file' | 'rest' | 'connector' | 'learned';
  readonly entity?: string;
  readonly endpoint?: Endpoint;
}

/** Its `state` is the connector's own; that of its entry also heeds runs. */
export interface ConnectorView extends LifecycleView {
  readonly connectorId: string;
  readonly group?: string;
  readonly services: readonly Service[];
  readonly endpointMode?: 'explicit' | 'learned' | 'none';
  readonly targets: readonly TargetView[];
}

const instant = z.iso.datetime().nullable();
const lifecycle = {
  instanceId: z.string().nullable().describe('Another one after each restart; of a connector with several targets each has its own'),
  status: z.string().describe('docs/connector-lifecycle.md lists them'),
  paused: z.boolean(),
  pollState: z.enum(['WAITING', 'REFRESHING', 'OFF']),
  engageState: z.enum(['ENGAGED', 'PAUSED', 'OFF']),
  lastStatusChange: instant,
  lastAttemptAt: instant,
  lastSuccessAt: instant,
  nextDueAt: instant,
  direction: z.string(),
  failing: z
    .strictObject({ code: z.string(), message: z.string(), since: z.iso.datetime(), attempts: z.number() })
    .nullable()
    .describe('The last failure of those that still fail'),
  statistics: z.record(z.string(), z.union([z.number(), z.string()])).describe('What the connector counts'),
};

export const targetSchema = z.strictObject({
  name: z.string(),
  origin: z.enum(['file', 'rest', 'connector', 'learned']).nullable().describe('Who names it; null: nobody any more, and its elements stay'),
  state: z.enum(['starting', 'waiting', 'running', 'paused', 'degraded', 'config-failed', 'failed', 'stopped', 'orphaned']),
  entity: z.string().optional(),
  endpoint: z
    .strictObject({ name: z.string().optional(), description: z.string().optional(), address: z.string(), protocol: z.string().optional(), encryptionMethod: z.string().optional() })
    .optional(),
  ...lifecycle,
});

/** Members of an entry that has a connector. */
export const connectorMembers = {
  connectorId: z.string().optional().describe('These members are of entries with a connector'),
  group: z.string().optional(),
  services: z.array(z.string()).optional(),
  endpointMode: z.enum(['explicit', 'learned', 'none']).nullable().optional(),
  targets: z.array(targetSchema).optional(),
  ...(Object.fromEntries(Object.entries(lifecycle).map(([name, schema]) => [name, schema.optional()])) as { [K in keyof typeof lifecycle]: z.ZodOptional<(typeof lifecycle)[K]> }),
};

const toMaybe = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());

const toLifecycle = ({ instanceId, status, paused, pollState, engageState, lastStatusChange, lastAttemptAt, lastSuccessAt, nextDueAt, direction, failing, statistics }: LifecycleView) => ({
  instanceId: instanceId ?? null,
  status,
  paused,
  pollState,
  engageState,
  lastStatusChange: toMaybe(lastStatusChange),
  lastAttemptAt: toMaybe(lastAttemptAt),
  lastSuccessAt: toMaybe(lastSuccessAt),
  nextDueAt: toMaybe(nextDueAt),
  direction,
  failing: failing ? { ...failing, since: new Date(failing.since).toISOString() } : null,
  statistics: { ...statistics },
});

export const toTarget = (target: TargetView): z.input<typeof targetSchema> => ({
  name: target.name,
  origin: target.origin ?? null,
  state: target.state,
  ...(target.entity !== undefined && { entity: target.entity }),
  ...(target.endpoint && { endpoint: endpointOf(target.endpoint) }),
  ...toLifecycle(target),
});

const endpointOf = ({ name, description, address, protocol, encryptionMethod }: Endpoint) => ({
  ...(name !== undefined && { name }),
  ...(description !== undefined && { description }),
  address,
  ...(protocol !== undefined && { protocol }),
  ...(encryptionMethod !== undefined && { encryptionMethod }),
});

export const toConnector = (connector: ConnectorView) => ({
  connectorId: connector.connectorId,
  ...(connector.group !== undefined && { group: connector.group }),
  services: [...connector.services],
  endpointMode: connector.endpointMode ?? null,
  targets: connector.targets.map(toTarget),
  ...toLifecycle(connector),
});
