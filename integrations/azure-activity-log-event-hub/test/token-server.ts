import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TokenServer {
  /** Forms that came, and queries. */
  readonly asked: readonly Readonly<Record<string, string>>[];
  close(): Promise<void>;
}

/** A token service on loopback, where AZURE_AUTHORITY_HOST leads until it is closed. */
export async function startTokenServer(status = 200): Promise<TokenServer> {
  const asked: Readonly<Record<string, string>>[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      let form = '';
      for await (const piece of request.setEncoding('utf8')) form += piece as string;
      const url = new URL(request.url!, 'http://localhost');
      asked.push({ path: url.pathname, ...Object.fromEntries(url.searchParams), ...Object.fromEntries(new URLSearchParams(form)) });
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(status === 200 ? `{"access_token":"token-${asked.length}","expires_in":3600}` : '{"error":"invalid_client","error_description":"planted-client-secret is wrong"}');
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.env['AZURE_AUTHORITY_HOST'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    asked,
    async close() {
      delete process.env['AZURE_AUTHORITY_HOST'];
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
