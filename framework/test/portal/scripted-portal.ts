import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Secret, type Log } from '../../src/contract';
import { connectPortal, type Portal, type PortalActorClient } from '../../src/portal';
import { systemClock, type Clock } from '../../src/shared';
import { recordedLog } from '../../src/testkit';

export interface SeenCall {
  /** `POST /blueprints/b/entities`, without `/v1` and query. */
  readonly call: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Reply = { readonly status?: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } | 'reset' | 'hang';
export type Script = (seen: SeenCall, nth: number) => Reply | undefined | Promise<Reply | undefined>;

export interface ScriptedPortal extends AsyncDisposable {
  readonly baseUrl: string;
  readonly seen: readonly SeenCall[];
  /** Calls of this name so far. */
  count(call: string): number;
  /** Replaces the script. `nth` counts the calls of one name from 1; undefined falls back to a healthy portal. */
  answer(script: Script): void;
}

export const SECRET = 'client-secret-9f3a';
export const TOKEN = 'token-value-77b1';

const healthy = (seen: SeenCall, nth: number): Reply => {
  if (seen.call === 'POST /auth/access_token') return { body: { ok: true, accessToken: `${TOKEN}-${nth}`, expiresIn: 10_800, tokenType: 'Bearer' } };
  if (seen.call === 'GET /organization') return { body: { ok: true, organization: { id: 'org_1', name: 'One', featureFlags: [] } } };
  if (/^POST \/blueprints\/[^/]+\/entities\/bulk$/.test(seen.call)) {
    const { entities } = JSON.parse(seen.body) as { entities: { identifier: string }[] };
    return { body: { ok: true, entities: entities.map(({ identifier }, index) => ({ identifier, index, created: true })), errors: [] } };
  }
  return { status: 404, body: { ok: false, error: 'not_found', message: `no ${seen.call}` } };
};

/** An HTTP server that answers what a test tells it to, and remembers what it was asked. */
export async function scriptedPortal(): Promise<ScriptedPortal> {
  const seen: SeenCall[] = [];
  const counts = new Map<string, number>();
  let script: Script = () => undefined;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const url = new URL(request.url!, 'http://portal');
      const call = `${request.method} ${url.pathname.replace(/^\/v1/, '')}`;
      const one: SeenCall = { call, query: url.searchParams, headers: request.headers, body: Buffer.concat(chunks).toString() };
      seen.push(one);
      const nth = (counts.get(call) ?? 0) + 1;
      counts.set(call, nth);
      const reply = (await script(one, nth)) ?? healthy(one, nth);
      if (reply === 'hang') return;
      if (reply === 'reset') return void request.socket.destroy();
      const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? { ok: true });
      response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', 'x-trace-id': `trace-${seen.length}`, ...reply.headers });
      response.end(text);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    count: (call) => counts.get(call) ?? 0,
    answer: (next) => (script = next),
    [Symbol.asyncDispose]: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

export interface Connected {
  readonly portal: Portal;
  readonly client: PortalActorClient;
}

export function connectTo(baseUrl: string, options: { readonly clock?: Clock; readonly log?: Log; onRequest?(status: number | 'network'): void } = {}): Connected {
  const portal = connectPortal({
    baseUrl,
    clientId: new Secret('client-id'),
    clientSecret: new Secret(SECRET),
    product: 'integration-framework',
    clock: options.clock ?? systemClock,
    log: options.log ?? recordedLog(),
    ...(options.onRequest === undefined ? {} : { onRequest: options.onRequest }),
  });
  return { portal, client: portal.as({ type: 'git', version: '1.2.3', identifier: 'mine' }) };
}

export const RUN = { merge: true, createMissingRelatedEntities: false, runId: '11111111-2222-3333-4444-555555555555' } as const;
