import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { Secret } from '@integration-framework/framework';
import { allRows, conformance, planKind, readPages, readPartition, testContext } from '@integration-framework/framework/testkit';
import { Kafka, logLevel, type Admin, type Consumer, type ITopicConfig } from 'kafkajs';
import { deleteTopics, describeWith, startKafka, type KafkaServer } from '../../../tools/servers';
import kafka from '../src/index';
import type { Broker } from '../src/kinds/broker';
import type { ConsumerGroup } from '../src/kinds/consumer-group';
import type { Topic } from '../src/kinds/topic';
import type { KafkaSettings } from '../src/settings';

const run = randomBytes(4).toString('hex');
const named = (name: string): string => `${run}-${name}`;

describeWith({ needs: ['kafka'] }, 'kafka, against a real broker', () => {
  let server: KafkaServer;
  let client: Kafka;
  let admin: Admin;
  beforeAll(async () => {
    server = await startKafka();
    client = new Kafka({ clientId: named('client'), brokers: server.brokers.split(','), logLevel: logLevel.NOTHING });
    admin = client.admin();
    await admin.connect();
  });
  afterAll(async () => {
    await admin.disconnect();
    await server.stop();
  });

  /** Made, and with a leader for each partition. */
  async function create(...topics: readonly ITopicConfig[]): Promise<void> {
    await admin.createTopics({ waitForLeaders: false, topics: [...topics] });
    for (;;) {
      const known = await admin.fetchTopicMetadata({ topics: topics.map(({ topic }) => topic) }).catch(() => undefined);
      if (known?.topics.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0))) return;
    }
  }
  /** A member that has joined. Short waits for records: a consumer ends only when the one in progress does. */
  async function join(groupId: string, topic: string): Promise<Consumer> {
    const consumer = client.consumer({ groupId, maxWaitTimeInMs: 50 });
    const joined = new Promise((resolve) => consumer.on('consumer.group_join', resolve));
    await consumer.connect();
    await consumer.subscribe({ topics: [topic] });
    await consumer.run({ eachMessage: async () => undefined });
    await joined;
    return consumer;
  }
  const settings = (given: Partial<KafkaSettings> = {}): KafkaSettings => ({ bootstrap_servers: server.brokers, security_protocol: 'PLAINTEXT', watch_interval: 1_000, internal_topics: false, ...given });
  const read = <TRow>(kind: string, given: Partial<KafkaSettings> = {}): Promise<readonly TRow[]> =>
    allRows<TRow, KafkaSettings>({ integration: kafka, kind, context: testContext(settings(given), { identifier: 'shop' }) });

  test('the cluster is named as the entry, or as the settings say', async () => {
    const { clusterId, controller } = await admin.describeCluster();
    expect(await read('cluster')).toEqual([{ name: 'shop', cluster_id: clusterId, controller_id: controller }]);
    expect(await read('cluster', { cluster_name: 'payments' })).toMatchObject([{ name: 'payments' }]);
  });

  test('a broker says its address and its configuration, nothing that is sensitive', async () => {
    const brokers = await read<Broker>('broker');
    const { brokers: known } = await admin.describeCluster();
    expect(brokers.map(({ id, address }) => ({ id, address }))).toEqual(known.map(({ nodeId, host, port }) => ({ id: nodeId, address: `${host}:${port}` })));
    expect(brokers[0]!.cluster_name).toBe('shop');
    expect(brokers[0]!.config).toHaveProperty(['log.retention.hours']);
    expect(Object.keys(brokers[0]!.config)).not.toContain('ssl.keystore.password');
  });

  test('topics with partitions, replicas and configuration; Kafka’s own only when asked for', async () => {
    await create(
        { topic: named('orders'), numPartitions: 3, configEntries: [{ name: 'retention.ms', value: '86400000' }] },
        { topic: named('state'), numPartitions: 1, configEntries: [{ name: 'cleanup.policy', value: 'compact' }] },
    );
    const topics = await read<Topic>('topic');
    const orders = topics.find(({ name }) => name === named('orders'))!;
    expect(orders.cluster_name).toBe('shop');
    expect(orders.partitions.map(({ id }) => id)).toEqual([0, 1, 2]);
    for (const partition of orders.partitions) {
      expect(partition.replicas).toHaveLength(1);
      expect(partition.isrs).toEqual(partition.replicas);
      expect(partition.leader).toBe(partition.replicas[0]);
    }
    expect(orders.config).toMatchObject({ 'retention.ms': '86400000', 'cleanup.policy': 'delete' });
    expect(topics.find(({ name }) => name === named('state'))!.config['cleanup.policy']).toBe('compact');
    expect(topics.filter(({ name }) => name.startsWith('__'))).toEqual([]);
    expect((await read<Topic>('topic', { internal_topics: true })).map(({ name }) => name)).toContain('__consumer_offsets');
  });

  test('a topic that is deleted is not listed again, and reading does not bring it back', async () => {
    const topic = named('short-lived');
    await create({ topic });
    expect((await read<Topic>('topic')).map(({ name }) => name)).toContain(topic);
    await deleteTopics(admin, topic);
    const names = async (): Promise<readonly string[]> => (await read<Topic>('topic')).map(({ name }) => name);
    expect(await names()).not.toContain(topic);
    expect(await admin.listTopics()).not.toContain(topic);
  });

  test('pages go by name, and a scan goes on from every position', async () => {
    const many = Array.from({ length: 405 }, (_, index) => ({ topic: named(`many-${String(index).padStart(3, '0')}`), numPartitions: 1 }));
    await create(...many);
    const options = { integration: kafka, kind: 'topic', context: testContext(settings()) };
    const pages = [];
    for await (const { page } of readPages(options)) pages.push(page);
    const names = pages.map(({ rows }) => (rows as Topic[]).map(({ name }) => name));
    expect(names.length).toBeGreaterThanOrEqual(3);
    expect(names.flat()).toEqual([...names.flat()].sort());
    expect(names.flat()).toEqual(expect.arrayContaining(many.map(({ topic }) => topic)));
    const [partition] = await planKind(options);
    for (const [index, page] of pages.entries()) {
      if (page.next === undefined) continue;
      const rest: string[] = [];
      for await (const { rows } of readPartition(options, partition!, page.next)) rest.push(...(rows as Topic[]).map(({ name }) => name));
      expect(rest).toEqual(names.slice(index + 1).flat());
    }
  });

  describe('consumer groups', () => {
    let consumer: Consumer | undefined;
    afterEach(async () => {
      await consumer?.disconnect();
    });

    test('state, members and what they read; empty ones too, whatever their name', async () => {
      const topic = named('events');
      await create({ topic, numPartitions: 2 });
      const hostile = named('my group #1 "ü"');
      await (await join(hostile, topic)).disconnect();
      consumer = await join(named('readers'), topic);
      const groups = await read<ConsumerGroup>('consumer_group');
      expect(groups.find(({ group_id }) => group_id === named('readers'))).toEqual({
        group_id: named('readers'),
        cluster_name: 'shop',
        state: 'Stable',
        protocol_type: 'consumer',
        partition_assignor: 'RoundRobinAssigner',
        members: [
          {
            id: expect.stringContaining(named('client')) as string,
            client_id: named('client'),
            host: expect.stringContaining('127.0.0.1') as string,
            assignment: { topic_partitions: [{ topic, partition: 0 }, { topic, partition: 1 }] },
          },
        ],
      });
      expect(groups.find(({ group_id }) => group_id === hostile)).toMatchObject({ state: 'Empty', members: [] });
    });
  });

  let member: Consumer | undefined;
  conformance(kafka, {
    folder: path.join(__dirname, '..'),
    async settings() {
      await create({ topic: named('conformance'), configEntries: [{ name: 'retention.ms', value: '1000' }] });
      member = await join(named('conformance'), named('conformance'));
      return { bootstrap_servers: server.brokers };
    },
    unfilled: ['broker.properties.rack'],
    cleanUp: () => member?.disconnect(),
  });

  test('check says which cluster it found', async () => {
    const report = await kafka.check?.(testContext(settings(), { identifier: 'shop' }));
    expect(report).toMatchObject({ ok: true, lines: [expect.stringMatching(/^shop: cluster \S+, \d+ brokers?$/)] });
  });
});

