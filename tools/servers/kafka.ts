import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { makeCertificates } from './certificates';
import { freePorts } from './free-port';
import type { Child } from './child';
import { startJvm } from './jvm';
import { kafkaProperties, type KafkaPorts } from './kafka-properties';

export interface KafkaOptions {
  /** Start one even where KAFKA_BROKERS names others: for tests that stop it. Implied by the options below. */
  readonly own?: boolean;
  /** Of the plain listener; default: any free one. 9092 serves what a user's configuration says by default. */
  readonly port?: number;
  /** With two more listeners that ask for a user: SASL over plain text, and over TLS. Needs openssl. */
  readonly secured?: boolean;
}

/** How to reach the listeners that ask for a user. Mechanisms: SCRAM-SHA-512 and PLAIN, for the same user. */
export interface SecuredListeners {
  readonly sasl: string;
  readonly saslTls: string;
  /** PEM of the authority behind `saslTls`. */
  readonly ca: string;
  readonly username: string;
  readonly password: string;
}

export interface KafkaServer {
  /** `host:port` of the plain listener; of KAFKA_BROKERS as given, separated by commas. */
  readonly brokers: string;
  /** Only where asked for. */
  readonly secured?: SecuredListeners;
  /** Undefined while it does not run, and where KAFKA_BROKERS named the brokers. */
  pid(): number | undefined;
  /** Stops and starts it; the data stay. */
  restart(): Promise<void>;
  stopBroker(): Promise<void>;
  /** On the same ports, with the same data. Resolves when it takes records. */
  startBroker(): Promise<void>;
  /** Ends it and removes the data. */
  stop(): Promise<void>;
}

const READY_MS = 60_000;
/** Another process may take a free port before the broker does. */
const STARTS = 3;

/** Apache Kafka, one node in KRaft mode, or the brokers that KAFKA_BROKERS names. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  const given = process.env['KAFKA_BROKERS'];
  if (given && !options.own && options.port === undefined && !options.secured) return foreign(given);

  const folder = await mkdtemp(path.join(tmpdir(), 'kafka-'));
  const user = { username: 'tester', password: randomUUID() };
  const certificates = options.secured ? await makeCertificates(folder) : undefined;
  const clusterId = randomUUID().replaceAll('-', '').slice(0, 22);
  const properties = path.join(folder, 'server.properties');
  const scram = options.secured ? ['--add-scram', `SCRAM-SHA-512=[name=${user.username},password=${user.password}]`] : [];

  const launch = async (ports: KafkaPorts): Promise<Child> => {
    const secured = certificates && { ...user, keyStore: certificates.keyStore };
    await writeFile(properties, kafkaProperties({ folder: path.join(folder, 'data'), ports, ...(secured && { secured }) }), { mode: 0o600 });
    const jvm = await startJvm('kafka', { heapMb: 384, args: [properties, clusterId, ...scram], ready: /^formatted$/, scratch: folder });
    try {
      await takesRecords(`127.0.0.1:${ports.plain}`, jvm);
      return jvm;
    } catch (err) {
      await jvm.kill();
      throw err;
    }
  };
  const first = async (): Promise<{ jvm: Child; ports: KafkaPorts }> => {
    for (let attempt = 1; ; attempt++) {
      const [plain, controller, sasl, saslTls] = (await freePorts(4)) as [number, number, number, number];
      const ports = { plain: options.port ?? plain, controller, sasl, saslTls };
      try {
        return { jvm: await launch(ports), ports };
      } catch (err) {
        if (attempt < STARTS && options.port === undefined) continue;
        await rm(folder, { recursive: true, force: true });
        throw err;
      }
    }
  };

  const started = await first();
  const { ports } = started;
  let jvm: Child | undefined = started.jvm;
  const stopBroker = async (): Promise<void> => {
    await jvm?.stop();
    jvm = undefined;
  };
  const startBroker = async (): Promise<void> => {
    jvm ??= await launch(ports);
  };
  return {
    brokers: `127.0.0.1:${ports.plain}`,
    ...(certificates && { secured: { sasl: `127.0.0.1:${ports.sasl}`, saslTls: `127.0.0.1:${ports.saslTls}`, ca: certificates.ca, ...user } }),
    pid: () => jvm?.pid,
    stopBroker,
    startBroker,
    async restart() {
      await stopBroker();
      await startBroker();
    },
    async stop() {
      await jvm?.kill();
      jvm = undefined;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function foreign(brokers: string): KafkaServer {
  const refuse = (): Promise<void> => Promise.reject(new Error('the brokers of KAFKA_BROKERS are not ours to stop: this test has to start its own'));
  return { brokers, pid: () => undefined, restart: refuse, stopBroker: refuse, startBroker: refuse, stop: async () => undefined };
}

/** An open port says little: the broker is up when it stores a record and its coordinator of consumer groups answers. */
async function takesRecords(broker: string, jvm: Child): Promise<void> {
  const kafka = new Kafka({ clientId: 'start', brokers: [broker], logLevel: logLevel.NOTHING, retry: { retries: 0 }, connectionTimeout: 1_000, requestTimeout: 5_000 });
  const deadline = Date.now() + READY_MS;
  const topic = `start-${randomUUID()}`;
  for (;;) {
    const ended = jvm.ended();
    if (ended !== undefined) throw new Error(`the broker ${ended}`);
    const admin = kafka.admin();
    const producer = kafka.producer();
    try {
      await admin.connect();
      await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
      await producer.connect();
      await producer.send({ topic, messages: [{ value: 'ready' }] });
      await admin.fetchOffsets({ groupId: topic, topics: [topic] });
      await admin.deleteTopics({ topics: [topic] });
      return;
    } catch (err) {
      if (Date.now() > deadline) throw new Error(`the broker at ${broker} takes no records`, { cause: err });
      await new Promise((again) => setTimeout(again, 100));
    } finally {
      await Promise.allSettled([producer.disconnect(), admin.disconnect()]);
    }
  }
}

/** Resolves once none of them is listed. A busy broker may do it and answer late; the client then asks again, and is told that there is no such topic. */
export async function deleteTopics(admin: Admin, ...topics: readonly string[]): Promise<void> {
  const left = async (): Promise<boolean> => (await admin.listTopics()).some((name) => topics.includes(name));
  try {
    await admin.deleteTopics({ topics: [...topics] });
  } catch (err) {
    if (await left()) throw err;
  }
  while (await left()) await new Promise((again) => setTimeout(again, 20));
}
