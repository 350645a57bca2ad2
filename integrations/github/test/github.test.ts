import path from 'node:path';
import { ABSENT, Secret, type Http, type HttpAnswer, type HttpRequest, type JsonObject } from '@integration-framework/framework';
import { allRows, kindOf, planKind, readExchanges, readPartition, serveRecorded, testContext, testHttp, type RecordedServer } from '@integration-framework/framework/testkit';
import { rateLimit } from '../src/client';
import github from '../src/index';
import type { GithubSettings } from '../src/settings';

const base: GithubSettings = { baseUrl: 'https://api.github.com' };
const account: GithubSettings = { ...base, token: new Secret('t'), organization: 'acme' };

/** A client that answers from a list of functions, one for each call. */
function scripted(...answers: readonly ((request: HttpRequest) => Partial<HttpAnswer>)[]): Http & { readonly sent: HttpRequest[] } {
  const rest = [...answers];
  const sent: HttpRequest[] = [];
  const send = async (request: HttpRequest): Promise<HttpAnswer> => {
    sent.push(request);
    const answer = rest.shift();
    if (!answer) throw new Error(`one call too many: ${request.url}`);
    return { status: 200, headers: {}, body: {}, ...answer(request) };
  };
  return { sent, send, get: async (url, query) => (await send({ url, ...(query && { query }) })).body };
}

test.each<[string, GithubSettings, readonly string[]]>([
  ['none: pushed events only', base, []],
  ['a token', account, []],
  ['an OAuth app', { ...base, clientId: 'a', clientSecret: new Secret('b'), organization: 'acme' }, []],
  ['half an OAuth app', { ...base, clientId: 'a', organization: 'acme' }, ['clientSecret is missing; clientId and clientSecret go together']],
  ['the other half', { ...base, clientSecret: new Secret('b'), organization: 'acme' }, ['clientId is missing; clientId and clientSecret go together']],
  ['both', { ...account, clientId: 'a', clientSecret: new Secret('b') }, ['clientSecret stands beside token; keep one of the two']],
  ['an OAuth app without organization', { ...base, clientId: 'a', clientSecret: new Secret('b') }, [expect.stringMatching(/^organization is missing/) as string]],
  ['no address', { baseUrl: 'github' }, [expect.stringMatching(/^baseUrl is not an address/) as string]],
])('settings: %s', (_, given, problems) => {
  expect(github.validate?.(given)).toEqual(problems);
});

test('without credentials nothing is listed, and the check says so', async () => {
  for (const kind of github.kinds?.filter(({ scan }) => scan) ?? []) expect([kind.name, kind.listed?.(base), kind.listed?.(account)]).toEqual([kind.name, false, true]);
  expect(await github.check?.(testContext(base))).toEqual({ ok: true, lines: ['no credentials: only pushed events are taken'] });
});

