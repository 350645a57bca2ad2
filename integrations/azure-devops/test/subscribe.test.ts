import { FrameworkError, Secret, type WebhookAddress } from '@integration-framework/framework';
import { testContext, testHttp } from '@integration-framework/framework/testkit';
import azureDevOps from '../src/index';
import { live } from '../src/live';
import type { AzureDevOpsSettings } from '../src/settings';
import { startAzureDevOps, type AzureDevOpsServer, type Hook } from './azure-devops-server';

const SHOP = { id: '6ce954b1', name: 'Shop front', state: 'wellFormed' };
const API = { id: 'be9b3917', name: 'API', state: 'wellFormed' };
const OLD = { id: '11111111', name: 'Old', state: 'deleting' };
const PASSWORD = 'planted-hook-password';
const TO = 'https://catalog.example.com/agent/if/azure-devops/webhook';
const webhook: WebhookAddress = {
  url: 'http://127.0.0.1:8080/if/azure-devops/webhook',
  path: '/if/azure-devops/webhook',
  authentication: { username: 'hooks', secret: new Secret(PASSWORD) },
};

let server: AzureDevOpsServer;
beforeEach(async () => {
  server = await startAzureDevOps([SHOP, API, OLD]);
});
afterEach(() => server.close());

const context = () => {
  const settings: AzureDevOpsSettings = { azureDevOpsOrganizationUrl: server.url, azureDevOpsPersonalAccessToken: new Secret('pat'), webhookHost: 'https://catalog.example.com/agent/' };
  return testContext(settings, { http: testHttp(azureDevOps, settings, { retries: 0 }).http! });
};
const subscribe = (given = context(), to = webhook) => azureDevOps.subscribe!(given, to);
const place = ({ eventType, publisherInputs }: Hook) => `${publisherInputs['projectId']} ${eventType}`;
const places = (...projects: readonly { readonly id: string }[]) => projects.flatMap(({ id }) => live.events.map((event) => `${id} ${event}`));
const hookOf = (eventType: string, more: Partial<Hook> = {}): Omit<Hook, 'id' | 'publisherId' | 'consumerId' | 'consumerActionId'> => ({
  status: 'enabled',
  eventType,
  publisherInputs: { projectId: SHOP.id },
  consumerInputs: { url: TO, basicAuthUsername: 'hooks', basicAuthPassword: 'any' },
  ...more,
});

test('each project that is well formed gets the three hooks, with our credentials, to the host of the settings', async () => {
  await subscribe();
  expect(server.hooks.map(place)).toEqual(places(SHOP, API));
  for (const { publisherId, consumerId, consumerActionId, consumerInputs } of server.hooks) {
    expect({ publisherId, consumerId, consumerActionId, consumerInputs }).toEqual({
      publisherId: 'tfs',
      consumerId: 'webHooks',
      consumerActionId: 'httpRequest',
      consumerInputs: { url: TO, basicAuthUsername: 'hooks', basicAuthPassword: PASSWORD },
    });
  }
});

test('a second start changes nothing', async () => {
  await subscribe();
  const before = [...server.hooks];
  await subscribe();
  expect(server.hooks).toEqual(before);
});

test.each(['enabled', 'onProbation'])('a hook that is %s is kept', async (status) => {
  const kept = server.add(hookOf('git.repo.renamed', { status }));
  await subscribe();
  expect(server.hooks).toContainEqual(kept);
  expect(server.hooks.map(place).sort()).toEqual(places(SHOP, API).sort());
});

test.each(['disabledBySystem', 'disabledByUser', 'disabledByInactiveIdentity'])('a hook that is %s is replaced', async (status) => {
  const dead = server.add(hookOf('git.repo.renamed', { status }));
  await subscribe();
  expect(server.hooks.map(({ id }) => id)).not.toContain(dead.id);
  expect(server.hooks.map(place).sort()).toEqual(places(SHOP, API).sort());
  expect(server.hooks.every((hook) => hook.status === 'enabled')).toBe(true);
});

test('a hook that signs in as somebody else is replaced', async () => {
  const other = server.add(hookOf('git.repo.deleted', { consumerInputs: { url: TO, basicAuthUsername: 'somebody', basicAuthPassword: 'any' } }));
  await subscribe();
  expect(server.hooks.map(({ id }) => id)).not.toContain(other.id);
  expect(server.hooks).toHaveLength(6);
});

test('hooks that are not ours stay: of another address, event or project', async () => {
  const others = [
    server.add(hookOf('git.repo.created', { consumerInputs: { url: 'https://elsewhere.example.com/' }, status: 'disabledByUser' })),
    server.add(hookOf('git.push', { status: 'disabledBySystem' })),
    server.add(hookOf('git.repo.created', { publisherInputs: { projectId: 'another' }, status: 'disabledBySystem' })),
  ];
  await subscribe();
  expect(server.hooks).toEqual(expect.arrayContaining(others));
  expect(server.hooks).toHaveLength(9);
});

test('an open route is hooked without credentials', async () => {
  const open: WebhookAddress = { url: webhook.url, path: webhook.path };
  await subscribe(context(), open);
  await subscribe(context(), open);
  expect(server.hooks.map(({ consumerInputs }) => consumerInputs)).toEqual(Array.from({ length: 6 }, () => ({ url: TO })));
});

test('a project that fails is told without a secret, the others are done, and the next try does the rest', async () => {
  server.refuse([SHOP.id]);
  const given = context();
  const failure = await subscribe(given).catch((err: unknown) => err);
  expect(failure).toBeInstanceOf(FrameworkError);
  expect(failure).toMatchObject({ recovery: 'retry', message: expect.stringContaining('hooks are not in place for Shop front') as string });
  expect(server.hooks.map(place)).toEqual(places(API));
  expect(given.log.lines).toEqual([expect.stringMatching(/^warn the hooks of a project are not in place.*Shop front.*no permission.*\[redacted\]/)]);
  expect(`${given.log.lines.join()}${String(failure)}`).not.toContain(PASSWORD);

  server.refuse([]);
  await subscribe(given);
  expect(server.hooks.map(place).sort()).toEqual(places(SHOP, API).sort());
});

test('a disabled hook stays until its successor is there', async () => {
  const dead = server.add(hookOf('git.repo.created', { status: 'disabledBySystem' }));
  server.refuse([SHOP.id], 400);
  await expect(subscribe()).rejects.toMatchObject({ recovery: 'retry' });
  expect(server.hooks).toContainEqual(dead);
});

test('without a valid token nothing is tried, and the operator is told', async () => {
  server.signOut();
  await expect(subscribe()).rejects.toMatchObject({ code: 'SOURCE_REFUSED', act: 'operator' });
});
