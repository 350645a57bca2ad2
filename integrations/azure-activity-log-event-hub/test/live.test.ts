import path from 'node:path';
import { ABSENT, canonicalId, eventNameOf, identityOf, Secret, type Http, type JsonObject } from '@integration-framework/framework';
import { kindOf, readExchanges, serveRecorded, testContext, testHttp } from '@integration-framework/framework/testkit';
import azure from '../src/index';
import { messagesOf } from '../src/live';
import { namespaceOf, type AzureSettings } from '../src/settings';
import { createToken } from '../src/token';
import { ID, record, SUBSCRIPTION } from './records';
import { startTokenServer } from './token-server';

const settings: AzureSettings = {
  subscriptionId: SUBSCRIPTION,
  tenantId: 'tenant',
  clientId: new Secret('planted-client-id'),
  clientSecret: new Secret('planted-client-secret'),
  eventHubNamespace: 'acme-logs',
  eventHubName: 'activity',
  checkpointStorageAccountName: 'acmecheckpoints',
  checkpointStorageContainerName: 'catalog',
  resourceManagerUrl: 'https://management.azure.com',
};
const live = azure.live!;
const resource = kindOf(azure, 'resource');

function told(body: JsonObject): string {
  const [change] = live.changes({ headers: {}, body, type: 'RecordFromEventHub' }, settings);
  if (change?.is === 'ignored') return change.reason;
  expect(change).toMatchObject({ kind: 'resource', row: body, at: Date.parse('2026-02-01T10:11:12.345Z') });
  const identity = identityOf(change!.keys);
  return `${change!.is} ${identity ? decodeURIComponent(canonicalId({ vendor: 'azure', kind: 'resource' }, identity)) : 'without a name'}`;
}
const NAME = `azure.resource:${ID.toLowerCase()}`;

test.each<[string, JsonObject, string]>([
  ['MICROSOFT.WEB/SITES/WRITE', {}, `changed ${NAME}`],
  ['Microsoft.Web/sites/write', { resultType: 'Start' }, `changed ${NAME}`],
  ['Microsoft.Web/sites/restart/action', {}, `changed ${NAME}`],
  ['MICROSOFT.WEB/SITES/DELETE', {}, `gone ${NAME}`],
  ['Microsoft.Web/sites/Delete/Action', {}, `gone ${NAME}`],
  ['Microsoft.Web/sites/delete', { resultType: 'Succeeded' }, `gone ${NAME}`],
  ['Microsoft.Web/sites/delete', { resultType: 'Start' }, 'not-completed'],
  ['Microsoft.Web/sites/delete', { resultType: 'Failure' }, 'not-completed'],
  ['Microsoft.Web/sites/undelete2', {}, `changed ${NAME}`],
  ['Microsoft.Resources/tags/write', { resourceId: `${ID}/providers/Microsoft.Resources/tags/default` }, `changed ${NAME}`],
  ['Microsoft.Resources/tags/delete', { resourceId: `${ID}/providers/Microsoft.Resources/tags/default` }, `changed ${NAME}`],
  ['Microsoft.Web/sites/write', { resourceId: '' }, 'changed without a name'],
])('%s %j: %s', (operationName, more, expected) => {
  expect(told(record(operationName, more))).toBe(expected);
});

test('records are called RecordFromEventHub, and an imported resource is the same thing', () => {
  expect(eventNameOf(live, { headers: {}, body: {} })).toEqual({ type: 'RecordFromEventHub', inHeader: false });
  expect(resource.key({ id: ID })).toEqual(resource.key(record('any')));
  expect(live.keys!('resource', { id: ID }, settings)).toEqual([{ name: 'resourceId', value: ID.toLowerCase(), identity: true }]);
  expect(resource).toMatchObject({ vendor: 'azure', claims: 'decide', importType: 'FromLiveLoad' });
  expect(resource.version).toBeUndefined();
});

test('nothing that a message holds makes it throw', () => {
  for (const body of [{}, { operationName: { value: 'x' } }, { resourceId: 7, time: {} }]) expect(() => live.changes({ headers: {}, body, type: 'RecordFromEventHub' }, settings)).not.toThrow();
});

