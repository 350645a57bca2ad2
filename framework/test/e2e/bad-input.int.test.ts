import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { describeWith, startKafka, startMongo, type KafkaServer, type Mongo } from '../../../tools/servers';
import { folderWith, startProcess, type Folder, type RunningFramework } from './framework-process';
import { identifiersOf, resync, runsOf, settled } from './observe';
import { ownIntegrations, startRecordsSource, type RecordsSource } from './records-source';
import { until } from './until';

// The lines of "Bad input" (interface.md 4.1) that need Kafka or MongoDB.

let source: RecordsSource;
let folder: Folder;

const configuration = (more: object = {}): object => ({ integrationsPath: ownIntegrations, integrations: [{ identifier: 'records', type: 'records', config: { url: source.url } }], ...more });
const statusOf = async (framework: RunningFramework, route: string): Promise<number> => (await framework.call('GET', route)).status;

beforeEach(async () => {
  source = await startRecordsSource();
  for (const id of ['a', 'b', 'c']) source.records.set(id, { id, name: id });
});
afterEach(async () => {
  await source.close();
  folder.remove();
});

describeWith({ needs: ['kafka'] }, 'bad input on Kafka', () => {
  let broker: KafkaServer;
  beforeAll(async () => {
    broker = await startKafka({ own: true });
  });
  afterAll(() => broker?.stop());

  it('Kafka message that is not a JSON object: counted, skipped, committed', async () => {
    folder = folderWith(configuration({ port: { baseUrl: 'local' }, triggerChannel: { type: 'KAFKA', brokers: [broker.brokers] } }));
    const framework = await startProcess(folder);
    const kafka = new Kafka({ clientId: 'test', brokers: [broker.brokers], logLevel: logLevel.NOTHING });
    const [producer, admin] = [kafka.producer(), kafka.admin()];
    try {
      await settled(framework);
      await until('the trigger consumes', async () => (await statusOf(framework, '/health/ready')) === 200);
      await Promise.all([producer.connect(), admin.connect()]);
      const topic = 'local.change.log';
      await producer.send({ topic, messages: [{ value: 'no json' }, { value: null }, { value: '[]' }, { value: '"text"' }] });
      await until('they are counted', async () => /if_trigger_messages_total\{[^}]*result="malformed"[^}]*\} 4\n/.test(await (await fetch(`${framework.url}/metrics`)).text()));
      await until('they are committed', async () => {
        const [end] = await admin.fetchTopicOffsets(topic);
        const [group] = await admin.fetchOffsets({ groupId: 'local.records.records', topics: [topic] });
        return group?.partitions[0]?.offset === end?.high;
      });
      expect((await runsOf(framework)).map((run) => run.cause)).toEqual(['start']);
      await producer.send({ topic, messages: [{ value: JSON.stringify({ action: 'RESYNC', context: { integrationId: 'records' } }) }] });
      await until('the next good one starts a run', async () => (await runsOf(framework))[0]?.cause === 'kafka');
      expect(await statusOf(framework, '/health/ready')).toBe(200);
      expect(await identifiersOf(framework, 'record')).toEqual(['a', 'b', 'c']);
    } finally {
      await Promise.allSettled([producer.disconnect(), admin.disconnect()]);
      expect((await framework.stop()).code).toBe(0);
    }
  });
});

describeWith({ needs: ['mongo'], own: true }, 'bad input on MongoDB', () => {
  const database = `bad-${randomUUID()}`;
  let data: string;
  let mongo: Mongo;
  let url: string;
  beforeAll(async () => {
    data = fs.mkdtempSync(path.join(os.tmpdir(), 'bad-input-mongo-'));
    mongo = await startMongo({ file: path.join(data, 'store') });
    url = `${mongo.url}/${database}`;
  });
  afterAll(async () => {
    await mongo?.stop();
    fs.rmSync(data, { recursive: true, force: true });
  });

  it('MongoDB database held by one: stands by, live 200, ready 503, takes over within 30 s after the holder ended', async () => {
    folder = folderWith(configuration({ mongodb: { url } }));
    const holder = await startProcess(folder);
    let other: RunningFramework | undefined;
    try {
      await settled(holder);
      other = await startProcess(folder, { DATA_DIR: 'other-data' });
      const standby = other;
      expect([await statusOf(standby, '/health/live'), await statusOf(standby, '/health/ready'), await statusOf(standby, '/api/v1/runs')]).toEqual([200, 503, 503]);
      source.records.set('d', { id: 'd', name: 'd' });
      expect((await resync(holder, 'records')).state).toBe('completed');
      expect((await holder.stop()).code).toBe(0);
      const ended = Date.now();
      await until('it took over', async () => (await statusOf(standby, '/health/ready')) === 200);
      expect(Date.now() - ended).toBeLessThan(30_000);
      expect(await settled(standby)).toMatchObject({ cause: 'start', state: 'completed', kinds: [{ rows: { unchanged: 4 } }] });
      expect(await identifiersOf(standby, 'record')).toEqual(['a', 'b', 'c', 'd']);
    } finally {
      await holder.stop();
      await other?.stop();
    }
  });

  it('a process that stands by ends when it is asked to', async () => {
    folder = folderWith(configuration({ mongodb: { url } }));
    const holder = await startProcess(folder);
    try {
      const standby = await startProcess(folder, { DATA_DIR: 'other-data' });
      expect((await standby.stop()).code).toBe(0);
      expect(await statusOf(holder, '/health/ready')).toBe(200);
    } finally {
      await holder.stop();
    }
  });

  it('store not reachable later: ready 503, webhooks 503, goes on when it is back', async () => {
    folder = folderWith(configuration({ mongodb: { url: `${url}?serverSelectionTimeoutMS=1000` }, triggerChannel: { type: 'WEBHOOK', secret: 'the-trigger-secret' } }));
    const framework = await startProcess(folder);
    try {
      await settled(framework);
      await mongo.kill();
      await until('not ready', async () => (await statusOf(framework, '/health/ready')) === 503);
      expect(await statusOf(framework, '/health/live')).toBe(200);
      const refused = await framework.call('POST', '/resync/records/the-trigger-secret', {});
      expect(refused).toMatchObject({ status: 503, body: { error: 'Service Unavailable' } });
      expect(refused.headers.get('retry-after')).not.toBeNull();
      source.records.set('late', { id: 'late', name: 'late' });
      mongo = await startMongo({ file: path.join(data, 'store'), port: Number(new URL(url).port) });
      await until('ready', async () => (await statusOf(framework, '/health/ready')) === 200, 60_000);
      const accepted = await framework.call('POST', '/resync/records/the-trigger-secret', {});
      expect(accepted.status).toBe(202);
      await until('the row is there', async () => (await identifiersOf(framework, 'record')).includes('late'));
      expect(await identifiersOf(framework, 'record')).toEqual(['a', 'b', 'c', 'late']);
    } finally {
      expect((await framework.stop()).code).toBe(0);
    }
  });
});
