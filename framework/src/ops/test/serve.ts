import { mkdtemp, rm } from 'node:fs/promises';
import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FrameworkError, Secret } from '../../contract';
import { systemClock } from '../../shared';
import { readDeadLetter, removeDeadLetter, storeRequest, type Store } from '../../store';
import { openEmbeddedStore } from '../../store/embedded';
import { recordedLog, type RecordedLog } from '../../testkit';
import { webhookTrigger } from '../../trigger';
import { createHttpServer, createMetrics, type HttpServer, type HttpServerOptions, type Metrics, type NodeRoutes, type OperationsRuntime, type Refusal } from '..';
import { refusalsOf } from '../openapi';
import { problemSchema } from '../problem';
import { pathPattern } from '../route';
import { routes } from '../routes';

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Parsed, when it is JSON. */
  readonly body: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- tests look into answers of all shapes
}

export interface CallOptions {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  /** Text or bytes as they are; anything else as JSON. */
  readonly body?: unknown;
}

export interface Served {
  readonly url: string;
  readonly store: Store;
  readonly server: HttpServer;
  readonly metrics: Metrics;
  readonly log: RecordedLog;
  /** Calls that were not let in. */
  readonly refused: readonly Refusal[];
  readonly runtime: OperationsRuntime;
  /** Real HTTP. Every answer is held against what the route table declares. */
  call(path: string, options?: CallOptions): Promise<Answered>;
  close(): Promise<void>;
}

export interface ServeOptions {
  readonly process?: Partial<HttpServerOptions['process']>;
  readonly runtime?: Partial<OperationsRuntime>;
  readonly localPortal?: HttpServerOptions['localPortal'];
  readonly hotRoutes?: NodeRoutes;
  readonly hotPaths?: readonly string[];
  /** False: the process stands by. */
  readonly attached?: boolean;
}

