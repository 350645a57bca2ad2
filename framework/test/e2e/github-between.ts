import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { callAsVendor, type Answered } from './vendor-call';

/** A delivery of GitHub as it was passed on. */
export interface Passed {
  /** Of the webhook, below the framework's address. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly answer: Answered;
}

/**
 * Stands between a GitHub and the framework: the API with small pages, so that a run takes long enough to meet what changes; and behind `/hooks` the webhooks of the
 * framework, which may be there later than the GitHub that calls them.
 */
export interface Between {
  readonly url: string;
  /** Every delivery that was passed on, in the order of the answers. */
  readonly passed: readonly Passed[];
  /** From now on deliveries are passed on to this address; before they are lost. */
  deliverTo(url: string): void;
  /** From now on some deliveries are sent twice, as vendors do that missed an answer. */
  twice(decide: () => boolean): void;
  close(): Promise<void>;
}

export async function startBetween(of: { readonly github: () => string; readonly pageSize: number }): Promise<Between> {
  const passed: Passed[] = [];
  let target: string | undefined;
  let isSentTwice = (): boolean => false;

  const passOn = async (path: string, headers: IncomingHttpHeaders, body: string): Promise<Answered> => {
    const { host: _host, connection: _connection, 'content-length': _length, 'transfer-encoding': _encoding, ...rest } = headers;
    const answer = await callAsVendor(`${target}${path}`, { headers: rest, body });
    passed.push({ path, headers: rest, body, answer });
    return answer;
  };

  async function deliver(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(request);
    if (target === undefined) return void response.writeHead(503).end();
    const path = request.url!.slice('/hooks'.length);
    const [answer] = await Promise.all(Array.from({ length: isSentTwice() ? 2 : 1 }, () => passOn(path, request.headers, body)));
    response.writeHead(answer!.status).end();
  }

  async function call(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, of.github());
    if (url.searchParams.has('per_page')) url.searchParams.set('per_page', String(of.pageSize));
    const { authorization } = request.headers;
    const answer = await fetch(url, { method: request.method!, headers: { ...(authorization && { authorization }) } });
    const link = answer.headers.get('link');
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json', ...(link !== null && { link }) });
    response.end(await answer.text());
  }

  const server = createServer((request, response) => {
    (request.url!.startsWith('/hooks/') ? deliver : call)(request, response).catch((err: unknown) => response.writeHead(502).end(String(err)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    deliverTo: (url) => void (target = url),
    twice: (decide) => void (isSentTwice = decide),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const data of request.setEncoding('utf8')) text += String(data);
  return text;
}
