import type { ConnectorView, IntegrationStatus, TargetView } from '..';
import { fillBranches } from '../test/fill';
import { serve, type Answered, type Served, type ServeOptions } from '../test/serve';

// Each answer is also held against the route table (test/serve.ts): a status or member that is not declared fails the test.

let served: Served;
const start = async (options?: ServeOptions): Promise<Served['call']> => {
  served = await serve(options);
  return served.call;
};
afterEach(() => served.close());

const AT = Date.UTC(2026, 0, 1);
const lifecycle = { paused: false, pollState: 'WAITING', engageState: 'OFF', direction: 'FROM_THIRD_PARTY', lastStatusChange: AT, statistics: { asked: 2 } } as const;
const target = (name: string, more: Partial<TargetView> = {}): TargetView => ({ ...lifecycle, name, origin: 'file', instanceId: `of-${name}`, status: 'WAITING', state: 'waiting', ...more });
const connector: ConnectorView = {
  ...lifecycle,
  connectorId: 'pg',
  status: 'DEGRADED',
  state: 'degraded',
  group: 'databases',
  services: ['database'],
  endpointMode: 'none',
  lastAttemptAt: AT,
  nextDueAt: AT + 60_000,
  failing: { code: 'SOURCE_UNREACHABLE', message: 'it cannot be reached', since: AT, attempts: 3 },
  targets: [target('a', { endpoint: { address: 'h:1' } }), target('b', { origin: 'rest' }), target('c', { origin: undefined as never, instanceId: undefined as never, status: 'STOPPED', state: 'orphaned' })],
};
const withConnector: IntegrationStatus = { identifier: 'pg', type: 'postgres', version: '1.0.0', state: 'degraded', kinds: [], problems: [], pipelines: ['pg'], paused: false, connector };

describe('an entry with a connector', () => {
  it('has its members beside those of every entry, instants as text', async () => {
    const call = await start({ runtime: { integrations: async () => [withConnector] } });
    const { body } = await call('/api/v1/integrations/pg');
    expect(body).toMatchObject({ identifier: 'pg', state: 'degraded', status: 'DEGRADED', connectorId: 'pg', instanceId: null, group: 'databases', services: ['database'], endpointMode: 'none', paused: false });
    expect(body).toMatchObject({ lastStatusChange: '2026-01-01T00:00:00.000Z', lastAttemptAt: '2026-01-01T00:00:00.000Z', lastSuccessAt: null, nextDueAt: '2026-01-01T00:01:00.000Z', statistics: { asked: 2 } });
    expect(body.failing).toEqual({ code: 'SOURCE_UNREACHABLE', message: 'it cannot be reached', since: '2026-01-01T00:00:00.000Z', attempts: 3 });
    expect(body.targets).toMatchObject([{ name: 'a', origin: 'file', instanceId: 'of-a', endpoint: { address: 'h:1' } }, { name: 'b', origin: 'rest' }, { name: 'c', origin: null, instanceId: null, state: 'orphaned' }]);
  });

  it('lists its targets by page; an entry without a connector has none', async () => {
    const call = await start({ runtime: { integrations: async () => [withConnector, { ...withConnector, identifier: 'plain', connector: undefined as never }] } });
    const first = await call('/api/v1/integrations/pg/targets?limit=2');
    expect(first.body.targets.map(({ name }: { name: string }) => name)).toEqual(['a', 'b']);
    const second = await call(`/api/v1/integrations/pg/targets?limit=2&cursor=${first.body.next}`);
    expect([second.body.targets.length, second.body.next]).toEqual([1, null]);
    expect((await call('/api/v1/integrations/pg/targets?cursor=x')).status).toBe(400);
    expect((await call('/api/v1/integrations/plain/targets')).body).toEqual({ targets: [], next: null });
    expect((await call('/api/v1/integrations/nobody/targets')).status).toBe(404);
  });
});

