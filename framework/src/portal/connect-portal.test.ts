import { FrameworkError, Secret } from '../contract';
import { fakeClock, recordedLog } from '../testkit';
import { connectTo, RUN, scriptedPortal, SECRET, TOKEN, type ScriptedPortal } from '../../test/portal/scripted-portal';
import { connectPortal } from './connect-portal';

const START = 1_700_000_000_000;
const E1 = 'POST /auth/access_token';
const unauthorized = { status: 401, body: { ok: false, error: 'unauthorized', message: 'expired' } };

describe('connectPortal', () => {
  let server: ScriptedPortal;
  beforeEach(async () => (server = await scriptedPortal()));
  afterEach(() => server[Symbol.asyncDispose]());

  it('connects, says so, and tells every status', async () => {
    const statuses: (number | string)[] = [];
    const { portal } = connectTo(server.baseUrl, { onRequest: (status) => statuses.push(status) });
    expect(portal.status()).toMatchObject({ ok: false });
    await portal.connect();
    expect(portal.status()).toMatchObject({ ok: true });
    expect(statuses).toEqual([200, 200]);
    expect(server.seen.map(({ call }) => call)).toEqual([E1, 'GET /organization']);
    expect(server.seen[0]!.headers['authorization']).toBeUndefined();
    expect(JSON.parse(server.seen[0]!.body)).toEqual({ clientId: 'client-id', clientSecret: SECRET });
    expect(server.seen[1]!.headers).toMatchObject({ authorization: `Bearer ${TOKEN}-1`, 'user-agent': 'integration-framework', accept: 'application/json' });
    portal.close();
  });

  it.each(['', '/', '/v1', '/v1/'])('takes a base URL that ends in "%s"', async (end) => {
    const { portal } = connectTo(server.baseUrl + end);
    await portal.connect();
    expect(server.count('GET /organization')).toBe(1);
  });

  it('many callers share one fetch of the token', async () => {
    const { client } = connectTo(server.baseUrl);
    await Promise.all(Array.from({ length: 20 }, () => client.integration()));
    expect(server.count(E1)).toBe(1);
    expect(server.count('GET /integration/mine')).toBe(20);
  });

  it('a caller that aborts does not end the fetch for the others', async () => {
    const { client } = connectTo(server.baseUrl);
    const stop = new AbortController();
    const aborted = client.upsert('b', ['{"identifier":"x"}'], RUN, stop.signal);
    const other = client.integration();
    stop.abort(new Error('stopped'));
    await expect(aborted).rejects.toThrow('stopped');
    await expect(other).resolves.toBeUndefined();
    expect(server.count(E1)).toBe(1);
  });

  it('renews the token a margin before its end', async () => {
    const clock = fakeClock(START);
    const { client } = connectTo(server.baseUrl, { clock });
    await client.integration();
    await clock.sleep(10_800_000 - 60_001);
    await client.integration();
    expect(server.count(E1)).toBe(1);
    await clock.sleep(1);
    await client.integration();
    expect(server.count(E1)).toBe(2);
  });

  it('of a short life the margin is a tenth', async () => {
    server.answer(({ call }) => (call === E1 ? { body: { ok: true, accessToken: 'short', expiresIn: 100, tokenType: 'Bearer' } } : undefined));
    const clock = fakeClock(START);
    const { client } = connectTo(server.baseUrl, { clock });
    await client.integration();
    await clock.sleep(89_999);
    await client.integration();
    expect(server.count(E1)).toBe(1);
    await clock.sleep(1);
    await client.integration();
    expect(server.count(E1)).toBe(2);
  });

  it('a 401 fetches once and resends once, whatever the method; concurrent ones share the fetch', async () => {
    server.answer(({ call, headers }) => (call !== E1 && headers['authorization'] === `Bearer ${TOKEN}-1` ? unauthorized : call === 'POST /integration' ? { body: { integration: { identifier: 'mine' } } } : undefined));
    const { client } = connectTo(server.baseUrl);
    await Promise.all([client.createIntegration({}), client.integration(), client.integration(), client.deleteIntegration()]);
    expect(server.count(E1)).toBe(2);
    expect(server.count('POST /integration')).toBe(2);
  });

  it('a second 401 is final', async () => {
    server.answer(({ call }) => (call === E1 ? undefined : unauthorized));
    const { client, portal } = connectTo(server.baseUrl);
    await expect(client.integration()).rejects.toMatchObject({ code: 'PORTAL_REFUSED', status: 401 });
    expect(server.count('GET /integration/mine')).toBe(2);
    expect(portal.status()).toMatchObject({ ok: false });
  });

  it.each([401, 403, 422, 404])('credentials refused with %s are final and say what to check', async (status) => {
    server.answer(({ call, body }) => (call === E1 ? { status, body: { ok: false, error: 'invalid_credentials', message: 'no such client', details: { body } } } : undefined));
    const { portal } = connectTo(server.baseUrl);
    const thrown = await portal.connect().catch((err: unknown) => err as FrameworkError);
    expect(thrown).toMatchObject({ code: 'PORTAL_REFUSED', status });
    expect((thrown as FrameworkError).message).toMatch(/check port\.clientId/);
    expect((thrown as FrameworkError).message).toMatch(/trace-1/);
    expect((thrown as FrameworkError).message).not.toContain(SECRET);
    expect(server.count(E1)).toBe(1);
    expect(portal.status()).toMatchObject({ ok: false });
  });

  it('reveals the secret for each fetch, so that a rotated one works', async () => {
    let secret = 'old';
    server.answer(({ call, body }) => (call === E1 && !body.includes('new') ? unauthorized : undefined));
    const portal = connectPortal({ baseUrl: server.baseUrl, clientId: new Secret('i'), clientSecret: new Secret(() => secret), product: 'p', clock: fakeClock(), log: recordedLog() });
    await expect(portal.connect()).rejects.toMatchObject({ code: 'PORTAL_REFUSED' });
    secret = 'new';
    await portal.connect();
    expect(portal.status().ok).toBe(true);
  });

  it('a portal that is not there is unreachable after ten retries', async () => {
    await server[Symbol.asyncDispose]();
    const clock = fakeClock();
    const statuses: (number | string)[] = [];
    const { portal } = connectTo(server.baseUrl, { clock, onRequest: (status) => statuses.push(status) });
    await expect(portal.connect()).rejects.toMatchObject({ code: 'PORTAL_UNREACHABLE', message: expect.stringContaining('ECONNREFUSED') });
    expect(statuses).toEqual(Array(11).fill('network'));
    expect(clock.waits).toHaveLength(10);
    expect(portal.status().error).toContain('ECONNREFUSED');
    server = await scriptedPortal();
  });

  it('an answer that is no portal is unreachable, with a hint', async () => {
    server.answer(() => ({ body: '<html>welcome</html>' }));
    const { portal } = connectTo(server.baseUrl);
    await expect(portal.connect()).rejects.toMatchObject({ code: 'PORTAL_UNREACHABLE', message: expect.stringContaining('port.baseUrl') });
  });

  it('follows no redirect, so no token leaves', async () => {
    await using elsewhere = await scriptedPortal();
    server.answer(({ call }) => (call === E1 ? undefined : { status: 307, headers: { location: `${elsewhere.baseUrl}/v1/organization` } }));
    const { portal } = connectTo(server.baseUrl);
    await expect(portal.organization()).rejects.toMatchObject({ code: 'PORTAL_ANSWER', status: 307 });
    expect(elsewhere.seen).toEqual([]);
  });

  it('connects though the organization is not told; who needs it gets the error', async () => {
    server.answer(({ call }) => (call === 'GET /organization' ? { status: 403, body: { ok: false, error: 'forbidden', message: 'no' } } : undefined));
    const { portal } = connectTo(server.baseUrl);
    await portal.connect();
    await expect(portal.organization()).rejects.toMatchObject({ code: 'PORTAL_ANSWER', status: 403, message: expect.stringMatching(/403 to GET \/organization: no \(trace trace-\d\)/) });
    expect(server.count('GET /organization')).toBe(2);
  });

  it('keeps the organization 300 s', async () => {
    const clock = fakeClock();
    const { portal } = connectTo(server.baseUrl, { clock });
    await portal.connect();
    await clock.sleep(299_999);
    await expect(portal.organization()).resolves.toEqual({ id: 'org_1', name: 'One', featureFlags: [] });
    expect(server.count('GET /organization')).toBe(1);
    await clock.sleep(1);
    await portal.organization();
    expect(server.count('GET /organization')).toBe(2);
  });

  it('reads Kafka credentials and provisioned types', async () => {
    server.answer(({ call }) =>
      call === 'GET /kafka-credentials'
        ? { body: { ok: true, credentials: { username: 'u', password: 'p', brokers: ['a:1', 'b:2'] } } }
        : call === 'GET /integration/provision-enabled'
          ? { body: { ok: true, integrations: ['git', 'jira'] } }
          : undefined,
    );
    const { portal } = connectTo(server.baseUrl);
    await expect(portal.kafkaCredentials()).resolves.toEqual({ username: 'u', password: 'p', brokers: ['a:1', 'b:2'] });
    await expect(portal.provisionEnabled()).resolves.toEqual(['git', 'jira']);
    server.answer(() => undefined);
    await expect(portal.kafkaCredentials()).resolves.toBeUndefined();
  });
});

