import { makeRecord } from '../../audit/test/make-record';
import type { AuditRecord } from '../../audit';
import { Secret } from '../../contract';
import { openApiOf } from '../openapi';
import { routes } from '.';
import { serve, type Served, type ServeOptions } from '../test/serve';

let served: Served;
const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);
const severities = ['INFO', 'ERROR', 'SECURITY'] as const;
const records: readonly AuditRecord[] = Array.from({ length: 9 }, (_, hour) =>
  makeRecord(severities[hour % 3]!, {
    timeStamp: new Date(START + hour * HOUR).toISOString(),
    messageId: `TEST-000${hour % 2}`,
    messageText: `hour ${hour}`,
    ...(hour % 2 === 1 && { connector: 'shop', instanceId: 'i-1', runId: 'r-1', exception: { class: 'Error', message: 'x', stack: 'y' } }),
  }),
);

async function start(options?: ServeOptions): Promise<Served> {
  served = await serve(options);
  await served.store.audit.append(records);
  return served;
}
afterEach(() => served?.close());

const hours = async (query: string): Promise<number[]> => {
  const { status, body } = await served.call(`/api/v1/audit?${query}`);
  expect(status).toBe(200);
  return (body.records as AuditRecord[]).map(({ messageText }) => Number(messageText.slice(5)));
};

it('gives whole records, newest first', async () => {
  const { call } = await start();
  expect(await call('/api/v1/audit')).toMatchObject({ status: 200, body: { records: [...records].reverse(), next: null } });
});

it('filters, and pages inside a filter', async () => {
  await start();
  expect(await hours('severity=ERROR')).toEqual([7, 4, 1]);
  expect(await hours('severity=ERROR,%20SECURITY')).toEqual([8, 7, 5, 4, 2, 1]);
  expect(await hours('integration=shop')).toEqual([7, 5, 3, 1]);
  expect(await hours('component=INTEGRATION-RUNTIME&messageId=TEST-0000')).toEqual([8, 6, 4, 2, 0]);
  expect(await hours('component=STORE')).toEqual([]);
  expect(await hours('from=2026-01-01T02:00:00Z&to=2026-01-01T06:00:00%2B01:00')).toEqual([4, 3, 2]);
  const seen: number[] = [];
  for (let cursor = ''; ; ) {
    const { body } = await served.call(`/api/v1/audit?severity=ERROR,INFO&limit=4${cursor}`);
    seen.push(...(body.records as AuditRecord[]).map(({ messageText }) => Number(messageText.slice(5))));
    if (body.next === null) break;
    cursor = `&cursor=${body.next as string}`;
  }
  expect(seen).toEqual([7, 6, 4, 3, 1, 0]);
});

it.each([
  ['severity=LOUD', /query\.severity: there is no severity 'LOUD'; known: UNKNOWN, INFO, EVENT/],
  ['severity=INFO,,ERROR', /there is no severity ''/],
  ['from=yesterday', /query\.from: 'yesterday' is no instant such as 2026-01-31T08:00:00Z/],
  ['to=2026-01-01T06:00:00+01:00', /query\.to: .*; write its \+ as %2B/],
  ['from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z', /query\.from: it is not before `to`/],
  ['cursor=broken', /the cursor is not one that this list gave/],
  ['limit=0', /query\.limit/],
  ['severities=INFO', /query: .*severities/],
])('400 for %s', async (query, message) => {
  const { call } = await start();
  expect(await call(`/api/v1/audit?${query}`)).toMatchObject({ status: 400, body: { error: 'Bad Request', message: expect.stringMatching(message) as string } });
});

it('is for operators, like the other routes, and 503 while the process stands by', async () => {
  const exposed = await start({ process: { exposed: true, apiToken: new Secret('the-token') } });
  expect((await exposed.call('/api/v1/audit')).status).toBe(401);
  expect((await exposed.call('/api/v1/audit', { headers: { authorization: 'Bearer the-token' } })).status).toBe(200);
  expect(exposed.refused).toEqual([{ method: 'GET', route: '/api/v1/audit', reason: 'needs `Authorization: Bearer` with the value of API_TOKEN', from: '127.0.0.1' }]);
  await exposed.close();
  const standby = await start({ attached: false });
  expect((await standby.call('/api/v1/audit')).status).toBe(503);
});

it('who is refused elsewhere is told by few names: of routes, not of paths', async () => {
  const { call, refused } = await start();
  for (const path of ['/api/v1/runs/one', '/api/v1/runs/two', '/api/nothing', '/documentations/x']) await call(path, { headers: { origin: 'http://elsewhere.example' } });
  await call('/resync/first/wrong', { method: 'POST' });
  await call('/api/v1/dead-letters/replay', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' });
  expect(refused.map(({ method, route }) => `${method} ${route}`)).toEqual(['GET /api/v1/runs/{run}', 'GET /api/v1/runs/{run}', 'GET /api/…', 'GET /api/…', 'POST /resync/{id}/{secret}']);
  expect(JSON.stringify(refused)).not.toContain('wrong');
});

it('stands in the OpenAPI document with its filters', () => {
  const document = openApiOf(routes, { title: '', version: '' }) as { paths: Record<string, { get?: { parameters: { name: string; schema: object }[] } }> };
  const parameters = document.paths['/api/v1/audit']!.get!.parameters;
  expect(parameters.map(({ name }) => name)).toEqual(['severity', 'component', 'integration', 'messageId', 'from', 'to', 'limit', 'cursor']);
  for (const { name, schema } of parameters) expect(schema).toMatchObject({ type: name === 'limit' ? 'integer' : 'string' });
});
