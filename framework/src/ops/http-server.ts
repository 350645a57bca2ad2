import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ProcessSettings } from '../config';
import { FrameworkError, type Log } from '../contract';
import { createApp } from './app';
import type { Metrics } from './metrics';
import { openApiOf } from './openapi';
import { problem } from './problem';
import { routes } from './routes';
import type { OperationsRuntime } from './runtime';
import type { Refusal, ServerPhase, ServerState } from './server-state';

/** Routes that node:http answers before express sees them. True = it took the request and answers. */
export interface NodeRoutes {
  handler(request: IncomingMessage, response: ServerResponse): boolean;
}

export interface HttpServerOptions {
  readonly name: string;
  readonly version: string;
  readonly process: Pick<ProcessSettings, 'httpPort' | 'httpAddress' | 'exposed' | 'apiToken'>;
  readonly metrics: Metrics;
  readonly log: Log;
  /** The built-in portal, under `/v1`. Served until the server closes: our own client uses it while we stop. */
  readonly localPortal?: NodeRoutes;
  /** Paths of vendor webhooks and imports: they exist also while nobody serves them (503). */
  readonly hotPaths: readonly string[];
  /** A call was not let in. */
  onRefused(refusal: Refusal): void;
}

export interface HttpServer {
  /** Throws PORT_TAKEN. Until `attach`, it lives and is not ready. */
  listen(): Promise<{ readonly url: string; readonly port: number }>;
  /** From now on routes that need the rest of the process are served. `hot`: vendor webhooks and imports, before express sees them. */
  attach(runtime: OperationsRuntime, hot?: NodeRoutes): void;
  /** The process lost its store: as before `attach`. */
  detach(): void;
  /** Ready says no; everything is served as before, so that balancers can turn away first. */
  drain(): void;
  /** Whatever would start work is answered 503; reading goes on. */
  closeIntake(): void;
  /** Ends when the requests in flight have ended, at the latest after `graceMs`. */
  close(graceMs?: number): Promise<void>;
}

/** The one HTTP server of the process: node:http in front, express behind it. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { process: settings, log } = options;
  let phase: ServerPhase = 'serving';
  let runtime: OperationsRuntime | undefined;
  let hot: NodeRoutes | undefined;
  let document: object | undefined;
  const hotPaths = new Set(options.hotPaths);
  const state: ServerState = {
    name: options.name,
    version: options.version,
    metrics: options.metrics,
    refused: options.onRefused,
    get phase() {
      return phase;
    },
    get runtime() {
      return runtime as OperationsRuntime;
    },
    openApi: () => (document ??= openApiOf(routes, { title: 'Integration Framework', version: options.version })),
  };
  const app = createApp({ routes, server: state, process: settings, log });

  const server = createServer((request, response) => {
    if (options.localPortal?.handler(request, response)) return;
    if (phase === 'closed' && request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 'this process is stopping');
    if (hot ? hot.handler(request, response) : hotPaths.has(pathOf(request))) {
      if (!hot) refuse(response, STANDING_BY);
      return;
    }
    app(request, response);
  });
  // A whole request in this time: far above any body we accept, and a bound for those that trickle.
  server.requestTimeout = 60_000;

  return {
    listen: () =>
      new Promise((resolve, reject) => {
        const { httpAddress: host, httpPort: port } = settings;
        server.once('error', (err: NodeJS.ErrnoException) => reject(new FrameworkError('PORT_TAKEN', [`${host}:${port}`, err.code ?? err.message], { cause: err })));
        server.listen(port, host, () => {
          server.removeAllListeners('error').on('error', (err) => log.error('the HTTP server failed', { err }));
          const bound = (server.address() as AddressInfo).port;
          resolve({ url: urlOf(host, bound), port: bound });
        });
      }),
    attach(parts, hotRoutes) {
      runtime = parts;
      hot = hotRoutes;
      options.metrics.watch(parts);
    },
    detach() {
      runtime = undefined;
      hot = undefined;
    },
    drain() {
      if (phase === 'serving') phase = 'draining';
    },
    closeIntake() {
      phase = 'closed';
    },
    async close(graceMs = 5_000) {
      phase = 'closed';
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

const STANDING_BY = 'this process stands by and does not own its store yet';

const pathOf = (request: IncomingMessage): string => (request.url ?? '').split('?', 1)[0]!;

function refuse(response: ServerResponse, why: string): void {
  const { status, body, headers } = problem(503, why);
  response.writeHead(status, { ...headers, 'content-type': 'application/json; charset=utf-8', connection: 'close' }).end(JSON.stringify(body));
}

/** An address that this machine can call: one that listens everywhere is also at loopback. */
function urlOf(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
