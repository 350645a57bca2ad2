import { Gitlab } from '@gitbeaker/rest';
import { ABSENT, canonicalId, eventNameOf, identityOf, Secret, type Change, type Context, type Delivery, type JsonObject } from '@integration-framework/framework';
import { allRows, kindOf, testContext, testHttp } from '@integration-framework/framework/testkit';
import gitlab from '../src/index';
import type { GitlabSettings } from '../src/settings';
import { startFakeGitlab, type FakeGitlab, type World } from './fake-gitlab';
import { mergeRequest, pipeline, project, release } from './gitlab-data';
import { mergeRequestHook, pipelineHook, projectHook, releaseHook } from './hooks';
import { newWorld } from './world';

const LISTED = ['project', 'merge-request', 'pipeline', 'release'];

let world: World;
let fake: FakeGitlab;
let settings: GitlabSettings;
let context: Context<GitlabSettings>;
beforeEach(async () => {
  world = newWorld();
  fake = await startFakeGitlab(world, { token: 'glpat-made-up', page: 2 });
  settings = { baseUrl: `${fake.url}/`, token: new Secret('glpat-made-up'), group: 'acme' };
  context = testContext(settings, { http: testHttp(gitlab, settings, { retries: 0 }).http! });
});
afterEach(() => fake.close());

const scan = (kind: string): Promise<readonly JsonObject[]> => allRows<JsonObject, GitlabSettings>({ integration: gitlab, kind, context });
const nameOfRow = (kind: string, row: JsonObject): string => canonicalId({ vendor: 'gitlab', kind, scope: gitlab.scope!(settings) }, kindOf(gitlab, kind).key(row));

function heard(delivery: Delivery): { readonly change: Exclude<Change, { readonly is: 'ignored' }>; readonly name: string } {
  const [change] = gitlab.live!.changes({ ...delivery, type: eventNameOf(gitlab.live!, delivery)!.type }, settings);
  if (!change || change.is === 'ignored') throw new Error('a change was expected');
  return { change, name: canonicalId({ vendor: 'gitlab', kind: change.kind, scope: gitlab.scope!(settings) }, identityOf(change.keys)!) };
}
/** As the asker does it: the current state of what an event is about. */
const ask = async ({ change }: ReturnType<typeof heard>): Promise<JsonObject | typeof ABSENT> => {
  const kind = kindOf(gitlab, change.kind);
  const row = (await kind.get!(context, { key: identityOf(change.keys)!.map((member) => encodeURIComponent(String(member))).join('/'), ...(change.locate && { locate: change.locate }) })) as JsonObject | typeof ABSENT;
  return row !== ABSENT && (await kind.member!(context, row)) ? row : ABSENT;
};

test('the group, its subgroups and nothing else, to the last page', async () => {
  const names = Object.fromEntries(await Promise.all(LISTED.map(async (kind) => [kind, (await scan(kind)).map((row) => nameOfRow(kind, row))] as const)));
  expect(names).toEqual({
    project: ['gitlab.project@127.0.0.1:11', 'gitlab.project@127.0.0.1:12', 'gitlab.project@127.0.0.1:13'],
    'merge-request': [11_001, 11_002, 11_003, 12_001].map((id) => `gitlab.merge-request@127.0.0.1:${id}`),
    pipeline: [11_001, 11_002, 11_003, 12_001].map((id) => `gitlab.pipeline@127.0.0.1:${id}`),
    release: ['11/v1.0', '11/v1.1', '11/rc%2F2', '12/v1.0'].map((id) => `gitlab.release@127.0.0.1:${id}`),
  });
});

test('an import after webhooks creates no second document, and an event asks for the row that the import gives', async () => {
  const shop = world.projects[0]!;
  const fresh = project(21, 'acme/new');
  world.projects.push(fresh);
  world.mergeRequests.push(mergeRequest(fresh, 1));
  world.pipelines.push(pipeline(fresh, 1));
  world.releases.set(21, [release(fresh, 'release/1', 1)]);
  const events = [
    projectHook(fresh, 'project_create'),
    mergeRequestHook(fresh, world.mergeRequests.at(-1)!, 'open'),
    pipelineHook(fresh, world.pipelines.at(-1)!),
    releaseHook(fresh, world.releases.get(21)![0]!, 'create'),
    mergeRequestHook(shop, world.mergeRequests[0]!, 'update'),
  ].map(heard);
  for (const event of events) {
    const { kind } = event.change;
    const imported = (await scan(kind)).filter((row) => nameOfRow(kind, row) === event.name);
    expect([event.name, imported]).toEqual([event.name, [await ask(event)]]);
  }
});

