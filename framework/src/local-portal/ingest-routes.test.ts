import { serve, stopAll, type Served } from './test/serve';

afterEach(stopAll);

const registered = async (): Promise<Served> => {
  const served = await serve();
  await served.call('POST', '/integration', { installationId: 'me', version: '1' });
  return served;
};
const below = (url: string): string => url.slice(url.indexOf('/v1') + 3);

test('logs, metrics and heartbeats go to the URLs of the integration, without a token, and can be read', async () => {
  const { call } = await registered();
  const { integration } = (await call('GET', '/integration/me')).body;
  const [logs, metrics] = [below(integration.logAttributes.ingestUrl), below(integration.metricAttributes.ingestUrl)];
  const open = { authorization: '' };
  expect((await call('POST', logs, { logs: [{ message: 'one', level: 'INFO', timestamp: 't', extra: { n: 1 } }, { message: 'two', level: 'CRITICAL', timestamp: 't', extra: {} }] }, open)).body).toEqual({ ok: true });
  expect((await call('POST', `${metrics}/syncMetrics`, { syncKindsMetrics: [{ eventId: 'e1', kindIdentifier: 'a b-0', syncState: 'pending' }, { eventId: 'e1', kindIdentifier: '__runtime__-0', syncState: 'syncing' }] }, open)).body).toEqual({ ok: true });
  expect((await call('PUT', `${metrics}/syncMetrics/resync/e1/kind/a+b-0`, { syncKindMetrics: { eventId: 'e1', kindIdentifier: 'a b-0', syncState: 'completed' } }, open)).body).toEqual({ ok: true });
  expect((await call('POST', `${metrics}/heartbeat`, { eventId: 'e1' }, open)).body).toEqual({ ok: true });
  expect((await call('POST', '/ingest/unknown/logs', { logs: [] }, open)).status).toBe(404);

  expect((await call('GET', '/integration/me/logs')).body.logs).toMatchObject([{ message: 'two', level: 'FATAL' }, { message: 'one', level: 'INFO' }]);
  expect((await call('GET', '/integration/me/logs?level=FATAL')).body.logs).toHaveLength(1);
  expect((await call('GET', '/integration/me/logs?limit=1')).body.logs).toHaveLength(1);
  expect((await call('GET', '/integration/me/logs?limit=301')).status).toBe(422);
  const { body } = await call('GET', `/integration/${integration._id}/syncMetrics?resyncId=e1`);
  expect(body).toMatchObject({ ok: true, count: 2 });
  expect(body.data).toContainEqual(expect.objectContaining({ kindIdentifier: 'a b-0', syncState: 'completed', createdAt: expect.any(String), updatedAt: expect.any(String) }));
  expect((await call('GET', `/integration/${integration._id}/syncsMetadata`)).body).toMatchObject({ count: 1, data: [{ eventId: 'e1', syncState: 'syncing' }] });
});

test('examples: the first five, per kind, with digits kept', async () => {
  const { call, raw } = await registered();
  expect((await call('POST', '/integration/me/kinds/pull+request/examples', `{"examples":[{"n":12345678901234567890},2,3,4,5,6]}`)).body).toEqual({ ok: true });
  const { body } = await call('GET', '/integration/me/kinds');
  expect(Object.keys(body.data)).toEqual(['pull request']);
  expect(body.data['pull request'].examples).toHaveLength(5);
  expect(body.data['pull request'].examples[1]).toEqual({ _id: expect.any(String), data: 2 });
  expect((await raw('GET', '/integration/me/kinds')).text).toContain('12345678901234567890');
});

test('cursors: PUT after POST', async () => {
  const { call } = await registered();
  const at = '/integration/me/cursor?kind=issue&index=0';
  expect((await call('GET', at)).body).toEqual({ ok: true, cursor: null });
  expect((await call('PUT', at, { primary: '2026-01-01T00:00:00Z' })).status).toBe(404);
  expect((await call('POST', at, { primary: '2026-01-01T00:00:00Z' })).body).toEqual({ ok: true });
  expect((await call('PUT', at, { primary: '2026-01-02T00:00:00Z' })).body).toEqual({ ok: true });
  expect((await call('GET', at)).body).toEqual({ ok: true, cursor: { primary: '2026-01-02T00:00:00Z' } });
  expect((await call('POST', at, { primary: 'now' })).status).toBe(422);
  expect((await call('GET', '/integration/other/cursor?kind=issue&index=0')).status).toBe(404);
});

test('actions are kept and given back', async () => {
  const { call } = await serve();
  const action = { identifier: 'scale_up', title: 'Scale', trigger: { type: 'self-service', operation: 'DAY-2' }, invocationMethod: { type: 'KAFKA' } };
  expect(await call('POST', '/actions', action)).toMatchObject({ status: 201, body: { ok: true, action } });
  expect((await call('POST', '/actions', action)).status).toBe(409);
  expect((await call('POST', '/actions', { ...action, identifier: 'a b' })).status).toBe(422);
  expect((await call('PUT', '/actions/scale_up', { ...action, title: 'New' })).body.action.title).toBe('New');
  expect((await call('GET', '/actions')).body.actions).toHaveLength(1);
  expect((await call('DELETE', '/actions/scale_up')).body).toEqual({ ok: true });
  expect((await call('GET', '/actions/scale_up')).status).toBe(404);
});
