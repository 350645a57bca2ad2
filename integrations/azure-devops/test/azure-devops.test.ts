import path from 'node:path';
import { ABSENT, canonicalId, deliveryIdOf, eventId, eventNameOf, identityOf, keyNames, Secret, type Change, type Json } from '@integration-framework/framework';
import { allRows, kindOf, readExchanges, serveRecorded, testContext, testHttp, type RecordedServer } from '@integration-framework/framework/testkit';
import azureDevOps from '../src/index';
import { IMPORT_TYPE } from '../src/kinds/repository';
import type { AzureDevOpsSettings } from '../src/settings';
import { deliveries, ID } from './deliveries';

const live = azureDevOps.live!;
const settingsOf = (url: string): AzureDevOpsSettings => ({ azureDevOpsOrganizationUrl: url, azureDevOpsPersonalAccessToken: new Secret('tökn'), webhookHost: 'https://catalog.example.com' });
const settings = settingsOf('https://dev.azure.com/acme');
const vendor = azureDevOps.type;

test.each<[string, Partial<AzureDevOpsSettings>, readonly string[]]>([
  ['valid', {}, []],
  ['no organization', { azureDevOpsOrganizationUrl: 'acme' }, ['azureDevOpsOrganizationUrl is not an address; write https://dev.azure.com/<organization>']],
  ['no host', { webhookHost: 'catalog.example.com' }, ['webhookHost is not an address; write https://<host>']],
])('settings: %s', (_, given, problems) => {
  expect(azureDevOps.validate?.({ ...settings, ...given })).toEqual(problems);
});

describe('deliveries', () => {
  const changeOf = (type: string): Exclude<Change, { readonly is: 'ignored' }> => {
    const delivery = deliveries.find((candidate) => eventNameOf(live, candidate)?.type === type)!;
    const [change, ...others] = live.changes({ ...delivery, type }, settings);
    if (!change || change.is === 'ignored' || others.length > 0) throw new Error(`one change was expected of ${type}`);
    return change;
  };

  test.each([
    ['git.repo.created', 'changed'],
    ['git.repo.renamed', 'changed'],
    ['git.repo.deleted', 'gone'],
  ])('%s is %s', (type, is) => {
    const change = changeOf(type);
    expect(change).toMatchObject({ is, kind: 'repository' });
    expect(canonicalId({ vendor, kind: 'repository' }, identityOf(change.keys)!)).toBe(`azure-devops.repository:${ID}`);
    expect(change.keys).toEqual([
      { name: 'repositoryId', identity: true, value: ID },
      { name: 'type', identity: false, value: 'repository' },
    ]);
    expect(change.version ?? change.at).toBeUndefined();
    expect(eventId(keyNames(kindOf(azureDevOps, 'repository')), identityOf(change.keys)!)).toBe(ID);
  });

  test('the id of a delivery is its id and its type', () => {
    expect(deliveries.map((delivery) => deliveryIdOf(live, delivery))).toEqual(live.events.map((type) => `a-${type}/${type}`));
  });

  test('what was created tells its row, what was deleted its id alone', () => {
    expect(changeOf('git.repo.created').row).toMatchObject({ id: ID, name: 'web' });
    expect(changeOf('git.repo.deleted').row).toBeUndefined();
  });

  test('a repository without an id has no identity', () => {
    const [change] = live.changes({ headers: {}, body: { resource: { repository: { name: 'web' } } }, type: 'git.repo.created' }, settings);
    expect(change?.is === 'changed' && identityOf(change.keys)).toBeUndefined();
  });
});

describe('reading', () => {
  const repository = kindOf(azureDevOps, 'repository');
  let server: RecordedServer;
  beforeAll(async () => {
    server = await serveRecorded(readExchanges(path.join(__dirname, '../fixtures')));
  });
  afterEach(() => server.reset());
  afterAll(() => server.close());
  const context = () => {
    const given = settingsOf(`${server.url}/`);
    return testContext(given, { http: testHttp(azureDevOps, given, { retries: 0 }).http! });
  };

  test('an import names what a webhook named, and its envelope holds the keys of the deliveries', async () => {
    const rows = await allRows<{ id: string }, AzureDevOpsSettings>({ integration: azureDevOps, kind: 'repository', context: context() });
    const row = rows.find(({ id }) => id === ID);
    expect(canonicalId({ vendor, kind: 'repository' }, repository.key(row))).toBe(`azure-devops.repository:${ID}`);
    const envelope = repository.envelope!(row) as Json;
    expect(envelope).toEqual({ eventType: IMPORT_TYPE, resource: { repository: row } });
    expect(live.keys!('repository', envelope, settings)).toEqual([
      { name: 'repositoryId', identity: true, value: ID },
      { name: 'type', identity: false, value: 'repository' },
    ]);
    expect(repository.importType).toBe('azure-devops-repository');
  });

  test('projects that are being deleted are not read, and every page of the others is', async () => {
    await allRows({ integration: azureDevOps, kind: 'repository', context: context() });
    expect(server.requests.map(({ path: at, query }) => [at.split('/')[1], query['continuationToken']])).toEqual([
      ['_apis', undefined],
      ['_apis', '1'],
      ['6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c', undefined],
      ['6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c', 'b'],
      ['be9b3917-87e6-42a4-a549-2bc06a7a878f', undefined],
    ]);
  });

  test('the token goes as the password of nobody', async () => {
    await azureDevOps.check!(context());
    expect(server.requests[0]?.headers).toMatchObject({ authorization: `Basic ${Buffer.from(':tökn').toString('base64')}`, 'x-tfs-fedauthredirect': 'Suppress' });
  });

  test('one that is switched off is found in the list of its project; without a project it is absent', async () => {
    const key = '00000003-248b-4696-af34-0275c39cde98';
    const row = { id: key, project: { id: '6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c' } };
    expect(await repository.get!(context(), { key, row })).toMatchObject({ id: key, isDisabled: true });
    expect(await repository.get!(context(), { key })).toBe(ABSENT);
  });

  test('what neither knows is absent', async () => {
    server.fail(({ path: at }) => (at.endsWith('/gone') ? { status: 404 } : undefined));
    expect(await repository.get!(context(), { key: 'gone', row: { id: 'gone', project: { id: '6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c' } } })).toBe(ABSENT);
    expect(server.requests).toHaveLength(3);
  });

  test('a success that is the page to sign in is a refusal', async () => {
    server.fail(() => ({ status: 203 }));
    await expect(allRows({ integration: azureDevOps, kind: 'repository', context: context() })).rejects.toMatchObject({ code: 'SOURCE_REFUSED', act: 'operator' });
  });
});
