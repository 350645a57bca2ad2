import { createServer, type AddressInfo } from 'node:net';
import { ConfigError } from '@integration-framework/framework';
import { stageConnector } from '@integration-framework/framework/testkit';
import { brokersAt } from '../src/connector/address';
import type { ListedTopic, Survey } from '../src/connector/cluster';
import { silentBrokers } from '../src/connector';
import { groupName, topicName } from '../src/connector/names';
import { createMemory, printOf } from '../src/connector/watch';
import kafka from '../src/index';

const settings = { security_protocol: 'PLAINTEXT', watch_interval: 1, internal_topics: false };

test.each<[string | undefined, string | undefined, string]>([
  ['kafka://broker:9092', undefined, 'broker:9092'],
  ['kafka://a:9092,b:9093', 'settings:1', 'a:9092,b:9093'],
  ['KAFKA://[::1]:9092/', undefined, '[::1]:9092'],
  [' a:9092, b:9093 ', undefined, 'a:9092,b:9093'],
  [undefined, 'settings:9092', 'settings:9092'],
  ['', 'settings:9092', 'settings:9092'],
])('the address %j beside the settings %j means %s', (address, fallback, brokers) => expect(brokersAt(address, fallback)).toBe(brokers));

test.each(['kafka://broker', 'http://broker:80', 'kafka://a:9092;b:9092', 'kafka://', 'kafka://a:9092/topic'])('the address %j is refused, with how to write it', (address) => {
  expect(() => brokersAt(address, 'settings:9092')).toThrow(ConfigError);
  expect(() => brokersAt(address, 'settings:9092')).toThrow('write kafka://host:9092');
});

test('an address with a user is refused and never repeated; none at all is a wrong configuration', async () => {
  expect(() => brokersAt('kafka://me:planted-password@broker:9092', undefined)).toThrow(/sasl_username and sasl_password/);
  expect(() => brokersAt('kafka://me:planted-password@broker:9092', undefined)).not.toThrow(/planted/);
  await expect(stageConnector({ integration: kafka, settings }).start()).rejects.toThrow(ConfigError);
});

test('bootstrap_servers may be missing where the connector runs, and the kinds are not read then', () => {
  expect(kafka.validate?.(settings as never, { connects: true })).toEqual([]);
  expect(kafka.validate?.(settings as never, { connects: false })).toEqual(['bootstrap_servers is missing; name at least one broker as host:port']);
  expect(kafka.kinds?.map((kind) => kind.listed?.(settings as never))).toEqual([false, false, false, false]);
});

test('a target may say other settings than the entry', async () => {
  const target = { name: 'own', config: { bootstrap_servers: '127.0.0.1:1', cluster_name: 'own' } };
  await expect(stageConnector({ integration: kafka, settings, target }).start()).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE', message: expect.stringContaining('127.0.0.1:1') as string });
});

test('a name is one identifier, and an identifier one name, whatever characters it has', () => {
  expect(topicName('c1', 'orders.v1')).toEqual({ identifier: 'kafka:c1:orders.v1', qualifiedName: 'KafkaTopic::c1::orders.v1' });
  const names = ['a b', 'a=20b', 'a:b', 'a%b', 'ü #1', 'group:a'];
  const identifiers = names.map((name) => groupName('c1', name).identifier);
  expect(new Set(identifiers).size).toBe(names.length);
  for (const identifier of identifiers) expect(identifier).toMatch(/^[\p{L}0-9@_.+:\\/=-]+$/u);
  expect(groupName('c1', 'a b').identifier).toBe('kafka:c1:group:a=20b');
});

test('brokers that hold partitions and do not answer are down, not gone', () => {
  const brokers = [{ id: 1, address: 'a:1' }, { id: 4, address: 'd:1' }];
  expect(silentBrokers({ brokers, holders: new Set([3, 1, 2]) })).toEqual([2, 3]);
  expect(silentBrokers({ brokers, holders: new Set([1]) })).toEqual([]);
});

describe('memory of the watch', () => {
  const topic = (name: string, partitions = 1): ListedTopic => ({ name, partitions, replicas: 1 });
  const survey = (topics: readonly ListedTopic[], clusterId = 'c1'): Survey => ({ clusterId, topics, brokers: [], holders: new Set() });
  const all = ['a', 'b', 'c', 'd', 'e'].map((name) => topic(name));
  const names = (topics: readonly ListedTopic[]): readonly string[] => topics.map(({ name }) => name);

  test('the first look only learns; then new and changed topics are due at once, the others in turn', () => {
    const memory = createMemory(2);
    expect(memory.find(survey(all))).toEqual({ due: [], gone: false });
    expect(names(memory.find(survey(all)).due)).toEqual(['a', 'b']);
    expect(names(memory.find(survey(all)).due)).toEqual(['c', 'd']);
    expect(names(memory.find(survey([...all.slice(0, 4), topic('e', 2), topic('f')])).due)).toEqual(['e', 'f']);
    expect(names(memory.find(survey(all.map(({ name }) => topic(name)))).due)).toEqual(['a', 'b']);
  });

  test('a configuration that is read first is known; one that differs is a change until it is kept', () => {
    const memory = createMemory();
    memory.find(survey(all));
    const before = { ...topic('a'), config: {} };
    const after = { ...topic('a'), config: { 'retention.ms': '1' } };
    expect(memory.changed([before])).toEqual([]);
    memory.keep([before]);
    expect(memory.changed([after])).toEqual([after]);
    expect(memory.changed([after])).toEqual([after]);
    memory.keep([after]);
    expect(memory.changed([after])).toEqual([]);
  });

  test('what is gone is said once; another cluster is, too, and nothing of it counts as changed', () => {
    const memory = createMemory();
    memory.replace('c1', new Map(all.map((one) => [one.name, printOf({ ...one, config: {} })])));
    expect(memory.find(survey(all.slice(1)))).toMatchObject({ gone: true });
    expect(memory.find(survey(all.slice(1)))).toMatchObject({ gone: false });
    expect(memory.find(survey(all, 'c2'))).toEqual({ due: [], gone: true });
    expect(memory.find(survey(all, 'c2'))).toMatchObject({ gone: false });
  });
});

test.each(['start', 'refresh', 'engage'] as const)('disconnect ends a %s that gets no answer, and closes its connection', async (method) => {
  let opened: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => (opened = resolve));
  const closed: Promise<unknown>[] = [];
  const silent = createServer((socket) => {
    closed.push(new Promise((resolve) => socket.once('close', resolve)));
    socket.on('error', () => undefined);
    socket.once('data', () => opened());
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  try {
    const staged = stageConnector({ integration: kafka, settings, endpoint: { address: `kafka://127.0.0.1:${port}` } });
    const ended = expect(staged[method]()).rejects.toMatchObject({ name: 'AbortError' });
    await asked;
    await staged.disconnect();
    await ended;
    expect(closed).toHaveLength(1);
    await Promise.all(closed);
    await expect(staged.start()).rejects.toMatchObject({ name: 'AbortError' });
  } finally {
    silent.close();
  }
});
