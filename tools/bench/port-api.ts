import fs from 'node:fs';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { createLocalPortal } from '../../framework/src/local-portal';
import { systemClock } from '../../framework/src/shared';
import { answersUsage, listen } from './own-server';

/** The built-in portal in a process of its own, as a Port API on loopback without a rate limit: `node port-api.ts`. `GET /calls` tells how many calls it answered, by kind. */
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-portal-'));
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: console.error };
const portal = createLocalPortal({ folder, clock: systemClock, log: quiet, credentials: { clientId: 'bench', clientSecret: 'bench-secret' } });
const calls: Record<string, number> = {};

const server = createServer((request, response) => {
  if (answersUsage(request, response)) return;
  if (request.url === '/calls') return void response.end(JSON.stringify(calls));
  const [route = ''] = (request.url ?? '').split('?');
  const name = `${request.method} ${route.split('/').slice(2, 5).join('/')}`;
  calls[name] = (calls[name] ?? 0) + 1;
  if (!portal.handler(request, response)) response.writeHead(404).end();
});
listen(server, () => {
  portal.close();
  fs.rmSync(folder, { recursive: true, force: true });
});
