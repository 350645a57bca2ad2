import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { destinationSettings, type AuditRecord } from '../../src/audit';
import { readSettings } from '../../src/config';
import { defineIntegration, type BlueprintName, type ConnectorDeps, type Integration, type IntegrationConnector, type IntegrationContext, type NewElement, type RefreshRun, type Service } from '../../src/contract';
import type { ConnectorEntry, Entry } from '../../src/load';
import { startFramework, type Framework } from '../../src/runtime/framework';
import type { DeclaredPipeline } from '../../src/runtime/declared-pipelines';
import type { Flows } from '../../src/runtime/flows';
import type { CatalogDocument, ResyncRequest, Row, Run } from '../../src/store';
import { entryOf, listen, type Lines } from '../flow/flow';

export type AnyContext = IntegrationContext<Service>;

export type Elements = Map<BlueprintName, NewElement<never>[]>;

/** A third party in the hands of a test: elements by blueprint, and what else a connector does. */
export interface ThirdParty {
  readonly identifier: string;
  readonly services: readonly Service[];
  readonly connector?: Partial<ConnectorEntry>;
  readonly entry?: Partial<Entry>;
  /** Compared by `refresh`, in this order, each blueprint of a target, two elements a page. Absent: its `refresh` is that of `methods`. */
  readonly elements?: Elements | ((target: string) => Elements);
  /** Before each page of a blueprint is given, and before it is said that there is none left. */
  readonly onPage?: (at: { readonly run: RefreshRun; readonly blueprint: BlueprintName; readonly page: number }) => Promise<void> | void;
  readonly methods?: (context: () => AnyContext, deps: ConnectorDeps<unknown, Service>) => IntegrationConnector<Service>;
  readonly integration?: Partial<Integration>;
  /** In place of the default pipeline. */
  readonly pipelines?: readonly DeclaredPipeline[];
}

export interface Stage {
  readonly url: string;
  readonly framework: Framework;
  readonly flows: Flows;
  readonly log: Lines;
  /** What the default console of the audit log shows at level info. */
  readonly console: readonly { readonly msg: string; readonly code: string; readonly severity: string; readonly integration?: string }[];
  /** Records of the audit log, oldest first, once one of this number is there. */
  audited(messageId: string, more?: Readonly<Record<string, string>>): Promise<readonly AuditRecord[]>;
  /** The context of the instance of this entry's target that was set up last. */
  context(identifier: string, target?: string): AnyContext;
  /** The same, as soon as there is one. */
  ready(identifier: string, target?: string): Promise<AnyContext>;
  run(identifier: string, more?: Partial<ResyncRequest>): Promise<Run>;
  /** Asks for a run, and does not wait for it. */
  ask(identifier: string, more?: Partial<ResyncRequest>): Promise<string>;
  /** Whoever looks at the store sees what is wanted. */
  until<T>(look: () => Promise<T | undefined | false> | T | undefined | false): Promise<T>;
  /** The catalog by REST, when nothing is on its way any more. */
  catalog(blueprint: string): Promise<ReadonlyMap<string, CatalogDocument>>;
  get<T = Record<string, unknown>>(route: string): Promise<T>;
  call(method: string, route: string, body?: unknown, headers?: Record<string, string>): Promise<{ readonly status: number; readonly body: Record<string, unknown> }>;
  /** Ends the process's flows and begins anew over the same store. */
  restart(parties?: readonly ThirdParty[]): Promise<void>;
  stop(): Promise<void>;
}

const element = (identifier: string, properties: object, more: object): NewElement<never> => ({ identifier, properties, ...more }) as unknown as NewElement<never>;
/** An asset, such as a database. */
export const asset = (identifier: string, properties: object = {}, more: object = {}): NewElement<never> => element(identifier, { qualifiedName: identifier, name: identifier, ...properties }, more);
/** A part of one, such as a table. */
export const part = (identifier: string, properties: object = {}, more: object = {}): NewElement<never> => element(identifier, { qualifiedName: identifier, displayName: identifier, ...properties }, more);

/** What only waits for the next look of its third party is not on its way. */
const waitsForMapping = ({ ask, gone, face, mapped }: Row): boolean => ask === undefined || (mapped?.face ?? '') !== (gone ? '' : face);

/** What is there, sorted. */
export const keys = (map: ReadonlyMap<string, unknown>): readonly string[] => [...map.keys()].sort();

/** Less than jest's own limit, so that a loop never outlives its test. */
const LIMIT_MS = 50_000;

