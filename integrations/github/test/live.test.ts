import { canonicalId, deliveryIdOf, eventId, eventNameOf, identityOf, keyNames, type Change, type JsonObject } from '@integration-framework/framework';
import { kindOf, testContext } from '@integration-framework/framework/testkit';
import github from '../src/index';
import type { GithubSettings } from '../src/settings';
import { recorded } from './recorded';

const live = github.live!;
const settings: GithubSettings = { baseUrl: 'https://api.github.com', pullRequests: 'all' };
type Thing = Exclude<Change, { readonly is: 'ignored' }>;
const changeOf = (type: string, body: JsonObject): Thing => {
  const [change, ...others] = live.changes({ headers: { 'x-github-event': type }, body, type }, settings);
  if (!change || change.is === 'ignored' || others.length > 0) throw new Error(`one change was expected of ${type}`);
  return change;
};
const nameOf = (change: Thing): string => canonicalId({ vendor: github.type, kind: change.kind }, identityOf(change.keys)!);

test.each<[string, JsonObject, string, Change['is'], readonly [string, unknown][]]>([
  ['repository', { action: 'privatized', repository: { id: 1 } }, 'github.repository:1', 'changed', [['id', 1]]],
  ['repository', { action: 'deleted', repository: { id: 1 } }, 'github.repository:1', 'gone', [['id', 1]]],
  ['pull_request', { action: 'closed', pull_request: { id: 2 } }, 'github.pull-request:2', 'changed', [['id', 2]]],
  ['issues', { action: 'opened', issue: { id: 3 }, repository: { id: 1 } }, 'github.issue:3', 'changed', [['id', 3], ['repositoryId', 1]]],
  ['issues', { action: 'deleted', issue: { id: 3 }, repository: { id: 1 } }, 'github.issue:3', 'gone', [['id', 3], ['repositoryId', 1]]],
  ['issues', { action: 'transferred', issue: { id: 3 }, repository: { id: 1 } }, 'github.issue:3', 'gone', [['id', 3], ['repositoryId', 1]]],
  ['release', { action: 'unpublished', release: { id: 4 }, repository: { id: 1 } }, 'github.release:4', 'changed', [['id', 4], ['repositoryId', 1]]],
  ['release', { action: 'deleted', release: { id: 4 }, repository: { id: 1 } }, 'github.release:4', 'gone', [['id', 4], ['repositoryId', 1]]],
  ['label', { action: 'deleted', label: { id: 5 }, repository: { id: 1 } }, 'github.label:5', 'gone', [['id', 5], ['repositoryId', 1]]],
  ['deployment', { action: 'created', deployment: { id: 6 }, repository: { id: 1 } }, 'github.deployment:6', 'changed', [['id', 6], ['repositoryId', 1]]],
  ['workflow_run', { action: 'completed', workflow_run: { id: 7 }, workflow: { id: 70 } }, 'github.workflow-run:7', 'changed', [['id', 7], ['workflowId', 70]]],
  ['workflow_job', { action: 'queued', workflow_job: { id: 8, run_id: 7 } }, 'github.workflow-job:8', 'changed', [['id', 8], ['run_id', 7]]],
  ['package', { action: 'published', package: { id: 9, namespace: 'acme' } }, 'github.package:9', 'changed', [['id', 9], ['namespace', 'acme']]],
  ['personal_access_token_request', { action: 'created', personal_access_token_request: { id: 10, token_id: 11 } }, 'github.token-request:10', 'changed', [['id', 10], ['token_id', 11]]],
  ['repository_advisory', { action: 'published', repository_advisory: { ghsa_id: 'GHSA-1' }, repository: { id: 1, full_name: 'a/b' } }, 'github.advisory:GHSA-1/1', 'changed', [['ghsa_id', 'GHSA-1'], ['id', 1]]],
])('%s %j', (type, body, id, is, keys) => {
  const change = changeOf(type, body);
  expect([nameOf(change), change.is, change.keys.map(({ name, value }) => [name, value])]).toEqual([id, is, keys]);
});

test.each([
  ['issues', 'issue', { number: 12 }, '12'],
  ['pull_request', 'pull_request', { number: 13 }, '13'],
  ['release', 'release', {}, '4'],
  ['deployment', 'deployment', {}, '4'],
  ['workflow_run', 'workflow_run', {}, '4'],
])('%s tells its repository, and where it is found', (type, member, more, number) => {
  const thing = { id: 4, url: `https://api.github.com/repos/a/b/things/${number}`, ...more };
  const change = changeOf(type, { action: 'edited', [member]: type === 'workflow_run' ? { ...thing, repository: { id: 7, full_name: 'a/b' } } : thing, repository: { id: 7, full_name: 'a/b', private: true }, workflow: { id: 70 } });
  expect(change).toMatchObject({ locate: { repository: 'a/b', number, id: 7 }, row: { id: 4, repository: { id: 7, full_name: 'a/b' }, __repository: 'b' } });
});

test('an advisory tells its repository, and is another thing in another repository', () => {
  const change = changeOf('repository_advisory', { repository_advisory: { ghsa_id: 'GHSA-1' }, repository: { id: 1, full_name: 'a/b', private: true } });
  expect(change.row).toEqual({ ghsa_id: 'GHSA-1', repository: { id: 1, full_name: 'a/b' } });
  expect(eventId(keyNames(kindOf(github, 'advisory')), identityOf(change.keys)!)).toEqual({ ghsa_id: 'GHSA-1', id: '1' });
});

test.each<[string, Partial<GithubSettings>, string, boolean]>([
  ['a closed one stays where all are wanted', { pullRequests: 'all' }, 'closed', true],
  ['and goes where only open ones are', { pullRequests: 'open' }, 'closed', false],
  ['an open one stays', { pullRequests: 'open' }, 'open', true],
  ['of the organization, in any case', { organization: 'OCTO' }, 'open', true],
  ['of another organization', { organization: 'oct' }, 'open', false],
])('pull requests: %s', (_, given, state, isMember) => {
  const row = { id: 1, state, repository: { full_name: 'Octo/shop' } };
  expect(kindOf(github, 'pull-request').member?.(testContext<GithubSettings>({ ...settings, ...given }), row)).toBe(isMember);
});

test.each([
  ['2021-05-15T15:20:33Z', Date.UTC(2021, 4, 15, 15, 20, 33)],
  [1_430_869_212, undefined],
  ['soon', undefined],
])('version of %s', (updated, version) => {
  expect(kindOf(github, 'issue').version?.({ id: 1, updated_at: updated })).toBe(version);
});

test('each recorded delivery has a name and an id, and those of the catalogue are the ones that are told', () => {
  const told = new Map<string, number>();
  for (const delivery of recorded) {
    const name = eventNameOf(live, delivery);
    expect(name?.inHeader).toBe(true);
    expect(deliveryIdOf(live, delivery)).toMatch(/-\d+$/);
    if (live.events.includes(name!.type)) told.set(name!.type, (told.get(name!.type) ?? 0) + 1);
  }
  expect(recorded).toHaveLength(329);
  expect(Object.fromEntries(told)).toEqual({ deployment: 4, issues: 29, label: 6, package: 3, pull_request: 29, release: 13, repository: 13, workflow_job: 8, workflow_run: 5 });
});
