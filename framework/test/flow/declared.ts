import { listLog } from '../../src/audit/test/list-log';
import { readSettings, type PipelineDelivery } from '../../src/config';
import type { DocumentItem, DocumentSink, SinkResult } from '../../src/deliver';
import type { Entry } from '../../src/load';
import type { HttpServer, Metrics } from '../../src/ops';
import { compileMapping } from '../../src/pipeline';
import { createProcessor, type Processor } from '../../src/pipeline/processors';
import type { Portal } from '../../src/portal';
import type { DeclaredPipeline } from '../../src/runtime/declared-pipelines';
import { startFlows, type Flows } from '../../src/runtime/flows';
import { tellRefusals } from '../../src/runtime/tell-refusals';
import type { Operations } from '../../src/runtime/operations';
import type { DeadLetter, Store } from '../../src/store';
import { entryOf, LIMITS, listen, useStore, type Lines } from './flow';
import { handClock, type HandClock } from './hand-clock';
import type { LiveSource } from './live-source';
import type { FakePortal } from './portal';

/** A sink in memory that fails on demand. */
export interface TestSink extends DocumentSink {
  /** What it took, in order. */
  readonly taken: readonly DocumentItem[];
  /** What it holds: canonical id → data. */
  readonly held: ReadonlyMap<string, unknown>;
  /** Items of each call, as `operation canonicalId`. */
  readonly calls: readonly (readonly string[])[];
  readonly pings: number;
  /** Says why an item is not taken; may wait. */
  answer: (item: DocumentItem) => SinkResult | undefined | Promise<SinkResult | undefined>;
  /** Nothing gets through, and its ping says so. */
  away: boolean;
}

export function testSink(name: string, more: { readonly insertOnly?: boolean; readonly shape?: string; readonly batchItems?: number } = {}): TestSink {
  const taken: DocumentItem[] = [];
  const held = new Map<string, unknown>();
  const calls: string[][] = [];
  const { insertOnly = false } = more;
  const sink = {
    name,
    taken,
    held,
    calls,
    pings: 0,
    answer: () => undefined,
    away: false,
    insertOnly,
    shape: more.shape ?? '',
    batchItems: more.batchItems ?? 500,
    concurrency: insertOnly ? 1 : 2,
    needsName: false,
    async write(items: readonly DocumentItem[], _options: unknown, signal: AbortSignal): Promise<readonly SinkResult[]> {
      calls.push(items.map((item) => `${item.operation} ${item.canonicalId}`));
      const results: SinkResult[] = [];
      const waiting = new Set<string>();
      for (const item of items) {
        // What comes behind an item of the same thing that has to be sent again waits with it.
        const result = signal.aborted || sink.away || waiting.has(item.canonicalId) ? ({ is: 'retry', error: 'the sink is away' } as const) : await sink.answer(item);
        results.push(result ?? { is: 'ok' });
        if (result?.is === 'retry') waiting.add(item.canonicalId);
        if (result !== undefined && result.is !== 'ok') continue;
        taken.push(item);
        if (item.operation === 'write') held.set(item.canonicalId, item.data);
        else held.delete(item.canonicalId);
      }
      return results;
    },
    async ping(): Promise<void> {
      sink.pings++;
      if (sink.away) throw new Error('the sink is away');
    },
    close: () => Promise.resolve(),
  } as TestSink & { pings: number };
  return sink;
}

export const DELIVERY: PipelineDelivery = {
  batchItems: 500,
  batchWaitMs: 0,
  maxAttempts: 1_000,
  maxAgeMs: 1e12,
  backoff: { initialMs: 500, factor: 1, maxMs: 500, jitter: false },
  highWater: 100_000,
};

export interface PipelineShape {
  readonly name: string;
  readonly sinks: readonly (TestSink | 'port')[];
  /** As they stand in a file, or made by the test. */
  readonly processors?: readonly (Processor | { readonly type: string; readonly [key: string]: unknown })[];
  readonly mapping?: Parameters<typeof compileMapping>[0];
  readonly feed?: 'rows' | 'events';
  readonly delivery?: Partial<PipelineDelivery>;
  readonly hash?: string;
}

const silent = listen();

