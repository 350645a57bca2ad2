import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { MongoClient, type Collection } from 'mongodb';
import { describeWith, startKafka, startMongo, type KafkaServer, type Mongo } from '../../../tools/servers';
import { folderWith, startProcess, type Folder, type RunningFramework } from './framework-process';
import { issueEvent, jiraSender, jiraTime, thingEvent } from './jira-events';
import { identifiersOf, runsOf } from './observe';
import { isAtRest, openSums, pipelinesOf } from './pipeline-counts';
import { until } from './until';

const example = path.join(__dirname, '../examples/port-and-jira.yaml');
const SECRET = 'the-secret-of-the-webhook';

// The portal's topic and the groups of its readers have fixed names.
describeWith({ needs: ['kafka', 'mongo'], own: true }, 'pipelines beside an ordinary integration, with a portal', () => {
  let broker: KafkaServer;
  let mongo: Mongo;
  let client: MongoClient;
  let documents: Collection<{ _id: string; [field: string]: unknown }>;
  let folder: Folder;
  let framework: RunningFramework;
  let kafka: Kafka;

  beforeAll(async () => {
    [broker, mongo] = await Promise.all([startKafka({ own: true }), startMongo()]);
    kafka = new Kafka({ clientId: 'test', brokers: broker.brokers.split(','), logLevel: logLevel.NOTHING });
    await withAdmin((admin) => admin.createTopics({ waitForLeaders: true, topics: [{ topic: 'orders', numPartitions: 1 }] }));
    client = await new MongoClient(mongo.url).connect();
    const database = `beside-${randomUUID()}`;
    documents = client.db(database).collection('jira-issues');
    folder = folderWith(fs.readFileSync(example, 'utf8'));
    framework = await startProcess(folder, {
      PORT_BASE_URL: 'local',
      JIRA_SECRET: SECRET,
      MONGO_URL: `${mongo.url}/${database}`,
      KAFKA_BROKERS: broker.brokers,
      FRAMEWORK__INTEGRATIONS__MY_KAFKA_INTEGRATION__CONFIG__BOOTSTRAP_SERVERS: broker.brokers,
    });
    await until('ready', async () => (await framework.call('GET', '/health/ready')).status === 200, 60_000);
  });

  afterAll(async () => {
    await framework?.stop();
    await documents?.db.dropDatabase();
    await client?.close();
    await Promise.all([mongo?.stop(), broker?.stop()]);
    folder?.remove();
  });

  async function withAdmin<T>(work: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
    const admin = kafka.admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  }

  const jira = jiraSender({ url: () => `${framework.url}/jira/webhook`, secret: SECRET });
  const find = (id: string) => documents.findOne({ _id: id });
  const pipeline = async () => (await pipelinesOf(framework)).find(({ name }) => name === 'jira-main/0')!;
  const settled = (): Promise<unknown> => until('all is at rest', async () => isAtRest([await pipeline()]));
  async function accept(body: object): Promise<void> {
    expect(await jira.send(body)).toMatchObject({ status: 200, body: { status: 'accepted' } });
  }

  it('both entries run and are registered; the ordinary one fills catalog and portal', async () => {
    await until('the topics', async () => (await identifiersOf(framework, 'kafkaTopic')).includes('my_kafka_integration_orders'));
    const credentials = JSON.parse(fs.readFileSync(path.join(folder.path, '.data/portal-credentials.json'), 'utf8')) as object;
    const { body } = await framework.call('POST', '/v1/auth/access_token', credentials);
    const portal = { authorization: `Bearer ${String(body['accessToken'])}` };
    for (const [identifier, type] of [['my_kafka_integration', 'kafka'], ['jira-main', 'jira']]) {
      expect(await framework.call('GET', `/v1/integration/${identifier}`, undefined, portal)).toMatchObject({ status: 200, body: { integration: { identifier, installationAppType: type } } });
    }
    const { entities } = (await framework.call('GET', '/v1/blueprints/kafkaTopic/entities', undefined, portal)).body as { entities: { identifier: string }[] };
    expect(entities.map(({ identifier }) => identifier)).toContain('my_kafka_integration_orders');
    expect(await framework.get('/api/v1/integrations/jira-main')).toMatchObject({ webhookPath: '/jira/webhook', webhookUrl: `${framework.url}/jira/webhook`, pipelines: ['jira-main/0'] });
  });

  it('an issue passes the filter and lies complete in the collection; a late update and another kind change nothing; a delete removes it', async () => {
    const body = issueEvent({ id: '10001', second: 20 });
    await accept(body);
    await until('the document', async () => (await find('jira.issue:10001')) ?? undefined);
    expect(await find('jira.issue:10001')).toEqual({ _id: 'jira.issue:10001', _eventId: '10001', ...body });
    await accept(issueEvent({ id: '10001', second: 10 }));
    await accept(thingEvent('project', 'created', { id: 10001, second: 20 }));
    await settled();
    expect((await pipeline()).sinks[0]!.counters).toMatchObject({ accepted: 3, delivered: 1, stale: 1, filtered: 1, pending: 0 });
    expect(await documents.find().toArray()).toEqual([{ _id: 'jira.issue:10001', _eventId: '10001', ...body }]);
    await accept(issueEvent({ id: '10001', event: 'deleted', second: 30 }));
    await until('it went', async () => (await documents.countDocuments()) === 0);
    await accept(issueEvent({ id: '10001', second: 25 }));
    await settled();
    expect(await documents.countDocuments()).toBe(0);
    expect(openSums([await pipeline()])).toEqual([]);
    // It writes there and nowhere else.
    expect(await framework.get('/api/v1/entities?integration=jira-main')).toMatchObject({ entities: [] });
  });

  it('a message of the portal starts a resync of each; of the one that can list nothing it changes nothing', async () => {
    await accept(issueEvent({ id: '10002', second: 20 }));
    await until('the document', async () => (await find('jira.issue:10002')) ?? undefined);
    const producer = kafka.producer();
    await producer.connect();
    for (const integrationId of ['my_kafka_integration', 'jira-main']) {
      const known = new Set((await runsOf(framework)).map(({ runId }) => runId));
      await producer.send({ topic: 'local.change.log', messages: [{ value: JSON.stringify({ action: 'RESYNC', resourceType: 'integration', context: { integrationId } }) }] });
      const run = await until('the run of the message', async () => (await runsOf(framework)).find(({ runId, state }) => !known.has(runId) && state !== 'queued' && state !== 'running'), 60_000);
      expect(run).toMatchObject({ integration: integrationId, cause: 'kafka', state: 'completed' });
    }
    await producer.disconnect();
    expect(await find('jira.issue:10002')).toMatchObject({ issue: { fields: { updated: jiraTime(20) } } });
    expect(await documents.countDocuments()).toBe(1);
  });
});
