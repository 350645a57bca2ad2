import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createLocalPortal } from './index';
import { CREDENTIALS, memoryLog, serve, stillClock, stopAll, temporaryFolder } from './test/serve';

afterEach(stopAll);

const claims = (token: string): Record<string, unknown> => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;

describe('POST /auth/access_token', () => {
  test('gives a JWT of a machine for 3 hours, and the same one while it is active', async () => {
    const clock = stillClock();
    const { call } = await serve({ clock });
    const first = await call('POST', '/auth/access_token', CREDENTIALS);
    expect(first.body).toMatchObject({ ok: true, tokenType: 'Bearer', expiresIn: 10_800 });
    expect(claims(first.body.accessToken)).toMatchObject({ isMachine: true, orgId: 'local', iat: clock.now() / 1_000, exp: clock.now() / 1_000 + 10_800 });
    clock.move(60_000);
    const second = await call('POST', '/auth/access_token', CREDENTIALS);
    expect(second.body).toMatchObject({ accessToken: first.body.accessToken, expiresIn: 10_740 });
    clock.move(10_800_000);
    expect((await call('POST', '/auth/access_token', CREDENTIALS)).body.accessToken).not.toBe(first.body.accessToken);
  });

  test('holds neither credential in the token', async () => {
    const { call } = await serve({ credentials: { clientId: 'planted-id', clientSecret: 'planted-secret' } });
    const { body } = await call('POST', '/auth/access_token', { clientId: 'planted-id', clientSecret: 'planted-secret' });
    expect(JSON.stringify([body, claims(body.accessToken)])).not.toMatch(/planted/);
  });

  test.each([
    [{ clientId: 'client', clientSecret: 'wrong' }, 401],
    [{ clientId: 'other', clientSecret: 'test' }, 401],
    [{ clientId: 'client' }, 422],
    [{ ...CREDENTIALS, more: 1 }, 422],
    ['{', 400],
    [[], 422],
  ])('refuses %j with %i', async (body, status) => {
    const { call } = await serve();
    const answer = await call('POST', '/auth/access_token', body, { authorization: '' });
    expect(answer).toMatchObject({ status, body: { ok: false, error: expect.any(String), message: expect.any(String) } });
    expect(JSON.stringify(answer.body)).not.toMatch(/wrong/);
  });
});

describe('a token', () => {
  test.each(['', 'Bearer ', 'Bearer x.y.z', 'Basic abc'])('%j is refused on every route, known or not', async (authorization) => {
    const { call } = await serve();
    for (const [method, below] of [['GET', '/organization'], ['POST', '/entities/search'], ['GET', '/nothing/here']] as const) {
      const answer = await call(method, below, undefined, { authorization });
      expect(answer).toMatchObject({ status: 401, body: { ok: false, error: 'unauthorized' } });
      expect(answer.headers.get('x-trace-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test('ends after 3 hours, survives a restart, and ends when the secret changes', async () => {
    const clock = stillClock();
    const first = await serve({ clock });
    const { body } = await first.call('POST', '/auth/access_token', CREDENTIALS);
    const authorization = `Bearer ${body.accessToken}`;
    await first.stop();
    const again = await serve({ clock, folder: first.folder });
    expect((await again.call('GET', '/organization', undefined, { authorization })).status).toBe(200);
    await again.stop();
    const changed = await serve({ clock, folder: first.folder, credentials: { ...CREDENTIALS, clientSecret: 'new' } });
    expect((await changed.call('GET', '/organization', undefined, { authorization })).status).toBe(401);
    await changed.stop();
    clock.move(10_800_000);
    const later = await serve({ clock, folder: first.folder });
    expect((await later.call('GET', '/organization', undefined, { authorization })).status).toBe(401);
  });

  test('stands in no file of the folder', async () => {
    const served = await serve();
    const { body } = await served.call('POST', '/auth/access_token', CREDENTIALS);
    await served.stop();
    expect(readFileSync(path.join(served.folder, 'portal.db')).includes(body.accessToken.split('.')[2])).toBe(false);
  });
});

test('organization, streamer, Kafka credentials, provisioned types', async () => {
  const { call } = await serve({ featureFlags: ['USE_PROVISIONED_DEFAULTS'] });
  expect((await call('GET', '/organization')).body).toEqual({ ok: true, organization: { id: 'local', name: 'local', featureFlags: ['USE_PROVISIONED_DEFAULTS'], isBlocked: false } });
  expect((await call('PATCH', '/organization', { settings: { portAgentStreamerName: 'KAFKA' } })).body).toEqual({ ok: true });
  expect((await call('GET', '/kafka-credentials')).body).toEqual({ ok: true });
  expect((await call('GET', '/integration/provision-enabled')).body).toEqual({ ok: true, integrations: [] });
  const kafka = { username: 'local.u', password: 'p', brokers: ['127.0.0.1:9092'] };
  expect((await (await serve({ kafka })).call('GET', '/kafka-credentials')).body).toEqual({ ok: true, credentials: kafka });
});

describe('credentials that nobody configured', () => {
  const options = (folder: string) => ({ folder, clock: stillClock(), log: memoryLog });

  test('are made once, readable by the owner alone, and cannot be printed', () => {
    const folder = temporaryFolder();
    const first = createLocalPortal(options(folder));
    const file = path.join(folder, 'portal-credentials.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ clientId: first.credentials.clientId, clientSecret: first.credentials.clientSecret.reveal() });
    expect(JSON.stringify(first.credentials)).not.toContain(first.credentials.clientSecret.reveal());
    first.close();
    const second = createLocalPortal(options(folder));
    expect(second.credentials.clientSecret.reveal()).toBe(first.credentials.clientSecret.reveal());
    second.close();
  });

  test('a file that does not hold them is an error that does not show its content', () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'portal-credentials.json'), '{"clientId":"planted"');
    const attempt = () => createLocalPortal(options(folder));
    expect(attempt).toThrow(/portal-credentials\.json/);
    expect(attempt).not.toThrow(/planted/);
  });
});
