import { ABSENT, Secret, type Http, type HttpAnswer, type HttpRequest, type JsonObject } from '@integration-framework/framework';
import { allRows, kindOf, planKind, readPartition, testContext } from '@integration-framework/framework/testkit';
import gitlab from '../src/index';
import type { GitlabSettings } from '../src/settings';

const base: GitlabSettings = { baseUrl: 'https://gitlab.example.com' };
const account: GitlabSettings = { ...base, token: new Secret('t'), group: 'acme' };

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
const link = (address: string): Partial<HttpAnswer> => ({ headers: { link: `<https://gitlab.example.com/api/v4/x?page=1>; rel="first", <${address}>; rel="next"` } });

test.each<[string, GitlabSettings, readonly string[]]>([
  ['none: pushed events only', base, []],
  ['an account', account, []],
  ['a group by its id', { ...account, group: '9970' }, []],
  ['a server below a path', { ...account, baseUrl: 'https://example.com/gitlab/' }, []],
  ['no group', { ...base, token: new Secret('t') }, [expect.stringMatching(/^group is missing/) as string]],
  ['no token', { ...base, group: 'acme' }, [expect.stringMatching(/^token is missing/) as string]],
  ['no address', { baseUrl: 'gitlab' }, [expect.stringMatching(/^baseUrl is not an address/) as string]],
  ['the address of the API', { baseUrl: 'https://gitlab.com/api/v4/' }, [expect.stringMatching(/^baseUrl ends in the path of the API/) as string]],
  ['an address for a group', { ...account, group: 'https://gitlab.com/acme' }, [expect.stringMatching(/^group is not the path/) as string]],
  ['an empty group', { ...account, group: '/' }, [expect.stringMatching(/^group is not the path/) as string]],
])('settings: %s', (_, given, problems) => {
  expect(gitlab.validate?.(given)).toEqual(problems);
});

test('the instance is the host of baseUrl', () => {
  expect(gitlab.scope?.({ baseUrl: 'https://gitlab.example.com:8443/gitlab/' })).toBe('gitlab.example.com');
});

test('without an account nothing is listed, and the check says so', async () => {
  for (const kind of gitlab.kinds?.filter(({ scan }) => scan) ?? []) expect([kind.name, kind.listed?.(base), kind.listed?.(account)]).toEqual([kind.name, false, true]);
  expect(await gitlab.check?.(testContext(base))).toEqual({ ok: true, lines: ['no account: only pushed events are taken'] });
});

describe('lists', () => {
  test('go on by page or by key, as the next address says, and keep their own query', async () => {
    const http = scripted(
      () => ({ body: [{ id: 1 }], ...link('https://gitlab.example.com/api/v4/groups/acme/projects?id=acme&page=2&per_page=100&order_by=name&private_token=x') }),
      () => ({ body: [{ id: 2 }], ...link('https://elsewhere.example.com/api/v4/x?id_after=2&pagination=keyset&order_by=id') }),
      () => ({ body: [{ id: 3 }] }),
    );
    expect(await allRows({ integration: gitlab, kind: 'project', context: testContext({ ...account, group: '/acme/platform/' }, { http }) })).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
    const own = { include_subgroups: true, with_shared: false, order_by: 'id', sort: 'asc', per_page: 100 };
    expect(http.sent.map(({ url, query }) => [url, query])).toEqual([
      ['/groups/acme%2Fplatform/projects', own],
      ['/groups/acme%2Fplatform/projects', { ...own, page: '2' }],
      ['/groups/acme%2Fplatform/projects', { ...own, id_after: '2' }],
    ]);
  });

  test.each(['https://gitlab.example.com/x?page=2', 'https://gitlab.example.com/x?per_page=100'])('an address that leads nowhere new ends them as incomplete: %s', async (address) => {
    const http = scripted(() => ({ body: [], ...link(address) }), () => ({ body: [], ...link(address) }));
    await expect(allRows({ integration: gitlab, kind: 'project', context: testContext(account, { http }) })).rejects.toMatchObject({ recovery: 'incomplete' });
  });

  test('a project without the feature is not asked', async () => {
    const rows = [{ id: 7, merge_requests_access_level: 'disabled' }, { id: 8, merge_requests_access_level: 'private' }, { id: 9 }];
    const context = testContext(account, { http: scripted(() => ({ body: rows })) });
    expect(await planKind({ integration: gitlab, kind: 'merge-request', context })).toEqual([
      { name: '8', data: { project: '8' } },
      { name: '9', data: { project: '9' } },
    ]);
  });

  test.each([403, 404])('a project that answers %i proves nothing of what is in it', async (status) => {
    const context = testContext(account, { http: scripted(() => ({ status, body: { message: String(status) } })) });
    await expect(readPartition({ integration: gitlab, kind: 'pipeline', context }, { name: '7', data: { project: '7' } })[Symbol.asyncIterator]().next()).rejects.toMatchObject({ recovery: 'incomplete' });
  });

  test('releases whose tags a guest may not see make the list incomplete', async () => {
    const context = testContext(account, { http: scripted(() => ({ body: [{ name: 'One' }, { name: 'Two', tag_name: 'v2' }] })) });
    const { value } = await readPartition({ integration: gitlab, kind: 'release', context }, { name: '7', data: { project: '7' } })[Symbol.asyncIterator]().next();
    expect(value).toEqual({ rows: [{ name: 'Two', tag_name: 'v2', project_id: 7 }], next: undefined, incomplete: expect.stringContaining('Reporter') as string });
  });

  test('a secret of a project stays out of its row', async () => {
    const context = testContext(account, { http: scripted(() => ({ body: [{ id: 7, runners_token: 'planted' }] })) });
    expect(await allRows({ integration: gitlab, kind: 'project', context })).toEqual([{ id: 7 }]);
  });
});

