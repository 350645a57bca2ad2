import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface DocumentServer {
  readonly url: string;
  /** What it holds: value of the key's member `id` → the document. */
  readonly held: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** Answers this status instead of taking anything. */
  refuse: number | undefined;
  close(): Promise<void>;
}

/** As much of a CRUD Service as its sink calls. */
export async function startDocumentServer(): Promise<DocumentServer> {
  const held = new Map<string, Readonly<Record<string, unknown>>>();
  const server = http.createServer((request, response) => {
    let text = '';
    request.on('data', (data: Buffer) => (text += String(data)));
    request.on('end', () => {
      const asked = new URL(request.url!, 'http://localhost');
      const status = request.method === 'GET' ? 200 : (documents.refuse ?? 200);
      if (status === 200 && request.method !== 'GET') {
        const query = JSON.parse(asked.searchParams.get('_q')!) as Record<string, string>;
        const id = query['_eventId.id']!;
        if (request.method === 'DELETE') held.delete(id);
        else held.set(id, (JSON.parse(text) as { $set: Record<string, unknown> }).$set);
      }
      response.writeHead(status, { 'content-type': 'application/json' }).end('{"message":"of the test"}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const documents: DocumentServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/documents/`,
    held,
    refuse: undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return documents;
}
