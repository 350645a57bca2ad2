import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Secret } from '../../contract';
import { fakeClock, recordedLog, type FakeClock } from '../../testkit';
import type { Json, JsonObject } from '../../shared';
import { aggregateBy } from './cloud-vendor-aggregator';
import { context, event } from './test/event';
import type { PipelineEvent, Processed, Processor } from './types';

interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}
interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const token: Reply = { body: '{"access_token":"t-1","expires_in":3600}' };
let answer: (call: Call) => Reply | Promise<Reply>;
let calls: Call[];
const server = createServer((request, response) => {
  void (async () => {
    let body = '';
    for await (const piece of request.setEncoding('utf8')) body += piece as string;
    const url = new URL(request.url ?? '', 'http://localhost');
    const call = { method: request.method ?? '', path: url.pathname, query: url.search.slice(1), headers: request.headers, body };
    calls.push(call);
    const { status = 200, headers = {}, body: said = '' } = call.path.endsWith('/oauth2/v2.0/token') ? token : await answer(call);
    response.writeHead(status, headers).end(said);
  })();
});
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env['AWS_ENDPOINT_URL'] = url;
  process.env['AZURE_AUTHORITY_HOST'] = url;
});
afterAll(async () => {
  delete process.env['AWS_ENDPOINT_URL'];
  delete process.env['AZURE_AUTHORITY_HOST'];
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
const running: Processor[] = [];
beforeEach(() => {
  calls = [];
  answer = () => ({ status: 500 });
});
afterEach(() => Promise.all(running.splice(0).map((one) => one.close?.())));

const AUTH: Readonly<Record<string, JsonObject | Record<string, unknown>>> = {
  aws: { accessKeyId: 'AKIA', secretAccessKey: new Secret('planted-secret'), region: 'eu-north-1' },
  azure: { tenantId: 'tenant', clientId: new Secret('client'), clientSecret: new Secret('planted-secret') },
  gcp: {},
};

function started(cloudVendorName: string, more: Readonly<Record<string, unknown>> = {}): Processor & { readonly clock: FakeClock; readonly lines: readonly string[] } {
  const [clock, log] = [fakeClock(Date.UTC(2026, 1, 3, 4, 5, 7)), recordedLog()];
  const { processor, problems } = aggregateBy(url, { type: 'cloud-vendor-aggregator', cloudVendorName, authOptions: AUTH[cloudVendorName], ...more }, context({ clock, log }));
  if (!processor) throw new Error(JSON.stringify(problems));
  running.push(processor);
  return { ...processor, clock, lines: log.lines };
}

/** The data that came out; or what became of the event. */
async function made(processor: Processor, of: PipelineEvent): Promise<unknown> {
  const result: Processed = await processor.process(of);
  return result.is === 'event' ? result.event.data : result.is === 'discard' ? result.reason : `${result.code}: ${result.message}`;
}
const raw = (data: Json): string => Buffer.from(JSON.stringify(data)).toString('base64');

describe('gcp', () => {
  const asset = {
    name: '//storage.googleapis.com/invoices',
    assetType: 'storage.googleapis.com/Bucket',
    ancestors: ['projects/1', 'organizations/2'],
    updateTime: '2026-02-01T10:11:12.345678Z',
    resource: { location: 'eu', data: { name: 'invoices-by-name', labels: { team: 'pay', odd: 7 } } },
  };
  const expected = {
    name: 'invoices-by-name',
    type: 'storage.googleapis.com/Bucket',
    provider: 'gcp',
    location: 'eu',
    relationships: ['projects/1', 'organizations/2'],
    tags: { team: 'pay' },
    rawData: raw(asset),
    timestamp: '2026-02-01T10:11:12.345678Z',
  };

  test('an asset, without any call', async () => {
    expect(await made(started('gcp'), event({ asset, window: {} }))).toEqual(expected);
    expect(calls).toEqual([]);
  });

  test('the name is the last part of the asset where its data have none; what is not there is empty', async () => {
    const { resource: _, ancestors: __, ...bare } = asset;
    expect(await made(started('gcp', { rawData: 'omit' }), event({ asset: bare }))).toEqual({
      name: 'invoices',
      type: 'storage.googleapis.com/Bucket',
      provider: 'gcp',
      location: '',
      relationships: [],
      tags: {},
      timestamp: asset.updateTime,
    });
  });

  test('rawData as text, as object, or not at all', async () => {
    const of = event({ asset });
    const { rawData: _, ...without } = expected;
    expect(await made(started('gcp', { rawData: 'object' }), of)).toEqual({ ...without, rawData: asset });
    expect(await made(started('gcp', { rawData: 'omit' }), of)).toEqual(without);
  });

  test('what holds no asset is a dead letter', async () => {
    expect(await made(started('gcp'), event({ hello: 1 }))).toBe('FIELD_MISSING: the event holds no asset');
  });
});

test('a delete passes unchanged, without any call', async () => {
  for (const vendor of ['aws', 'azure', 'gcp']) {
    const gone = event({ any: 'thing' }, { operation: 'delete' });
    expect(await started(vendor).process(gone)).toEqual({ is: 'event', event: gone });
  }
  expect(calls).toEqual([]);
});

describe('aws', () => {
  const record = (more: JsonObject = {}): JsonObject => ({
    source: 'aws.s3',
    account: '111122223333',
    region: 'eu-west-1',
    detail: { eventName: 'CreateBucket', eventSource: 's3.amazonaws.com', eventTime: '2026-02-01T10:11:12Z', ...more },
  });
  const bucket = (data: Json = record(), more: Partial<PipelineEvent> = {}): PipelineEvent => event(data, { kind: 's3', keys: [{ name: 'resourceName', value: 'invoices' }], ...more });
  const functionKeys = [
    { name: 'account', value: '111122223333' },
    { name: 'region', value: 'eu-west-1' },
    { name: 'resourceName', value: 'resize' },
  ];
  const tagSet = '<?xml version="1.0"?><Tagging><TagSet><Tag><Key>team</Key><Value>pay &amp; &#x66;un</Value></Tag><Tag><Key>empty</Key><Value/></Tag></TagSet></Tagging>';
  const expected = {
    name: 'invoices',
    type: 's3.amazonaws.com',
    provider: 'aws',
    location: 'eu-west-1',
    relationships: ['account/111122223333'],
    tags: { team: 'pay & fun', empty: '' },
    rawData: raw(record()),
    timestamp: '2026-02-01T10:11:12Z',
  };

  test('a bucket, its tags looked up in its region', async () => {
    answer = () => ({ body: tagSet });
    expect(await made(started('aws'), bucket())).toEqual(expected);
    expect(calls).toMatchObject([{ method: 'GET', path: '/invoices', query: 'tagging=', headers: { authorization: expect.stringContaining('AKIA/20260203/eu-west-1/s3/aws4_request') as string } }]);
  });

  test('a function, its tags looked up by its ARN', async () => {
    answer = () => ({ body: '{"Tags":{"team":"media"}}' });
    const data = { ...record({ eventName: 'UpdateFunctionCode20150331v2', eventSource: 'lambda.amazonaws.com' }), source: 'aws.lambda' };
    expect(await made(started('aws', { rawData: 'omit' }), event(data, { kind: 'lambda', keys: functionKeys }))).toEqual({
      name: 'resize',
      type: 'lambda.amazonaws.com',
      provider: 'aws',
      location: 'eu-west-1',
      relationships: ['account/111122223333'],
      tags: { team: 'media' },
      timestamp: '2026-02-01T10:11:12Z',
    });
    expect(calls[0]).toMatchObject({ path: '/2017-03-31/tags/arn%3Aaws%3Alambda%3Aeu-west-1%3A111122223333%3Afunction%3Aresize' });
  });

  test('what was imported is an asset too, of the same shape', async () => {
    answer = ({ path }) => (path.includes('tags') ? { body: '{"Tags":{}}' } : { body: tagSet });
    const processor = started('aws', { rawData: 'omit' });
    const { rawData: _, ...without } = expected;
    expect(await made(processor, bucket({ Name: 'invoices', BucketRegion: 'eu-west-1', CreationDate: '2025-01-01T00:00:00.000Z', AccountId: '111122223333' }))).toEqual({ ...without, timestamp: '2025-01-01T00:00:00.000Z' });
    const row = { FunctionName: 'resize', FunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:resize', LastModified: '2025-01-01T00:00:00.123+0000' };
    expect(await made(processor, event(row, { kind: 'lambda', keys: functionKeys }))).toMatchObject({ type: 'lambda.amazonaws.com', location: 'eu-west-1', relationships: ['account/111122223333'], timestamp: '2025-01-01T00:00:00.123Z' });
  });

  test('the region is that of the options where nothing else tells', async () => {
    answer = () => ({ body: tagSet });
    expect(await made(started('aws'), bucket({ Name: 'invoices' }))).toMatchObject({ location: 'eu-north-1', relationships: [] });
  });

  test('a bucket that lies elsewhere is asked for there', async () => {
    answer = ({ headers }) => (String(headers['authorization']).includes('us-east-2') ? { body: tagSet } : { status: 301, headers: { 'x-amz-bucket-region': 'us-east-2' } });
    expect(await made(started('aws'), bucket())).toMatchObject({ tags: expected.tags });
    expect(calls).toHaveLength(2);
  });

  test('without tags there are none', async () => {
    answer = () => ({ status: 404, body: '<Error><Code>NoSuchTagSet</Code></Error>' });
    expect(await made(started('aws'), bucket())).toMatchObject({ tags: {} });
  });

  test('what is not there is discarded, and so is a call that failed', async () => {
    answer = () => ({ status: 404, body: '<Error><Code>NoSuchBucket</Code></Error>' });
    expect(await made(started('aws'), bucket())).toBe('not-found');
    expect(await made(started('aws'), bucket(record({ errorCode: 'AccessDenied' })))).toBe('not-completed');
    expect(await made(started('aws'), bucket(record(), { kind: 'other' }))).toBe('unknown-type');
  });

  test('a refused look-up gives an asset without tags, told once, and trouble until one succeeds', async () => {
    answer = () => ({ status: 403, body: '<Error><Code>AccessDenied</Code></Error>' });
    const processor = started('aws');
    expect(await made(processor, bucket())).toEqual({ ...expected, tags: {} });
    await made(processor, bucket(record(), { keys: [{ name: 'resourceName', value: 'other' }] }));
    expect(processor.lines).toEqual([expect.stringContaining('look-ups are refused; assets have no tags')]);
    expect(processor.trouble!()).toBe('look-ups are refused: S3 answered 403');
    answer = () => ({ body: tagSet });
    await made(processor, bucket(record(), { keys: [{ name: 'resourceName', value: 'third' }] }));
    expect(processor.trouble!()).toBeUndefined();
  });

  test('a failure that may pass is tried three times, as late as the service says; then it is a dead letter', async () => {
    answer = () => (calls.length < 3 ? { status: 503, headers: { 'retry-after': '2' } } : { body: tagSet });
    const patient = started('aws');
    expect(await made(patient, bucket())).toMatchObject({ tags: expected.tags });
    expect(patient.clock.waits).toEqual([2_000, 2_000]);
    calls = [];
    answer = () => ({ status: 429 });
    expect(await made(started('aws'), bucket())).toBe('LOOKUP_FAILED: S3 answered 429, 3 times');
    expect(calls).toHaveLength(3);
  });

  test('another error is a dead letter at once', async () => {
    answer = () => ({ status: 400, body: '<Error><Code>InvalidBucketName</Code></Error>' });
    expect(await made(started('aws'), bucket())).toBe('LOOKUP_FAILED: S3 answered 400 InvalidBucketName');
    expect(calls).toHaveLength(1);
  });

  test('an answer serves the events that were received before it was asked for, for a minute', async () => {
    answer = () => ({ body: tagSet });
    const processor = started('aws');
    const receivedAt = new Date(processor.clock.now()).toISOString();
    await Promise.all([made(processor, bucket(record(), { receivedAt })), made(processor, bucket(record(), { receivedAt }))]);
    await processor.clock.sleep(59_000);
    await made(processor, bucket(record(), { receivedAt }));
    expect(calls).toHaveLength(1);
    await made(processor, bucket(record(), { receivedAt: new Date(processor.clock.now()).toISOString() })); // it may tell of new tags
    expect(calls).toHaveLength(2);
    await processor.clock.sleep(60_000);
    await made(processor, bucket(record(), { receivedAt }));
    expect(calls).toHaveLength(3);
  });

  test('few at a time', async () => {
    let [now, most] = [0, 0];
    answer = async () => {
      most = Math.max(most, ++now);
      await new Promise(setImmediate);
      now--;
      return { body: tagSet };
    };
    const processor = started('aws');
    await Promise.all(Array.from({ length: 20 }, (_, index) => made(processor, bucket(record(), { keys: [{ name: 'resourceName', value: `b${index}` }] }))));
    expect(calls).toHaveLength(20);
    expect(most).toBeLessThanOrEqual(4);
  });

  test('what is closed meanwhile was not judged', async () => {
    const processor = started('aws');
    answer = () => {
      void processor.close!();
      return new Promise<never>(() => undefined);
    };
    await expect(processor.process(bucket())).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('azure', () => {
  const ID = '/subscriptions/S-1/resourceGroups/Web/providers/Microsoft.Web/sites/Shop';
  const resource = { id: ID, name: 'Shop', type: 'Microsoft.Web/sites', location: 'westeurope', tags: { team: 'pay' } };
  const record = (more: JsonObject = {}): JsonObject => ({ time: '2026-02-01T10:11:12.3456789Z', resourceId: ID.toUpperCase(), operationName: 'MICROSOFT.WEB/SITES/WRITE', resultType: 'Success', ...more });
  const expected = {
    name: 'Shop',
    type: 'Microsoft.Web/sites',
    provider: 'azure',
    location: 'westeurope',
    relationships: ['subscription/S-1', 'resourceGroup/Web'],
    tags: { team: 'pay' },
    rawData: raw(record()),
    timestamp: '2026-02-01T10:11:12.3456789Z',
  };
  const found = (): Reply => ({ body: JSON.stringify(resource) });

  test('a record: the resource is looked up with a token', async () => {
    answer = found;
    expect(await made(started('azure'), event(record()))).toEqual(expected);
    expect(calls).toMatchObject([
      { method: 'POST', path: '/tenant/oauth2/v2.0/token', body: expect.stringContaining('client_secret=planted-secret') as string },
      { method: 'GET', path: ID.toUpperCase(), query: 'api-version=2024-11-01', headers: { authorization: 'Bearer t-1' } },
    ]);
  });

  test('an imported resource needs no call', async () => {
    expect(await made(started('azure'), event({ ...resource, changedTime: '2026-01-01T00:00:00Z' }))).toEqual({ ...expected, rawData: raw({ ...resource, changedTime: '2026-01-01T00:00:00Z' }), timestamp: '2026-01-01T00:00:00Z' });
    expect(calls).toEqual([]);
  });

  test.each([
    ['Microsoft.Storage/storageAccounts', '2025-01-01'],
    ['Microsoft.Web/sites', '2024-11-01'],
    ['Microsoft.Compute/virtualMachines', '2024-11-01'],
    ['Microsoft.Compute/disks', '2025-01-02'],
    ['Microsoft.Network/virtualNetworks', '2025-01-01'],
    ['Microsoft.Network/networkInterfaces', '2025-01-01'],
    ['Microsoft.Network/networkSecurityGroups', '2025-01-01'],
    ['Microsoft.Network/publicIPAddresses', '2025-01-01'],
    ['Microsoft.CognitiveServices/accounts', '2025-01-01'],
    ['Microsoft.CognitiveServices/accounts/deployments', '2025-01-01'],
  ])('%s is asked for by version %s, also when its tags changed', async (type, version) => {
    answer = found;
    const [namespace, first, second] = type.split('/') as [string, string, string | undefined];
    const resourceId = `/subscriptions/s/resourceGroups/g/providers/${namespace}/${first}/a${second === undefined ? '' : `/${second}/b`}`;
    const processor = started('azure');
    expect(await made(processor, event(record({ resourceId, operationName: `${type}/write` })))).toMatchObject({ name: 'Shop' });
    const tags = record({ resourceId: `${resourceId}/providers/Microsoft.Resources/tags/default`, operationName: 'Microsoft.Resources/tags/write' });
    expect(await made(processor, event(tags, { receivedAt: '2027-01-01T00:00:00.000Z' }))).toMatchObject({ name: 'Shop' });
    expect(calls.filter(({ method }) => method === 'GET')).toMatchObject([
      { path: resourceId, query: `api-version=${version}` },
      { path: resourceId, query: `api-version=${version}` },
    ]);
  });

  test.each<[JsonObject, string]>([
    [{ operationName: 'Microsoft.KeyVault/vaults/write' }, 'unknown-type'],
    [{ operationName: 'Microsoft.Web/sites/start/action' }, 'unknown-type'],
    [{ operationName: 'Microsoft.Web/sites/config/write' }, 'unknown-type'],
    [{ operationName: 'Microsoft.Web/sites' }, 'unknown-type'],
    [{ operationName: 'Microsoft.Resources/tags/write', resourceId: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sitesOfOthers/x' }, 'unknown-type'],
    [{ resultType: 'Start' }, 'not-completed'],
    [{ resultType: 'Failure' }, 'not-completed'],
  ])('%j is discarded: %s', async (more, reason) => {
    expect(await made(started('azure'), event(record(more)))).toBe(reason);
    expect(calls).toEqual([]);
  });

  test('Succeeded is a success too', async () => {
    answer = found;
    expect(await made(started('azure'), event(record({ resultType: 'Succeeded' })))).toMatchObject({ name: 'Shop' });
  });

  test('not there: discarded; refused: what the record says, without tags', async () => {
    answer = () => ({ status: 404 });
    expect(await made(started('azure'), event(record()))).toBe('not-found');
    answer = () => ({ status: 403 });
    const processor = started('azure');
    expect(await made(processor, event(record({ location: 'global' })))).toMatchObject({ name: 'SHOP', type: 'microsoft.web/sites', location: 'global', tags: {} });
    expect(processor.trouble!()).toBe('look-ups are refused: the resource manager answered 403');
  });

  test('a refused token is renewed once', async () => {
    answer = () => (calls.length < 3 ? { status: 401 } : found());
    expect(await made(started('azure'), event(record()))).toMatchObject({ name: 'Shop' });
    expect(calls.map(({ method }) => method)).toEqual(['POST', 'GET', 'POST', 'GET']);
  });

  test('without an answer it is a dead letter, which says no secret', async () => {
    answer = () => ({ status: 500 });
    expect(await made(started('azure'), event(record()))).toBe('LOOKUP_FAILED: the resource manager answered 500, 3 times');
    process.env['AZURE_AUTHORITY_HOST'] = 'http://127.0.0.1:1';
    try {
      const said = String(await made(started('azure'), event(record())));
      expect(said).toMatch(/^LOOKUP_FAILED: 127\.0\.0\.1:1: .*, 3 times$/);
      expect(said).not.toContain('planted-secret');
    } finally {
      process.env['AZURE_AUTHORITY_HOST'] = url;
    }
  });
});
