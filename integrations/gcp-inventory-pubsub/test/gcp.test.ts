import { createVerify } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ABSENT, canonicalId, eventNameOf, identityOf, Secret, type Http, type ListenContext, type Message } from '@integration-framework/framework';
import { kindOf, readExchanges, serveRecorded, testContext, testHttp } from '@integration-framework/framework/testkit';
import path from 'node:path';
import gcp from '../src/index';
import type { GcpSettings } from '../src/settings';
import { createToken } from '../src/token';
import { changed, deleted } from './events';
import { credentialsJson, publicKey } from './key';

const settings: GcpSettings = {
  projectId: 'acme-shop',
  topicName: 'asset-feed',
  subscriptionId: 'catalog',
  ackDeadlineSeconds: 60,
  assetTypes: ['storage.googleapis.com/Bucket'],
  assetUrl: 'https://cloudasset.googleapis.com',
  credentialsJson: new Secret(credentialsJson),
};
const live = gcp.live!;
const asset = kindOf(gcp, 'asset');

describe('the feed', () => {
  const told = (body: typeof changed) => live.changes({ headers: {}, body, type: 'sync-event' }, settings)[0]!;

  test.each<[string, typeof changed, string]>([
    ['changed', changed, 'changed'],
    ['deleted', deleted, 'gone'],
    ['not deleted', { ...changed, deleted: false }, 'changed'],
  ])('%s', (_, body, is) => {
    const change = told(body);
    expect(change).toMatchObject({ is, kind: 'asset', row: body['asset'] });
    if (change.is === 'ignored') throw new Error('ignored');
    expect(canonicalId({ vendor: 'gcp', kind: 'asset' }, identityOf(change.keys)!)).toBe('gcp.asset:%2F%2Fstorage.googleapis.com%2Facme-invoices');
    expect(change.keys).toEqual([
      { name: 'resourceName', value: '//storage.googleapis.com/acme-invoices', identity: true },
      { name: 'resourceType', value: 'storage.googleapis.com/Bucket', identity: false },
    ]);
  });

  test('it is called sync-event, and orders by updateTime, like the import', () => {
    expect(eventNameOf(live, { headers: {}, body: changed })).toEqual({ type: 'sync-event', inHeader: false });
    expect(asset.version!(changed['asset'])).toBe(Date.parse('2026-02-01T10:11:12.345Z'));
    expect(asset.version!({ name: 'x' })).toBeUndefined();
  });

  test('without an asset there is no identity', () => {
    expect(told({ hello: 1 })).toMatchObject({ keys: [{ value: undefined }, { value: undefined }] });
  });

  test('an imported asset is read as an event of its type', () => {
    const row = changed['asset'] as never;
    expect(asset.envelope!(row)).toEqual({ asset: row });
    expect((asset.importType as (of: unknown) => string)(row)).toBe('storage.googleapis.com/Bucket');
    expect(live.keys!('asset', { asset: row }, settings)[0]).toMatchObject({ value: '//storage.googleapis.com/acme-invoices' });
  });
});

describe('one asset', () => {
  test('what was deleted, or never was, is absent', async () => {
    const source = await serveRecorded(readExchanges(path.join(__dirname, '../fixtures')));
    try {
      const given = { ...settings, assetUrl: source.url };
      const context = testContext(given, { http: testHttp(gcp, given).http as Http });
      for (const name of ['acme-gone', 'never']) expect(await asset.get!(context, { key: encodeURIComponent(`//storage.googleapis.com/${name}`) })).toBe(ABSENT);
    } finally {
      await source.close();
    }
  });
});

describe('tokens', () => {
  test('a service account signs its own, and again before they expire', async () => {
    let now = Date.UTC(2026, 0, 1);
    const token = createToken(settings, () => now);
    const first = await token();
    const [head = '', body = '', signature = ''] = first.split('.');
    expect(createVerify('RSA-SHA256').update(`${head}.${body}`).verify(publicKey, signature, 'base64url')).toBe(true);
    expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'key-1' });
    expect(JSON.parse(Buffer.from(body, 'base64url').toString())).toEqual({
      iss: 'catalog@acme-shop.iam.gserviceaccount.com',
      sub: 'catalog@acme-shop.iam.gserviceaccount.com',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      iat: now / 1_000,
      exp: now / 1_000 + 3_600,
    });
    now += 54 * 60_000;
    expect(await token()).toBe(first);
    now += 2 * 60_000;
    expect(await token()).not.toBe(first);
  });

  test.each(['{"type":"external_account"}', 'no json with planted-words', '{"type":"service_account","client_email":"a","private_key":"planted-words"}'])('%s is refused, without its words', async (text) => {
    const failed = createToken({ credentialsJson: new Secret(text) })();
    await expect(failed).rejects.toMatchObject({ code: 'SOURCE_REFUSED', message: expect.not.stringContaining('planted-words') as string });
  });
});

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: { readonly [member: string]: unknown };
}

