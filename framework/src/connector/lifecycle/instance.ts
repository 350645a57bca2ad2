import { ConfigError, ContextClosed, FrameworkError, type ConnectorDeps, type IntegrationConnector, type IntegrationContext, type LifecycleContext, type RefreshRun, type Service, type Target } from '../../contract';
import { withoutUser } from '../../shared';
import { runAs, type Owner } from './attribute';
import { bounded, callMethod, type Called } from './call-method';
import { classify, describeError } from './classify';
import { connectionOf } from './endpoint-mode';
import { contextOf, gateContext, type ContextGate } from './gate-context';
import type { Method } from './machine';
import type { Measures } from './measures';
import type { ConnectorSettings, ConnectorSurroundings, LifecycleRecord, OpenedContext, Statistics } from './types';

/** `start` and each set-up step may take so long. */
export const START_MS = 60_000;
/** Shares of the grace time: methods in flight, `disconnect`, and the framework's own clearing before and after it. Their sum is below 1. */
export const SHARES = { methods: 2 / 3, disconnect: 1 / 5, clearing: 1 / 30 } as const;

export interface InstanceOptions {
  readonly settings: Pick<ConnectorSettings, 'connectorId' | 'identifier' | 'settings' | 'connection' | 'services' | 'engage' | 'kinds' | 'graceMs' | 'make'>;
  readonly surroundings: Pick<ConnectorSurroundings, 'clock' | 'newId' | 'openContext' | 'auditLog' | 'log' | 'http' | 'withhold'>;
  readonly target: Target;
  readonly instanceId: string;
  readonly lifecycle: Pick<LifecycleContext, 'nextRefreshAt' | 'refreshInProgress' | 'requestRefresh'> & { run(): RefreshRun | undefined };
  readonly measures: Measures;
  /** May it be told anything now? */
  mayHear(): boolean;
  stray(thrown: unknown): void;
  say(record: Saying): void;
  addTarget(target: Target): void;
  removeTarget(name: string): void;
}
/** A record without who says it. */
export type Saying = LifecycleRecord extends infer T ? (T extends LifecycleRecord ? Omit<T, 'identifier' | 'target' | 'instanceId'> : never) : never;

export type SetUp = { readonly is: 'ready'; readonly polls: boolean; readonly engages: boolean } | { readonly is: 'failed'; readonly as: 'configError' | 'fatal' | 'unreachable'; readonly method: Method; readonly err: unknown } | { readonly is: 'ended' };

const METHODS = { initialize: 1, setAuditLog: 1, setConnectorName: 1, setContext: 1, start: 1, refresh: 1, engage: 1, disconnect: 1, statistics: 1 } satisfies Record<keyof IntegrationConnector<Service>, 1>;

/** A misspelt method would never be called. Objects of a class may have methods of their own. */
function refuseUnknown(connector: object): void {
  const prototype: unknown = Object.getPrototypeOf(connector);
  if (prototype !== Object.prototype && prototype !== null) return;
  const unknown = Object.entries(connector).flatMap(([name, value]) => (typeof value === 'function' && !(name in METHODS) ? [name] : []));
  if (unknown.length > 0) throw new ConfigError(`the connector has ${unknown.join(', ')}, which nobody calls; its methods are ${Object.keys(METHODS).join(', ')}`);
}

/** One connector object on its target, from its factory to `disconnect`. It knows no status and no schedule. */
export interface Instance {
  readonly instanceId: string;
  /** Aborts when it is to do no more. */
  readonly work: AbortSignal;
  setUp(): Promise<SetUp>;
  call(method: 'start' | 'engage' | 'refresh', how: { readonly signals?: readonly AbortSignal[]; readonly deadlineMs?: number; readonly invoke: (connector: IntegrationConnector<Service>, signal: AbortSignal) => unknown }): Promise<Called>;
  /** What it works with, secrets hidden. */
  configuration(): Readonly<Record<string, unknown>>;
  /** Undoes what `start` registered. */
  unregister(): Promise<void>;
  /** No further call begins, those in flight are told to end. */
  halt(): void;
  /** From halt to the end of `disconnect`, within the grace time. Once. */
  end(): Promise<void>;
  statistics(): Statistics;
}

