import { canonicalId, deliveryIdOf, eventId, eventNameOf, identityOf, keyNames, type Change, type Delivery, type JsonObject } from '@integration-framework/framework';
import { kindOf } from '@integration-framework/framework/testkit';
import gitlab from '../src/index';
import type { GitlabSettings } from '../src/settings';
import { project } from './gitlab-data';
import { deliveries, deploymentHook } from './hooks';

const live = gitlab.live!;
const settings: GitlabSettings = { baseUrl: 'https://gitlab.example.com:8443/' };
const scope = gitlab.scope!(settings);
type Thing = Exclude<Change, { readonly is: 'ignored' }>;

function changeOf(delivery: Delivery): Thing {
  const { type } = eventNameOf(live, delivery)!;
  const [change, ...others] = live.changes({ ...delivery, type }, settings);
  if (!change || change.is === 'ignored' || others.length > 0) throw new Error(`one change was expected of ${type}`);
  return change;
}
const nameOf = (change: Thing): string => canonicalId({ vendor: gitlab.type, kind: change.kind, scope }, identityOf(change.keys)!);

const URL_KEY = ['url', 'https://gitlab.example.com:8443'];
const project11 = ['projectId', 11];
test.each<[number, string, string, Change['is'], readonly (readonly unknown[])[]]>([
  [0, 'Project Hook', 'gitlab.project@gitlab.example.com:11', 'changed', [['id', 11]]],
  [1, 'Project Hook', 'gitlab.project@gitlab.example.com:11', 'gone', [['id', 11]]],
  [2, 'Subgroup Hook', 'gitlab.group@gitlab.example.com:92', 'changed', [['fullPath', 'acme/platform'], ['id', 92]]],
  [3, 'Subgroup Hook', 'gitlab.group@gitlab.example.com:92', 'gone', [['fullPath', 'acme/platform'], ['id', 92]]],
  [4, 'Merge Request Hook', 'gitlab.merge-request@gitlab.example.com:11001', 'changed', [['id', 11_001], project11]],
  [5, 'Pipeline Hook', 'gitlab.pipeline@gitlab.example.com:11001', 'changed', [project11, ['id', 11_001]]],
  [6, 'Release Hook', 'gitlab.release@gitlab.example.com:11/v1.0%2Frc', 'changed', [project11, ['tagName', 'v1.0/rc']]],
  [7, 'Release Hook', 'gitlab.release@gitlab.example.com:11/v1.0%2Frc', 'gone', [project11, ['tagName', 'v1.0/rc']]],
  [8, 'Feature Flag Hook', 'gitlab.feature-flag@gitlab.example.com:6', 'changed', [project11, ['id', 6]]],
  [9, 'Issue Hook', 'gitlab.issue@gitlab.example.com:301', 'changed', [project11, ['id', 301], ['objectKind', 'issue'], ['eventType', 'issue']]],
  [10, 'Deployment Hook', 'gitlab.deployment@gitlab.example.com:15', 'changed', [project11, ['id', 15]]],
  [11, 'Tag Push Hook', 'gitlab.tag@gitlab.example.com:11/refs%2Ftags%2Fv1.0.0', 'changed', [project11, ['ref', 'refs/tags/v1.0.0']]],
  [12, 'Tag Push Hook', 'gitlab.tag@gitlab.example.com:11/refs%2Ftags%2Fv1.0.0', 'gone', [project11, ['ref', 'refs/tags/v1.0.0']]],
  [
    13,
    'Vulnerability Hook',
    'gitlab.vulnerability@gitlab.example.com:11/https:%2F%2Fgitlab.example.com%2Facme%2Fshop%2F-%2Fsecurity%2Fvulnerabilities%2F1',
    'changed',
    [project11, ['vulnerabilityUrl', 'https://gitlab.example.com/acme/shop/-/security/vulnerabilities/1']],
  ],
])('delivery %i: %s → %s, %s', (index, type, id, is, keys) => {
  const delivery = deliveries[index]!;
  const change = changeOf(delivery);
  expect([eventNameOf(live, delivery)!.type, nameOf(change), change.is]).toEqual([type, id, is]);
  expect(change.keys.map(({ name, value }) => [name, value])).toEqual([...keys, URL_KEY]);
  expect(change.keys.at(-1)).toMatchObject({ name: 'url', identity: false });
  expect(deliveryIdOf(live, delivery)).toMatch(/^13792a34-/);
});

test('every event of the catalogue has a delivery here', () => {
  expect(new Set(deliveries.map((delivery) => eventNameOf(live, delivery)!.type))).toEqual(new Set(live.events));
});

test('what names a thing without its identity makes no identity', () => {
  expect(changeOf({ headers: { 'x-gitlab-event': 'Merge Request Hook' }, body: { object_attributes: { iid: 1 } } })).toMatchObject({ keys: [{ name: 'id', value: undefined }, { value: undefined }, { name: 'url' }] });
  expect(identityOf(changeOf({ headers: { 'x-gitlab-event': 'Project Hook' }, body: { project: 'acme' } }).keys)).toBeUndefined();
});

