import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Secret, type JsonObject } from '@integration-framework/framework';
import { testHttp } from '@integration-framework/framework/testkit';
import { parse } from 'yaml';
import { folderWith, startProcess, type Folder, type RunningFramework } from '../../../framework/test/e2e/framework-process';
import { entitiesOf, resync, settled, type SeenRun } from '../../../framework/test/e2e/observe';
import { describeWith, startGithubEmulator, type GithubEmulator } from '../../../tools/servers';
import github from '../src/index';
import { githubApi, type GithubApi } from './github-api';

// A GitHub that nobody here wrote, filled by its own API. What the catalog holds after a resync is what that GitHub lists. It has no deployments, and no way
// to make workflows.

const TOKEN = 'a-token-of-ada';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }) as string;

/** More than a page of them. */
const ISSUES = 130;

async function fill(api: GithubApi): Promise<void> {
  for (const name of ['shop', 'cart', 'docs']) {
    await api.send('POST', '/orgs/acme/repos', { name, auto_init: true, description: `About ${name}` });
    // Else `/user/repos` of the emulator leaves out what an organization owns.
    await api.send('PUT', `/repos/acme/${name}/collaborators/ada`, { permission: 'admin' });
  }
  await api.send('POST', '/user/repos', { name: 'notes', auto_init: true });
  for (let n = 1; n <= ISSUES; n++) await api.send('POST', '/repos/acme/shop/issues', { title: `Issue ${n}`, ...(n % 10 === 0 && { labels: ['bug'], assignees: ['grace'] }) });
  await api.send('POST', '/repos/ada/notes/issues', { title: 'Remember' });
  for (const name of ['feature/cart', 'fix/#7 "quote"', 'left']) {
    const [main] = await api.list('/repos/acme/shop/branches');
    await api.send('POST', '/repos/acme/shop/git/refs', { ref: `refs/heads/${name}`, sha: (main!['commit'] as JsonObject)['sha'] });
  }
  for (const head of ['feature/cart', 'left']) await api.send('POST', '/repos/acme/shop/pulls', { title: `Merge ${head}`, head, base: 'main' });
  await api.send('PATCH', '/repos/acme/shop/issues/3', { state: 'closed' });
  for (const tag of ['v1', 'v2']) await api.send('POST', '/repos/acme/shop/releases', { tag_name: tag, name: `Release ${tag}` });
  await api.send('POST', '/orgs/acme/teams', { name: 'Platform', description: 'Keeps it running' });
}

const login = (value: unknown): unknown => (value as JsonObject | null)?.['login'];
type Seen = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What GitHub lists, by blueprint and identifier. */
async function listing(api: GithubApi): Promise<Seen> {
  const seen: Record<string, Record<string, unknown>> = Object.fromEntries(BLUEPRINTS.map((blueprint) => [blueprint, {}]));
  const put = (blueprint: string, identifier: unknown, what: unknown): void => void (seen[blueprint]![String(identifier)] = what);
  const repositories = await api.list('/user/repos?per_page=100');
  for (const repository of repositories) {
    const at = `/repos/${String(repository['full_name'])}`;
    put('githubRepository', repository['full_name'], { title: repository['name'], openIssues: repository['open_issues_count'], visibility: repository['visibility'] });
    for (const issue of await api.list(`${at}/issues?state=all`)) {
      put('githubIssue', `${String(repository['full_name'])}/issues/${String(issue['number'])}`, { title: issue['title'], state: issue['state'], labels: (issue['labels'] as JsonObject[]).map(({ name }) => name), assignees: (issue['assignees'] as JsonObject[]).map(login) });
    }
    for (const pull of await api.list(`${at}/pulls`)) {
      put('githubPullRequest', `${String(repository['full_name'])}/pull/${String(pull['number'])}`, { title: pull['title'], branch: (pull['head'] as JsonObject)['ref'], author: login(pull['user']) });
    }
    for (const release of await api.list(`${at}/releases`)) put('githubRelease', release['id'], { title: release['name'], tag: release['tag_name'] });
    for (const branch of await api.list(`${at}/branches`)) put('githubBranch', `${String(repository['full_name'])}/tree/${String(branch['name'])}`, { title: branch['name'], commit: (branch['commit'] as JsonObject)['sha'] });
  }
  for (const owner of new Set(repositories.map(({ owner: who }) => who as JsonObject).filter(({ type }) => type === 'Organization').map(login))) {
    const organization = await api.send('GET', `/orgs/${String(owner)}`);
    put('githubOrganization', owner, { title: organization['name'], publicRepositories: organization['public_repos'] });
    for (const team of await api.list(`/orgs/${String(owner)}/teams`)) put('githubTeam', `${String(owner)}/${String(team['slug'])}`, { title: team['name'] });
    for (const member of await api.list(`/orgs/${String(owner)}/members`)) put('githubUser', member['login'], { title: member['login'], admin: member['site_admin'] });
  }
  return seen;
}

const BLUEPRINTS = ['githubRepository', 'githubIssue', 'githubPullRequest', 'githubRelease', 'githubBranch', 'githubOrganization', 'githubTeam', 'githubUser'];

