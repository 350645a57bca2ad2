import path from 'node:path';
import { ABSENT, FrameworkError, Secret, type Http, type HttpAnswer, type HttpRequest } from '@integration-framework/framework';
import { allRows, kindOf, readExchanges, readPartition, serveRecorded, testContext, testHttp, type RecordedServer } from '@integration-framework/framework/testkit';
import jira from '../src/index';
import { listQuery, memberQuery } from '../src/jql';
import { EVERY_ISSUE, LIVING_ISSUES, type JiraSettings } from '../src/settings';

const jql = LIVING_ISSUES;
const account = { baseUrl: 'https://acme.atlassian.net', email: 'a@example.com', token: new Secret('t'), jql };

/** A client that answers from a list of functions, one for each call behind /myself. */
function scripted(...answers: readonly ((request: HttpRequest) => unknown)[]): Http & { readonly sent: HttpRequest[] } {
  const rest = [...answers];
  const sent: HttpRequest[] = [];
  const send = async (request: HttpRequest): Promise<HttpAnswer> => {
    if (request.url === '/myself') return { status: 200, headers: {}, body: {} };
    sent.push(request);
    const answer = rest.shift();
    if (!answer) throw new Error(`one call too many: ${request.url}`);
    return { status: 200, headers: {}, body: answer(request) };
  };
  return { sent, send, get: async (url, query) => (await send({ url, ...(query && { query }) })).body };
}
const contextOf = (http: Http, settings: JiraSettings = account) => testContext(settings, { http });
const scanContext = (settings: JiraSettings, selector: Readonly<Record<string, unknown>> = {}) => ({ ...contextOf(scripted(), settings), partition: { name: '' }, selector });

describe('settings', () => {
  test.each<[string, JiraSettings, readonly string[]]>([
    ['none: pushed events only', { jql }, []],
    ['none, with pipelines', { jql: EVERY_ISSUE }, []],
    ['basic', account, []],
    ['bearer', { baseUrl: 'https://api.atlassian.com/ex/jira/0a', accessToken: new Secret('t'), jql }, []],
    ['no account', { baseUrl: 'https://acme.atlassian.net', jql }, ['an account is missing; set email and token, or accessToken']],
    ['no token', { baseUrl: 'https://acme.atlassian.net', email: 'a@example.com', jql }, ['token is missing; email and token go together']],
    ['no email', { baseUrl: 'https://acme.atlassian.net', token: new Secret('t'), jql }, ['email is missing; email and token go together']],
    ['both', { ...account, accessToken: new Secret('t') }, ['accessToken stands beside email and token; keep one of the two']],
    ['no baseUrl', { jql: 'project = A' }, [expect.stringMatching(/^baseUrl is missing/) as string]],
    ['no address', { ...account, baseUrl: 'acme' }, [expect.stringMatching(/^baseUrl is not an address/) as string]],
  ])('%s', (_, settings, problems) => {
    expect(jira.validate?.(settings)).toEqual(problems);
  });

  test('without an account nothing is listed, and the check says so', async () => {
    for (const kind of jira.kinds?.filter(({ scan }) => scan) ?? []) {
      expect(kind.listed?.({ jql })).toBe(false);
      expect(kind.listed?.(account)).toBe(true);
    }
    expect(await jira.check?.(testContext<JiraSettings>({ jql }))).toEqual({ ok: true, lines: ['no account: only pushed events are taken'] });
  });
});

