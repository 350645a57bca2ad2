import { ConfigError, type IntegrationConnector, type LifecycleContext, type RefreshCause, type Service, type Target } from '../../../contract';
import { recordedLog, type RecordedLog } from '../../../testkit';
import type { EndpointFeed } from '../learn-endpoints';
import { runConnector, type Connector } from '../run-connector';
import type { ConnectorSettings, ConnectorSurroundings, ContextRequest, LifecycleRecord, Marks, TargetOutcome } from '../types';
import { seeded, timeline, type Timeline } from './timeline';

/** What a connector of a test sees. */
export interface Tools {
  readonly instanceId: string;
  readonly target: Target;
  readonly context: () => LifecycleContext & TestMembers;
}
export interface TestMembers {
  readonly database: { create(name: string): Promise<string>; owned(): AsyncIterable<string>; slow(): Promise<string> };
  readonly listeners: { register(heard: (text: string) => unknown): () => void };
  readonly targets: { add(target: Target): void };
}
export type Methods = IntegrationConnector<Service>;

export interface Call {
  readonly at: number;
  readonly target: string;
  readonly instanceId: string;
  readonly method: string;
}
export interface StageOptions extends Partial<Omit<ConnectorSettings, 'make'>> {
  /** Methods of the connector; each is counted. Default: a `refresh` that returns. */
  readonly make?: (tools: Tools) => Methods;
  readonly seed?: number;
  readonly clock?: Timeline;
  readonly marks?: Marks;
  readonly feed?: EndpointFeed;
  /** Before the context is made. */
  readonly openContext?: (request: ContextRequest, signal: AbortSignal) => Promise<void> | void;
  /** Before the run is handed over. */
  readonly beforeRun?: (ask: { readonly cause: RefreshCause }) => Promise<void> | void;
  readonly save?: (marks: Marks) => Promise<void>;
  /** Of instance ids, where several connectors meet in one test. */
  readonly idPrefix?: string;
}

export interface Stage {
  readonly clock: Timeline;
  readonly connector: Connector;
  readonly calls: Call[];
  /** `cause` of each run that was handed over, with what came of it. */
  readonly runs: { readonly cause: RefreshCause; readonly at: number; readonly targets?: readonly string[]; outcomes?: readonly TargetOutcome[]; over: boolean; readonly cancel: AbortController }[];
  readonly records: LifecycleRecord[];
  readonly log: RecordedLog;
  /** Marks as saved. */
  saved: Marks | undefined;
  /** Writes that went through the context. */
  readonly writes: string[];
  /** Functions that wait to be told something, as registered. */
  readonly listeners: Set<(text: string) => Promise<void>>;
  readonly contexts: { opened: number; closed: number; unregistered: number };
  times(method: string): readonly number[];
  named(method: string): readonly Call[];
}

export const START = Date.UTC(2026, 0, 1);
export const MINUTE = 60_000;
export const HOUR = 3_600_000;

/** One connector among fakes: a clock that the test moves, contexts and runs that are only counted. */
export function stage(options: StageOptions = {}): Stage {
  const { make = () => ({ refresh: () => Promise.resolve() }), seed = 1, clock = timeline(START), feed, openContext, beforeRun, save, marks, idPrefix = '', ...given } = options;
  const random = seeded(seed);
  let ids = 0;
  const stage: Stage = {
    clock,
    connector: undefined as unknown as Connector,
    calls: [],
    runs: [],
    records: [],
    log: recordedLog(),
    saved: marks,
    writes: [],
    listeners: new Set(),
    contexts: { opened: 0, closed: 0, unregistered: 0 },
    times: (method) => stage.named(method).map(({ at }) => at - START),
    named: (method) => stage.calls.filter((call) => call.method === method),
  };
  const settings: ConnectorSettings = {
    connectorId: 'connector-1',
    identifier: 'sales',
    settings: {},
    connection: { config: {} },
    services: ['database'],
    targets: [],
    schedule: { atStart: true, everyMs: HOUR },
    engage: false,
    maxFailures: 10,
    kinds: false,
    graceMs: 30_000,
    ...given,
    make: (deps) => {
      const note = (method: string): void => void stage.calls.push({ at: clock.now(), target: deps.target.name, instanceId: deps.instanceId, method });
      const made = make({ instanceId: deps.instanceId, target: deps.target, context: () => deps.context as unknown as LifecycleContext & TestMembers });
      // Each call is noted, whatever the method does.
      return Object.fromEntries(Object.entries(made).map(([name, method]) => [name, (...args: unknown[]): unknown => (note(name), (method as (...args: unknown[]) => unknown)(...args))])) as Methods;
    },
  };
  const surroundings: ConnectorSurroundings = {
    clock,
    random,
    http: () => ({ send: () => Promise.reject(new Error('no http here')), get: () => Promise.reject(new Error('no http here')) }),
    newId: () => `${idPrefix}instance-${++ids}`,
    async openContext(request, signal) {
      await openContext?.(request, signal);
      stage.contexts.opened++;
      const own = new Set<(text: string) => Promise<void>>();
      const members: TestMembers = {
        database: {
          async create(name) {
            stage.writes.push(name);
            return name;
          },
          async *owned() {
            for (let n = 0; ; n++) yield String(n);
          },
          slow: () => new Promise(() => undefined),
        },
        listeners: {
          register(heard) {
            const wrapped = request.listener(heard);
            own.add(wrapped);
            stage.listeners.add(wrapped);
            return () => void stage.listeners.delete(wrapped);
          },
        },
        targets: { add: request.addTarget },
      };
      return {
        members,
        unregister() {
          stage.contexts.unregistered++;
          for (const one of own) stage.listeners.delete(one);
        },
        close: () => void stage.contexts.closed++,
      };
    },
    auditLog: () => ({ log: () => undefined, logException: () => undefined }),
    log: stage.log,
    record: (record) => void stage.records.push(record),
    marks: {
      load: () => Promise.resolve(stage.saved),
      save: async (next) => {
        await save?.(next);
        stage.saved = JSON.parse(JSON.stringify(next)) as Marks;
      },
    },
    async runRefresh(ask) {
      await beforeRun?.(ask);
      const run: Stage['runs'][number] = { ...ask, at: clock.now() - START, over: false, cancel: new AbortController() };
      stage.runs.push(run);
      try {
        run.outcomes = await stage.connector.refresh({ ...ask, runId: `run-${stage.runs.length}`, signal: run.cancel.signal, ...comparesNothing });
      } finally {
        run.over = true;
      }
    },
    withhold: (text) => text.replaceAll('hunter2', '[redacted]'),
  };
  (stage as { connector: Connector }).connector = runConnector(settings, surroundings, feed);
  return stage;
}

/** Never returns, and does not hear its signal. */
/** Runs of these tests compare nothing. */
export const comparesNothing = { begins: () => undefined, reconcile: (): Promise<never> => Promise.reject(new Error('nothing is compared here')) };

export const hang = (): Promise<never> => new Promise(() => undefined);

/** Waits for its signal, then rejects. */
export const obey = (signal: AbortSignal): Promise<never> => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));

export const refusedKey = (): never => {
  throw new ConfigError('schema is no setting; take it out');
};


/** Stops, and says how long that took. */
export async function stop({ connector, clock }: Stage): Promise<number> {
  const from = clock.now();
  let took: number | undefined;
  void connector.stop().then(() => (took = clock.now() - from));
  for (let waited = 0; took === undefined && waited < 120; waited++) await clock.advance(1_000);
  if (took === undefined) throw new Error('it never stopped');
  return took;
}
