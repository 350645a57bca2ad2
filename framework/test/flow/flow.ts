import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { FrameworkError, type Blueprint, type Integration, type Log, type Mapping, type Resource } from '../../src/contract';
import { catalogSink, createPipeline, createTally, entityOutlet, mapRowsFor, portSink, type Pipeline, type Sink } from '../../src/deliver';
import type { Entry } from '../../src/load';
import { compileMapping } from '../../src/pipeline';
import { createResync, newToken, type Resync } from '../../src/resync';
import { systemClock, type Clock } from '../../src/shared';
import { createTicks, type CatalogDocument, type ResyncRequest, type Run, type Store } from '../../src/store';
import { openEmbeddedStore } from '../../src/store/embedded';
import type { FakePortal } from './portal';

export const LIMITS = { steps: 1_000_000, bytes: 16 * 1024 * 1024, timeoutMs: 5_000, env: {} };

const quiet = (): void => undefined;

export interface Lines extends Log {
  readonly lines: { readonly level: string; readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[];
}

export function listen(): Lines {
  const lines: Lines['lines'] = [];
  const at = (level: string) => (message: string, fields: Readonly<Record<string, unknown>> = {}): void => void lines.push({ level, message, fields });
  return { lines, debug: quiet, info: at('info'), warn: at('warn'), error: at('error') };
}

/** A resource that makes one entity of each row: identifier `.id`, property `n`. */
export function resource(kind: string, more: { readonly query?: string; readonly selector?: Readonly<Record<string, unknown>>; readonly entity?: Readonly<Record<string, unknown>>; readonly port?: Readonly<Record<string, unknown>> } = {}): Resource {
  return {
    kind,
    selector: { query: more.query ?? 'true', ...more.selector },
    port: { ...more.port, entity: { mappings: { identifier: '.id', blueprint: `"${kind}"`, properties: { n: '.n' }, ...more.entity } } },
  };
}

export function entryOf(integration: Integration, more: Partial<Entry> = {}): Entry {
  return {
    identifier: 'entry',
    type: integration.type,
    integration,
    folder: '',
    settings: {},
    defaultMapping: { resources: [] },
    blueprints: [],
    resync: { atStart: false },
    guard: { on: true, share: 0.3, atLeast: 10 },
    http: { timeoutMs: 1_000, concurrency: 5, retries: 0 },
    enabled: true,
    membership: 'one',
    warnings: [],
    incoming: {},
    scope: '',
    drop: {},
    lenient: false,
    path: 'integrations[0]',
    ...more,
  };
}

export const blueprint = (identifier: string, relations: Readonly<Record<string, string>> = {}): Blueprint => ({
  identifier,
  schema: { properties: {} },
  relations: Object.fromEntries(Object.entries(relations).map(([name, target]) => [name, { target }])),
});

export interface FlowOptions {
  readonly store: Store;
  readonly entry: Entry;
  /** Read when a run begins. */
  mapping(): Mapping | undefined;
  readonly portal?: FakePortal;
  readonly clock?: Clock;
  readonly log?: Log;
  readonly stop?: AbortController;
  /** What stands beside, or instead of, catalog and portal. */
  readonly sinks?: readonly Sink[];
}

/** Everything of one process between the source and the sinks, as the runtime joins it. */
export interface Flow {
  readonly resync: Resync;
  readonly pipeline: Pipeline;
  /** Asks for a run and waits for its end. */
  run(more?: Partial<ResyncRequest>): Promise<Run>;
  stop(): Promise<void>;
}

export async function openFlow(options: FlowOptions): Promise<Flow> {
  const { store, entry, portal } = options;
  const clock = options.clock ?? systemClock;
  const log = options.log ?? listen();
  const stopping = options.stop ?? new AbortController();
  const client = portal?.client(entry.identifier);
  const sinks = options.sinks ?? [catalogSink({ catalog: store.catalog, clock }), ...(client ? [portSink({ client, blueprints: entry.blueprints })] : [])];
  const name = entry.identifier;
  const make = mapRowsFor({ store, clock, pipeline: { name, integration: name, sinks: sinks.map((sink) => sink.name) } });
  const pipeline = createPipeline({ store, name, integration: name, outlets: sinks.map(entityOutlet), make, clock, log, signal: stopping.signal });
  const resync = createResync(
    {
      store,
      ticks: createTicks(store, clock),
      clock,
      log,
      token: newToken(),
      context: (of, signal) => ({ settings: of.settings, http: undefined as never, log, signal, identifier: of.identifier }),
      downstream: () => ({ ...pipeline, toPortal: name, newTally: createTally }),
      async mappingOf() {
        const mapping = options.mapping();
        if (mapping && !mapping.resources?.length) throw new FrameworkError('MAPPING_EMPTY', [name]);
        return mapping && compileMapping(mapping, LIMITS);
      },
      withhold: (_entry, text) => text,
      portal: client && {
        announce: async () => undefined,
        owned: (_entry, signal) => client.owned(signal),
        examples: async () => undefined,
      },
    },
    [entry],
    { stop: stopping.signal, refused: new Map() },
  );
  await store.outputs.alignSinks(pipeline.name, { sinks: pipeline.sinks, at: clock.now() });
  const sending = pipeline.keepSending();
  return {
    resync,
    pipeline,
    async run(more = {}) {
      const { runId } = await resync.request({ identifier: entry.identifier, cause: 'rest', ...more });
      return resync.ended(runId);
    },
    async stop() {
      stopping.abort(new DOMException('the test ends', 'AbortError'));
      await Promise.allSettled([sending, resync.idle()]);
    },
  };
}

export interface TestStore {
  readonly folder: string;
  open(): Promise<Store>;
  flow(options: FlowOptions): Promise<Flow>;
}

/** A data folder of its own for each test; flows and stores that were opened are stopped and closed afterwards. */
export function useStore(): TestStore {
  let folder = '';
  let stores: Store[] = [];
  let flows: Flow[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'flow-'));
  });
  afterEach(async () => {
    await Promise.all(flows.map((flow) => flow.stop()));
    flows = [];
    await Promise.all(stores.map((store) => store.close()));
    stores = [];
    await rm(folder, { recursive: true, force: true });
  });
  return {
    get folder() {
      return folder;
    },
    async open() {
      const store = await openEmbeddedStore({ folder, clock: systemClock });
      stores.push(store);
      return store;
    },
    async flow(options) {
      const flow = await openFlow(options);
      flows.push(flow);
      return flow;
    },
  };
}

/** All of the catalog. */
export async function catalogOf(store: Store): Promise<readonly CatalogDocument[]> {
  const documents: CatalogDocument[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await store.catalog.list({ limit: 500, ...(cursor && { cursor }) });
    documents.push(...page.documents);
    cursor = page.next;
  } while (cursor);
  return documents;
}

export const identifiersOf = async (store: Store, of?: string): Promise<readonly string[]> =>
  (await catalogOf(store)).filter((document) => of === undefined || document.blueprint === of).map((document) => document.identifier).sort();

/** Both sums of an ended run: rows received, and what became of the entities. */
export function expectSums(run: Run): void {
  for (const kind of run.kinds) {
    const { received, stored, unchanged, outvoted, skipped, deadLettered } = kind.rows;
    expect({ kind: kind.kind, received }).toEqual({ kind: kind.kind, received: stored + unchanged + outvoted + skipped + deadLettered });
    for (const totals of kind.resources) {
      const { mapped, resent, duplicates, unchanged: same, delivered, failed } = totals;
      expect({ kind: kind.kind, sum: mapped + resent }).toEqual({ kind: kind.kind, sum: duplicates + same + delivered + failed });
    }
  }
}