test('a project is found by project.id where project_id is missing', () => {
  const change = changeOf({ headers: { 'x-gitlab-event': 'Project Hook' }, body: { event_name: 'project_create', project: { id: 7 } } });
  expect([nameOf(change), change.row]).toEqual(['gitlab.project@gitlab.example.com:7', expect.objectContaining({ id: 7 })]);
});

test('`_eventId` of a key with two members', () => {
  expect(eventId(keyNames(kindOf(gitlab, 'release')), identityOf(changeOf(deliveries[6]!).keys)!)).toEqual({ projectId: '11', tagName: 'v1.0/rc' });
});

test.each<[number, JsonObject]>([
  [0, { id: 11, path_with_namespace: 'acme/shop', visibility: 'private' }],
  [2, { id: 92, full_path: 'acme/platform', parent_id: 90 }],
  [4, { id: 11_001, iid: 1, project_id: 11, web_url: 'https://gitlab.example.com/acme/shop/-/merge_requests/1', labels: ['API'], created_at: '2026-01-02T10:00:00Z', updated_at: '2026-01-02T10:20:30Z' }],
  [5, { id: 11_001, project_id: 11, status: 'success', web_url: 'https://gitlab.example.com/acme/shop/-/pipelines/11001', created_at: '2026-01-02T10:00:00Z' }],
  [6, { project_id: 11, tag_name: 'v1.0/rc', released_at: '2026-01-02T10:00:00Z', _links: { self: 'https://gitlab.example.com/acme/shop/-/releases/v1.0/rc' } }],
  [8, { id: 6, name: 'new-checkout', project_id: 11 }],
  [10, { deployment_id: 15, status_changed_at: '2026-01-28T21:50:00+02:00' }],
])('without an account, delivery %i gives a row as the API writes it', (index, row) => {
  const change = changeOf(deliveries[index]!);
  expect(change.row).toMatchObject(row);
  if (change.kind !== 'deployment') for (const member of ['action', 'object_kind', 'event_name', 'url']) expect(change.row).not.toHaveProperty(member);
});

test('an update that comes late is older: by the time of the object, where it has one', () => {
  const versionOf = (delivery: Delivery): number | undefined => {
    const change = changeOf(delivery);
    return kindOf(gitlab, change.kind).version?.(change.row);
  };
  expect(deliveries.map(versionOf)).toEqual([
    ...[Date.UTC(2026, 0, 12, 9, 30, 0, 123), Date.UTC(2026, 0, 12, 9, 30, 0, 123)],
    ...[Date.UTC(2026, 0, 20, 9, 40, 12), Date.UTC(2026, 0, 20, 9, 40, 12)],
    Date.UTC(2026, 0, 2, 10, 20, 30),
    undefined, // the event of a pipeline has no such time
    ...[undefined, undefined],
    undefined,
    Date.UTC(2026, 0, 3, 17, 25, 43),
    Date.UTC(2026, 0, 28, 19, 50),
    ...[undefined, undefined],
    Date.UTC(2026, 0, 8, 0, 46, 14, 413),
  ]);
  const shop = project(11, 'acme/shop');
  expect(versionOf(deploymentHook(shop, 'running', '2026-01-28 21:49:59 +0200'))).toBeLessThan(versionOf(deploymentHook(shop, 'success', '2026-01-28 21:50:00 +0200'))!);
});

test('a tag of a SHA-256 repository is removed by a longer commit of zeros', () => {
  const body = { ...(deliveries[12]!.body as JsonObject), after: '0'.repeat(64) };
  expect(changeOf({ ...deliveries[12]!, body }).is).toBe('gone');
});

test('pipelines find the keys of a row that was read in the row itself', () => {
  const keysOf = (kind: string, row: JsonObject): readonly unknown[] => live.keys!(kind, row, settings).map(({ name, value }) => [name, value]);
  expect(keysOf('project', { id: 11 })).toEqual([['id', 11], URL_KEY]);
  expect(keysOf('merge-request', { id: 5, iid: 1, project_id: 11 })).toEqual([['id', 5], project11, URL_KEY]);
  expect(keysOf('pipeline', { id: 5, project_id: 11 })).toEqual([project11, ['id', 5], URL_KEY]);
  expect(keysOf('release', { tag_name: 'v1', project_id: 11 })).toEqual([project11, ['tagName', 'v1'], URL_KEY]);
});

test('other events are not known, a confidential issue among them', () => {
  for (const name of ['Push Hook', 'Note Hook', 'Confidential Issue Hook', 'System Hook']) expect(live.events).not.toContain(name);
});

test('while they are listed, events only ask', () => {
  expect(gitlab.kinds?.filter(({ scan }) => scan).map(({ name, claims, importType }) => [name, claims, importType])).toEqual([
    ['project', 'ask', 'gitlab:project:import'],
    ['merge-request', 'ask', 'gitlab:merge_request:import'],
    ['pipeline', 'ask', 'gitlab:pipeline:import'],
    ['release', 'ask', 'gitlab:release:import'],
  ]);
  expect(gitlab.kinds?.filter(({ scan }) => !scan).map(({ name }) => name)).toEqual(['group', 'issue', 'feature-flag', 'deployment', 'tag', 'vulnerability']);
});
