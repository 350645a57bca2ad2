import { Kafka, logLevel, type Admin } from 'kafkajs';
import { deleteTopics, describeWith, startKafka, type KafkaServer } from '../../../tools/servers';
import { resync } from './observe';
import { oneConnector, type OneConnector, type View } from './one-connector';

describeWith({ needs: ['kafka'], own: true }, 'the topics of a Kafka cluster in the catalog and the portal', () => {
  let server: KafkaServer;
  let admin: Admin;
  let connector: OneConnector;
  const topics: View = { blueprint: 'topic', value: ({ properties }) => `${String(properties['name'])} ${(properties['additionalProperties'] as Record<string, string>)['partitions']}` };
  const create = (...names: readonly string[]): Promise<boolean> => admin.createTopics({ waitForLeaders: true, topics: names.map((topic) => ({ topic })) });

  beforeAll(async () => {
    server = await startKafka();
    admin = new Kafka({ brokers: server.brokers.split(','), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await create('orders', 'returns');
    connector = oneConnector({ identifier: 'broker', type: 'kafka', resync: { every: '60m' }, connection: { endpoint: { address: `kafka://${server.brokers}` } }, config: { watch_interval: '1s' } });
  });
  afterAll(async () => {
    await connector?.end();
    await admin?.disconnect();
    await server?.stop();
  });

  it('the blocking call tells what comes, grows and goes', async () => {
    await connector.start();
    await connector.follows('what is there', topics, ['orders 1', 'returns 1']);
    await create('payments');
    await admin.createPartitions({ topicPartitions: [{ topic: 'orders', count: 3 }] });
    await connector.follows('a new topic and new partitions', topics, ['orders 3', 'payments 1', 'returns 1']);
    await deleteTopics(admin, 'returns');
    await connector.follows('a topic that went', topics, ['orders 3', 'payments 1']);
  });

  it('a refresh brings what is so at its end', async () => {
    await create('refunds');
    await deleteTopics(admin, 'payments');
    expect(await resync(connector.running, 'broker')).toMatchObject({ state: 'completed' });
    expect(await connector.sees(topics)).toEqual({ catalog: ['orders 3', 'refunds 1'], portal: ['orders 3', 'refunds 1'] });
  });

  it('a process that is killed while topics come and go has them right after its next start', async () => {
    const changes = Promise.all([create('a', 'b', 'c'), deleteTopics(admin, 'refunds')]);
    await connector.kill();
    await changes;
    await deleteTopics(admin, 'b');
    await connector.start();
    await connector.follows('the topics of now', topics, ['a 1', 'c 1', 'orders 3']);
  });
});
