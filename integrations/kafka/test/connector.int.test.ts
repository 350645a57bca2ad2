import { randomBytes } from 'node:crypto';
import net, { type Socket } from 'node:net';
import { Secret, type BlueprintName, type Reconciliation } from '@integration-framework/framework';
import { stageConnector, type StagedConnector } from '@integration-framework/framework/testkit';
import { ConfigResourceTypes, Kafka, logLevel, type Admin, type Consumer, type ITopicConfig } from 'kafkajs';
import { deleteTopics, describeWith, startKafka, type KafkaServer } from '../../../tools/servers';
import kafka from '../src/index';

const run = randomBytes(4).toString('hex');
const named = (name: string): string => `${run}-${name}`;
/** What a new cluster of this version sets for all topics: not Kafka's default either. */
const set = { 'min.insync.replicas': '1' };
const base = { security_protocol: 'PLAINTEXT', watch_interval: 1, internal_topics: false };

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(setImmediate);
}

/** What a test does to a broker. */
function operate(brokers: string) {
  const client = new Kafka({ clientId: named('client'), brokers: brokers.split(','), logLevel: logLevel.NOTHING });
  const admin: Admin = client.admin();
  const consumers: Consumer[] = [];
  const partitions = async (topic: string): Promise<number | undefined> =>
    (await admin.fetchTopicMetadata({ topics: [topic] }).catch(() => undefined))?.topics[0]?.partitions.filter(({ leader }) => leader >= 0).length;
  return {
    admin,
    async leave() {
      await Promise.all(consumers.splice(0).map((consumer) => consumer.disconnect()));
    },
    async create(...topics: readonly ITopicConfig[]) {
      await admin.createTopics({ waitForLeaders: false, topics: [...topics] });
      for (const { topic, numPartitions = 1 } of topics) await until(async () => (await partitions(topic)) === numPartitions);
    },
    async grow(topic: string, count: number) {
      await admin.createPartitions({ topicPartitions: [{ topic, count }] });
      await until(async () => (await partitions(topic)) === count);
    },
    async alter(topic: string, name: string, value: string) {
      await admin.alterConfigs({ validateOnly: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name, value }] }] });
      await until(async () => {
        const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames: [name] }] });
        return resources[0]?.configEntries[0]?.configValue === value;
      });
    },
    remove: (topic: string) => deleteTopics(admin, topic),
    async join(groupId: string, topic: string): Promise<void> {
      const consumer = client.consumer({ groupId, maxWaitTimeInMs: 50 });
      consumers.push(consumer);
      const joined = new Promise((resolve) => consumer.on('consumer.group_join', resolve));
      await consumer.connect();
      await consumer.subscribe({ topics: [topic] });
      await consumer.run({ eachMessage: async () => undefined });
      await joined;
    },
  };
}

const stage = (brokers: string, given: Readonly<Record<string, unknown>> = {}, target = 'default', integration = kafka): StagedConnector<'topic'> =>
  stageConnector({ integration, settings: { ...base, ...given }, endpoint: { address: `kafka://${brokers}` }, target: { name: target } });