function processorOf(given: Processor | { readonly type: string; readonly [key: string]: unknown }): Processor {
  if (typeof given['process' as keyof typeof given] === 'function') return given as Processor;
  const { type, ...config } = given;
  const { processor, problems } = createProcessor(type, config, { integration: 'entry', pipeline: 'p', folder: '/', lenient: false, clock: handClock(), log: silent });
  if (!processor) throw new Error(JSON.stringify(problems));
  return processor;
}

export function pipelineOf({ name, sinks, processors = [], mapping, feed, delivery, hash }: PipelineShape): DeclaredPipeline {
  const every = sinks.some((sink) => sink !== 'port' && sink.insertOnly);
  return {
    name,
    feed: feed ?? (every ? 'events' : 'rows'),
    processors: processors.map(processorOf),
    ...(mapping && { mapping: compileMapping(mapping, LIMITS) }),
    sinks: sinks.map((sink) => (sink === 'port' ? { is: 'port', name: 'port' } : { is: 'document', name: sink.name, type: 'test', sink })),
    delivery: { ...DELIVERY, ...delivery },
    hash: hash ?? JSON.stringify([processors.map((one) => ('process' in one ? one.type : one)), mapping]),
  };
}

/** Counts nothing. */
const noMetrics = new Proxy({}, { get: () => () => undefined }) as Metrics;

export interface DeclaredOptions {
  readonly store: Store;
  readonly source: LiveSource;
  readonly pipelines: readonly PipelineShape[];
  readonly entry?: Partial<Entry>;
  readonly clock?: HandClock;
  readonly portal?: FakePortal;
  readonly stop?: AbortController;
}

/** One process with one entry that declares pipelines, from its source to its sinks, as the runtime joins it. */
export interface Declared {
  readonly flows: Flows;
  readonly operations: Operations;
  readonly clock: HandClock;
  readonly log: Lines;
  /** Lets time pass, half a second at a time, until it is so. */
  until<T>(look: () => T | undefined | false | Promise<T | undefined | false>, what?: string): Promise<T>;
  /** Until nothing waits anywhere. */
  rest(): Promise<void>;
  /** A run, while time passes. Gives its state. */
  run(more?: { readonly force?: boolean }): Promise<string>;
  counters(pipeline: string, sink: string): Promise<Readonly<Record<string, number>>>;
  letters(): Promise<readonly DeadLetter[]>;
  stop(): Promise<void>;
}