describe('calls', () => {
  let server: RecordedServer;
  beforeAll(async () => {
    server = await serveRecorded(readExchanges(path.join(__dirname, '../fixtures')));
  });
  afterEach(() => server.reset());
  afterAll(() => server.close());
  const clientOf = (settings: GithubSettings): Http => testHttp(github, settings, { retries: 0 }).http!;

  test('a token goes as Bearer, an OAuth app as Basic, each with the version of the API', async () => {
    await clientOf({ ...account, baseUrl: `${server.url}/` }).get('/rate_limit');
    await clientOf({ baseUrl: server.url, clientId: 'id', clientSecret: new Secret('sécret') }).get('/rate_limit');
    expect(server.requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer t', `Basic ${Buffer.from('id:sécret').toString('base64')}`]);
    expect(server.requests[0]?.headers).toMatchObject({ accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' });
  });

  test('an OAuth app is told that it sees public data only', async () => {
    const settings: GithubSettings = { baseUrl: server.url, clientId: 'id', clientSecret: new Secret('s'), organization: 'acme' };
    expect(await github.check?.(testContext(settings, { http: clientOf(settings) }))).toEqual({ ok: true, lines: [`${server.url}: 5000 calls an hour`, 'an OAuth app: public data only'] });
  });
});

const date = 'Thu, 01 Jan 2026 12:00:00 GMT';
const reset = String(Date.UTC(2026, 0, 1, 12, 0, 30) / 1_000);
test.each<[string, Partial<HttpAnswer>, number | undefined]>([
  ['the hour is used up', { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset, date } }, 30_000],
  ['it is over already', { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset, date: 'Thu, 01 Jan 2026 12:10:00 GMT' } }, 1_000],
  ['GitHub says for how long', { status: 403, headers: { 'retry-after': '7' } }, 7_000],
  ['it does not', { status: 403, headers: {}, body: { message: 'You have exceeded a secondary rate limit.' } }, 60_000],
  ['a refusal', { status: 403, headers: { 'x-ratelimit-remaining': '4000', 'x-ratelimit-reset': reset, date }, body: { message: 'Resource not accessible' } }, undefined],
  ['an answer', { status: 200, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset, date } }, undefined],
])('slow down: %s', (_, answer, wait) => {
  expect(rateLimit({ status: 200, headers: {}, body: {}, ...answer })).toBe(wait);
});

describe('lists', () => {
  const link = (address: string): Partial<HttpAnswer> => ({ headers: { link: `<${address}>; rel="next", <https://api.github.com/x?page=9>; rel="last"` } });

  test('go on by what the next address adds, wherever it leads', async () => {
    const http = scripted(
      () => ({ body: [{ id: 1 }], ...link('https://api.github.com/organizations/1/repos?type=all&per_page=100&page=2') }),
      () => ({ body: [{ id: 2 }], ...link('https://elsewhere.example.com/x?per_page=100&after=Y3Vyc29y%3D') }),
      () => ({ body: [{ id: 3 }], headers: { link: '<https://api.github.com/x?page=1>; rel="first"' } }),
    );
    expect(await allRows({ integration: github, kind: 'repository', context: testContext(account, { http }) })).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
    const own = { type: 'all', sort: 'created', direction: 'asc', per_page: 100 };
    expect(http.sent.map(({ url, query }) => [url, query])).toEqual([
      ['/orgs/acme/repos', own],
      ['/orgs/acme/repos', { ...own, page: '2' }],
      ['/orgs/acme/repos', { ...own, after: 'Y3Vyc29y=' }],
    ]);
  });

  test('an address that leads to the same page ends them as incomplete', async () => {
    const http = scripted(() => ({ body: [], ...link('https://api.github.com/x?per_page=100') }));
    await expect(allRows({ integration: github, kind: 'repository', context: testContext(account, { http }) })).rejects.toMatchObject({ recovery: 'incomplete' });
  });

  test('without organization: all that the token sees', async () => {
    const http = scripted(() => ({ body: [] }));
    await allRows({ integration: github, kind: 'repository', context: testContext<GithubSettings>({ ...base, token: new Secret('t') }, { http }) });
    expect(http.sent[0]).toMatchObject({ url: '/user/repos' });
  });

  test('one partition for each repository, whatever it is called', async () => {
    const http = scripted(() => ({ body: [{ id: 7, full_name: 'acme/a b' }] }), () => ({ status: 410 }));
    const context = testContext(account, { http });
    const [partition] = await planKind({ integration: github, kind: 'issue', context });
    expect(partition).toEqual({ name: '7', data: { repository: 'acme/a b' } });
    const pages: unknown[] = [];
    for await (const page of readPartition({ integration: github, kind: 'issue', context }, partition!)) pages.push(page);
    expect([http.sent[1]?.url, pages]).toEqual(['/repos/acme/a%20b/issues', [{ rows: [], next: undefined }]]);
  });

  test('pull requests: open ones, unless all are wanted', async () => {
    for (const [pullRequests, state] of [[undefined, 'open'], ['all', 'all']] as const) {
      const http = scripted(() => ({ body: [{ id: 7, full_name: 'acme/a' }] }), () => ({ body: [] }));
      await allRows({ integration: github, kind: 'pull-request', context: testContext<GithubSettings>({ ...account, ...(pullRequests && { pullRequests }) }, { http }) });
      expect(http.sent[1]?.query).toMatchObject({ state });
    }
  });
});

