import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { BSON, MongoClient, type Db } from 'mongodb';
import { deleteTopics, describeWith, startKafka, startMongo, type KafkaServer, type Mongo } from '../../../tools/servers';
import { folderWith, startProcess, type Folder, type RunningFramework } from './framework-process';
import { resync, runsOf, settled } from './observe';
import { until } from './until';

const PORT = 9092;
const example = path.join(__dirname, '../examples/port-config.yaml');
const IDENTIFIER = 'my_kafka_integration';

/** The example names its broker; where somebody else listens there, it cannot be run as it is. */
const probe = `require('node:net').createServer().once('error', () => process.exit(1)).listen(${PORT}, '127.0.0.1', () => process.exit(0))`;
const isFree = spawnSync(process.execPath, ['-e', probe]).status === 0;

describeWith({ needs: ['kafka', 'mongo'], own: true, blocked: isFree ? undefined : `something listens on port ${PORT} already` }, "the example of Port's integration framework", () => {
  let broker: KafkaServer;
  let mongo: Mongo;
  let client: MongoClient;
  let database: Db;
  let folder: Folder;
  let framework: RunningFramework;
  let environment: Record<string, string>;
  const kafka = new Kafka({ clientId: 'test', brokers: [`localhost:${PORT}`], logLevel: logLevel.NOTHING });

  beforeAll(async () => {
    [broker, mongo] = await Promise.all([startKafka({ port: PORT }), startMongo()]);
    const name = `example-${randomUUID()}`;
    client = await new MongoClient(mongo.url).connect();
    database = client.db(name);
    environment = { PORT_BASE_URL: 'local', FRAMEWORK__MONGODB__URL: `${mongo.url}/${name}` };
    folder = folderWith(fs.readFileSync(example, 'utf8'));
    await asAdmin((admin) => admin.createTopics({ waitForLeaders: true, topics: [{ topic: 'orders', numPartitions: 3, configEntries: [{ name: 'cleanup.policy', value: 'compact' }] }, { topic: 'payments' }] }));
  });

  afterAll(async () => {
    await framework?.stop();
    await database?.dropDatabase();
    await client?.close();
    await mongo?.stop();
    await broker?.stop();
    folder?.remove();
  });

  async function asAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = kafka.admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  }

  /** A change message, as Port writes it to the topic; then the run that it starts. */
  async function trigger(): Promise<void> {
    await until('the trigger consumes', async () => (await framework.call('GET', '/health/ready')).status === 200, 60_000);
    const known = new Set((await runsOf(framework)).map((run) => run.runId));
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic: 'local.change.log', messages: [{ value: JSON.stringify({ action: 'RESYNC', resourceType: 'integration', context: { integrationId: IDENTIFIER } }) }] });
    await producer.disconnect();
    const run = await until('the run of the message', async () => (await runsOf(framework)).find((one) => !known.has(one.runId) && one.state !== 'queued' && one.state !== 'running'));
    expect(run).toMatchObject({ integration: IDENTIFIER, cause: 'kafka', state: 'completed' });
    expect(await runsOf(framework)).toHaveLength(known.size + 1);
  }

  const topicsInMongo = async (): Promise<string[]> => (await database.collection('kafkaTopic').find().sort({ _id: 1 }).toArray()).map((document) => String(document['title']));

  async function topicsInPortal(): Promise<string[]> {
    const credentials = JSON.parse(fs.readFileSync(path.join(folder.path, '.data/portal-credentials.json'), 'utf8')) as object;
    const { body } = await framework.call('POST', '/v1/auth/access_token', credentials);
    const answer = await framework.call('GET', '/v1/blueprints/kafkaTopic/entities', undefined, { authorization: `Bearer ${String(body['accessToken'])}` });
    return (answer.body['entities'] as { title: string }[]).map((entity) => entity.title).sort();
  }

  it('runs byte for byte: topics are documents in MongoDB and entities in the portal', async () => {
    expect(fs.readFileSync(path.join(folder.path, 'config.yaml'))).toEqual(fs.readFileSync(example));
    framework = await startProcess(folder, environment);
    expect(await settled(framework)).toMatchObject({ state: 'completed', cause: 'start' });
    expect(framework.stdout()).toMatch(/ {3}data MongoDB {3}portal local\n/);
    expect(await database.collection<{ _id: string }>('kafkaTopic').findOne({ _id: `${IDENTIFIER}_orders` })).toEqual({
      _id: `${IDENTIFIER}_orders`,
      identifier: `${IDENTIFIER}_orders`,
      blueprint: 'kafkaTopic',
      integration: IDENTIFIER,
      kind: 'topic',
      title: 'orders',
      icon: null,
      team: [],
      properties: expect.objectContaining({ partitions: 3, compaction: true }),
      relations: expect.objectContaining({ cluster: IDENTIFIER }),
      updatedAt: expect.any(Date),
    });
    expect(await topicsInMongo()).toEqual(expect.arrayContaining(['orders', 'payments']));
    expect(await topicsInPortal()).toEqual(await topicsInMongo());
  });

  it('a message on local.change.log starts a resync: a topic created since appears, one deleted disappears', async () => {
    await asAdmin(async (admin) => {
      await admin.createTopics({ topics: [{ topic: 'invoices' }], waitForLeaders: true });
      await deleteTopics(admin, 'payments');
    });
    await trigger();
    expect(await topicsInMongo()).toEqual(['invoices', 'local.change.log', 'orders']);
    expect(await topicsInPortal()).toEqual(await topicsInMongo());
  });

  it('goes on after the broker was restarted', async () => {
    await broker.restart();
    await asAdmin(async (admin) => {
      await admin.createTopics({ topics: [{ topic: 'returns' }], waitForLeaders: true });
      await deleteTopics(admin, 'invoices');
    });
    await trigger();
    expect(await topicsInMongo()).toEqual(['local.change.log', 'orders', 'returns']);
    expect(await topicsInPortal()).toEqual(await topicsInMongo());
  });

  it('a run over an unchanged source changes nothing, byte for byte', async () => {
    const documents = async (): Promise<Record<string, string[]>> => {
      const entries = ['kafkaCluster', 'kafkaBroker', 'kafkaTopic', 'kafkaConsumerGroup'].map(async (name) => [name, (await database.collection(name).find().sort({ _id: 1 }).toArray()).map((document) => Buffer.from(BSON.serialize(document)).toString('base64'))] as const);
      return Object.fromEntries(await Promise.all(entries));
    };
    await resync(framework, IDENTIFIER);
    const before = await documents();
    const run = await resync(framework, IDENTIFIER);
    expect(run.state).toBe('completed');
    expect(await documents()).toEqual(before);
    expect(Object.values(before).every((list) => list.length > 0)).toBe(true);
    expect((await framework.stop()).code).toBe(0);

    framework = await startProcess(folder, environment);
    await settled(framework);
    const after = await documents();
    expect([after['kafkaTopic'], after['kafkaBroker'], after['kafkaCluster']]).toEqual([before['kafkaTopic'], before['kafkaBroker'], before['kafkaCluster']]);
    const ended = await framework.stop();
    expect(ended.code).toBe(0);
  });
});