describe('the subscription, by the calls that are made', () => {
  const calls: Call[] = [];
  let answer: (call: Call) => { readonly status?: number; readonly body?: object } | undefined;
  const server = createServer((request, response) => {
    void read(request).then((call) => {
      calls.push(call);
      const said = answer(call);
      if (said === undefined) return; // it waits
      response.writeHead(said.status ?? 200, { 'content-type': 'application/json' }).end(JSON.stringify(said.body ?? {}));
    });
  });
  async function read(request: IncomingMessage): Promise<Call> {
    let text = '';
    for await (const piece of request.setEncoding('utf8')) text += piece as string;
    return { method: request.method!, path: request.url!, body: JSON.parse(text) as Call['body'] };
  }
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    process.env['PUBSUB_EMULATOR_HOST'] = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    calls.length = 0;
  });
  afterAll(async () => {
    delete process.env['PUBSUB_EMULATOR_HOST'];
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const SUBSCRIPTION = '/v1/projects/acme-shop/subscriptions/catalog';
  const waiting = (text: string, id = 'm-1'): object => ({ receivedMessages: [{ ackId: `ack-${id}`, message: { messageId: id, data: Buffer.from(text).toString('base64') } }] });
  /** The first pull gives this, the others wait. */
  const once = (body: object) => (call: Call) => (!call.path.endsWith(':pull') ? {} : calls.filter(({ path: at }) => at.endsWith(':pull')).length === 1 ? { body } : undefined);

  async function listenWith(deliver: (messages: readonly Message[], stop: AbortController) => Promise<void> | void): Promise<void> {
    const stop = new AbortController();
    const context: ListenContext<GcpSettings> = {
      ...testContext(settings, { signal: stop.signal }),
      deliver: async (_origin, messages) => deliver(messages, stop),
      stored: () => (async function* () {})(),
    };
    await gcp.listen!(context);
  }

  test('messages are delivered as text, with their id, then acknowledged', async () => {
    answer = once(waiting(JSON.stringify(changed)));
    const got: Message[] = [];
    await listenWith((messages, stop) => {
      got.push(...messages);
      stop.abort();
    });
    expect(got).toEqual([{ id: 'm-1', text: JSON.stringify(changed) }]);
    expect(calls).toEqual([
      { method: 'POST', path: `${SUBSCRIPTION}:pull`, body: { maxMessages: 100 } },
      { method: 'POST', path: `${SUBSCRIPTION}:acknowledge`, body: { ackIds: ['ack-m-1'] } },
    ]);
  });

  test('messages that take long to store are kept', async () => {
    let kept = (): void => undefined;
    const isKept = new Promise<void>((resolve) => (kept = resolve));
    const first = once(waiting('{}'));
    answer = (call) => {
      if (call.path.endsWith(':modifyAckDeadline')) kept();
      return first(call);
    };
    await listenWith(async (_messages, stop) => {
      await isKept;
      stop.abort();
    });
    expect(calls.slice(1).map(({ path: at, body }) => [at, body['ackDeadlineSeconds']])).toEqual([
      [`${SUBSCRIPTION}:modifyAckDeadline`, 60],
      [`${SUBSCRIPTION}:acknowledge`, undefined],
    ]);
  });

  test('what could not be stored is handed back, and the error is told', async () => {
    answer = once(waiting('{}'));
    await expect(listenWith(() => Promise.reject(new Error('the store is away')))).rejects.toThrow('the store is away');
    expect(calls.slice(1)).toEqual([{ method: 'POST', path: `${SUBSCRIPTION}:modifyAckDeadline`, body: { ackIds: ['ack-m-1'], ackDeadlineSeconds: 0 } }]);
  });

  test('a stop while messages are being stored hands them back and is no error', async () => {
    answer = once(waiting('{}'));
    await listenWith((_messages, stop) => {
      stop.abort();
      return Promise.reject(new Error('the process stops'));
    });
    expect(calls.at(-1)).toMatchObject({ path: `${SUBSCRIPTION}:modifyAckDeadline`, body: { ackDeadlineSeconds: 0 } });
  });

  test('a stop ends the wait for messages', async () => {
    const stop = new AbortController();
    answer = () => {
      stop.abort();
      return undefined;
    };
    await gcp.listen!({ ...testContext(settings, { signal: stop.signal }), deliver: () => Promise.resolve(), stored: () => (async function* () {})() });
    expect(calls).toHaveLength(1);
  });

  test('a subscription that is not there is made', async () => {
    const stop = new AbortController();
    answer = ({ method }) => {
      if (method === 'PUT') stop.abort();
      return method === 'PUT' ? {} : { status: 404 };
    };
    await gcp.listen!({ ...testContext(settings, { signal: stop.signal }), deliver: () => Promise.resolve(), stored: () => (async function* () {})() });
    expect(calls[1]).toEqual({ method: 'PUT', path: SUBSCRIPTION, body: { topic: 'projects/acme-shop/topics/asset-feed', ackDeadlineSeconds: 60 } });
  });

  test('a refusal is told in the words of the service', async () => {
    answer = () => ({ status: 403, body: { error: { message: 'User not authorized to perform this action.' } } });
    await expect(listenWith(() => undefined)).rejects.toMatchObject({ code: 'SOURCE_REFUSED', message: expect.stringContaining('User not authorized') as string });
  });
});

test.each([
  [{ assetTypes: [] }, 'assetTypes is empty'],
  [{ projectId: 'projects/acme' }, 'projectId is no id'],
  [{ assetUrl: 'cloudasset' }, 'assetUrl is not an address'],
])('%j: %s', (given, problem) => {
  expect(gcp.validate!({ ...settings, ...given })).toEqual([expect.stringContaining(problem)]);
});