describe('one thing', () => {
  test('by what an event said, while no row is there', async () => {
    const http = scripted(() => ({ body: { id: 3, repository_url: 'https://api.github.com/repos/acme/a' } }));
    expect(await kindOf(github, 'issue').get?.(testContext(account, { http }), { key: '3', locate: { repository: 'acme/a', number: '12' } })).toMatchObject({ id: 3 });
    expect(http.sent[0]).toMatchObject({ url: '/repos/acme/a/issues/12' });
  });

  test('deleted, or known by its id alone: absent', async () => {
    const context = testContext(account, { http: scripted(() => ({ status: 410 })) });
    expect(await kindOf(github, 'issue').get?.(context, { key: '3', locate: { repository: 'acme/a', number: '12' } })).toBe(ABSENT);
    expect(await kindOf(github, 'issue').get?.(context, { key: '3' })).toBe(ABSENT);
  });

  test('of another organization: not a member', () => {
    const rows: Readonly<Record<string, JsonObject>> = {
      repository: { full_name: 'other/a' },
      issue: { repository_url: 'https://api.github.com/repos/other/a' },
      'workflow-run': { repository: { full_name: 'other/a' } },
    };
    for (const [name, row] of Object.entries(rows)) {
      expect([name, kindOf(github, name).member?.(testContext(account), row)]).toEqual([name, false]);
      expect([name, kindOf(github, name).member?.(testContext(base), row)]).toEqual([name, true]);
    }
  });
});

test('the repository inside a row is only named: its counters are not those of the row', async () => {
  const [{ body }] = [{ body: [{ id: 1, base: { ref: 'main', repo: { id: 7, full_name: 'acme/a', stargazers_count: 5, owner: { login: 'acme', id: 9, type: 'Organization', url: 'x' } } }, head: { ref: 'b', repo: null } }] }];
  const http = scripted(() => ({ body: [{ id: 7, full_name: 'acme/a' }] }), () => ({ body }));
  expect(await allRows({ integration: github, kind: 'pull-request', context: testContext(account, { http }) })).toEqual([
    { id: 1, base: { ref: 'main', repo: { id: 7, full_name: 'acme/a', owner: { login: 'acme', id: 9, type: 'Organization' } } }, head: { ref: 'b', repo: null } },
  ]);
});

test.each([
  ['repository', { id: 7, name: 'a', full_name: 'acme/a' }, 'github-import-repository', { type: 'repository', id: 7, name: 'a', full_name: 'acme/a', organization: 'acme', repository: 'a' }],
  ['issue', { id: 3, title: 'T', repository_url: 'https://api.github.com/repos/acme/a' }, 'github-import-issue', { type: 'issue', id: 3, name: 'T', full_name: 'acme/a', organization: 'acme', repository: 'a' }],
  ['pull-request', { id: 4, title: 'T', base: { repo: { full_name: 'acme/a' } } }, 'github-import-pull_request', { type: 'pull_request', id: 4, name: 'T', full_name: 'acme/a', organization: 'acme', repository: 'a' }],
  ['workflow-run', { id: 5, name: 'Build', repository: { full_name: 'acme/a' } }, 'github-import-workflow_run', { type: 'workflow_run', id: 5, name: 'Build', full_name: 'acme/a', organization: 'acme', repository: 'a' }],
])('the envelope of a %s that was read', (name, row, importType, envelope) => {
  const kind = kindOf(github, name);
  expect([kind.importType, kind.envelope?.(row)]).toEqual([importType, { ...envelope, data: row }]);
});
