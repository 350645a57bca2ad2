import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Log } from '../../contract';
import type { Clock } from '../../shared';
import { createLocalPortal, type LocalPortal, type LocalPortalOptions } from '../index';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // The answers under test are JSON of many shapes; each test says what it expects of them.
  readonly body: any; // eslint-disable-line @typescript-eslint/no-explicit-any
}

export interface Served {
  readonly portal: LocalPortal;
  readonly folder: string;
  readonly url: string;
  /** A call with a valid token, unless `authorization` says otherwise. `path` is below /v1. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  /** The bytes of `path` as they are, which fetch would normalize. */
  raw(method: string, path: string): Promise<{ readonly status: number; readonly text: string }>;
  /** Closes portal and server; the folder stays until the file's tests are done. */
  stop(): Promise<void>;
}

export const AGENT = 'integration-framework/git/1.0.0/repo/exporter';
export const CREDENTIALS = { clientId: 'client', clientSecret: 'test' };

const logged: { message: string; fields: unknown }[] = [];
const note = (message: string, fields?: unknown): void => void logged.push({ message, fields });
export const memoryLog: Log & { readonly lines: typeof logged } = { debug: note, info: note, warn: note, error: note, lines: logged };

/** A clock that stands still until it is moved; sleeping takes no time. */
export function stillClock(start = Date.parse('2026-01-01T00:00:00.000Z')): Clock & { move(ms: number): void; readonly slept: number[] } {
  let now = start;
  const slept: number[] = [];
  return {
    now: () => now,
    sleep: async (ms) => void slept.push(ms),
    move: (ms) => void (now += ms),
    slept,
  };
}

export const temporaryFolder = (): string => mkdtempSync(path.join(tmpdir(), 'local-portal-'));

const open: (() => Promise<void>)[] = [];
const folders: string[] = [];

/** Ends what the tests of a file started. */
export async function stopAll(): Promise<void> {
  await Promise.all(open.splice(0).map((stop) => stop()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export async function serve(options: Partial<LocalPortalOptions> = {}): Promise<Served> {
  const folder = options.folder ?? temporaryFolder();
  folders.push(folder);
  const portal = createLocalPortal({ clock: stillClock(), log: memoryLog, credentials: CREDENTIALS, ...options, folder });
  const server = createServer((request, response) => {
    if (!portal.handler(request, response)) response.writeHead(418).end('not mine');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;

  const call: Served['call'] = async (method, below, body, headers = {}) => {
    const response = await fetch(`${url}/v1${below}`, {
      method,
      headers: { 'content-type': 'application/json', 'user-agent': AGENT, authorization: headers['authorization'] ?? (await token()), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  let kept: Promise<string> | undefined;
  const token = (): Promise<string> => (kept ??= fetchToken());
  const fetchToken = async (): Promise<string> => {
    const response = await fetch(`${url}/v1/auth/access_token`, { method: 'POST', body: JSON.stringify({ clientId: portal.credentials.clientId, clientSecret: portal.credentials.clientSecret.reveal() }) });
    const { tokenType, accessToken } = (await response.json()) as { tokenType: string; accessToken: string };
    return `${tokenType} ${accessToken}`;
  };
  const raw: Served['raw'] = async (method, below) => {
    const authorization = await token();
    return new Promise((resolve, reject) => {
      const request = send({ port, host: '127.0.0.1', method, path: `/v1${below}`, headers: { authorization, 'user-agent': AGENT } }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      request.on('error', reject).end();
    });
  };
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> =>
    (stopped ??= new Promise((done) => {
      server.close(() => {
        portal.close();
        done();
      });
      server.closeAllConnections();
    }));
  open.push(stop);
  return { portal, folder, url, call, raw, stop };
}

/** A service and its teams: text, number, list, object, formats, an enum, a required key, relations of each sort. */
export async function withBlueprints(served: Served): Promise<Served> {
  const team = { identifier: 'team', title: 'Team', schema: { properties: { size: { type: 'number' } }, required: [] } };
  const service = {
    identifier: 'service',
    title: 'Service',
    schema: {
      properties: {
        status: { type: 'string', enum: ['up', 'down'] },
        url: { type: 'string', format: 'url' },
        score: { type: 'number' },
        live: { type: 'boolean' },
        tags: { type: 'array', items: { type: 'string' } },
        meta: { type: 'object' },
        since: { type: 'string', format: 'date-time' },
        ends: { type: 'string', format: 'timer' },
        note: { type: 'string' },
      },
      required: [],
    },
    relations: { owner: { target: 'team' }, uses: { target: 'service', many: true } },
  };
  for (const blueprint of [team, service]) {
    const { status, body } = await served.call('POST', '/blueprints', blueprint);
    if (status !== 201) throw new Error(JSON.stringify(body));
  }
  return served;
}