describe('credentials', () => {
  let server: RecordedServer;
  beforeAll(async () => {
    server = await serveRecorded(readExchanges(path.join(__dirname, '../fixtures')));
  });
  afterEach(() => server.reset());
  afterAll(() => server.close());
  const clientOf = (settings: JiraSettings): Http => testHttp(jira, settings, { retries: 0 }).http!;

  test('email and token go as Basic, an access token as Bearer, a trailing slash does no harm', async () => {
    await clientOf({ baseUrl: `${server.url}/`, email: 'ann@example.com', token: new Secret('täst'), jql }).get('/myself');
    await clientOf({ baseUrl: server.url, accessToken: new Secret('bearer-token'), jql }).get('/myself');
    expect(server.requests.map(({ headers }) => headers['authorization'])).toEqual([`Basic ${Buffer.from('ann@example.com:täst').toString('base64')}`, 'Bearer bearer-token']);
    expect(server.requests.map(({ path: at }) => at)).toEqual(['/rest/api/2/myself', '/rest/api/2/myself']);
  });

  test('a site that takes us for a guest, with empty lists, is a refusal and not an empty site', async () => {
    server.fail(({ path: at }) => {
      if (at.endsWith('/myself')) return { status: 401, body: { message: 'Client must be authenticated to access this resource.' } };
      return { status: 200, body: at.endsWith('/users/search') ? [] : { issues: [], values: [], isLast: true } };
    });
    const settings = { ...account, baseUrl: server.url };
    for (const kind of ['project', 'user', 'issue']) {
      const context = contextOf(clientOf(settings), settings);
      await expect(allRows({ integration: jira, kind, context })).rejects.toMatchObject({ code: 'SOURCE_REFUSED', act: 'operator' });
    }
  });
});

describe('jql', () => {
  test.each<[string, JiraSettings, Readonly<Record<string, unknown>>, string]>([
    ['the default', account, {}, '(statusCategory != Done OR updated >= -4w) ORDER BY created ASC, key ASC'],
    ['of the settings', { ...account, jql: ' project = A ' }, {}, '(project = A) ORDER BY created ASC, key ASC'],
    ['of the resource', { ...account, jql: 'project = A' }, { jql: 'project = B OR assignee = me' }, '(project = B OR assignee = me) ORDER BY created ASC, key ASC'],
    ['its order gives way', { ...account, jql: 'project = A order  by rank desc, key' }, {}, '(project = A) ORDER BY created ASC, key ASC'],
    ['text that looks like an order stays', { ...account, jql: 'summary ~ "order by me"' }, {}, '(summary ~ "order by me") ORDER BY created ASC, key ASC'],
    ['only an order', { ...account, jql: 'ORDER BY key' }, {}, '(statusCategory != Done OR updated >= -4w) ORDER BY created ASC, key ASC'],
  ])('%s', (_, settings, selector, jql) => {
    expect(listQuery(scanContext(settings, selector))).toBe(jql);
  });

  test('an issue is a member when any resource selects it', () => {
    const context = contextOf(scripted(), { ...account, jql: 'project = A' });
    expect(memberQuery(context, '7')).toBe('((project = A)) AND id = 7');
    expect(memberQuery({ ...context, selectors: [{ jql: 'project = B' }, {}, { jql: 'project = B' }] }, '7')).toBe('((project = B) OR (project = A)) AND id = 7');
  });

  test('where every issue exists, nothing is asked', async () => {
    const context = contextOf(scripted(), { ...account, jql: EVERY_ISSUE });
    expect(memberQuery(context, '7')).toBeUndefined();
    expect(await kindOf(jira, 'issue').member?.(context, { id: '7' })).toBe(true);
    expect(listQuery(scanContext({ ...account, jql: EVERY_ISSUE }))).toBe('(created >= "1970-01-01") ORDER BY created ASC, key ASC');
    expect(jira.settings['jql']).toMatchObject({ default: LIVING_ISSUES, pipelineDefault: EVERY_ISSUE });
  });

  test('member asks for what was just written', async () => {
    const http = scripted(() => ({ issues: [] }));
    expect(await kindOf(jira, 'issue').member?.(contextOf(http), { id: '10010' })).toBe(false);
    expect(http.sent[0]).toMatchObject({ url: '/search/jql', idempotent: true, body: { reconcileIssues: [10010] } });
  });
});