describe('commands', () => {
  const post = (path: string, body?: unknown): Promise<Answered> => served.call(`/api/v1/integrations/${path}`, { method: 'POST', ...(body !== undefined && { body }) });

  it('pause, resume, restart: 202, refused as the error says', async () => {
    await start();
    expect(await post('first/pause')).toMatchObject({ status: 202, body: { identifier: 'first', paused: true } });
    expect(await post('first/resume')).toMatchObject({ status: 202, body: { identifier: 'first', paused: false } });
    expect(await post('nobody/pause')).toMatchObject({ status: 404, body: { code: 'ENTRY_UNKNOWN' } });
    expect(await post('first/pause', { until: 'monday' })).toMatchObject({ status: 400 });
    expect(await post('first/restart')).toMatchObject({ status: 202, body: { identifier: 'first', targets: ['default'] } });
    expect(await post('first/restart?target=a')).toMatchObject({ status: 202, body: { targets: ['a'] } });
    expect(await post('first/restart?target=nowhere')).toMatchObject({ status: 404, body: { code: 'TARGET_UNKNOWN' } });
    expect(await post('first/restart?tagret=a')).toMatchObject({ status: 400 });
    expect(await post('second/restart')).toMatchObject({ status: 409, body: { code: 'CONNECTOR_MISSING', message: 'second has no connector, so there is nothing to restart' } });
  });

  it('targets: given, refused, removed', async () => {
    const given: unknown[] = [];
    await start({ runtime: { addTarget: async (identifier, one) => (given.push([identifier, one]), { name: String(one['name']), result: 'added' }) } });
    expect(await post('first/targets', { name: 'a/b', config: { depth: 2 } })).toMatchObject({ status: 202, body: { name: 'a/b', result: 'added' } });
    expect(given).toEqual([['first', { name: 'a/b', config: { depth: 2 } }]]);
    expect(await post('first/targets', { config: {} })).toMatchObject({ status: 400, body: { message: expect.stringContaining('body.name') as string } });
    await served.close();
    await start();
    expect(await post('first/targets', { name: 'default' })).toMatchObject({ status: 409, body: { code: 'TARGET_NAME_TAKEN' } });
    const remove = (name: string): Promise<Answered> => served.call(`/api/v1/integrations/first/targets/${name}`, { method: 'DELETE', headers: { 'content-type': 'application/json' } });
    expect((await remove('a%2Fb')).status).toBe(204);
    expect(await remove('default')).toMatchObject({ status: 409, body: { code: 'TARGET_FIXED' } });
    expect(await remove('nowhere')).toMatchObject({ status: 404, body: { code: 'TARGET_UNKNOWN' } });
  });

  it('a resync of some targets', async () => {
    const asked: unknown[] = [];
    await start({ runtime: { requestResync: async (request) => (asked.push(request), { identifier: request.identifier, runId: 'r', status: 'queued', joined: false }) } });
    expect(await post('first/resync', { targets: ['a'] })).toMatchObject({ status: 202 });
    expect(asked).toEqual([{ identifier: 'first', cause: 'rest', targets: ['a'] }]);
    expect((await post('first/resync', { targets: [] })).status).toBe(400);
  });
});

describe('a zone', () => {
  const names = (count: number, prefix: string): readonly string[] => Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(4, '0')}`);
  const list = async (query: string): Promise<{ readonly titles: readonly string[]; readonly next: string | null }> => {
    const { body } = await served.call(`/api/v1/entities?${query}`);
    return { titles: body.entities.map(({ title }: { title: string }) => title), next: body.next };
  };

  it('is a filter of the list, page by page, and of one entity', async () => {
    await start();
    await fillBranches(served.store, ['b-1', 'lake-1', 'lake-2', 'm', 'lake-3', 'z']);
    const first = await list('zone=lake&limit=2');
    expect(first.titles).toEqual(['lake-1', 'lake-2']);
    expect(await list(`zone=lake&limit=2&cursor=${first.next}`)).toEqual({ titles: ['lake-3'], next: null });
    // What it does not show is no further page.
    expect(await list('zone=lake&limit=3')).toEqual({ titles: ['lake-1', 'lake-2', 'lake-3'], next: null });
    expect(await list('zone=lake&q=2')).toEqual({ titles: ['lake-2'], next: null });
    expect((await served.call('/api/v1/entities/gitBranch/repo%2Flake-1?zone=lake')).status).toBe(200);
    expect((await served.call('/api/v1/entities/gitBranch/repo%2Fm?zone=lake')).status).toBe(404);
    expect((await served.call('/api/v1/entities/gitBranch/repo%2Fm')).status).toBe(200);
    expect((await served.call('/api/v1/entities?zone=')).status).toBe(400);
  });

  it('that shows next to nothing does not make one answer read the whole catalog: it is short, and says that more may come', async () => {
    let looked = 0;
    await start({ runtime: { visibleIn: async (zone, documents) => ((looked += documents.length), documents.filter(({ title }) => title?.startsWith(zone))) } });
    await fillBranches(served.store, [...names(6_000, 'a'), 'lake']);
    const first = await list('zone=lake');
    expect(first).toEqual({ titles: [], next: expect.any(String) as string });
    expect(looked).toBeLessThanOrEqual(5_100);
    expect(await list(`zone=lake&cursor=${first.next}`)).toEqual({ titles: ['lake'], next: null });
  });
});
