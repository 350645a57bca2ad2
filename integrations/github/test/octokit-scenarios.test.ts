import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseJson, Secret, type Json, type JsonObject, type Page } from '@integration-framework/framework';
import { allRows, kindOf, planKind, readPartition, serveRecorded, stored, testContext, testHttp, type Exchange, type RecordedServer, type TestContext } from '@integration-framework/framework/testkit';
import github from '../src/index';
import type { GithubSettings } from '../src/settings';

// What the makers of Octokit recorded of GitHub: real answers, headers and pages.

interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly response: Json;
}

const API = 'https://api.github.com';
const folder = path.join(path.dirname(createRequire(__filename).resolve('@octokit/fixtures/package.json')), 'scenarios/api.github.com');
const recorded = (scenario: string): readonly Recorded[] => parseJson(readFileSync(path.join(folder, scenario, 'normalized-fixture.json'), 'utf8')) as never;

/** Its GETs, at other addresses where one says so: GitHub answers `/repositories/{id}/…` and `/repos/{owner}/{name}/…` alike. */
const exchangesOf = (scenario: string, elsewhere: (at: string) => string = (at) => at): readonly Exchange[] =>
  recorded(scenario)
    .filter(({ method }) => method === 'get')
    .map(({ path: at, status, headers, response }) => {
      const url = new URL(at, API);
      const page = url.searchParams.get('page');
      return { request: { path: elsewhere(url.pathname), ...(page !== null && { query: { page } }) }, response: { status, headers: kept(headers), body: response } };
    });

const kept = ({ link, location }: Readonly<Record<string, string>>): Record<string, string> => ({ ...(link && { link }), ...(location && { location: location.replace(API, '') }) });

const inside = (scenario: string) => (at: string) => at.replace('/repositories/1000/', `/repos/octokit-fixture-org/${scenario}/`);

let server: RecordedServer;
afterEach(() => server.close());

async function contextOf(exchanges: readonly Exchange[]): Promise<TestContext<GithubSettings>> {
  server = await serveRecorded(exchanges);
  const settings: GithubSettings = { baseUrl: server.url, pullRequests: 'all', token: new Secret('t'), organization: 'octokit-fixture-org' };
  return { ...testContext(settings), http: testHttp(github, settings, { retries: 0 }).http! };
}

test('paginate-issues: thirteen issues on five pages', async () => {
  const [repository] = recorded('rename-repository').filter(({ path: at }) => at === '/repositories/1000');
  const list: Exchange = { request: { path: '/orgs/octokit-fixture-org/repos' }, response: { body: [{ ...(repository!.response as JsonObject), name: 'paginate-issues', full_name: 'octokit-fixture-org/paginate-issues' }] } };
  const context = await contextOf([list, ...exchangesOf('paginate-issues', inside('paginate-issues'))]);
  const [partition] = await planKind({ integration: github, kind: 'issue', context });
  const pages: Page<JsonObject>[] = [];
  for await (const page of readPartition({ integration: github, kind: 'issue', context }, partition!)) pages.push(page as Page<JsonObject>);
  expect(pages.map(({ rows: { length }, next }) => [length, next])).toEqual([[3, { page: '2' }], [3, { page: '3' }], [3, { page: '4' }], [3, { page: '5' }], [1, undefined]]);
  const rows = pages.flatMap((page) => page.rows);
  expect(new Set(rows.map(({ number }) => number)).size).toBe(13);
  for (const row of rows) {
    expect(stored(row)).toEqual(row);
    expect(row).toMatchObject({ repository: { id: 1000, full_name: 'octokit-fixture-org/paginate-issues' }, __repository: 'paginate-issues' });
    expect(kindOf(github, 'issue').version?.(row)).toBe(Date.parse(String(row['updated_at'])));
  }
  expect(partition).toEqual({ name: '1000', data: { repository: 'octokit-fixture-org/paginate-issues', id: 1000 } });
});

test('get-organization: the organization', async () => {
  const context = await contextOf(exchangesOf('get-organization'));
  const [row, ...others] = await allRows<JsonObject, GithubSettings>({ integration: github, kind: 'organization', context });
  expect([row, others]).toEqual([recorded('get-organization')[0]!.response, []]);
  expect(await kindOf(github, 'organization').get?.(context, { key: '1000', row })).toEqual(row);
});

test('rename-repository: by its id a repository is found under its new name, and so is what is asked for under the old one', async () => {
  const context = await contextOf(exchangesOf('rename-repository'));
  const row = await kindOf(github, 'repository').get?.(context, { key: '1000' });
  expect(row).toMatchObject({ id: 1000, full_name: 'octokit-fixture-org/rename-repository-newname' });
  expect(await context.http.get('/repos/octokit-fixture-org/rename-repository')).toMatchObject({ id: 1000, name: 'rename-repository-newname' });
  expect(server.requests.map(({ path: at }) => at)).toEqual(['/repositories/1000', '/repos/octokit-fixture-org/rename-repository', '/repositories/1000']);
});

test('release-assets: a release names its repository', async () => {
  const context = await contextOf(exchangesOf('release-assets', (at) => at.replace('/releases/tags/v1.0.0', '/releases/1000')));
  const row = await kindOf(github, 'release').get?.(context, { key: '1000', locate: { repository: 'octokit-fixture-org/release-assets', number: '1000', id: 1000 } });
  expect(row).toMatchObject({ id: 1000, tag_name: 'v1.0.0', repository: { id: 1000, name: 'release-assets', full_name: 'octokit-fixture-org/release-assets' } });
});