describeWith({ needs: ['kafka'], own: true }, 'kafka, against a broker that asks for a user', () => {
  let server: KafkaServer;
  beforeAll(async () => {
    server = await startKafka({ secured: true });
  });
  afterAll(() => server.stop());

  test.each(['PLAIN', 'SCRAM-SHA-512'])('%s lets in who knows the password, and nobody else; the password shows nowhere', async (mechanism) => {
    const { sasl, username, password } = server.secured!;
    const settings = (value: string): KafkaSettings => ({
      bootstrap_servers: sasl,
      security_protocol: 'SASL_PLAINTEXT',
      sasl_mechanism: mechanism,
      sasl_username: username,
      sasl_password: new Secret(value),
      watch_interval: 1_000,
      internal_topics: false,
    });
    expect(await allRows({ integration: kafka, kind: 'broker', context: testContext(settings(password)) })).toHaveLength(1);
    const context = testContext(settings('planted-wrong-password'));
    await expect(allRows({ integration: kafka, kind: 'broker', context })).rejects.toMatchObject({ code: 'SOURCE_REFUSED', act: 'operator' });
    const report = await kafka.check?.(context);
    expect(report).toMatchObject({ ok: false, lines: [expect.stringContaining('refused our credentials')] });
    expect(JSON.stringify([report, context.log.lines])).not.toContain('planted-wrong-password');
  });

  test('a certificate of an unknown issuer is not trusted', async () => {
    const { saslTls, username, password } = server.secured!;
    const settings: KafkaSettings = {
      bootstrap_servers: saslTls,
      security_protocol: 'SASL_SSL',
      sasl_mechanism: 'SCRAM-SHA-512',
      sasl_username: username,
      sasl_password: new Secret(password),
      watch_interval: 1_000,
      internal_topics: false,
    };
    await expect(allRows({ integration: kafka, kind: 'broker', context: testContext(settings) })).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
  });
});