/** The same of the catalog: the members that the listing was asked for. */
async function catalog(framework: RunningFramework, listed: Seen): Promise<Seen> {
  const seen: Record<string, Record<string, unknown>> = {};
  for (const blueprint of BLUEPRINTS) {
    const asked = Object.keys(Object.values(listed[blueprint]!)[0] ?? {});
    seen[blueprint] = Object.fromEntries(
      (await entitiesOf(framework, blueprint)).map(({ identifier, title, properties }) => [
        // The name of a branch was made fit for an identifier.
        blueprint === 'githubBranch' ? decodeURIComponent(identifier.replaceAll('=', '%')) : identifier,
        Object.fromEntries(asked.map((member) => [member, member === 'title' ? title : properties[member]])),
      ]),
    );
  }
  return seen;
}

const states = (run: SeenRun): unknown => run.kinds.map(({ kind, state, reason }) => (state === 'completed' ? state : [kind, state, reason]));

describeWith({ needs: ['github'] }, 'github against a GitHub that keeps what it is told', () => {
  let emulator: GithubEmulator;
  let api: GithubApi;
  let folder: Folder;
  let framework: RunningFramework;

  beforeAll(async () => {
    emulator = await startGithubEmulator({
      tokens: { [TOKEN]: 'ada' },
      users: ['ada', 'grace'],
      organizations: [{ login: 'acme', name: 'Acme', members: [{ login: 'ada', role: 'admin' }, { login: 'grace', role: 'member' }] }],
      apps: [{ id: 71, privateKey: pem, installation: { id: 8, account: 'acme' }, permissions: { metadata: 'read', issues: 'read', pull_requests: 'read', contents: 'read' } }],
    });
    api = githubApi(emulator.url, TOKEN);
    await fill(api);
    const { resources } = parse(readFileSync(path.join(__dirname, '../mapping.yaml'), 'utf8')) as { resources: { kind: string }[] };
    folder = folderWith({
      port: { baseUrl: 'local' },
      triggerChannel: { type: 'POLLING' },
      integrations: [{ identifier: 'github', type: 'github', config: { baseUrl: emulator.url, token: { fromEnv: 'A_TOKEN' } }, mapping: { resources: resources.filter(({ kind }) => kind !== 'deployment') } }],
    });
    framework = await startProcess(folder, { A_TOKEN: TOKEN });
  });
  afterAll(async () => {
    await framework?.stop();
    await emulator?.stop();
    folder?.remove();
  });

  const equalsListing = async (): Promise<void> => {
    const listed = await listing(api);
    expect(await catalog(framework, listed)).toEqual(listed);
  };

  test('a resync gives what it lists', async () => {
    const run = await settled(framework);
    expect([run.state, states(run)]).toEqual(['completed', run.kinds.map(() => 'completed')]);
    await equalsListing();
    expect((await entitiesOf(framework, 'githubIssue')).length).toBe(ISSUES + 1);
  });

  test('a second one changes nothing', async () => {
    await resync(framework, 'github');
    expect(await framework.runLine(2)).toMatch(/created 0 updated 0 deleted 0$/);
  });

  test('what was changed, closed, merged, renamed and deleted since is so after the next one', async () => {
    await api.send('PATCH', '/repos/acme/shop/issues/4', { title: 'Another title', state: 'closed' });
    await api.send('PUT', '/repos/acme/shop/pulls/131/merge', {});
    await api.send('DELETE', '/repos/acme/shop/releases/1');
    await api.send('DELETE', '/repos/acme/shop/git/refs/heads/left');
    await api.send('PATCH', '/repos/acme/docs', { name: 'handbook' });
    await api.send('DELETE', '/repos/acme/cart');
    await api.send('DELETE', '/orgs/acme/members/grace');
    await api.send('POST', '/repos/ada/notes/issues', { title: 'One more' });
    const run = await resync(framework, 'github');
    expect([run.state, states(run)]).toEqual(['completed', run.kinds.map(() => 'completed')]);
    await equalsListing();
    const identifiers = (await entitiesOf(framework, 'githubRepository')).map(({ identifier }) => identifier);
    expect(identifiers).toEqual(['acme/handbook', 'acme/shop', 'ada/notes']);
  });

  test('a GitHub App reads what it is installed for, with a token that its key was exchanged for', async () => {
    await api.send('POST', '/orgs/acme/repos', { name: 'vault', private: true, auto_init: true });
    const settings = { baseUrl: emulator.url, pullRequests: 'open', appId: 71, installationId: 8, privateKey: new Secret(pem) };
    expect(await testHttp(github, settings).http!.get('/repos/acme/vault')).toMatchObject({ full_name: 'acme/vault', private: true });
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    await expect(testHttp(github, { ...settings, privateKey: new Secret(other) }).http!.get('/repos/acme/vault')).rejects.toMatchObject({ code: 'SOURCE_REFUSED', status: 401 });
    await expect(testHttp(github, { baseUrl: emulator.url, pullRequests: 'open' }).http!.get('/repos/acme/vault')).rejects.toMatchObject({ code: 'SOURCE_REFUSED' });
  });
});
