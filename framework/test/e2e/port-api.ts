import fs from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createLocalPortal } from '../../src/local-portal';
import { systemClock } from '../../src/shared';
import { recordedLog } from '../../src/testkit';

export interface ReceivedCall {
  /** `POST /v1/blueprints/record/entities/bulk`. */
  readonly call: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** A Port API of the test's own: the built-in portal behind a server that can refuse, fail and go away. */
export interface PortApi {
  readonly url: string;
  readonly credentials: { readonly clientId: string; readonly clientSecret: string };
  readonly received: readonly ReceivedCall[];
  /** While it is set, every call is answered with this status, and the answer quotes what was sent. */
  refuse: number | undefined;
  /** Nobody listens any more; later again, on the same port. */
  leave(): Promise<void>;
  comeBack(): Promise<void>;
  /** Identifiers of the entities of a blueprint, with their titles. */
  entities(blueprint: string): Promise<ReadonlyMap<string, string>>;
  close(): Promise<void>;
}

export async function startPortApi(credentials = { clientId: 'a-client', clientSecret: 'the-secret-of-a-client' }): Promise<PortApi> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'port-api-'));
  const portal = createLocalPortal({ folder, clock: systemClock, log: recordedLog(), credentials });
  const received: ReceivedCall[] = [];
  let server: Server | undefined;
  let port = 0;
  const api: { -readonly [K in keyof PortApi]: PortApi[K] } = {
    url: '',
    credentials,
    received,
    refuse: undefined,
    leave,
    comeBack: listen,
    async entities(blueprint) {
      const token = await fetch(`${api.url}/v1/auth/access_token`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(credentials) });
      const { accessToken } = (await token.json()) as { accessToken: string };
      const answer = await fetch(`${api.url}/v1/blueprints/${blueprint}/entities`, { headers: { authorization: `Bearer ${accessToken}` } });
      const { entities = [] } = (await answer.json()) as { entities?: { identifier: string; title: string }[] };
      return new Map(entities.map((entity) => [entity.identifier, entity.title]));
    },
    async close() {
      await leave();
      portal.close();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };

  async function listen(): Promise<void> {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      const { method, url = '', headers } = request;
      request.on('end', () => {
        received.push({ call: `${method} ${url}`, authorization: headers.authorization, body: Buffer.concat(chunks).toString() });
        if (api.refuse === undefined) return;
        response.writeHead(api.refuse, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ ok: false, error: 'refused', message: `not with ${headers.authorization} and ${Buffer.concat(chunks).toString()}` }));
      });
      if (api.refuse === undefined && !portal.handler(request, response)) response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server!.listen(port, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
    api.url = `http://127.0.0.1:${port}`;
  }

  async function leave(): Promise<void> {
    const leaving = server;
    server = undefined;
    leaving?.closeAllConnections();
    await new Promise<void>((resolve) => (leaving ? leaving.close(() => resolve()) : resolve()));
  }

  await listen();
  return api;
}
