import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isObject, parseJson, toJson } from '../contract';

/** One recorded call. Members of `query` and `body` that are not named may be anything; of several that match, the one that names most answers. */
export interface Exchange {
  readonly request: {
    readonly method?: string;
    /** Without query. */
    readonly path: string;
    readonly query?: Readonly<Record<string, string>>;
    readonly body?: Readonly<Record<string, unknown>>;
  };
  readonly response: { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown };
}
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: unknown;
}
export interface Fault {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}
export interface RecordedServer {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Everything that came, in order, faults included. */
  readonly requests: readonly ReceivedRequest[];
  /** The next call, or as long as the function gives one each call, is answered so. */
  fail(fault: Fault | ((request: ReceivedRequest) => Fault | undefined)): void;
  /** No faults, no requests: as at the beginning. */
  reset(): void;
  close(): Promise<void>;
}

/** How many members an exchange names, when all of them are in the request; undefined when it does not match. */
function specificity(exchange: Exchange, received: ReceivedRequest): number | undefined {
  const { method = 'GET', path, query = {}, body = {} } = exchange.request;
  if (method !== received.method || path !== received.path) return undefined;
  const got = isObject(received.body) ? received.body : {};
  const isEqual = Object.entries(query).every(([name, value]) => received.query[name] === value) && Object.entries(body).every(([name, value]) => toJson(got[name]) === toJson(value));
  return isEqual ? Object.keys(query).length + Object.keys(body).length : undefined;
}

async function receive(request: IncomingMessage): Promise<ReceivedRequest> {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) text += piece as string;
  const url = new URL(request.url ?? '/', 'http://localhost');
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: request.headers as Readonly<Record<string, string | undefined>>,
    body: text === '' ? undefined : parseJson(text),
  };
}

/** A source on loopback that answers as it was recorded. A call that was not recorded is 501, and says which. */
export async function serveRecorded(exchanges: readonly Exchange[]): Promise<RecordedServer> {
  const requests: ReceivedRequest[] = [];
  let faultOf: (request: ReceivedRequest) => Fault | undefined = () => undefined;
  const answerTo = (received: ReceivedRequest): Exchange['response'] => {
    const fault = faultOf(received);
    if (fault) return { body: {}, ...fault };
    const matches = exchanges.flatMap((exchange) => {
      const names = specificity(exchange, received);
      return names === undefined ? [] : [{ exchange, names }];
    });
    const best = matches.sort((a, b) => b.names - a.names)[0];
    return best ? best.exchange.response : { status: 501, body: { message: `not recorded: ${received.method} ${received.path} ${toJson(received.query)} ${toJson(received.body ?? null)}` } };
  };
  const server = createServer((request, response) => {
    void receive(request).then((received) => {
      requests.push(received);
      const { status = 200, headers = {}, body } = answerTo(received);
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(body === undefined ? '' : toJson(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    fail(fault) {
      if (typeof fault === 'function') {
        faultOf = fault;
        return;
      }
      faultOf = () => {
        faultOf = () => undefined;
        return fault;
      };
    },
    reset() {
      requests.length = 0;
      faultOf = () => undefined;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