/** A whole process, in this one: real store, runs, pipelines, HTTP; only the third parties are made up. */
export async function startStage(parties: readonly ThirdParty[], environment: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'connectors-'));
  const contexts = new Map<string, AnyContext>();
  let given = parties;
  const log = listen();
  const shown: Stage['console'][number][] = [];
  let running = await begin();

  async function begin(): Promise<{ framework: Framework; flows: Flows }> {
    const settings = await readSettings({ files: [], environment: { DATA_DIR: path.join(folder, 'data'), HTTP_PORT: '0', SHUTDOWN_GRACE_SECONDS: '3', ...environment }, cwd: folder, text: 'integrations: []', closed: false, destinations: destinationSettings });
    const entries = given.map((party) => entryFor(party, contexts));
    const pipelines = new Map(given.flatMap(({ identifier, pipelines: declared }) => (declared ? [[identifier, declared] as const] : [])));
    const framework = await startFramework({ settings, entries, failed: [], log: { ...log, redact: (text) => text, console: { write: (line) => void shown.push(JSON.parse(line) as Stage['console'][number]), format: 'json', level: 'info' } }, version: 'test', pipelines });
    return { framework, flows: await framework.started };
  }

  const call: Stage['call'] = async (method, route, body, headers = {}) => {
    const response = await fetch(`${running.framework.url}${route}`, { method, headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers }, ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }) });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
  };
  const ask: Stage['ask'] = async (identifier, more = {}) => (await running.flows.resync.request({ identifier, cause: 'rest', ...more })).runId;
  const get = async <T>(route: string): Promise<T> => (await call('GET', route)).body as T;

  const until: Stage['until'] = async (look) => {
    for (const end = Date.now() + LIMIT_MS; ; ) {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
      if (Date.now() > end) throw new Error(`this never came true: ${look.toString()}; ${JSON.stringify(log.lines.slice(-5))}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return {
    get url() {
      return running.framework.url;
    },
    get framework() {
      return running.framework;
    },
    get flows() {
      return running.flows;
    },
    log,
    console: shown,
    async audited(messageId, more = {}) {
      for (;;) {
        const query = new URLSearchParams({ limit: '1000', ...more });
        const records = [...(await get<{ records: AuditRecord[] }>(`/api/v1/audit?${query}`)).records].reverse();
        if (records.some((record) => record.messageId === messageId)) return records;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    context(identifier, target = 'default') {
      const context = contexts.get(`${identifier}/${target}`);
      if (!context) throw new Error(`${identifier} has no context for ${target}`);
      return context;
    },
    ready: (identifier, target = 'default') => until(() => contexts.get(`${identifier}/${target}`)),
    run: async (identifier, more) => running.flows.resync.ended(await ask(identifier, more)),
    ask,
    until,
    async catalog(blueprint) {
      const { store } = running.framework;
      const pending = async (): Promise<number> => {
        const rows = await Promise.all(given.map(({ identifier }) => store.rows.find({ integration: identifier, dueBy: Number.MAX_SAFE_INTEGER, limit: 1_000 })));
        // After the rows: what was made of one in between is counted.
        const counts = await Promise.all(given.map(({ identifier }) => store.outputs.counts(identifier)));
        return counts.reduce((sum, { due }) => sum + due, 0) + rows.flat().filter(waitsForMapping).length;
      };
      while ((await pending()) > 0) await new Promise((resolve) => setImmediate(resolve));
      const { documents } = await store.catalog.list({ blueprint, limit: 1_000 });
      return new Map(documents.map((document) => [document.identifier, document]));
    },
    get,
    call,
    async restart(next = given) {
      await running.framework.stop({ reason: 'the test', graceMs: 3_000 });
      given = next;
      contexts.clear();
      running = await begin();
    },
    async stop() {
      await running.framework.stop({ reason: 'the test', graceMs: 3_000 });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function entryFor(party: ThirdParty, contexts: Map<string, AnyContext>): Entry {
  const { identifier, services, elements, onPage, methods } = party;
  const integration = defineIntegration({
    type: 'party',
    version: '1.0.0',
    title: 'Third party',
    description: 'A third party of the tests.',
    settings: {},
    services,
    connector(deps) {
      const { target } = deps;
      let mine: AnyContext | undefined;
      const own = methods?.(() => mine!, deps);
      return {
        ...own,
        setContext(given: AnyContext) {
          mine = given;
          contexts.set(`${identifier}/${target.name}`, given);
          // Also what it promises where nothing is expected is the framework's to wait for.
          return own?.setContext?.(given);
        },
        ...(elements && {
          async refresh(run: RefreshRun) {
            const all = typeof elements === 'function' ? elements(target.name) : elements;
            for (const blueprint of all.keys()) await run.reconcile({ blueprint, source$: pagesOf(run, blueprint, all) });
          },
        }),
      };
    },
  }) as unknown as Integration;

  async function* pagesOf(run: RefreshRun, blueprint: BlueprintName, all: Elements): AsyncGenerator<readonly NewElement<never>[]> {
    for (let page = 0; ; page++) {
      await onPage?.({ run, blueprint, page });
      const rows = all.get(blueprint)!.slice(page * 2, page * 2 + 2);
      if (rows.length === 0) return;
      yield rows;
    }
  }

  return entryOf({ ...integration, ...party.integration }, {
    identifier,
    resync: { atStart: false },
    connector: {
      connection: { config: {} },
      targets: [],
      metadataSource: { id: `party::${identifier}`, kind: 'SoftwareCapability' },
      direction: 'FROM_THIRD_PARTY',
      engage: false,
      zones: { default: [], visible: [] },
      onMissing: 'archive',
      maxFailures: 10,
      ...party.connector,
    },
    ...party.entry,
  });
}