describeWith({ needs: ['kafka'], own: true }, 'kafka connector, against real brokers', () => {
  let server: KafkaServer;
  let clusterId: string;
  let broker: ReturnType<typeof operate>;
  let staged: StagedConnector;
  beforeAll(async () => {
    server = await startKafka({ own: true });
    broker = operate(server.brokers);
    await broker.admin.connect();
    ({ clusterId } = await broker.admin.describeCluster());
  });
  afterAll(async () => {
    await broker?.admin.disconnect();
    await server?.stop();
  });
  beforeEach(async () => {
    staged = stage(server.brokers);
    await staged.start();
  });
  afterEach(async () => {
    await broker.leave();
    await staged.disconnect();
    expect(staged.refused).toEqual([]);
  });

  const topic = (name: string) => staged.elements('topic').get(`kafka:${clusterId}:${named(name)}`);
  const ofTopic = (name: string) => topic(name)?.properties.additionalProperties;
  const groups = () => [...staged.elements('softwareCapability').values()].filter(({ properties }) => properties.typeName === 'KafkaConsumerGroup');

  test('the event broker, its endpoints, topics with partitions, replicas and what is not default', async () => {
    await broker.create({ topic: named('orders'), numPartitions: 3, configEntries: [{ name: 'retention.ms', value: '86400000' }] }, { topic: named('plain') });
    expect(await staged.refresh()).toEqual(['softwareCapability', 'topic', 'endpoint']);
    expect(staged.elements('softwareCapability').get(`kafka:${clusterId}`)).toEqual({
      identifier: `kafka:${clusterId}`,
      properties: { qualifiedName: `EventBroker::${clusterId}`, typeName: 'EventBroker', displayName: 'staged', typeDescription: 'Apache Kafka', additionalProperties: { clusterId } },
    });
    expect(topic('orders')).toMatchObject({
      properties: { qualifiedName: `KafkaTopic::${clusterId}::${named('orders')}`, typeName: 'KafkaTopic', name: named('orders') },
      relations: { eventBroker: `kafka:${clusterId}` },
    });
    expect(ofTopic('orders')).toEqual({ partitions: '3', replicas: '1', ...set, 'retention.ms': '86400000' });
    expect(ofTopic('plain')).toEqual({ partitions: '1', replicas: '1', ...set });
    expect([...staged.elements('endpoint').values()]).toMatchObject([{ identifier: `kafka:${clusterId}:broker:1`, properties: { address: server.brokers, protocol: 'PLAINTEXT' } }]);
  });

  test('Kafka’s own topics only when asked for', async () => {
    await broker.join(named('offsets'), named('orders'));
    const internal = (of: StagedConnector) => [...of.elements('topic').values()].map(({ properties }) => properties.name).filter((name) => name.startsWith('__'));
    await staged.refresh();
    expect(internal(staged)).toEqual([]);
    const all = stage(server.brokers, { internal_topics: true });
    await all.refresh();
    expect(internal(all)).toContain('__consumer_offsets');
    await all.disconnect();
  });

  test('a refresh follows: partitions added, configuration altered, topic deleted', async () => {
    await broker.create({ topic: named('grows') }, { topic: named('goes') });
    await staged.refresh();
    expect(topic('goes')).toBeDefined();
    await broker.grow(named('grows'), 4);
    await broker.alter(named('grows'), 'cleanup.policy', 'compact');
    await broker.remove(named('goes'));
    await staged.refresh();
    expect(ofTopic('grows')).toEqual({ partitions: '4', replicas: '1', ...set, 'cleanup.policy': 'compact' });
    expect(topic('goes')).toBeUndefined();
    expect(await broker.admin.listTopics()).not.toContain(named('goes'));
  });

  test('a consumer group appears with what it reads, and disappears', async () => {
    await broker.create({ topic: named('read') });
    await broker.join(named('group #1'), named('read'));
    await staged.refresh();
    expect(groups()).toContainEqual(
      expect.objectContaining({
        identifier: `kafka:${clusterId}:group:${run}-group=20=231`,
        properties: expect.objectContaining({
          displayName: named('group #1'),
          additionalProperties: { eventBroker: `EventBroker::${clusterId}`, protocolType: 'consumer', topicCount: '1', topics: named('read') },
        }) as unknown,
      }),
    );
    await broker.leave();
    await broker.admin.deleteGroups([named('group #1')]);
    await staged.refresh();
    expect(groups().map(({ properties }) => properties.displayName)).not.toContain(named('group #1'));
  });

  test('engage brings over what changes, asks for a refresh when a topic is gone, and removes nothing itself', async () => {
    await broker.create({ topic: named('watched') }, { topic: named('vanishes') });
    await staged.refresh();
    const tellsOnly = async (...names: readonly string[]): Promise<void> => {
      const before = staged.told.length;
      await staged.engage();
      expect(staged.told.slice(before)).toEqual(names.map((name) => ({ is: 'upsert', element: expect.objectContaining({ identifier: `kafka:${clusterId}:${named(name)}` }) as unknown })));
    };
    await tellsOnly();
    await broker.create({ topic: named('appears'), numPartitions: 2 });
    await tellsOnly('appears');
    expect(ofTopic('appears')).toEqual({ partitions: '2', replicas: '1', ...set });
    await broker.grow(named('watched'), 2);
    await tellsOnly('watched');
    await broker.alter(named('watched'), 'retention.ms', '5000');
    await tellsOnly('watched');
    expect(ofTopic('watched')).toEqual({ partitions: '2', replicas: '1', ...set, 'retention.ms': '5000' });
    expect(staged.requested()).toBe(0);

    await broker.remove(named('vanishes'));
    await tellsOnly();
    await tellsOnly();
    expect(topic('vanishes')).toBeDefined();
    expect(staged.requested()).toBe(1);
    await staged.refresh();
    expect(topic('vanishes')).toBeUndefined();
    expect(staged.connector.statistics?.()).toMatchObject({ broughtOver: 3, topics: staged.elements('topic').size });
  });

  test('a broker that stops in the middle of a refresh takes nothing away; when it is back, all is as before', async () => {
    await broker.create({ topic: named('stays') });
    await broker.join(named('lasting'), named('stays'));
    await broker.leave();
    let stopIn: BlueprintName | undefined;
    const stopping = {
      ...kafka,
      connector(deps: never) {
        const real = kafka.connector!(deps);
        return {
          ...real,
          refresh: (given: Parameters<NonNullable<typeof real.refresh>>[0]) =>
            real.refresh!({
              ...given,
              reconcile: (reconciliation) => given.reconcile({ ...reconciliation, source$: stopAfterFirst(reconciliation) } as typeof reconciliation),
            }),
        };
      },
    };
    async function* stopAfterFirst({ blueprint, source$ }: Pick<Reconciliation, 'blueprint'> & { source$: AsyncIterable<unknown> }) {
      if (blueprint === 'topic' && blueprint === stopIn) await server.stopBroker();
      for await (const page of source$) {
        yield page;
        if (blueprint === stopIn) await server.stopBroker();
      }
    }
    const shaken = stage(server.brokers, {}, 'default', stopping);
    const seen = () => (['softwareCapability', 'topic', 'endpoint'] as const).map((blueprint) => [...shaken.elements(blueprint).keys()].sort());
    await shaken.refresh();
    const before = seen();
    expect(before[0]).toContain(`kafka:${clusterId}:group:${named('lasting')}`);
    // After the broker's own element was given, before the groups; and before the first configuration of a topic.
    for (stopIn of ['softwareCapability', 'topic'] as const) {
      await expect(shaken.refresh()).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE', recovery: 'retry' });
      await expect(shaken.engage()).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
      expect(seen()).toEqual(before);
      await server.startBroker();
    }
    stopIn = undefined;
    await shaken.engage();
    await shaken.refresh();
    expect([seen(), shaken.requested(), shaken.told]).toEqual([before, 0, []]);
    await shaken.disconnect();
  });

  test('two clusters with a topic of one name stay apart, explicit and learned; the second asks for a user', async () => {
    const other = await startKafka({ secured: true });
    const operator = operate(other.brokers);
    try {
      await operator.admin.connect();
      await operator.create({ topic: named('same'), numPartitions: 2 });
      await broker.create({ topic: named('same') });
      const { sasl, username, password } = other.secured!;
      const user = (value: string) => ({ security_protocol: 'SASL_PLAINTEXT', sasl_mechanism: 'SCRAM-SHA-512', sasl_username: username, sasl_password: new Secret(value) });
      const learned = stage(sasl, user(password), 'endpoint-7');
      await Promise.all([staged.refresh(), learned.start().then(() => learned.refresh())]);
      for (const blueprint of ['softwareCapability', 'topic', 'endpoint'] as const) {
        const [here, there] = [staged, learned].map((of) => [...of.elements(blueprint).values()]);
        expect(there!.length).toBeGreaterThan(0);
        const names = [...here!, ...there!].map(({ identifier, properties }) => [identifier, properties.qualifiedName]);
        for (const at of [0, 1]) expect(new Set(names.map((pair) => pair[at])).size).toBe(names.length);
      }
      const copies = [staged, learned].flatMap((of) => [...of.elements('topic').values()].filter(({ properties }) => properties.name === named('same')));
      expect(copies.map(({ properties }) => properties.additionalProperties?.['partitions'])).toEqual(['1', '2']);
      expect([...learned.elements('softwareCapability').values()]).toContainEqual(expect.objectContaining({ properties: expect.objectContaining({ displayName: 'endpoint-7' }) as unknown }));
      await learned.disconnect();

      const refused = stage(sasl, user('planted-wrong-password'));
      await expect(refused.start()).rejects.toMatchObject({ code: 'SOURCE_REFUSED', act: 'operator' });
      expect(refused.log.lines.join()).not.toContain('planted-wrong-password');
      expect(learned.log.lines.join()).not.toContain(password);
      await refused.disconnect();
    } finally {
      await operator.admin.disconnect();
      await other.stop();
    }
  });

  test('only read requests go to the broker, and no connection stays', async () => {
    const sockets: Socket[] = [];
    const asked = new Set<number>();
    const connect = net.connect.bind(net) as (...given: unknown[]) => Socket;
    const spy = jest.spyOn(net, 'connect').mockImplementation(((...given: unknown[]) => {
      const socket = connect(...given);
      const write = socket.write.bind(socket) as (...bytes: unknown[]) => boolean;
      // A request is one write: its length in four bytes, then the number of the API.
      socket.write = ((...bytes: unknown[]) => {
        asked.add((bytes[0] as Buffer).readInt16BE(4));
        return write(...bytes);
      }) as Socket['write'];
      sockets.push(socket);
      return socket;
    }) as typeof net.connect);
    try {
      const watched = stage(server.brokers);
      await watched.start();
      await watched.refresh();
      await watched.engage();
      await watched.disconnect();
    } finally {
      spy.mockRestore();
    }
    const READS = { Metadata: 3, FindCoordinator: 10, DescribeGroups: 15, ListGroups: 16, ApiVersions: 18, DescribeConfigs: 32 };
    expect([...asked].sort((a, b) => a - b)).toEqual(Object.values(READS));
    expect(sockets.filter(({ destroyed }) => !destroyed)).toEqual([]);
  });

  test('more than a page of topics', async () => {
    const many = Array.from({ length: 520 }, (_, index) => ({ topic: named(`many-${index}`), numPartitions: 1 }));
    await broker.create(...many);
    await staged.refresh();
    expect([...staged.elements('topic').values()].filter(({ properties }) => properties.name.startsWith(named('many-')))).toHaveLength(520);
  });
});