describe('messages', () => {
  test('each record is one, complete, with its place', () => {
    expect(messagesOf('{"records":[{"a":12345678901234567890},{"b":1}]}', '0/7')).toEqual([
      { id: '0/7/0', text: '{"a":12345678901234567890}' },
      { id: '0/7/1', text: '{"b":1}' },
    ]);
    expect(messagesOf('{"records":[]}', '0/7')).toEqual([]);
  });

  test.each(['no json', '{"hello":1}', '[1]', '{"records":{}}'])('%s is one as it is', (text) => {
    expect(messagesOf(text, '0/7')).toEqual([{ id: '0/7', text }]);
  });
});

test('absence is asked about where it can be known: the rest stays as it was told', async () => {
  const source = await serveRecorded(readExchanges(path.join(__dirname, '../fixtures')));
  const tokens = await startTokenServer();
  try {
    const given = { ...settings, resourceManagerUrl: source.url };
    const context = testContext(given, { http: testHttp(azure, given).http as Http });
    const ask = (id: string, row?: JsonObject): Promise<unknown> => resource.get!(context, { key: encodeURIComponent(id.toLowerCase()), ...(row && { row }) });
    expect(await ask(ID.replace('Shop', 'gone'), record('any'))).toBe(ABSENT);
    const vault = record('Microsoft.KeyVault/vaults/write');
    expect(await ask(ID.replace('Microsoft.Web/sites', 'Microsoft.KeyVault/vaults'), vault)).toBe(vault);
    expect(await ask(ID.replace(SUBSCRIPTION, 'another'), vault)).toBe(vault);
    expect(source.requests).toHaveLength(1);
  } finally {
    await tokens.close();
    await source.close();
  }
});

describe('tokens', () => {
  test('of the application, one for each service, renewed before they expire and when they are refused', async () => {
    const server = await startTokenServer();
    try {
      let now = 0;
      const token = createToken(settings, () => now);
      const first = await token('manager');
      expect(await token('manager')).toBe(first);
      await token('storage');
      await token('manager', true);
      now += 56 * 60_000;
      await token('manager');
      const common = { path: '/tenant/oauth2/v2.0/token', grant_type: 'client_credentials', client_id: 'planted-client-id', client_secret: 'planted-client-secret' };
      const [manager, storage] = ['https://management.azure.com/.default', 'https://storage.azure.com/.default'];
      expect(server.asked).toEqual([manager, storage, manager, manager].map((scope) => ({ ...common, scope })));
    } finally {
      await server.close();
    }
  });

  test('of the machine, where there is no application', async () => {
    const server = await startTokenServer();
    process.env['IDENTITY_ENDPOINT'] = `${process.env['AZURE_AUTHORITY_HOST']}/msi/token`;
    try {
      expect((await createToken({})('eventHubs')).value).toBe('token-1');
      expect(server.asked).toEqual([{ path: '/msi/token', 'api-version': '2019-08-01', resource: 'https://eventhubs.azure.net' }]);
    } finally {
      delete process.env['IDENTITY_ENDPOINT'];
      await server.close();
    }
  });

  test('a refusal is told by its code alone', async () => {
    const server = await startTokenServer(401);
    try {
      await expect(createToken(settings)('manager')).rejects.toMatchObject({ code: 'SOURCE_REFUSED', message: expect.stringMatching(/^(?!.*planted).*invalid_client/) as string });
    } finally {
      await server.close();
    }
  });
});

test('the namespace is completed where it is short', () => {
  expect([namespaceOf(settings), namespaceOf({ ...settings, eventHubNamespace: 'Acme.servicebus.windows.net' })]).toEqual(['acme-logs.servicebus.windows.net', 'acme.servicebus.windows.net']);
});

test.each([
  [{ clientId: undefined }, 'clientId missing'],
  [{ resourceManagerUrl: 'azure' }, 'resourceManagerUrl is not an address'],
  [{ checkpointStorageAccountName: 'https://x' }, 'checkpointStorageAccountName is no name'],
])('%j: %s', (given, problem) => {
  expect(azure.validate!({ ...settings, ...given } as AzureSettings)).toEqual([expect.stringContaining(problem)]);
});