describe('issues', () => {
  const partition = { name: '' };
  const refused = (): never => {
    throw new FrameworkError('SOURCE_FAILED', ['POST /search/jql', '400'], { status: 400 });
  };
  const page = (ids: readonly string[], token?: string) => () => ({ issues: ids.map((id) => ({ id, expand: 'x' })), ...(token && { nextPageToken: token }) });

  test('a stored token that is refused sends the scan to its beginning', async () => {
    const http = scripted(refused, page(['1'], 'b'), page(['2']));
    const rows: unknown[] = [];
    for await (const read of readPartition({ integration: jira, kind: 'issue', context: contextOf(http) }, partition, { token: 'old' })) rows.push(...read.rows);
    expect(rows).toEqual([{ id: '1' }, { id: '2' }]);
    expect(http.sent.map(({ body }) => (body as { nextPageToken?: string }).nextPageToken)).toEqual(['old', undefined, 'b']);
  });

  test('a refusal of anything else is an error', async () => {
    await expect(allRows({ integration: jira, kind: 'issue', context: contextOf(scripted(refused)) })).rejects.toMatchObject({ status: 400 });
    await expect(allRows({ integration: jira, kind: 'issue', context: contextOf(scripted(page(['1'], 'b'), refused)) })).rejects.toMatchObject({ status: 400 });
  });

  test('a page that is not the last and leads nowhere proves nothing', async () => {
    const http = scripted(() => ({ issues: [{ id: '1' }], isLast: false }));
    await expect(allRows({ integration: jira, kind: 'issue', context: contextOf(http) })).rejects.toMatchObject({ recovery: 'incomplete' });
  });

  test.each([
    ['2026-02-01T10:11:12.345+0100', Date.UTC(2026, 1, 1, 9, 11, 12, 345)],
    ['2026-02-01T10:11:12.345-0330', Date.UTC(2026, 1, 1, 13, 41, 12, 345)],
    ['2026-02-01T10:11:12.345Z', Date.UTC(2026, 1, 1, 10, 11, 12, 345)],
    ['yesterday', undefined],
    [null, undefined],
  ])('version of %s', (updated, version) => {
    expect(kindOf(jira, 'issue').version?.({ id: '1', fields: { updated } })).toBe(version);
  });

  test('a row without an id has no key, and does not throw', () => {
    for (const kind of ['issue', 'project', 'user']) expect(kindOf(jira, kind).key({})).toEqual(['']);
  });

  test('the envelope is the delivery that would have brought the row', () => {
    expect(kindOf(jira, 'issue').envelope?.({ id: '1' })).toEqual({ webhookEvent: 'jira:issue_updated', issue: { id: '1' } });
    expect(kindOf(jira, 'project').envelope?.({ id: '1' })).toEqual({ webhookEvent: 'project_updated', project: { id: '1' } });
  });
});

describe('lists by offset', () => {
  const users = (...ids: readonly string[]) => () => ids.map((accountId) => ({ accountId }));

  test('users that a page holds back are not skipped, and only an empty page is the end', async () => {
    const http = scripted(users('a', 'b'), users('c'), users());
    const rows = await allRows<{ accountId: string }, JiraSettings>({ integration: jira, kind: 'user', context: contextOf(http) });
    expect(rows.map(({ accountId }) => accountId)).toEqual(['a', 'b', 'c']);
    expect(http.sent.map(({ query }) => query?.['startAt'])).toEqual([0, 2, 3]);
  });

  test('projects go on by the size that the server gives', async () => {
    const http = scripted(
      () => ({ values: [{ id: '1' }], maxResults: 20, isLast: false }),
      () => ({ values: [], maxResults: 20, isLast: false }),
      () => ({ values: [{ id: '2' }], maxResults: 20, isLast: true }),
    );
    expect(await allRows({ integration: jira, kind: 'project', context: contextOf(http) })).toEqual([{ id: '1' }, { id: '2' }]);
    expect(http.sent.map(({ query }) => query?.['startAt'])).toEqual([0, 20, 40]);
  });

  test('a project that the list does not know is absent', async () => {
    const http = scripted(() => ({ values: [] }));
    expect(await kindOf(jira, 'project').get?.(contextOf(http), { key: '1' })).toBe(ABSENT);
  });
});