/** A server on a free port, a real store in a folder of its own, and the flows behind it faked. */
export async function serve(options: ServeOptions = {}): Promise<Served> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ops-'));
  const store = await openEmbeddedStore({ folder, clock: systemClock });
  const log = recordedLog();
  const metrics = await createMetrics();
  const refused: Refusal[] = [];
  const runtime = { ...flowsOf(store, log), ...options.runtime };
  const server = createHttpServer({
    name: 'integration-framework',
    version: '0.1.0',
    process: { httpPort: 0, httpAddress: '127.0.0.1', exposed: false, ...options.process },
    metrics,
    log,
    ...(options.localPortal && { localPortal: options.localPortal }),
    hotPaths: options.hotPaths ?? [],
    onRefused: (refusal) => void refused.push(refusal),
  });
  const { url } = await server.listen();
  if (options.attached !== false) server.attach(runtime, options.hotRoutes);
  return {
    url,
    store,
    server,
    metrics,
    log,
    refused,
    runtime,
    async call(target, call = {}) {
      const answered = await send(url, target, call);
      hold(call.method ?? 'GET', target, answered);
      return answered;
    },
    async close() {
      await server.close(0);
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function flowsOf(store: Store, log: RecordedLog): OperationsRuntime {
  const runnable = ['first', 'second'];
  const requestResync: OperationsRuntime['requestResync'] = async (request) => {
    if (request.identifier === 'broken') throw new FrameworkError('ENTRY_REFUSED', ['broken', 'config-failed']);
    if (!runnable.includes(request.identifier)) throw new FrameworkError('ENTRY_UNKNOWN', [request.identifier]);
    return storeRequest(store.documents, request, { clock: systemClock, token: 'token-of-the-owner' });
  };
  return {
    store,
    requestResync,
    runnable: () => runnable,
    integrations: async () => [
      { identifier: 'first', type: 'git', version: '1.0.0', state: 'waiting', kinds: ['branch'], nextRunAt: Date.UTC(2026, 0, 2), problems: [], webhookPath: '/git/webhook', pipelines: ['first'] },
      { identifier: 'second', type: 'git', version: '1.0.0', state: 'running', kinds: ['branch', 'tag'], problems: [], pipelines: ['second'] },
      {
        identifier: 'broken',
        type: 'gti',
        state: 'config-failed',
        kinds: [],
        problems: [{ file: 'config.yaml', line: 12, column: 5, path: 'integrations[2].type', code: 'CONFIG_ENUM', severity: 'error', message: 'no integration gti', remedy: 'did you mean git' }],
        pipelines: [],
      },
    ],
    webhook: webhookTrigger({ secret: new Secret('trigger-secret'), clientSecret: new Secret('client-secret'), entries: () => runnable, request: requestResync, log }),
    release: async () => true,
    cancel: async () => true,
    measures: () => [{ integration: 'first', name: 'pages_read', value: 12 }],
    async replay(selection) {
      if ('id' in selection) return Number(await removeDeadLetter(store.documents, selection.id));
      return 7;
    },
    async discard(id) {
      const letter = await readDeadLetter(store.documents, id);
      return letter && (await removeDeadLetter(store.documents, id)) ? letter : undefined;
    },
    pipelines: async () => [
      {
        name: 'first',
        integration: 'first',
        state: 'running',
        backlog: 3,
        held: 1,
        oldestDueAt: Date.now() - 60_000,
        sinks: [{ sink: 'catalog', state: 'up', lastSuccessAt: Date.UTC(2026, 0, 1), counters: { delivered: 4 } }],
        trouble: [],
      },
    ],
    pause: async (name) => name === 'first',
    resume: async (name) => name === 'first',
    async setEntryPaused(identifier) {
      if (!runnable.includes(identifier)) throw new FrameworkError('ENTRY_UNKNOWN', [identifier]);
    },
    async restart(identifier, target) {
      if (identifier !== 'first') throw new FrameworkError('CONNECTOR_MISSING', [identifier, 'restart']);
      if (target === 'nowhere') throw new FrameworkError('TARGET_UNKNOWN', [target, identifier, 'default']);
      return [target ?? 'default'];
    },
    async addTarget(_identifier, given) {
      if (given['name'] === 'default') throw new FrameworkError('TARGET_NAME_TAKEN', ['default', 'the file']);
      if (typeof given['name'] !== 'string') throw new FrameworkError('TARGET_INVALID', ['target.name is missing']);
      return { name: given['name'], result: 'added' };
    },
    async removeTarget(_identifier, name) {
      if (name === 'default') throw new FrameworkError('TARGET_FIXED', ['default', 'the file']);
      if (name === 'nowhere') throw new FrameworkError('TARGET_UNKNOWN', [name, 'first', 'default']);
    },
    // Entities whose title begins with it.
    visibleIn: async (zone, documents) => documents.filter(({ title }) => title?.startsWith(zone)),
    sources: async () => [{ integration: 'first', state: 'up', lastSuccessAt: Date.UTC(2026, 0, 1), backlog: 0 }],
    readiness: async () => ({ store: { ok: true }, portal: { ok: true }, trigger: { ok: true } }),
    configSchema: () => ({ type: 'object' }),
    validateConfig: async (text) => (text.includes('integrations') ? [] : [{ file: 'body', line: 1, column: 1, path: '', code: 'CONFIG_REQUIRED', severity: 'error', message: 'no integrations', remedy: 'add one' }]),
  };
}

function send(url: string, target: string, { method = 'GET', headers = {}, body }: CallOptions): Promise<Answered> {
  const bytes = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const type = bytes === undefined || bytes === body ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    // `path` is sent as it is: a URL would be normalised on the way.
    const { hostname, port } = new URL(url);
    const outgoing = request({ hostname, port, method, path: target, headers: { ...type, ...headers }, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const json = (incoming.headers['content-type'] ?? '').includes('json');
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, body: json && text !== '' ? JSON.parse(text) : undefined });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(bytes);
  });
}

/** Throws when an answer is not what its route declares. */
function hold(method: string, target: string, { status, body, text, headers }: Answered): void {
  const pathname = target.split('?', 1)[0]!;
  const route = routes.find((one) => one.method === method && pathPattern(one.path).test(pathname));
  if (!route) return;
  const refused = (refusalsOf(route) as number[]).includes(status) ? problemSchema : undefined;
  const schema = route.answers[status] ?? refused;
  if (!schema) throw new Error(`${method} ${route.path} answered ${status}, which it does not declare: ${text}`);
  const value = status === 204 ? undefined : (headers['content-type'] ?? '').includes('json') ? body : text;
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new Error(`${method} ${route.path} answered ${status} with another body than it declares: ${parsed.error.message}\n${text}`);
}
