import { generateKeyPairSync } from 'node:crypto';
import path from 'node:path';
import { ABSENT, Secret, type Http, type HttpAnswer, type HttpRequest, type JsonObject } from '@integration-framework/framework';
import { allRows, kindOf, planKind, readExchanges, readPartition, serveRecorded, testContext, testHttp, type RecordedServer } from '@integration-framework/framework/testkit';
import { rateLimit } from '../src/client';
import github from '../src/index';
import type { GithubSettings } from '../src/settings';

const base: GithubSettings = { baseUrl: 'https://api.github.com', pullRequests: 'open' };
const account: GithubSettings = { ...base, token: new Secret('t'), organization: 'acme' };

const appKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }) as string;
const appOf = (pem: string) => ({ ...base, privateKey: new Secret(pem), installationId: 8 });
const app: GithubSettings = { ...appOf(appKey), appId: 7 };

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
  ['a GitHub App', app, []],
  ['a GitHub App by its client id', { ...appOf(appKey), clientId: 'Iv1.a' }, []],
  ['a GitHub App whose key has its line ends escaped', { ...app, privateKey: new Secret(appKey.replaceAll('\n', '\\n')) }, []],
  ['a GitHub App by two names', { ...app, clientId: 'Iv1.a' }, ['clientId stands beside appId; keep one of the two']],
  ['a GitHub App beside a token', { ...app, token: new Secret('t') }, ['privateKey stands beside token; keep one of the two']],
  ['a GitHub App without its key', { ...base, appId: 7, installationId: 8 }, [expect.stringMatching(/^privateKey is missing/) as string]],
  ['a GitHub App without its id and installation', { ...base, privateKey: new Secret(appKey) }, [expect.stringMatching(/^appId is missing/) as string, expect.stringMatching(/^installationId is missing/) as string]],
  ['a GitHub App with something else for a key', { ...app, privateKey: new Secret('ghp_0123') }, [expect.stringMatching(/^privateKey is not an RSA key in PEM/) as string]],
  ['an OAuth app without organization', { ...base, clientId: 'a', clientSecret: new Secret('b') }, [expect.stringMatching(/^organization is missing/) as string]],
  ['no address', { ...base, baseUrl: 'github' }, [expect.stringMatching(/^baseUrl is not an address/) as string]],
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
    await clientOf({ ...base, baseUrl: server.url, clientId: 'id', clientSecret: new Secret('sécret') }).get('/rate_limit');
    expect(server.requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer t', `Basic ${Buffer.from('id:sécret').toString('base64')}`]);
    expect(server.requests[0]?.headers).toMatchObject({ accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' });
  });

  test('an OAuth app is told that it sees public data only', async () => {
    const settings: GithubSettings = { ...base, baseUrl: server.url, clientId: 'id', clientSecret: new Secret('s'), organization: 'acme' };
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

  test('without organization: all that the token, or the installation, sees', async () => {
    const http = scripted(() => ({ body: [] }), () => ({ body: { total_count: 1, repositories: [{ id: 1 }] } }));
    await allRows({ integration: github, kind: 'repository', context: testContext<GithubSettings>({ ...base, token: new Secret('t') }, { http }) });
    expect(await allRows({ integration: github, kind: 'repository', context: testContext(app, { http }) })).toEqual([{ id: 1 }]);
    expect(http.sent.map(({ url }) => url)).toEqual(['/user/repos', '/installation/repositories']);
  });

  test('without organization: those that own a repository, each once, and no person', async () => {
    const owned = (id: number, type: string, login: string): JsonObject => ({ id, full_name: `${login}/a`, owner: { id: login.length, login, type } });
    const http = scripted(() => ({ body: [owned(1, 'Organization', 'acme'), owned(2, 'User', 'ada'), owned(3, 'Organization', 'acme')] }));
    const context = testContext<GithubSettings>({ ...base, token: new Secret('t') }, { http });
    expect(await planKind({ integration: github, kind: 'organization', context })).toEqual([{ name: '4', data: { login: 'acme' } }]);
  });

  test.each([403, 404, 451])('a repository that answers %d is incomplete, and the others go on', async (status) => {
    const http = scripted(() => ({ body: [{ id: 7, full_name: 'acme/a' }] }), () => ({ status }));
    const context = testContext(account, { http });
    const [partition] = await planKind({ integration: github, kind: 'release', context });
    await expect(readPartition({ integration: github, kind: 'release', context }, partition!)[Symbol.asyncIterator]().next()).rejects.toMatchObject({ recovery: 'incomplete' });
    expect(http.sent[1]?.accept).toContain(status);
  });

  test('teams are listed for those who act for somebody', () => {
    const oauth: GithubSettings = { ...base, clientId: 'a', clientSecret: new Secret('b'), organization: 'acme' };
    expect([account, app, oauth, base].map((settings) => kindOf(github, 'team').listed?.(settings))).toEqual([true, true, false, false]);
  });

  test('one partition for each repository, whatever it is called', async () => {
    const http = scripted(() => ({ body: [{ id: 7, full_name: 'acme/a b' }] }), () => ({ status: 410 }));
    const context = testContext(account, { http });
    const [partition] = await planKind({ integration: github, kind: 'issue', context });
    expect(partition).toEqual({ name: '7', data: { repository: 'acme/a b', id: 7 } });
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
    const http = scripted(() => ({ body: { id: 3, url: 'https://api.github.com/repos/acme/a/issues/12' } }));
    const row = await kindOf(github, 'issue').get?.(testContext(account, { http }), { key: '3', locate: { repository: 'acme/a', number: '12', id: 7 } });
    expect(row).toEqual({ id: 3, url: 'https://api.github.com/repos/acme/a/issues/12', repository: { id: 7, name: 'a', full_name: 'acme/a' }, __repository: 'a' });
    expect(http.sent[0]).toMatchObject({ url: '/repos/acme/a/issues/12' });
  });

  test('in a repository that was renamed, or moved to another organization, since', async () => {
    const row = { id: 3, number: 12, url: 'https://api.github.com/repos/acme/a/issues/12', repository: { id: 7, name: 'a', full_name: 'acme/a' }, __repository: 'a' };
    const http = scripted(() => ({ body: { id: 3, number: 12, url: 'https://api.github.com/repos/other/b/issues/12' } }));
    const moved = await kindOf(github, 'issue').get?.(testContext(account, { http }), { key: '3', row });
    expect(moved).toMatchObject({ repository: { id: 7, name: 'b', full_name: 'other/b' }, __repository: 'b' });
    expect(kindOf(github, 'issue').member?.(testContext(account), moved)).toBe(false);
  });

  test.each<[string, readonly Partial<HttpAnswer>[], unknown, readonly string[]]>([
    ['renamed, and nothing has its old name', [{ status: 404 }, { body: { full_name: 'acme/b' } }, { body: { id: 3, url: '/repos/acme/b/issues/12' } }], 'acme/b', ['/repos/acme/a/issues/12', '/repositories/7', '/repos/acme/b/issues/12']],
    ['renamed, and another has its old name', [{ body: { id: 4 } }, { body: { full_name: 'acme/b' } }, { body: { id: 3, url: '/repos/acme/b/issues/12' } }], 'acme/b', ['/repos/acme/a/issues/12', '/repositories/7', '/repos/acme/b/issues/12']],
    ['not renamed', [{ status: 404 }, { body: { full_name: 'acme/a' } }], ABSENT, ['/repos/acme/a/issues/12', '/repositories/7']],
    ['gone', [{ status: 404 }, { status: 404 }], ABSENT, ['/repos/acme/a/issues/12', '/repositories/7']],
  ])('what is not found under its name is looked for in its repository by the id of that: %s', async (_, answers, name, urls) => {
    const http = scripted(...answers.map((answer) => () => answer));
    const row = { id: 3, number: 12, url: '/repos/acme/a/issues/12', repository: { id: 7, name: 'a', full_name: 'acme/a' } };
    const found = await kindOf(github, 'issue').get?.(testContext(account, { http }), { key: '3', row });
    expect(found === ABSENT ? ABSENT : (found as { repository: JsonObject }).repository['full_name']).toBe(name);
    expect(http.sent.map(({ url }) => url)).toEqual(urls);
    expect(kindOf(github, 'issue').partitionOf?.(row)).toBe('7');
  });

  test('a branch is asked for by its name, slashes kept', async () => {
    const http = scripted(() => ({ status: 404 }), () => ({ body: { id: 7, full_name: 'acme/a' } }));
    const row = { name: 'feature/#7', repository: { id: 7, name: 'a', full_name: 'acme/a' } };
    expect(await kindOf(github, 'branch').get?.(testContext(account, { http }), { key: '7/feature%2F%237', row })).toBe(ABSENT);
    expect(http.sent[0]).toMatchObject({ url: '/repos/acme/a/branches/feature/%237' });
  });

  test('a member is what was listed, as long as it is one', async () => {
    const row = { id: 5, login: 'ada', organization: { id: 9, login: 'acme' } };
    const http = scripted(() => ({ status: 204, body: undefined }), () => ({ status: 404 }));
    const context = testContext(account, { http });
    expect(kindOf(github, 'user').key(row)).toEqual([9, 5]);
    expect([await kindOf(github, 'user').get?.(context, { key: '9/5', row }), await kindOf(github, 'user').get?.(context, { key: '9/5', row })]).toEqual([row, ABSENT]);
    expect(http.sent[0]).toMatchObject({ url: '/orgs/acme/members/ada' });
  });

  test('deleted, or known by its id alone: absent', async () => {
    const context = testContext(account, { http: scripted(() => ({ status: 410 })) });
    expect(await kindOf(github, 'issue').get?.(context, { key: '3', locate: { repository: 'acme/a', number: '12' } })).toBe(ABSENT);
    expect(await kindOf(github, 'issue').get?.(context, { key: '3' })).toBe(ABSENT);
  });

  test('of another organization: not a member', () => {
    const rows: Readonly<Record<string, JsonObject>> = {
      repository: { full_name: 'other/a' },
      issue: { repository: { full_name: 'other/a' } },
      'workflow-run': { repository: { full_name: 'other/a' } },
      organization: { login: 'other' },
      team: { organization: { login: 'other' } },
      user: { organization: { login: 'other' } },
    };
    for (const [name, row] of Object.entries(rows)) {
      expect([name, kindOf(github, name).member?.(testContext(account), row)]).toEqual([name, false]);
      expect([name, kindOf(github, name).member?.(testContext(base), row)]).toEqual([name, true]);
    }
  });
});

test('the repository inside a row is only named: its counters are not those of the row', async () => {
  const [{ body }] = [{ body: [{ id: 1, url: 'https://api.github.com/repos/acme/a/pulls/1', base: { ref: 'main', repo: { id: 7, full_name: 'acme/a', stargazers_count: 5, owner: { login: 'acme', id: 9, type: 'Organization', url: 'x' } } }, head: { ref: 'b', repo: null } }] }];
  const http = scripted(() => ({ body: [{ id: 7, full_name: 'acme/a' }] }), () => ({ body }));
  expect(await allRows({ integration: github, kind: 'pull-request', context: testContext(account, { http }) })).toEqual([
    {
      id: 1,
      url: 'https://api.github.com/repos/acme/a/pulls/1',
      base: { ref: 'main', repo: { id: 7, full_name: 'acme/a', owner: { login: 'acme', id: 9, type: 'Organization' } } },
      head: { ref: 'b', repo: null },
      repository: { id: 7, name: 'a', full_name: 'acme/a' },
      __repository: 'a',
    },
  ]);
});

test.each([
  ['repository', { id: 7, name: 'a', full_name: 'acme/a' }, 'github-import-repository', { type: 'repository', id: 7, name: 'a', full_name: 'acme/a', organization: 'acme', repository: 'a' }],
  ['issue', { id: 3, title: 'T', repository: { full_name: 'acme/a' } }, 'github-import-issue', { type: 'issue', id: 3, name: 'T', full_name: 'acme/a', organization: 'acme', repository: 'a' }],
  ['pull-request', { id: 4, title: 'T', repository: { full_name: 'acme/a' } }, 'github-import-pull_request', { type: 'pull_request', id: 4, name: 'T', full_name: 'acme/a', organization: 'acme', repository: 'a' }],
  ['workflow-run', { id: 5, name: 'Build', repository: { full_name: 'acme/a' } }, 'github-import-workflow_run', { type: 'workflow_run', id: 5, name: 'Build', full_name: 'acme/a', organization: 'acme', repository: 'a' }],
])('the envelope of a %s that was read', (name, row, importType, envelope) => {
  const kind = kindOf(github, name);
  expect([kind.importType, kind.envelope?.(row)]).toEqual([importType, { ...envelope, data: row }]);
});

test('declared pipelines read repositories, pull requests, workflow runs and issues', () => {
  const listed = (github.kinds ?? []).filter(({ scan }) => scan);
  expect(listed.filter(({ imported }) => imported !== false).map(({ name }) => name)).toEqual(['repository', 'pull-request', 'workflow-run', 'issue']);
  expect(github.settings['pullRequests']).toMatchObject({ default: 'open', pipelineDefault: 'all' });
});

test.each([
  ['issue', { type: 'issue', id: 3, data: { id: 3, repository: { id: 7 } } }, [['id', 3], ['repositoryId', 7]]],
  ['workflow-run', { type: 'workflow_run', id: 5, data: { workflow_id: 50 } }, [['id', 5], ['workflowId', 50]]],
  ['release', { id: 4, repository: { id: 7 } }, [['id', 4], ['repositoryId', 7]]],
])('keys of a %s that was read', (kind, envelope, keys) => {
  expect(github.live?.keys?.(kind, envelope, base).map(({ name, value }) => [name, value])).toEqual(keys);
});
