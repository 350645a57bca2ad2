import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ListenContext, Message } from '@integration-framework/framework';
import { recordedLog, testContext } from '@integration-framework/framework/testkit';
import { blobCheckpoints, trackProgress, type Checkpoint, type Checkpoints } from '../src/checkpoints';
import type { Hub, HubEvent } from '../src/hub';
import { listenTo } from '../src/listen';
import type { AzureSettings } from '../src/settings';

const settings: AzureSettings = {
  subscriptionId: 's',
  eventHubNamespace: 'Acme-Logs',
  eventHubName: 'Activity',
  checkpointStorageAccountName: 'acmecheckpoints',
  checkpointStorageContainerName: 'catalog',
  resourceManagerUrl: 'https://management.azure.com',
};

function memoryCheckpoints(given: Readonly<Record<string, Checkpoint>> = {}): Checkpoints & { readonly kept: Map<string, Checkpoint>; fail: boolean } {
  const kept = new Map(Object.entries(given));
  const checkpoints = {
    kept,
    fail: false,
    read: async (partition: string) => kept.get(partition),
    async write(partition: string, at: Checkpoint) {
      if (checkpoints.fail) throw new Error('the account is away');
      kept.set(partition, at);
    },
  };
  return checkpoints;
}

/** A hub whose partitions hold these texts; the number of an event is its place, from 1. */
function memoryHub(partitions: Readonly<Record<string, readonly string[]>>): Hub & { readonly log: string[] } {
  const log: string[] = [];
  return {
    log,
    partitions: async () => Object.keys(partitions),
    async read(partition, { after, signal, take }) {
      const events = partitions[partition]!.map((text, index): HubEvent => ({ text, offset: String(index + 1), sequenceNumber: index + 1 }));
      log.push(`${partition} after ${after}`);
      for (const event of events.filter(({ sequenceNumber }) => sequenceNumber > Number(after ?? 0))) {
        if (signal.aborted) return;
        await take([event]);
      }
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    },
    close: async () => void log.push('closed'),
  };
}

async function run(given: { readonly hub: Hub; readonly checkpoints: Checkpoints; deliver(messages: readonly Message[], stop: () => void): Promise<void> | void }): Promise<readonly string[]> {
  const stop = new AbortController();
  const bare = testContext(settings, { signal: stop.signal });
  const context: ListenContext<AzureSettings> = { ...bare, deliver: async (_origin, messages) => given.deliver(messages, () => stop.abort()), stored: () => (async function* () {})() };
  await listenTo({ context, hub: given.hub, checkpoints: given.checkpoints });
  return bare.log.lines;
}

const records = (...ids: readonly string[]): string => JSON.stringify({ records: ids.map((resourceId) => ({ resourceId })) });

test('every record of every partition is delivered from where it was left, and it is remembered how far', async () => {
  const hub = memoryHub({ '0': [records('a'), records('b', 'c')], '1': [records('d')], '2': ['{"records":[]}'] });
  const checkpoints = memoryCheckpoints({ '0': { offset: '1', sequenceNumber: 1 } });
  const got: Message[] = [];
  await run({
    hub,
    checkpoints,
    deliver(messages, stop) {
      got.push(...messages);
      if (got.length === 3) stop();
    },
  });
  expect(got.map(({ id }) => id).sort()).toEqual(['0/2/0', '0/2/1', '1/1/0']);
  expect(Object.fromEntries(checkpoints.kept)).toMatchObject({ '0': { offset: '2' }, '1': { offset: '1' } });
  expect(hub.log).toEqual(expect.arrayContaining(['0 after 1', '1 after undefined', 'closed']));
});

test('what could not be stored is not passed over: the error ends all partitions, and it is told', async () => {
  const hub = memoryHub({ '0': [records('a'), records('b')], '1': [] });
  const checkpoints = memoryCheckpoints();
  const failed = run({ hub, checkpoints, deliver: (messages) => (messages[0]!.id === '0/2/0' ? Promise.reject(new Error('the store is away')) : undefined) });
  await expect(failed).rejects.toThrow('the store is away');
  expect(Object.fromEntries(checkpoints.kept)).toEqual({ '0': expect.objectContaining({ offset: '1' }) as Checkpoint });
  expect(hub.log.at(-1)).toBe('closed');
});

