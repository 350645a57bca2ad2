import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** Texts by path, with ETags, as any web server has them. */
export interface PageServer {
  readonly url: string;
  readonly pages: Map<string, string>;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  close(): Promise<void>;
}

export async function startPageServer(): Promise<PageServer> {
  const pages = new Map<string, string>();
  const asked: string[] = [];
  const server = http.createServer(({ url = '', headers }, response) => {
    asked.push(url);
    const text = pages.get(url);
    const etag = `"${createHash('sha1').update(text ?? '').digest('hex')}"`;
    const status = text === undefined ? 404 : headers['if-none-match'] === etag ? 304 : 200;
    response.writeHead(status, { etag, 'content-type': 'application/json' }).end(status === 200 ? text : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pages,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
