import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createServer as createSocketServer, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
/** `cut`: the connection ends without an answer. `hang`: nothing comes. */
export type Reply = Answer | 'cut' | 'hang';

export interface Loopback {
  readonly url: string;
  readonly requests: readonly Request[];
  /** Most requests that were open at the same time. */
  readonly most: () => number;
  /** Replaces what answers, until `undefined` is set. */
  fault: ((request: Request) => Reply | undefined) | undefined;
  stop(): Promise<void>;
}

/** A server that remembers what it was asked. */
export async function loopback(reply: (request: Request) => Reply | Promise<Reply>): Promise<Loopback> {
  const requests: Request[] = [];
  let open = 0;
  let most = 0;
  const server = createServer((incoming, outgoing) => {
    most = Math.max(most, ++open);
    outgoing.on('close', () => open--);
    void (async () => {
      const url = new URL(incoming.url ?? '/', 'http://loopback');
      const request: Request = { method: incoming.method ?? '', path: url.pathname, query: url.searchParams, headers: incoming.headers, body: await text(incoming) };
      requests.push(request);
      const answer = loop.fault?.(request) ?? (await reply(request));
      if (answer === 'hang') return;
      if (answer === 'cut') return void incoming.socket.destroy();
      outgoing.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
      outgoing.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
    })();
  });
  const loop: Loopback = {
    url: `http://127.0.0.1:${await listen(server)}`,
    requests,
    most: () => most,
    fault: undefined,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return loop;
}

const listen = (server: Pick<Server, 'listen' | 'address'>): Promise<number> =>
  new Promise((resolve) => void server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));

export interface BlackHole {
  readonly port: number;
  readonly connections: () => number;
  stop(): Promise<void>;
}

/** Takes every connection and never says anything. */
export async function blackHole(): Promise<BlackHole> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createSocketServer((socket) => {
    count++;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.resume();
  });
  const port = await new Promise<number>((resolve) => void server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
  return {
    port,
    connections: () => count,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** A port on which nobody listens. */
export async function closedPort(): Promise<number> {
  const hole = await blackHole();
  await hole.stop();
  return hole.port;
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`this never came true: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
