import { request } from 'node:http';
import { AGENT, CREDENTIALS, serve, stillClock, stopAll, withBlueprints } from './test/serve';

afterEach(stopAll);

const ONE = '/blueprints/service/entities?upsert=true';

test('takes /v1 and nothing else', async () => {
  const { url } = await serve();
  for (const path of ['/', '/v1x', '/v2/organization', '/health/live']) expect((await fetch(url + path)).status).toBe(418);
  for (const path of ['/v1', '/v1/', '/v1?x', '/v1/organization']) expect((await fetch(url + path)).status).toBe(401);
});

test.each([
  ['GET', '/scorecards'],
  ['POST', '/pages'],
  ['POST', '/actions/runs/claim-pending'],
  ['GET', '/nothing'],
  ['HEAD', '/organization'],
  ['GET', '/blueprints/service/scorecards'],
  ['POST', '/lifecycle/x'],
])('%s %s is 404 not_found in the envelope', async (method, path) => {
  const { call, raw } = await serve();
  if (method === 'HEAD') expect((await raw(method, path)).status).toBe(404);
  else expect(await call(method, path, method === 'GET' ? undefined : {})).toMatchObject({ status: 404, body: { ok: false, error: 'not_found', message: expect.any(String) } });
});

test('every answer has a trace id of its own and the rate-limit headers', async () => {
  const { call, url } = await serve();
  const answers = [await call('GET', '/organization'), await call('GET', '/nothing'), { headers: (await fetch(`${url}/v1/organization`)).headers }];
  expect(new Set(answers.map(({ headers }) => headers.get('x-trace-id'))).size).toBe(3);
  for (const { headers } of answers) {
    expect(Object.fromEntries(['limit', 'period', 'remaining', 'reset'].map((name) => [name, headers.get(`x-ratelimit-${name}`)]))).toEqual({ limit: '35000', period: '300', remaining: '35000', reset: '1767225900' });
  }
});

describe('rate limit', () => {
  test('refuses over the limit, tells when it ends, and refills', async () => {
    const clock = stillClock();
    const { call } = await serve({ clock, rateLimit: { limit: 4, periodSeconds: 8 } });
    await call('GET', '/organization'); // and its token call: two of four
    await call('GET', '/organization');
    expect((await call('GET', '/organization')).headers.get('x-ratelimit-remaining')).toBe('0');
    const refused = await call('GET', '/organization');
    expect(refused).toMatchObject({ status: 429, body: { ok: false, error: 'rate_limited' } });
    expect(refused.headers.get('x-ratelimit-reset')).toBe(String(clock.now() / 1_000 + 8));
    clock.move(4_000);
    expect(await call('GET', '/organization')).toMatchObject({ status: 200 });
    expect((await call('GET', '/organization')).headers.get('x-ratelimit-remaining')).toBe('0');
    expect((await call('GET', '/organization')).status).toBe(429);
  });

  test('reset in seconds by switch', async () => {
    const { url } = await serve({ rateLimit: { limit: 1, periodSeconds: 10, reset: 'seconds' } });
    const token = () => fetch(`${url}/v1/auth/access_token`, { method: 'POST', body: JSON.stringify(CREDENTIALS) });
    expect((await token()).status).toBe(200);
    const refused = await token();
    expect(refused.status).toBe(429);
    expect(refused.headers.get('x-ratelimit-reset')).toBe('10');
  });
});

describe('the body', () => {
  const sized = (bytes: number): string => {
    const empty = JSON.stringify({ identifier: 'a', properties: { note: '' } });
    return empty.replace('""', `"${'x'.repeat(bytes - empty.length)}"`);
  };

  test('of 1 MiB is taken, of one byte more is 413, in bytes and not characters', async () => {
    const { call } = await withBlueprints(await serve());
    expect((await call('POST', ONE, sized(1_048_576))).status).toBe(201);
    expect(await call('POST', ONE, sized(1_048_577))).toMatchObject({ status: 413, body: { ok: false, details: { bytes: 1_048_577 } } });
    expect((await call('POST', ONE, { identifier: 'a', properties: { note: 'é'.repeat(600_000) } })).status).toBe(413);
  });

  test('far over the limit still gets its answer', async () => {
    const { call } = await withBlueprints(await serve());
    expect((await call('POST', ONE, sized(5_000_000))).status).toBe(413);
  });

  test('that is not JSON is 400; a client that goes away harms nobody', async () => {
    const { call, url } = await withBlueprints(await serve());
    expect(await call('POST', ONE, '{"identifier":')).toMatchObject({ status: 400, body: { ok: false, error: 'invalid_json' } });
    await new Promise<void>((done) => {
      const leaving = request(`${url}/v1${ONE}`, { method: 'POST', headers: { 'content-length': 100 } });
      leaving.on('error', () => done());
      leaving.write('{', () => leaving.destroy());
      leaving.on('close', () => done());
    });
    expect((await call('GET', '/organization')).status).toBe(200);
  });
});

