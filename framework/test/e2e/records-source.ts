import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

export interface SourceRecord {
  readonly id: string;
  readonly [member: string]: unknown;
}

/** A stateful HTTP source of the tests' own, paged by the key after which a page begins. */
export interface RecordsSource {
  readonly url: string;
  /** What `/records` lists; one of them by `/records/<id>`. */
  readonly records: Map<string, SourceRecord>;
  /** What `/notes` lists. */
  readonly notes: Map<string, SourceRecord>;
  /** Pages asked for so far. */
  readonly asked: { pages: number };
  /** Answers instead of a page, when it gives something. */
  fault: ((request: IncomingMessage, page: number) => { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string } | undefined) | undefined;
  /** Resolves before a page is answered; a test holds a scan with it. */
  hold: (() => Promise<void>) | undefined;
  close(): Promise<void>;
}

export async function startRecordsSource(pageSize = 100): Promise<RecordsSource> {
  const records = new Map<string, SourceRecord>();
  const notes = new Map<string, SourceRecord>();
  const asked = { pages: 0 };
  const source: { -readonly [K in keyof RecordsSource]: RecordsSource[K] } = { url: '', records, notes, asked, fault: undefined, hold: undefined, close: async () => undefined };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url!, 'http://localhost');
    const page = ++asked.pages;
    await source.hold?.();
    const fault = source.fault?.(request, page);
    if (fault) {
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
      response.end(fault.body ?? '{}');
      return;
    }
    const [, one] = /^\/records\/(.+)/.exec(url.pathname) ?? [];
    if (one !== undefined) {
      const record = records.get(decodeURIComponent(one));
      response.writeHead(record ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(record ?? {}));
      return;
    }
    const after = url.searchParams.get('after') ?? '';
    const listed = url.pathname === '/notes' ? notes : records;
    const keys = [...listed.keys()].sort();
    const begin = after === '' ? 0 : keys.findIndex((key) => key > after);
    const slice = begin < 0 ? [] : keys.slice(begin, begin + pageSize);
    const last = begin < 0 || begin + pageSize >= keys.length;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ records: slice.map((key) => listed.get(key)), next: last ? null : slice[slice.length - 1] }));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  source.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  source.close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return source;
}

/** Folder of the integration `records`, which reads such a source. It lies outside `integrations/`, as a user's own would. */
export const ownIntegrations = path.join(__dirname, 'own-integrations');