export function createInstance(options: InstanceOptions): Instance {
  const { settings, surroundings, target, instanceId, say } = options;
  const { clock } = surroundings;
  const { graceMs, identifier } = settings;
  const work = new AbortController();
  const owner: Owner = { name: identifier, stray: options.stray };
  const calls = new Set<Promise<Called>>();
  const connection = connectionOf(settings.connection, target);
  const auditLog = surroundings.auditLog({ instanceId, target: target.name });
  let connector: IntegrationConnector<Service> | undefined;
  let opened: OpenedContext | undefined;
  let gate: ContextGate | undefined;
  let initialized = false;
  let over = false;
  /** Listeners of an earlier attempt to start hear nothing. */
  let attempt = 0;
  let statistics: Statistics = {};

  const { run, ...asked } = options.lifecycle;
  const lifecycle: LifecycleContext = {
    ...asked,
    signal: work.signal,
    isActive: () => !work.signal.aborted,
    audit: auditLog,
    metrics: options.measures.metrics,
    get run() {
      return run();
    },
  };
  const own = { ...(settings.settings as object | undefined), ...target.connection?.config, ...target.config };
  const deps: ConnectorDeps<unknown, Service> = {
    settings: own,
    connectorName: identifier,
    connectorId: settings.connectorId,
    instanceId,
    connection,
    target,
    auditLog,
    log: surroundings.log,
    http: surroundings.http({ target, settings: own, signal: work.signal }),
    get context() {
      if (!gate) throw over || work.signal.aborted ? new ContextClosed(identifier, 'the context') : new FrameworkError('CONTEXT_EARLY', [identifier]);
      return gate.context as IntegrationContext<Service>;
    },
  };

  async function call(method: Method, invoke: (signal: AbortSignal) => unknown, how: { readonly signals: readonly AbortSignal[]; readonly deadlineMs?: number; readonly patienceMs: number }): Promise<Called> {
    const called = callMethod(invoke, {
      ...how,
      clock,
      owner,
      late: (error) => say({ is: 'late', method, ...(error !== undefined && { error }) }),
      blocked: (ms) => say({ is: 'blocked', method, ms }),
    });
    calls.add(called);
    try {
      const end = await called;
      if (end.is === 'hung' && method !== 'disconnect') say({ is: 'hung', method });
      return end;
    } finally {
      calls.delete(called);
    }
  }

  /** Undefined: it returned. */
  async function step(method: Method, invoke: (signal: AbortSignal) => unknown): Promise<SetUp | undefined> {
    if (work.signal.aborted) return { is: 'ended' };
    const called = await call(method, invoke, { signals: [work.signal], deadlineMs: START_MS, patienceMs: graceMs * SHARES.methods });
    if (called.is === 'returned') return work.signal.aborted ? { is: 'ended' } : undefined;
    if (called.is === 'aborted' || work.signal.aborted) return { is: 'ended' };
    const err = called.is === 'threw' ? called.err : new FrameworkError('CONNECTOR_TIMEOUT', [method, identifier, START_MS]);
    const kind = classify(err);
    return { is: 'failed', as: kind === 'fatal' ? 'fatal' : kind === 'config' || method !== 'setContext' ? 'configError' : 'unreachable', method, err };
  }

  async function openContext(signal: AbortSignal): Promise<void> {
    const context = await surroundings.openContext(
      {
        connectorId: settings.connectorId,
        instanceId,
        identifier,
        target,
        services: settings.services,
        lifecycle,
        listener: (heard) => {
          const registeredIn = attempt;
          return async (...given) => {
            if (over || work.signal.aborted || registeredIn !== attempt || !options.mayHear()) throw new ContextClosed(identifier, 'a delivery to its listener');
            await runAs(owner, () => heard(...given));
          };
        },
        addTarget: options.addTarget,
        removeTarget: options.removeTarget,
      },
      signal,
    );
    // It came too late: nobody will use it, nor close it.
    if (signal.aborted) return void (await context.close());
    opened = context;
    gate = gateContext(contextOf(context.members, lifecycle), { name: identifier, services: settings.services, misused: (error) => say({ is: 'misused', error }) });
  }

  async function setUp(): Promise<SetUp> {
    say({ is: 'initialising', ...(target.direction && { direction: target.direction }) });
    const made = await step('initialize', () => {
      connector = runMake();
    });
    if (made) return made;
    const it = connector!;
    const initialize = async (): Promise<void> => {
      await it.initialize?.(instanceId, connection);
      initialized = !over;
    };
    if (settings.engage && typeof it.engage !== 'function') return { is: 'failed', as: 'configError', method: 'initialize', err: new ConfigError('this integration has no method `engage`; write it, or take `engage: true` out of the entry (`schedule.engage` out of the integration, where that says so)') };
    const steps: readonly (readonly [Method, (signal: AbortSignal) => unknown])[] = [
      ['initialize', initialize],
      ['setAuditLog', () => it.setAuditLog?.(auditLog)],
      ['setConnectorName', () => it.setConnectorName?.(identifier)],
      ['setContext', openContext],
      ['setContext', () => it.setContext?.(gate!.context as IntegrationContext<Service>)],
    ];
    for (const [method, invoke] of steps) {
      if (method !== 'setContext' || gate) say({ is: 'step', method });
      const failed = await step(method, invoke);
      if (failed) return failed;
    }
    return { is: 'ready', polls: settings.kinds || typeof it.refresh === 'function', engages: settings.engage };
  }

  function runMake(): IntegrationConnector<Service> {
    const made: unknown = settings.make(deps);
    if (typeof made !== 'object' || made === null) throw new ConfigError(`the integration of ${identifier} makes no connector: its factory gives ${made === null ? 'null' : typeof made}`);
    refuseUnknown(made);
    return made as IntegrationConnector<Service>;
  }

  async function unregister(): Promise<void> {
    attempt++;
    const context = opened;
    if (context) await bounded(() => context.unregister(), { clock, ms: graceMs * SHARES.clearing });
  }

  async function disconnect(it: IntegrationConnector<Service>): Promise<void> {
    say({ is: 'step', method: 'disconnect' });
    const called = await call('disconnect', (signal) => it.disconnect?.(signal), { signals: [], deadlineMs: graceMs * SHARES.disconnect, patienceMs: 0 });
    const forced = called.is === 'hung' || called.is === 'timeout';
    if (called.is === 'threw') {
      const { code, message } = describeError(called.err);
      say({ is: 'error', method: 'disconnect', error: called.err, failing: { code, message: surroundings.withhold(message), since: clock.now(), attempts: 1 }, repeated: false });
    }
    say({ is: 'disconnected', forced, statistics: shown() });
  }

  return {
    instanceId,
    work: work.signal,
    setUp,
    call: (method, { invoke, signals = [], ...how }) => {
      const it = connector;
      if (!it || work.signal.aborted) return Promise.resolve({ is: 'aborted' });
      return call(method, (signal) => invoke(it, signal), { ...how, signals: [work.signal, ...signals], patienceMs: graceMs * SHARES.methods });
    },
    configuration: () => ({ ...(connection.endpoint && { endpoint: withoutUser(connection.endpoint.address, '[redacted]@') }), ...own }),
    unregister,
    halt: () => work.abort(new DOMException('the connector ends', 'AbortError')),
    async end() {
      work.abort(new DOMException('the connector ends', 'AbortError'));
      await Promise.all(calls);
      readStatistics();
      over = true;
      gate?.close();
      await unregister();
      if (initialized && connector) await disconnect(connector);
      const context = opened;
      if (context) await bounded(() => context.close(), { clock, ms: graceMs * SHARES.clearing });
    },
    statistics() {
      if (!over && initialized) readStatistics();
      return shown();
    },
  };

  function shown(): Statistics {
    return { ...options.measures.values(), ...statistics };
  }

  /** What it says of itself; if it cannot, what it said before. */
  function readStatistics(): void {
    if (!connector?.statistics || !initialized) return;
    try {
      const said: unknown = runAs(owner, () => connector?.statistics?.());
      if (typeof said !== 'object' || said === null) return;
      statistics = Object.fromEntries(Object.entries(said).filter((entry): entry is [string, number | string] => typeof entry[1] === 'number' || typeof entry[1] === 'string'));
    } catch {
      // Statistics are for show: their failing is none of the connector.
    }
  }
}
