import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Kafka, logLevel, type Consumer, type EachMessagePayload } from 'kafkajs';
import { describeWith, startKafka, type KafkaServer } from '../../../../tools/servers';
import { Secret } from '../../contract';
import { recordedLog } from '../../testkit';
import type { DocumentItem, DocumentSink, SinkResult } from '../sink';
import { kafka } from './kafka';
import { behavesLikeASink, SECRET } from './test/behaves';
import { deleted, event, NEVER, OPTIONS, place, written } from './test/items';
import { until } from './test/loopback';

type Settings = Parameters<typeof kafka.create>[0];

interface Told {
  readonly key: string;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly partition: number;
}

describeWith({ needs: ['kafka'], own: true }, 'the sink kafka', () => {
  let server: KafkaServer;
  let client: Kafka;
  let topic: string;
  const open: DocumentSink[] = [];

  beforeAll(async () => {
    server = await startKafka({ secured: true });
    client = new Kafka({ brokers: [server.brokers], logLevel: logLevel.NOTHING });
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    topic = `t-${randomUUID()}`;
    const admin = client.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 3 }], waitForLeaders: true });
    await admin.disconnect();
  });
  afterEach(() => Promise.all(open.splice(0).map((sink) => sink.close())));

  const settings = (more: Partial<Settings> = {}, properties: Settings['producerConfig'] = {}): Settings => ({
    topic,
    producerConfig: { 'bootstrap.servers': server.brokers, ...properties },
    insertOnly: false,
    deleteValue: 'tombstone',
    ...more,
  });
  const sinkOf = (...given: Parameters<typeof settings>): DocumentSink => {
    const sink = kafka.create(settings(...given), place('kafka'));
    open.push(sink);
    return sink;
  };
  const write = (sink: DocumentSink, ...items: readonly DocumentItem[]): Promise<readonly SinkResult[]> => sink.write(items, OPTIONS, NEVER);

  /** All that the topic holds now, in order of each partition. */
  async function told(): Promise<readonly Told[]> {
    const admin = client.admin();
    await admin.connect();
    const ends = await admin.fetchTopicOffsets(topic);
    await admin.disconnect();
    const expected = ends.reduce((sum, { high }) => sum + Number(high), 0);
    const messages: Told[] = [];
    if (expected === 0) return messages;
    const consumer: Consumer = client.consumer({ groupId: randomUUID() });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message, partition }: EachMessagePayload) => {
        const headers = Object.fromEntries(Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]));
        messages.push({ key: String(message.key), value: message.value === null ? null : String(message.value), headers, partition });
      },
    });
    await until(() => messages.length >= expected);
    await consumer.disconnect();
    return messages;
  }

  behavesLikeASink({
    type: kafka,
    settings: () => settings(),
    elsewhere: (port) =>
      settings({}, { 'bootstrap.servers': `127.0.0.1:${port}`, 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': 'PLAIN', 'sasl.username': 'me', 'sasl.password': new Secret(SECRET) }),
    // A log of states: what it holds is the last message of a key.
    holds: async (id) => (await told()).filter(({ key }) => key === id).at(-1)?.value ?? undefined,
    unacceptable: written('vast', 'x'.repeat(1_100_000)),
  });

  it('tells key, headers and data as the page says', async () => {
    const keys = [{ name: 'projectId', value: 9007199254740995n, identity: true }, { name: 'ref', value: 'v"1', identity: true }, { name: 'url', value: 'https://x', identity: false }];
    const tag = { canonicalId: 'gitlab.tag:9007199254740995/v"1', eventId: { projectId: '9007199254740995', ref: 'v"1' }, eventType: 'Tag Push Hook', keys };
    expect(await write(sinkOf(), written('1', { big: 9007199254740995n }), written('', { a: [1, null] }, tag))).toEqual([{ is: 'ok' }, { is: 'ok' }]);
    const [first, second] = [...(await told())].sort((a, b) => (a.key < b.key ? 1 : -1));
    expect(first).toMatchObject({
      key: 'jira.issue:1',
      value: '{"big":9007199254740995}',
      headers: { operation_type: 'Write', event_type: 'jira:issue_updated', primary_key: '[{"Key":"id","Value":"1"}]', event_id: '1', canonical_id: 'jira.issue:1' },
    });
    expect(second).toMatchObject({
      key: 'gitlab.tag:9007199254740995/v"1',
      value: '{"a":[1,null]}',
      headers: {
        event_type: 'Tag Push Hook',
        primary_key: '[{"Key":"projectId","Value":"9007199254740995"},{"Key":"ref","Value":"v\\"1"},{"Key":"url","Value":"https://x"}]',
        event_id: '{"projectId":"9007199254740995","ref":"v\\"1"}',
      },
    });
  });

  it('deletes by tombstone, or with the data', async () => {
    await write(sinkOf(), deleted('1', { data: { a: 1 } }));
    await write(sinkOf({ deleteValue: 'data' }), deleted('1', { data: { a: 1 } }), deleted('2'));
    const messages = await told();
    expect(messages.every(({ headers }) => headers['operation_type'] === 'Delete')).toBe(true);
    expect(messages.filter(({ key }) => key === 'jira.issue:1').map(({ value }) => value)).toEqual([null, '{"a":1}']);
    expect(messages.filter(({ key }) => key === 'jira.issue:2').map(({ value }) => value)).toEqual([null]);
  });

  it('keeps the order of each thing, every event with insertOnly', async () => {
    const sink = sinkOf({ insertOnly: true }, { 'batch.size': 4_000, 'compression.type': 'gzip' });
    for (let batch = 0; batch < 5; batch++) {
      const results = await write(sink, ...[...Array(100).keys()].map((n) => written(`${n % 7}`, { n: batch * 100 + n }, event(batch * 100 + n))));
      expect(results.every(({ is }) => is === 'ok')).toBe(true);
    }
    const messages = await told();
    expect(messages).toHaveLength(500);
    expect(new Set(messages.map(({ partition }) => partition)).size).toBeGreaterThan(1);
    for (let id = 0; id < 7; id++) {
      const own = messages.filter(({ key }) => key === `jira.issue:${id}`);
      expect(own.map(({ headers }) => Number(headers['event_id']!.slice(2)))).toEqual([...Array(500).keys()].filter((n) => (n % 100) % 7 === id));
    }
  });

  it('sends no more at a time than a broker takes', async () => {
    const log = recordedLog();
    const sink = kafka.create(settings(), { ...place('kafka'), log });
    open.push(sink);
    const items = [...Array(30).keys()].map((n) => written('same', { n, text: 'x'.repeat(150_000) }));
    expect((await write(sink, ...items)).every(({ is }) => is === 'ok')).toBe(true);
    expect((await told()).map(({ value }) => (JSON.parse(value!) as { n: number }).n)).toEqual(items.map((_, n) => n));
    expect(log.lines.filter((line) => /larger than/.test(line))).toEqual([]);
  });

  it('halves what the broker finds too large together, and refuses what is too large alone', async () => {
    const sink = sinkOf({}, { 'message.max.bytes': 5_000_000, 'batch.size': 5_000_000 });
    const items = [...Array(12).keys()].map((n) => written(`${n}`, { text: `${n}`.repeat(n === 5 ? 1_200_000 : 150_000) }));
    const results = await write(sink, ...items);
    expect(results[5]).toMatchObject({ is: 'refused', code: 'TOO_LARGE' });
    expect(results.filter(({ is }) => is === 'ok')).toHaveLength(11);
    expect(new Set((await told()).map(({ key }) => key)).size).toBe(11);
  });

  it('speaks SASL and TLS, and is down when the credentials are refused', async () => {
    const { sasl, saslTls, ca, username, password } = server.secured!;
    const folder = await mkdtemp(path.join(tmpdir(), 'sink-'));
    const authority = path.join(folder, 'ca.pem');
    await writeFile(authority, ca);
    const plain = { 'bootstrap.servers': sasl, 'security.protocol': 'sasl_plaintext', 'sasl.mechanism': 'PLAIN', 'sasl.username': username };
    const tls = { 'bootstrap.servers': saslTls, 'security.protocol': 'SASL_SSL', 'sasl.mechanisms': 'SCRAM-SHA-512', 'sasl.username': username, 'sasl.password': new Secret(password), 'ssl.ca.location': authority };
    try {
      expect(await write(sinkOf({}, { ...plain, 'sasl.password': new Secret(password) }), written('1'))).toEqual([{ is: 'ok' }]);
      expect(await write(sinkOf({}, tls), written('2'))).toEqual([{ is: 'ok' }]);
      let rotated = SECRET;
      const sink = sinkOf({}, { ...plain, 'sasl.password': new Secret(() => rotated) });
      const results = await write(sink, written('3'), written('4'));
      expect(results).toMatchObject([{ is: 'retry' }, { is: 'retry' }]);
      expect(JSON.stringify(results)).not.toContain(SECRET);
      await expect(sink.ping!(NEVER)).rejects.toThrow(/auth/i);
      rotated = password;
      await expect(sink.ping!(NEVER)).resolves.toBeUndefined();
      expect(await write(sink, written('3'))).toEqual([{ is: 'ok' }]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('goes on after the broker was away', async () => {
    const sink = sinkOf();
    expect(await write(sink, written('1', { n: 1 }))).toEqual([{ is: 'ok' }]);
    await server.stopBroker();
    try {
      expect(await write(sink, written('1', { n: 2 }), written('2'))).toMatchObject([{ is: 'retry' }, { is: 'retry' }]);
      await expect(sink.ping!(NEVER)).rejects.toThrow();
    } finally {
      await server.startBroker();
    }
    await expect(sink.ping!(NEVER)).resolves.toBeUndefined();
    expect(await write(sink, written('1', { n: 3 }))).toEqual([{ is: 'ok' }]);
    expect((await told()).filter(({ key }) => key === 'jira.issue:1').map(({ value }) => value)).toEqual(['{"n":1}', '{"n":3}']);
  });

  it('waits for no topic: the broker may make it', async () => {
    await expect(sinkOf({ topic: `new-${randomUUID()}` }).ping!(NEVER)).resolves.toBeUndefined();
  });
});