export async function openDeclared(options: DeclaredOptions): Promise<Declared> {
  const { store, source } = options;
  const clock = options.clock ?? handClock();
  const log = listen();
  const stopping = options.stop ?? new AbortController();
  const port = options.portal ? 'port: { baseUrl: "http://127.0.0.1:9/v1", clientId: x, clientSecret: y }\ntriggerChannel: { type: ACTIONS_ONLY }\n' : '';
  const settings = await readSettings({ files: [], environment: {}, cwd: '/', text: `${port}integrations: [{ type: test }]` });
  const pipelines = options.pipelines.map(pipelineOf);
  const guard = { on: false, share: 0, atLeast: 0 };
  // `pipelines` only says that there are some.
  const entry = entryOf(source.integration, { identifier: 'entry', guard, pipelines: [], ...options.entry });
  let operations: Operations | undefined;
  const server = { attach: (given: Operations) => void (operations = given), detach: () => undefined } as unknown as HttpServer;
  const { signal } = stopping;
  const { log: audit } = listLog(clock);
  const flows = await startFlows({
    settings,
    entries: [entry],
    failed: [],
    pipelines: new Map([['entry', pipelines]]),
    disabled: [],
    log,
    audit,
    refusals: tellRefusals({ audit, clock, signal }),
    quiet: false,
    clock,
    metrics: noMetrics,
    store,
    server,
    url: 'http://127.0.0.1:1',
    clientSecret: undefined,
    signal,
    kill: signal,
    breakDown: () => undefined,
    ...(options.portal && { portal: portalOf(options.portal) }),
  });
  const ready = operations!;
  const pipelineStatus = async (name: string) => (await ready.pipelines()).find((one) => one.name === name)!;

  const declared: Declared = {
    flows,
    operations: ready,
    clock,
    log,
    async until(look, what = 'it') {
      const end = performance.now() + 10_000;
      for (;;) {
        const seen = await look();
        if (seen !== undefined && seen !== false) return seen;
        signal.throwIfAborted();
        if (performance.now() > end) throw new Error(`${what} did not come to pass; log: ${JSON.stringify(log.lines.slice(-5))}; ${JSON.stringify(await ready.pipelines())}`);
        clock.advance(500);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
    async rest() {
      let quiet = 0;
      await declared.until(async () => {
        const seen = await ready.pipelines();
        const rows = await store.rows.find({ integration: 'entry', dueBy: Number.MAX_SAFE_INTEGER, limit: 1 });
        quiet = rows.length === 0 && seen.every(({ backlog, sinks }) => backlog === 0 && sinks.every(({ counters }) => (counters['pending'] ?? 0) === 0)) ? quiet + 1 : 0;
        return quiet > 3;
      }, 'rest');
    },
    async run(more = {}) {
      const { runId } = await flows.resync.request({ identifier: 'entry', cause: 'rest', ...more });
      let state: string | undefined;
      flows.resync.ended(runId).then((run) => (state = run.state), () => undefined);
      return declared.until(() => state, 'the end of the run');
    },
    counters: async (pipeline, sink) => (await pipelineStatus(pipeline)).sinks.find((one) => one.sink === sink)!.counters,
    letters: () => store.documents.list<DeadLetter>('dead_letters', { limit: 1_000 }),
    async stop() {
      stopping.abort(new DOMException('the test ends', 'AbortError'));
      await flows.idle();
    },
  };
  return declared;
}

export interface DeclaredFixture {
  /** Of the test that runs. */
  readonly store: Store;
  open(source: LiveSource, pipelines: DeclaredOptions['pipelines'], more?: Partial<DeclaredOptions>): Promise<Declared>;
  /** Ends the process that was opened last, and begins another one on what it left. */
  restart(source: LiveSource, pipelines: DeclaredOptions['pipelines'], more?: Partial<DeclaredOptions>): Promise<Declared>;
}

/** A store of its own for each test; processes that were opened are stopped afterwards. */
export function useDeclared(): DeclaredFixture {
  const data = useStore();
  let store: Store;
  let running: Declared[] = [];
  beforeEach(async () => (store = await data.open()));
  afterEach(async () => {
    await Promise.all(running.map((flow) => flow.stop()));
    running = [];
  });
  const open: DeclaredFixture['open'] = async (source, pipelines, more = {}) => {
    const flow = await openDeclared({ store, source, pipelines, ...more });
    running.push(flow);
    return flow;
  };
  return {
    get store() {
      return store;
    },
    open,
    async restart(source, pipelines, more) {
      await running.pop()!.stop();
      return open(source, pipelines, more);
    },
  };
}

/** A portal that knows entities, and nothing of registrations. */
function portalOf(portal: FakePortal): Portal {
  const unknown = (): Promise<never> => Promise.reject(new Error('this portal knows entities only'));
  return {
    connect: () => Promise.resolve(),
    organization: unknown,
    provisionEnabled: () => Promise.resolve([]),
    kafkaCredentials: () => Promise.resolve(undefined),
    as: ({ identifier }) => new Proxy(portal.client(identifier), { get: (client, member) => (Reflect.get(client, member) as unknown) ?? unknown }),
    status: () => ({ ok: true, since: 0 }),
    close: () => undefined,
  };
}

const ENDINGS = ['filtered', 'stale', 'superseded', 'unchanged', 'delivered', 'dead', 'pending'];

/** The sums of pipelines.md 10.1, of every pipeline and sink. */
export async function expectClosed({ operations }: Pick<Declared, 'operations'>): Promise<void> {
  for (const { name, received, sinks } of await operations.pipelines()) {
    const { received: all, ignored, duplicate, accepted, dead } = received! as Record<string, number>;
    expect({ name, all }).toEqual({ name, all: ignored! + duplicate! + accepted! + dead! });
    for (const { sink, counters } of sinks) {
      const sum = ENDINGS.reduce((total, ending) => total + counters[ending]!, 0);
      expect({ name, sink, accepted: counters['accepted'], negative: ENDINGS.filter((ending) => counters[ending]! < 0) }).toEqual({ name, sink, accepted: sum, negative: [] });
    }
  }
}

