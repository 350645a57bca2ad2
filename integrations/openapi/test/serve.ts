import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHash } from 'node:crypto';

export interface Page {
  readonly body: string | Buffer;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Neither ETag nor Last-Modified. */
  readonly bare?: boolean;
  /** Never answered. */
  readonly hangs?: boolean;
  /** So many connections are reset in the place of an answer. */
  resets?: number;
  readonly lastModified?: string;
}
export interface Received {
  readonly url: string;
  readonly method: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly status: number;
}
/** A server of documents on loopback, with ETags as web servers make them. */
export interface DocumentServer {
  readonly url: string;
  readonly pages: Map<string, Page>;
  readonly received: Received[];
  stop(): Promise<void>;
  /** On the same port. */
  start(): Promise<void>;
}

export async function serveDocuments(): Promise<DocumentServer> {
  const pages = new Map<string, Page>();
  const received: Received[] = [];
  let port = 0;
  let server: http.Server;
  function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { url = '', method = '', headers } = request;
    const page = pages.get(url);
    const end = (status: number, more: http.OutgoingHttpHeaders, body: string | Buffer = ''): void => {
      received.push({ url, method, headers, status });
      response.writeHead(status, more).end(body);
    };
    if (page === undefined) return end(404, {});
    if (page.resets !== undefined && page.resets-- > 0) return void request.socket.resetAndDestroy();
    if (page.hangs) return void received.push({ url, method, headers, status: 0 });
    const etag = `"${createHash('sha1').update(page.body).digest('hex')}"`;
    const validators = page.bare ? {} : page.lastModified ? { 'last-modified': page.lastModified } : { etag };
    if (!page.bare && (headers['if-none-match'] === etag || (page.lastModified && headers['if-modified-since'] === page.lastModified))) return end(304, validators);
    end(page.status ?? 200, { ...validators, ...page.headers }, page.body);
  }
  const begin = async (): Promise<void> => {
    server = http.createServer(answer).listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  };
  await begin();
  return {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    pages,
    received,
    start: begin,
    async stop() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
