import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { describeWith, startKafka, type KafkaServer } from '../../../tools/servers';
import { FrameworkError } from '../contract';
import type { ResyncRequest } from '../store';
import { recordedLog, type RecordedLog } from '../testkit';
import { kafkaTrigger, type KafkaTriggerOptions } from './kafka';
import type { Trigger } from './trigger';

/** Less than jest's own limit, so that a loop never outlives its test. */
const LIMIT_MS = 50_000;

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + LIMIT_MS;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`this never came true: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describeWith({ needs: ['kafka'], own: true }, 'the trigger KAFKA', () => {
  let server: KafkaServer;
  let kafka: Kafka;
  let producer: Producer;
  let org: string;
  let asked: ResyncRequest[];
  let counted: string[];
  let log: RecordedLog;
  let refuse: Error | undefined;
  const triggers: Trigger[] = [];

  beforeAll(async () => {
    server = await startKafka({ secured: true });
    kafka = new Kafka({ brokers: [server.brokers], logLevel: logLevel.NOTHING });
    producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
  });
  afterAll(async () => {
    await producer?.disconnect();
    await server?.stop();
  });
  beforeEach(() => {
    org = `org-${randomUUID()}`;
    asked = [];
    counted = [];
    log = recordedLog();
    refuse = undefined;
  });
  afterEach(() => Promise.all(triggers.splice(0).map((trigger) => trigger.stop())));

  const topic = (): string => `${org}.change.log`;
  const resync = (identifier = 'a', mark = ''): string => JSON.stringify({ action: 'RESYNC', context: { integrationId: identifier }, mark });
  const send = (value: string | null, to = topic()): Promise<unknown> => producer.send({ topic: to, messages: [{ value }] });
  const createTopic = async (name = topic()): Promise<void> => {
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: name }], waitForLeaders: true });
    await admin.disconnect();
  };
  const committed = async (groupId = `${org}.git.a`, name = topic()): Promise<string | undefined> => {
    const admin = kafka.admin();
    await admin.connect();
    const [found] = await admin.fetchOffsets({ groupId, topics: [name] });
    await admin.disconnect();
    return found?.partitions[0]?.offset;
  };
  const start = async (options: Partial<KafkaTriggerOptions> = {}): Promise<Trigger> => {
    const trigger = kafkaTrigger({
      entries: [{ identifier: 'a', type: 'git' }],
      portal: { organization: async () => ({ id: org, featureFlags: [] }), kafkaCredentials: async () => undefined },
      local: false,
      settings: {},
      kafkaBrokers: [server.brokers],
      async request(request) {
        if (refuse) throw refuse;
        asked.push(request);
        return { identifier: request.identifier, runId: 'r', status: 'running', joined: false };
      },
      log,
      count: (result) => counted.push(result),
      ...options,
    });
    triggers.push(trigger);
    await trigger.start(new AbortController().signal);
    return trigger;
  };
  const startReady = async (options?: Partial<KafkaTriggerOptions>): Promise<Trigger> => {
    const trigger = await start(options);
    await until(() => trigger.ready().ok);
    return trigger;
  };

  it('asks for what the truth table says, and commits after it is stored; what is no JSON object is counted, skipped and committed', async () => {
    await createTopic();
    await startReady();
    for (const value of [resync('b'), 'not json', null, '[]', resync('a')]) await send(value);
    await until(async () => (await committed()) === '5');
    expect(asked).toEqual([{ identifier: 'a', cause: 'kafka', id: `${topic()}/0/4` }]);
    expect(counted).toEqual(['ignored', 'malformed', 'malformed', 'malformed', 'requested']);
  });

  it('begins at the end for a new group, and from then on misses nothing, also while it is away', async () => {
    await createTopic();
    await send(resync('a'));
    const first = await startReady();
    // Nothing was committed by a message yet: the place itself was.
    expect(await committed()).toBe('1');
    await first.stop();
    await send(resync('a'));
    await startReady();
    await until(() => asked.length > 0);
    expect(asked.map(({ id }) => id)).toEqual([`${topic()}/0/1`]);
  });

  it('waits for a topic that is created later, says so, and reads its first message', async () => {
    const trigger = await start();
    await until(() => trigger.ready().detail?.includes('is not there yet') ?? false);
    expect(log.lines.filter((line) => line.startsWith('warn'))).toEqual([expect.stringContaining(topic())]);
    await createTopic();
    await send(resync('a'));
    await until(() => asked.length > 0);
    expect(asked[0]?.id).toBe(`${topic()}/0/0`);
    await until(() => trigger.ready().ok);
  });

  it('makes the topic of the built-in portal', async () => {
    await startReady({ local: true });
    await send(resync('a'));
    await until(() => asked.length > 0);
  });

  it('commits nothing while the store takes no requests, and goes on when it does', async () => {
    await createTopic();
    const trigger = await startReady();
    refuse = new FrameworkError('STORE_UNREACHABLE', ['down']);
    await send(resync('b'));
    await send(resync('a'));
    await send(resync('a'));
    await until(() => !trigger.ready().ok);
    expect(trigger.ready().detail).toContain('the store takes no requests');
    await until(async () => (await committed()) === '1');
    expect(asked).toEqual([]);
    refuse = undefined;
    await until(async () => (await committed()) === '3');
    expect(asked.map(({ id }) => id)).toEqual([`${topic()}/0/1`, `${topic()}/0/2`]);
    expect(trigger.ready()).toEqual({ ok: true });
  });

  it('survives a restart of the broker, and one that is away until the session is given up', async () => {
    await createTopic();
    const trigger = await startReady();
    await send(resync('a', 'before'));
    await until(() => asked.length === 1);
    await server.restart();
    await send(resync('a', 'after'));
    await until(() => asked.length === 2);
    await server.stopBroker();
    await until(() => !trigger.ready().ok);
    await until(() => log.lines.some((line) => line.includes('was interrupted')));
    await server.startBroker();
    await send(resync('a', 'after long'));
    await until(() => asked.length >= 3);
    expect(new Set(asked.map(({ id }) => id))).toEqual(new Set([0, 1, 2].map((offset) => `${topic()}/0/${offset}`)));
    await until(() => trigger.ready().ok);
  });

  it('starts while the broker is away', async () => {
    await server.stopBroker();
    const trigger = await start({ local: true });
    await until(() => log.lines.some((line) => line.includes('was interrupted')));
    expect(trigger.ready()).toMatchObject({ ok: false });
    await server.startBroker();
    await until(() => trigger.ready().ok);
  });

  it('says when another member holds the partitions, and takes over when that leaves', async () => {
    await createTopic();
    const first = await startReady();
    const second = await start();
    const idle = (trigger: Trigger): boolean => trigger.ready().detail?.includes('another member') ?? false;
    await until(() => (idle(second) && first.ready().ok) || (idle(first) && second.ready().ok));
    expect(log.lines.some((line) => line.startsWith('warn') && line.includes(`another member of the group ${org}.git.a`))).toBe(true);
    const [holder, waiter] = idle(second) ? [first, second] : [second, first];
    await holder.stop();
    await send(resync('a'));
    await until(() => waiter.ready().ok && asked.length > 0);
    expect(asked.map(({ id }) => id)).toEqual([`${topic()}/0/0`]);
  });

  it('has a consumer for each entry, and each hears all messages', async () => {
    await createTopic();
    await startReady({ entries: ['a', 'b'].map((identifier) => ({ identifier, type: 'git' })) });
    await send(resync('b'));
    await send(resync('a'));
    await until(() => asked.length === 2);
    await until(async () => (await committed(`${org}.git.b`)) === '2' && (await committed(`${org}.git.a`)) === '2');
  });

  it('serves all entries with one consumer when the file names the group', async () => {
    await createTopic();
    const groupId = `${org}.mine`;
    await startReady({ entries: ['a', 'b'].map((identifier) => ({ identifier, type: 'git' })), settings: { groupId } });
    await send(resync('b'));
    await send(resync('a'));
    await until(async () => (await committed(groupId)) === '2');
    expect(asked.map(({ identifier }) => identifier)).toEqual(['b', 'a']);
  });

  it('reads the topic of requests instead when the organization has the flag', async () => {
    const requests = `${org}.integration.resync.requests`;
    await createTopic(requests);
    await createTopic();
    await startReady({ portal: { organization: async () => ({ id: org, featureFlags: ['OCEAN_KAFKA_INTEGRATION_RESYNC_REQUESTS_TOPIC_ENABLED'] }), kafkaCredentials: async () => undefined } });
    await send(resync('a'));
    await send(JSON.stringify({ context: { integrationId: 'a' } }), requests);
    await until(() => asked.length > 0);
    expect(asked.map(({ id }) => id)).toEqual([`${requests}/0/0`]);
  });

  it("uses the portal's brokers and credentials, by SCRAM-SHA-512, and asks for them again after a failure", async () => {
    await createTopic();
    const { sasl, username, password } = server.secured!;
    let answer = { username, password: 'wrong', brokers: [sasl] };
    const trigger = await start({
      portal: { organization: async () => ({ id: org, featureFlags: [] }), kafkaCredentials: async () => answer },
      // The listener without TLS; over TLS the same credentials are in kafka-tls.int.test.ts.
      settings: { ssl: false },
      kafkaBrokers: [],
    });
    await until(() => log.lines.some((line) => line.includes('was interrupted')));
    expect(log.lines.join('\n')).not.toContain('wrong');
    answer = { username, password, brokers: [sasl] };
    await until(() => trigger.ready().ok);
    await send(resync('a'));
    await until(() => asked.length === 1);
    expect(log.lines.join('\n')).not.toContain(password);
  });

  it('stops at once while it waits, and asks nothing afterwards', async () => {
    const waiting = await start();
    await until(() => waiting.ready().detail?.includes('is not there yet') ?? false);
    await waiting.stop();
    expect(waiting.ready()).toEqual({ ok: false, detail: 'stopped' });
    await createTopic();
    await send(resync('a'));
    expect(asked).toEqual([]);
  });
});
