import path from 'node:path';
import { canonicalId, deliveryIdOf, eventNameOf, identityOf, keyNames, Secret, type Change, type Context, type JsonObject } from '@integration-framework/framework';
import { allRows, kindOf, readExchanges, serveRecorded, testContext, testHttp, type RecordedServer } from '@integration-framework/framework/testkit';
import jira from '../src/index';
import { LIVING_ISSUES, type JiraSettings } from '../src/settings';
import { deliveries } from './deliveries';

const live = jira.live!;
const settings: JiraSettings = { jql: LIVING_ISSUES };

let server: RecordedServer;
let context: Context<JiraSettings>;
beforeAll(async () => {
  server = await serveRecorded(readExchanges(path.join(__dirname, '../fixtures')));
  const account: JiraSettings = { ...settings, baseUrl: server.url, email: 'ann@example.com', token: new Secret('token') };
  context = testContext(account, { http: testHttp(jira, account).http! });
});
afterAll(() => server.close());

const at = 1_769_940_672_345;
const updated = Date.UTC(2026, 1, 1, 9, 11, 12, 345);

/** What is said of one delivery: operation, name at the sinks, version of the row. */
function told(change: Change): readonly unknown[] {
  if (change.is === 'ignored') return [change.reason];
  const kind = kindOf(jira, change.kind);
  return [change.is, canonicalId({ vendor: kind.vendor ?? jira.type, kind: kind.name }, identityOf(change.keys)!), kind.version?.(change.row), change.at];
}

test.each<[string, readonly unknown[]]>([
  ['jira:issue_created', ['changed', 'jira.issue:10001', updated, at]],
  ['jira:issue_updated', ['changed', 'jira.issue:10001', updated, at]],
  ['jira:issue_deleted', ['gone', 'jira.issue:10001', updated, at]],
  ['issuelink_created', ['changed', 'jira.issue-link:10001', undefined, at]],
  ['issuelink_deleted', ['gone', 'jira.issue-link:10001', undefined, at]],
  ['project_created', ['changed', 'jira.project:10001', undefined, at]],
  ['project_updated', ['changed', 'jira.project:10001', undefined, at]],
  ['project_restored_deleted', ['changed', 'jira.project:10001', undefined, at]],
  ['project_deleted', ['gone', 'jira.project:10001', undefined, at]],
  ['project_soft_deleted', ['gone', 'jira.project:10001', undefined, at]],
  ['jira:version_created', ['changed', 'jira.version:10001', undefined, at]],
  ['jira:version_updated', ['changed', 'jira.version:10001', undefined, at]],
  ['jira:version_released', ['changed', 'jira.version:10001', undefined, at]],
  ['jira:version_unreleased', ['changed', 'jira.version:10001', undefined, at]],
  ['jira:version_deleted', ['gone', 'jira.version:10001', undefined, at]],
  ['comment_created', ['changed', 'jira.comment:10001', undefined, at]],
  ['comment_updated', ['changed', 'jira.comment:10001', undefined, at]],
  ['comment_deleted', ['gone', 'jira.comment:10001', undefined, at]],
  ['worklog_created', ['changed', 'jira.worklog:10001', undefined, at]],
  ['worklog_updated', ['changed', 'jira.worklog:10001', undefined, at]],
  ['worklog_deleted', ['gone', 'jira.worklog:10001', undefined, at]],
])('%s', (type, expected) => {
  const delivery = deliveries.find((candidate) => eventNameOf(live, candidate)?.type === type)!;
  expect(live.changes({ ...delivery, type }, settings).map(told)).toEqual([expected]);
  expect(deliveryIdOf(live, delivery)).toBe(`a-${type}`);
});

test('every event of the catalogue has its delivery here, and no other', () => {
  expect(deliveries.map((delivery) => eventNameOf(live, delivery)!.type)).toEqual([...live.events]);
});

const rowOf = (change: Change | undefined): unknown => (change?.is === 'ignored' ? undefined : change?.row);

test('a pushed issue has the shape of one that was read', async () => {
  const [issue] = await allRows<JsonObject, JiraSettings>({ integration: jira, kind: 'issue', context });
  const answer = { ...issue!, expand: 'changelog', changelog: { total: 1 }, renderedFields: {}, fields: { ...(issue!['fields'] as JsonObject), comment: { total: 0 }, worklog: { total: 0 }, lastViewed: '2026-02-01T10:11:12.345+0100' } };
  const body = { webhookEvent: 'jira:issue_updated', issue: answer, changelog: { id: '1' } };
  expect(rowOf(live.changes({ headers: {}, body, type: 'jira:issue_updated' }, settings)[0])).toEqual(issue);
});

test('a pushed project has the shape of one that was read', async () => {
  const [project] = await allRows<JsonObject, JiraSettings>({ integration: jira, kind: 'project', context });
  const body = { webhookEvent: 'project_updated', project: { ...project!, expand: 'lead' } };
  expect(rowOf(live.changes({ headers: {}, body, type: 'project_updated' }, settings)[0])).toEqual(project);
});

test('what an import names is what a webhook named', async () => {
  for (const kind of ['issue', 'project']) {
    for (const row of await allRows<JsonObject, JiraSettings>({ integration: jira, kind, context })) {
      const { envelope, importType, key, version } = kindOf(jira, kind);
      const body = envelope!(row) as JsonObject;
      const type = typeof importType === 'function' ? importType(row) : importType!;
      const changes = live.changes({ headers: {}, body, type }, settings);
      expect(changes.map(told)).toEqual([['changed', canonicalId({ vendor: jira.type, kind }, key(row)), version?.(row), undefined]]);
      expect(live.keys?.(kind, body, settings)).toMatchObject([{ name: 'id', identity: true, value: row['id'] }]);
    }
  }
});

test('an issue without an id has no identity', () => {
  const [change] = live.changes({ headers: {}, body: { webhookEvent: 'jira:issue_updated', issue: { key: 'SHOP-7' } }, type: 'jira:issue_updated' }, settings);
  expect(change).toMatchObject({ keys: [{ name: 'id', value: undefined }] });
});

test('declared pipelines read projects and issues; what only webhooks tell is not listed', () => {
  expect(jira.kinds?.filter(({ scan, imported }) => scan && imported !== false).map(({ name }) => name)).toEqual(['project', 'issue']);
  expect(jira.kinds?.filter(({ scan }) => !scan).map((kind) => [kind.name, keyNames(kind)])).toEqual([['issue-link', ['id']], ['version', ['id']], ['comment', ['id']], ['worklog', ['id']]]);
});

test('while they are listed, events of issues and projects only ask', () => {
  expect(jira.kinds?.filter(({ claims }) => claims === 'ask').map(({ name }) => name)).toEqual(['project', 'issue']);
});