describe('one thing', () => {
  test('by what an event said, while no row is there', async () => {
    const http = scripted(() => ({ body: [{ id: 5, iid: 12, project_id: 7 }] }), () => ({ body: { id: 6, project_id: 7, coverage: '98' } }), () => ({ body: { tag_name: 'rc/2' } }));
    const context = testContext(account, { http });
    const got = [];
    for (const [kind, name] of [['merge-request', '12'], ['pipeline', '6'], ['release', 'rc/2']] as const) got.push(await kindOf(gitlab, kind).get?.(context, { key: 'x', locate: { project: '7', name } }));
    expect(got).toEqual([{ id: 5, iid: 12, project_id: 7 }, { id: 6, project_id: 7 }, { tag_name: 'rc/2', project_id: 7 }]);
    expect(http.sent.map(({ url, query }) => [url, query?.['iids[]']])).toEqual([['/projects/7/merge_requests', ['12']], ['/projects/7/pipelines/6', undefined], ['/projects/7/releases/rc%2F2', undefined]]);
  });

  test('nowhere, or known by its id alone: absent', async () => {
    const context = testContext(account, { http: scripted(() => ({ body: [] })) });
    expect(await kindOf(gitlab, 'merge-request').get?.(context, { key: '5', row: { id: 5, iid: 12, project_id: 7 } })).toBe(ABSENT);
    expect(await kindOf(gitlab, 'merge-request').get?.(context, { key: '5' })).toBe(ABSENT);
  });

  test.each<[string, Partial<HttpAnswer>, unknown]>([
    ['of a project that does without them now: absent', { body: { id: 7, builds_access_level: 'disabled' } }, ABSENT],
    ['of a project that is gone: absent', { status: 404 }, ABSENT],
    ['of a project that has them: our role, so nothing is known', { body: { id: 7, builds_access_level: 'private' } }, 'SOURCE_REFUSED'],
  ])('a refusal %s', async (_, answer, outcome) => {
    const context = testContext(account, { http: scripted(() => ({ status: 403 }), () => answer) });
    const got = await kindOf(gitlab, 'pipeline').get!(context, { key: '6', row: { id: 6, project_id: 7 } }).catch(({ code }: { code: string }) => code);
    expect(got).toBe(outcome);
  });

  test.each<[string, Partial<GitlabSettings>, string, boolean]>([
    ['in the group', {}, 'https://gitlab.example.com/acme/shop', true],
    ['in a subgroup, in any case', { group: 'ACME' }, 'https://gitlab.example.com/acme/platform/pay', true],
    ['of a group whose name goes on', {}, 'https://gitlab.example.com/acme-labs/shop', false],
    ['of somebody else', {}, 'https://gitlab.example.com/other/acme/shop', false],
    ['of a server below a path', { baseUrl: 'https://example.com/gitlab/' }, 'https://example.com/gitlab/acme/shop', true],
    ['of a server that calls itself otherwise', { baseUrl: 'http://gitlab.internal:8080' }, 'https://gitlab.example.com/acme/shop', true],
    ['without an address', {}, '', false],
  ])('a member: %s', async (_, given, address, isMember) => {
    const context = testContext<GitlabSettings>({ ...account, ...given });
    const rows: Readonly<Record<string, JsonObject>> = {
      project: { web_url: address },
      'merge-request': { web_url: address && `${address}/-/merge_requests/1` },
      pipeline: { web_url: address && `${address}/-/pipelines/1` },
      release: { _links: { self: address && `${address}/-/releases/v1` } },
    };
    for (const [kind, row] of Object.entries(rows)) expect([kind, await kindOf(gitlab, kind).member?.(context, row)]).toEqual([kind, isMember]);
  });

  test('a group that is named by its id is looked up, and an answer without its path selects nothing by mistake', async () => {
    const http = scripted(() => ({ body: { id: 9970, full_path: 'acme/platform' } }), () => ({ body: {} }));
    const context = testContext<GitlabSettings>({ ...account, group: '9970' }, { http });
    const row = { web_url: 'https://gitlab.example.com/acme/platform/pay' };
    expect(await kindOf(gitlab, 'project').member?.(context, row)).toBe(true);
    expect(http.sent[0]).toMatchObject({ url: '/groups/9970' });
    await expect(kindOf(gitlab, 'project').member?.(context, row)).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' });
  });
});
