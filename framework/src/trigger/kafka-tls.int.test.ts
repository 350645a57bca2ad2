import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Kafka, logLevel } from 'kafkajs';
import { describeWith, startKafka, type KafkaServer } from '../../../tools/servers';

const HOOK = path.join(__dirname, '../../bin/hook.js');
const CHILD = path.join(__dirname, 'test/kafka-child.ts');

describeWith({ needs: ['kafka'], own: true }, 'the trigger KAFKA over TLS', () => {
  let server: KafkaServer;
  let folder: string;
  beforeAll(async () => {
    server = await startKafka({ secured: true });
    folder = await mkdtemp(path.join(tmpdir(), 'authority-'));
  });
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("consumes with the portal's credentials (SASL_SSL, SCRAM-SHA-512) and an authority of NODE_EXTRA_CA_CERTS", async () => {
    const { saslTls, ca, username, password } = server.secured!;
    const organization = `org-${randomUUID()}`;
    const topic = `${organization}.change.log`;
    const kafka = new Kafka({ brokers: [server.brokers], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    const producer = kafka.producer();
    await Promise.all([admin.connect(), producer.connect()]);
    await admin.createTopics({ topics: [{ topic }], waitForLeaders: true });
    const authority = path.join(folder, 'ca.pem');
    await writeFile(authority, ca);

    const child = spawn(process.execPath, ['-r', HOOK, CHILD], { env: { ...process.env, NODE_EXTRA_CA_CERTS: authority }, stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.stdin.end(JSON.stringify({ organization, credentials: { username, password, brokers: [saslTls] } }));
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (line === 'ready') await producer.send({ topic, messages: [{ value: JSON.stringify({ action: 'RESYNC', context: { integrationId: 'a' } }) }] });
    }
    expect(lines).toEqual(['ready', `${topic}/0/0`]);
    expect(await ended).toBe(0);
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  });
});