describe('retries', () => {
  let server: ScriptedPortal;
  beforeEach(async () => (server = await scriptedPortal()));
  afterEach(() => server[Symbol.asyncDispose]());
  const GET = 'GET /integration/mine';
  const here = { body: { ok: true, integration: { identifier: 'mine' } } };

  it('waits as the portal asks, then goes on', async () => {
    server.answer(({ call }, nth) => (call === GET ? (nth === 1 ? { status: 429, headers: { 'retry-after': '7' } } : nth === 2 ? 'reset' : here) : undefined));
    const clock = fakeClock();
    const { client, portal } = connectTo(server.baseUrl, { clock });
    await expect(client.integration()).resolves.toEqual({ identifier: 'mine' });
    expect(clock.waits[0]).toBe(7_000);
    expect(clock.waits).toHaveLength(2);
    expect(portal.status().ok).toBe(true);
  });

  it('gives up on a 500 after three retries, on a 503 after ten', async () => {
    let status = 500;
    server.answer(({ call }) => (call === GET ? { status, body: { ok: false, error: 'oops', message: 'broken' } } : undefined));
    const { client } = connectTo(server.baseUrl, { clock: fakeClock() });
    await expect(client.integration()).rejects.toMatchObject({ code: 'PORTAL_UNREACHABLE', status: 500, recovery: 'retry' });
    expect(server.count(GET)).toBe(4);
    status = 503;
    await expect(client.integration()).rejects.toMatchObject({ status: 503 });
    expect(server.count(GET)).toBe(15);
  });

  it('does not repeat a POST that creates', async () => {
    server.answer(({ call }) => (call === 'POST /integration' ? { status: 503 } : undefined));
    const { client } = connectTo(server.baseUrl, { clock: fakeClock() });
    await expect(client.createIntegration({})).rejects.toMatchObject({ status: 503 });
    expect(server.count('POST /integration')).toBe(1);
  });

  it.each([409, 413, 422, 403])('does not repeat after %s', async (status) => {
    server.answer(({ call }) => (call === GET ? { status, body: { ok: false, error: 'e', message: 'm', details: { field: 'x' } } } : undefined));
    const { client } = connectTo(server.baseUrl, { clock: fakeClock() });
    await expect(client.integration()).rejects.toMatchObject({ status, message: expect.stringContaining('{"field":"x"}') });
    expect(server.count(GET)).toBe(1);
  });

  it('closing ends every wait', async () => {
    const asked = new Promise<void>((seen) => server.answer(({ call }) => (call === GET ? (seen(), { status: 503, headers: { 'retry-after': '200' } }) : undefined)));
    const { client, portal } = connectTo(server.baseUrl);
    const waits = client.integration();
    await asked;
    portal.close();
    await expect(waits).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('no secret is in an error, a log line or the status, whatever the portal echoes', async () => {
    const log = recordedLog();
    server.answer(({ call, headers, body }) =>
      call === E1 ? undefined : { status: call === GET ? 503 : 400, body: { ok: false, error: `e ${SECRET}`, message: `${headers['authorization']} ${SECRET} ${body} ${'.'.repeat(400)}${SECRET}`, details: { headers } } },
    );
    const { client, portal } = connectTo(server.baseUrl, { clock: fakeClock(), log });
    const errors = await Promise.all([client.integration(), client.patchIntegration({}), portal.organization()].map((call) => call.catch((err: unknown) => err)));
    await client.resyncState({ status: 'running' });
    const results = await client.upsert('b', ['{"identifier":"x"}'], RUN);
    const { inspect } = await import('node:util');
    const everything = [inspect(errors, { depth: 10, showHidden: true }), JSON.stringify(results), inspect(portal.status()), ...log.lines].join('\n');
    expect(errors.every((err) => err instanceof FrameworkError)).toBe(true);
    expect(everything).toContain('[redacted]');
    expect(everything).not.toContain(SECRET);
    expect(everything).not.toContain(TOKEN);
  });

  it('a network error keeps no request, hence no token, in its causes', async () => {
    server.answer(({ call }) => (call === E1 ? undefined : 'reset'));
    const { client } = connectTo(server.baseUrl, { clock: fakeClock() });
    const thrown = await client.integration().catch((err: unknown) => err);
    const { inspect } = await import('node:util');
    expect(thrown).toMatchObject({ code: 'PORTAL_UNREACHABLE' });
    expect(inspect(thrown, { depth: 10, showHidden: true })).not.toContain(TOKEN);
  });
});