test('what is deleted, moved out of the group or switched off is gone, whoever tells', async () => {
  const [shop, pay] = world.projects as [JsonObject, JsonObject];
  const gone = [heard(projectHook(pay, 'project_destroy')), heard(mergeRequestHook(pay, world.mergeRequests[3]!, 'close'))];
  world.projects.splice(1, 1);
  for (const event of gone) expect([event.name, await ask(event)]).toEqual([event.name, ABSENT]);

  const removed = heard(releaseHook(shop, world.releases.get(11)![0]!, 'delete'));
  world.releases.get(11)!.shift();
  expect([removed.change.is, await ask(removed)]).toEqual(['gone', ABSENT]);

  const before = await scan('merge-request');
  const moved = project(11, 'acme-labs/moved');
  world.projects.splice(0, 1, moved);
  world.mergeRequests.splice(0, 1, mergeRequest(moved, 1));
  expect(await ask(heard(projectHook(moved, 'project_create')))).toBe(ABSENT);
  expect(await ask(heard(mergeRequestHook(moved, world.mergeRequests[0]!, 'update')))).toBe(ABSENT);
  expect(before.map(({ project_id: id }) => id)).toContain(11);
  expect((await scan('merge-request')).map(({ project_id: id }) => id)).not.toContain(11);

  const docs = world.projects.find(({ id }) => id === 13)!;
  expect(await ask(heard(pipelineHook(docs, pipeline(docs, 9))))).toBe(ABSENT);
});

test('an update is seen at once', async () => {
  const [shop] = world.projects as [JsonObject];
  world.mergeRequests.splice(0, 1, mergeRequest(shop, 1, { title: 'Another', state: 'merged', updated_at: '2026-02-01T10:00:00.000Z' }));
  expect(await ask(heard(mergeRequestHook(shop, world.mergeRequests[0]!, 'merge')))).toMatchObject({ title: 'Another', state: 'merged' });
});

test('errors of GitLab: a token that it does not know, a group that is not there', async () => {
  const stranger: GitlabSettings = { ...settings, token: new Secret('another') };
  await expect(allRows({ integration: gitlab, kind: 'project', context: testContext(stranger, { http: testHttp(gitlab, stranger).http! }) })).rejects.toMatchObject({ code: 'SOURCE_REFUSED', act: 'operator' });
  const nowhere: GitlabSettings = { ...settings, group: 'nobody' };
  const at = testContext(nowhere, { http: testHttp(gitlab, nowhere).http! });
  await expect(allRows({ integration: gitlab, kind: 'project', context: at })).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' });
  expect(await gitlab.check?.(at)).toMatchObject({ ok: false });
  expect(await gitlab.check?.(context)).toEqual({ ok: true, lines: [`${fake.url}: reads the group acme`] });
});

test('a client that others wrote reads the same from this server', async () => {
  const others = new Gitlab({ host: fake.url, token: 'glpat-made-up' });
  const ids = (rows: readonly unknown[]): readonly unknown[] => rows.map((row) => (row as JsonObject)['id']);
  const own = await scan('project');
  expect(ids(await others.Groups.allProjects('acme', { includeSubgroups: true, withShared: false, orderBy: 'id', sort: 'asc', perPage: 2 }))).toEqual(ids(own));
  const merged = [];
  for (const { id } of own) merged.push(...(await others.MergeRequests.all({ projectId: Number(id), scope: 'all', orderBy: 'created_at', sort: 'asc', perPage: 2 })));
  expect(ids(merged)).toEqual(ids(await scan('merge-request')));
  expect(ids(await others.Pipelines.all(11, { orderBy: 'id', sort: 'asc', perPage: 2 }))).toEqual([11_001, 11_002, 11_003]);
  expect((await others.ProjectReleases.all(11, { orderBy: 'created_at', sort: 'asc', perPage: 2 })).map(({ tag_name: tag }) => tag)).toEqual(['v1.0', 'v1.1', 'rc/2']);
  expect((await others.ProjectReleases.show(11, 'rc/2')).name).toBe('Release rc/2');
  await expect(others.Projects.show(99)).rejects.toThrow('404 Project Not Found');
});