describe('identifiers', () => {
  const names = ['a/b', 'a\\b', 'ünï/çødé', '日本:語', "o'brien", 'x=1+2', 'entities/search', 'a@b.c', '-', 'null', '__proto__', 'constructor', 'bulk'];

  test.each(names)('%s is written, read, searched and deleted', async (identifier) => {
    const { call } = await withBlueprints(await serve());
    expect(await call('POST', ONE, { identifier, title: identifier })).toMatchObject({ status: 201, body: { entity: { identifier } } });
    const at = `/blueprints/service/entities/${encodeURIComponent(identifier)}`;
    expect((await call('GET', at)).body.entity.title).toBe(identifier);
    expect((await call('POST', '/entities/search', { combinator: 'and', rules: [{ property: '$identifier', operator: 'in', value: [identifier] }] })).body.entities).toHaveLength(1);
    expect((await call('DELETE', at)).status).toBe(200);
  });

  test('may come without encoding, slashes included', async () => {
    const { call, raw } = await withBlueprints(await serve());
    for (const identifier of ['a/b', 'a/b/c', 'x=1+2']) {
      await call('POST', ONE, { identifier });
      expect((await raw('GET', `/blueprints/service/entities/${identifier}`)).status).toBe(200);
    }
    await call('POST', '/integration', { installationId: 'my/own integration', version: '1' });
    expect((await call('GET', '/integration/my/own%20integration')).body.integration.identifier).toBe('my/own integration');
    expect((await call('PATCH', '/integration/my/own%20integration/resync-state', { status: 'running' })).body.integration.resyncState.status).toBe('running');
  });

  test('a broken encoding is an unknown name, no error', async () => {
    const { raw } = await withBlueprints(await serve());
    expect((await raw('GET', '/blueprints/service/entities/%E0%A4%A')).status).toBe(404);
  });
});

test('everything survives a restart', async () => {
  const first = await withBlueprints(await serve());
  await first.call('POST', `${ONE}&create_missing_related_entities=true`, { identifier: 'a', properties: { score: 1 }, relations: { owner: 'core' } });
  await first.call('POST', '/integration', { installationId: 'me', version: '1' });
  await first.call('PATCH', '/integration/me', {});
  const state = async ({ call }: typeof first) => ({
    entity: (await call('GET', '/blueprints/service/entities/a')).body.entity,
    integration: (await call('GET', '/integration/me')).body.integration._id,
    request: (await call('GET', '/integration/me/resync-request')).body.request,
    blueprints: (await call('GET', '/blueprints')).body.blueprints,
    owned: (await call('POST', '/blueprints/entities/datasource-entities', { datasource_prefix: AGENT, datasource_suffix: '' })).body.entities,
  });
  const before = await state(first);
  await first.stop();
  const again = await serve({ folder: first.folder });
  expect(await state(again)).toEqual(before);
  expect((await again.call('POST', ONE, { identifier: 'b', relations: { uses: ['a'] } })).status).toBe(201);
  expect((await again.call('DELETE', '/blueprints/service/entities/a')).status).toBe(422);
});

test('calls in flight together are each answered for themselves', async () => {
  const { call } = await withBlueprints(await serve());
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) => call('POST', '/blueprints/service/entities/bulk?upsert=true', { entities: [{ identifier: `e${i}` }, { identifier: `bad${i}`, properties: { score: 'x' } }] })),
  );
  expect(answers.map(({ status, body }) => [status, body.entities.length, body.errors.length])).toEqual(answers.map(() => [207, 1, 1]));
  expect((await call('GET', '/blueprints/service/entities-count')).body.count).toBe(40);
});
