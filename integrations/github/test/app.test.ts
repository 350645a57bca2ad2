import { generateKeyPairSync, verify } from 'node:crypto';
import path from 'node:path';
import { inspect } from 'node:util';
import { Secret, type Http } from '@integration-framework/framework';
import { readExchanges, serveRecorded, testHttp, type Exchange, type RecordedServer } from '@integration-framework/framework/testkit';
import github from '../src/index';
import type { GithubSettings } from '../src/settings';

// A GitHub App: its private key signs a token of minutes, for which GitHub gives one of an hour. The server is ours, because no recorded one expires.

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }) as string;
const START = Date.UTC(2026, 0, 1, 12);
const HOUR = 3_600_000;

let now: number;
let server: RecordedServer;
const exchange: Exchange = {
  request: { method: 'POST', path: '/app/installations/8/access_tokens' },
  response: { status: 201, body: { token: 'ghs_planted-token', expires_at: new Date(START + HOUR).toISOString(), permissions: { metadata: 'read' } } },
};

beforeAll(async () => {
  server = await serveRecorded([...readExchanges(path.join(__dirname, '../fixtures')), exchange]);
});
beforeEach(() => {
  now = START;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
});
afterEach(() => {
  jest.restoreAllMocks();
  server.reset();
});
afterAll(() => server.close());

const settingsOf = (more: Partial<GithubSettings> = { appId: 7 }): GithubSettings => ({ baseUrl: server.url, pullRequests: 'open', installationId: 8, privateKey: new Secret(pem), ...more });
const clientOf = (settings: GithubSettings): Http => testHttp(github, settings, { retries: 0 }).http!;
const paths = (): readonly string[] => server.requests.map(({ method, path: at }) => `${method} ${at}`);
const exchanges = (): number => paths().filter((line) => line === 'POST /app/installations/8/access_tokens').length;

test.each<[string, Partial<GithubSettings>, string]>([
  ['by its id', { appId: 7 }, '7'],
  ['by its client id', { clientId: 'Iv1.abc' }, 'Iv1.abc'],
  ['with a key whose line ends are escaped', { appId: 7, privateKey: new Secret(pem.replaceAll('\n', '\\n')) }, '7'],
])('it proves itself %s, and calls with the token that it gets', async (_, more, issuer) => {
  await clientOf(settingsOf(more)).get('/rate_limit');
  expect(paths()).toEqual(['POST /app/installations/8/access_tokens', 'GET /rate_limit']);
  const [head = '', claims = '', signature = ''] = server.requests[0]!.headers['authorization']!.replace('Bearer ', '').split('.');
  expect(verify('sha256', Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
  const parsed = [head, claims].map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as unknown);
  expect(parsed).toEqual([{ alg: 'RS256', typ: 'JWT' }, { iat: START / 1_000 - 60, exp: START / 1_000 + 540, iss: issuer }]);
  expect(server.requests[1]!.headers['authorization']).toBe('Bearer ghs_planted-token');
});

test('one token serves all calls at once, and all clients of the entry', async () => {
  const settings = settingsOf();
  const first = clientOf(settings);
  await Promise.all(Array.from({ length: 20 }, () => first.get('/rate_limit')));
  await clientOf(settings).get('/rate_limit');
  expect([exchanges(), server.requests.length]).toEqual([1, 22]);
  await clientOf(settingsOf()).get('/rate_limit');
  expect(exchanges()).toBe(2); // another entry has its own
});

test('it is renewed five minutes before it ends', async () => {
  const http = clientOf(settingsOf());
  await http.get('/rate_limit');
  now = START + HOUR - 5 * 60_000 - 1;
  await http.get('/rate_limit');
  expect(exchanges()).toBe(1);
  now++;
  await http.get('/rate_limit');
  expect(exchanges()).toBe(2);
});

test('a 401 renews it once; a second one is the answer', async () => {
  const http = clientOf(settingsOf());
  await http.get('/rate_limit');
  server.fail({ status: 401 });
  await http.get('/rate_limit');
  expect(paths().slice(2)).toEqual(['GET /rate_limit', 'POST /app/installations/8/access_tokens', 'GET /rate_limit']);
  server.fail(({ path: at }) => (at === '/rate_limit' ? { status: 401 } : undefined));
  await expect(http.get('/rate_limit')).rejects.toMatchObject({ code: 'SOURCE_REFUSED', status: 401 });
  expect(exchanges()).toBe(3);
});

test('an App that GitHub does not know, and an answer without token, fail without a word of a secret', async () => {
  for (const [body, status, code] of [[{ message: 'A JSON web token could not be decoded' }, 401, 'SOURCE_REFUSED'], [{ message: 'Not Found' }, 404, 'SOURCE_NOT_FOUND'], [{ token: 5 }, 201, 'SOURCE_UNREADABLE']] as const) {
    server.reset();
    server.fail(() => ({ status, body }));
    const { http, log } = testHttp(github, settingsOf(), { retries: 0 });
    const err: unknown = await http!.get('/rate_limit').catch((thrown: unknown) => thrown);
    expect(err).toMatchObject({ code });
    expect(server.requests).toHaveLength(1);
    const jwt = server.requests[0]!.headers['authorization']!.replace('Bearer ', '');
    const told = inspect([err, log], { depth: 10 });
    for (const secret of [jwt, 'ghs_', pem.slice(40, 90)]) expect(told).not.toContain(secret);
  }
});