test('a stop while records are being stored is no error', async () => {
  const checkpoints = memoryCheckpoints();
  await run({
    hub: memoryHub({ '0': [records('a')] }),
    checkpoints,
    deliver(_messages, stop) {
      stop();
      return Promise.reject(new Error('the process stops'));
    },
  });
  expect(checkpoints.kept.size).toBe(0);
});

describe('progress', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  test('is written at most once a second, and at the end', async () => {
    const checkpoints = memoryCheckpoints();
    const write = jest.spyOn(checkpoints, 'write');
    const progress = trackProgress(checkpoints, recordedLog());
    for (let at = 1; at <= 50; at++) progress.reached('0', { offset: String(at), sequenceNumber: at });
    expect(write).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(write.mock.calls).toEqual([['0', { offset: '50', sequenceNumber: 50 }]]);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(write).toHaveBeenCalledTimes(1);
    progress.reached('1', { offset: '9', sequenceNumber: 9 });
    await progress.end();
    expect(write).toHaveBeenCalledTimes(2);
  });

  test('that could not be written is told, and written with the next', async () => {
    const checkpoints = memoryCheckpoints();
    const log = recordedLog();
    const progress = trackProgress(checkpoints, log);
    checkpoints.fail = true;
    progress.reached('0', { offset: '1', sequenceNumber: 1 });
    await jest.advanceTimersByTimeAsync(1_000);
    expect(log.lines).toEqual([expect.stringContaining('the account is away')]);
    checkpoints.fail = false;
    await progress.end();
    expect(checkpoints.kept.get('0')).toEqual({ offset: '1', sequenceNumber: 1 });
  });
});

describe('checkpoints in blobs, by the calls that are made', () => {
  const blobs = new Map<string, Readonly<Record<string, string>>>();
  let refuse = 0;
  const server = createServer((request, response) => {
    const metadata = Object.fromEntries(Object.entries(request.headers).filter(([name]) => name.startsWith('x-ms-meta-'))) as Record<string, string>;
    request.resume().on('end', () => {
      if (refuse-- > 0) return response.writeHead(401).end();
      if (request.url!.includes('/nowhere/')) return response.writeHead(404, { 'x-ms-error-code': 'ContainerNotFound' }).end();
      const known = blobs.get(request.url!);
      if (request.method === 'GET') return response.writeHead(known ? 200 : 404, known ?? { 'x-ms-error-code': 'BlobNotFound' }).end();
      if (request.headers['x-ms-blob-type'] !== 'BlockBlob' || request.headers['content-length'] !== '0') return response.writeHead(400).end();
      blobs.set(request.url!, metadata);
      return response.writeHead(201).end();
    });
  });
  let url: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const asked: [string, boolean | undefined][] = [];
  const token = async (audience: string, renew?: boolean) => {
    asked.push([audience, renew]);
    return { value: 't', expiresAt: 0 };
  };

  test('what was written is read again, at the place where clients of the vendor look', async () => {
    const checkpoints = blobCheckpoints(settings, token, url);
    expect(await checkpoints.read('0')).toBeUndefined();
    await checkpoints.write('0', { offset: '4711', sequenceNumber: 42 });
    expect([...blobs]).toEqual([['/catalog/acme-logs.servicebus.windows.net/activity/%24default/checkpoint/0', { 'x-ms-meta-offset': '4711', 'x-ms-meta-sequencenumber': '42' }]]);
    expect(await checkpoints.read('0')).toEqual({ offset: '4711', sequenceNumber: 42 });
  });

  test('a refused token is renewed once', async () => {
    asked.length = 0;
    refuse = 1;
    await blobCheckpoints(settings, token, url).write('1', { offset: '1', sequenceNumber: 1 });
    expect(asked).toEqual([
      ['storage', false],
      ['storage', true],
    ]);
    refuse = 2;
    await expect(blobCheckpoints(settings, token, url).read('1')).rejects.toMatchObject({ code: 'SOURCE_REFUSED' });
  });

  test('a container that is not there is told at once', async () => {
    const checkpoints = blobCheckpoints({ ...settings, checkpointStorageContainerName: 'nowhere' }, token, url);
    await expect(checkpoints.read('0')).rejects.toMatchObject({ code: 'SOURCE_FAILED', message: expect.stringContaining('ContainerNotFound') as string });
  });
});
