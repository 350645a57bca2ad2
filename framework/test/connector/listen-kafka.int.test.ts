import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, type Message, type Producer } from 'kafkajs';
import { deleteTopics, describeWith, startKafka, type KafkaServer } from '../../../tools/servers';
import { FatalError, Secret, type Disposer, type KafkaBrokers, type KafkaMessage } from '../../src/contract';
import type { DeadLetter } from '../../src/store';
import { asset, keys, startStage, type Stage, type ThirdParty } from './stage';

interface Shown {
  readonly status: string;
  readonly failing: { readonly message: string } | null;
  readonly problems: readonly { readonly code: string; readonly message: string; readonly severity: string }[];
}

/** Less than jest's own limit, so that a loop never outlives its test. */
const LIMIT_MS = 50_000;

describeWith({ needs: ['kafka'], own: true }, '6 external notification service: a topic of Kafka', () => {
  let server: KafkaServer;
  let kafka: Kafka;
  let producer: Producer;
  let stage: Stage | undefined;
  let topic: string;
  let heard: KafkaMessage[];
  let dispose: Disposer;
  /** Before a message counts as heard. */
  let taken: (message: KafkaMessage) => Promise<void> | void;
  let how: KafkaBrokers | undefined;
  let starts: number;

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
    topic = `news-${randomUUID()}`;
    heard = [];
    taken = () => undefined;
    how = undefined;
    starts = 0;
  });
  afterEach(() => stage?.stop());

  const party = (more: Partial<ThirdParty> = {}): ThirdParty => ({
    identifier: 'pg',
    services: ['database'],
    entry: { resync: { atStart: false }, settings: { token: new Secret('hunter2') } },
    methods: (context) => ({
      async start() {
        dispose = await context().listeners.kafka(
          topic,
          async (message) => {
            await taken(message);
            await context().database.create('database', asset(String(message.key ?? message.value)));
            heard.push(message);
          },
          how,
        );
        starts++;
      },
    }),
    ...more,
  });
  const begin = async (environment: Readonly<Record<string, string>> = { KAFKA_BROKERS: server.brokers }): Promise<Stage> => {
    stage = await startStage([party()], environment);
    await until(() => starts > 0);
    return stage;
  };
  const createTopic = async (numPartitions = 1): Promise<void> => {
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: true });
    await admin.disconnect();
  };
  const send = (...messages: readonly (string | Message)[]): Promise<unknown> => producer.send({ topic, messages: messages.map((value) => (typeof value === 'string' ? { value } : value)) });
  const values = (): readonly string[] => heard.map(({ value }) => String(value));
  const until = async (look: () => boolean | Promise<boolean>): Promise<void> => {
    const end = Date.now() + LIMIT_MS;
    while (!(await look())) {
      if (Date.now() > end) throw new Error(`this never came true: ${look.toString()}; heard ${values().join(', ')}; ${JSON.stringify(stage?.log.lines.slice(-5))}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const shown = (): Promise<Shown> => stage!.get<Shown>('/api/v1/integrations/pg');
  const committed = async (): Promise<string | undefined> => {
    const admin = kafka.admin();
    await admin.connect();
    const [found] = await admin.fetchOffsets({ groupId: `integration-framework/pg/default/${topic}`, topics: [topic] });
    await admin.disconnect();
    return found?.partitions[0]?.offset;
  };

  test('heard once, in order, from the registration on; acknowledged after what it wrote is stored; bytes stay bytes', async () => {
    await createTopic();
    await send('before');
    await begin();
    await send('one', { key: 'k', value: Buffer.from([0xff, 0x00]), headers: { h: ['a', 'b'] }, timestamp: '5' }, { key: 'gone', value: null });
    await until(async () => (await committed()) === '4');
    expect(heard).toEqual([
      { topic, partition: 0, offset: '1', timestamp: expect.any(Number), key: undefined, value: Buffer.from('one'), headers: {} },
      { topic, partition: 0, offset: '2', timestamp: 5, key: Buffer.from('k'), value: Buffer.from([0xff, 0x00]), headers: { h: [Buffer.from('a'), Buffer.from('b')] } },
      { topic, partition: 0, offset: '3', timestamp: expect.any(Number), key: Buffer.from('gone'), value: undefined, headers: {} },
    ]);
    expect(keys(await stage!.catalog('database'))).toEqual(['gone', 'k', 'one']);
    expect((await shown()).problems).toEqual([]);
  });

  test('it throws: given again, what comes after it in its partition waits, and other partitions go on', async () => {
    await createTopic(2);
    const tried: string[] = [];
    taken = ({ value }) => {
      tried.push(String(value));
      if (String(value) === 'a1' && !heard.some(({ partition }) => partition === 1)) throw new Error('not now');
    };
    await begin();
    await send({ partition: 0, value: 'a1' }, { partition: 0, value: 'a2' });
    await until(() => tried.includes('a1'));
    await until(async () => (await shown()).problems.some(({ message }) => message.includes('given again')));
    await send({ partition: 1, value: 'b1' });
    await until(() => heard.length === 3);
    expect(values()).toEqual(['b1', 'a1', 'a2']);
    expect(tried.filter((value) => value !== 'b1').slice(-2)).toEqual(['a1', 'a2']);
    await until(async () => (await shown()).problems.length === 0);
  });

  test('it throws five times: a dead letter, said in the audit log, and what comes after it is heard', async () => {
    await createTopic();
    const tried: string[] = [];
    taken = ({ offset, value }) => {
      tried.push(offset);
      if (value?.[0] === 0xfe) throw new Error('no idea what this is: hunter2');
    };
    await begin();
    await send({ key: 'poison', value: Buffer.from([0xfe]) }, 'next');
    await until(() => heard.length === 1);
    expect([values(), tried]).toEqual([['next'], ['0', '0', '0', '0', '0', '1']]);
    await until(async () => (await committed()) === '2');
    const letters = await stage!.framework.store.documents.list<DeadLetter>('dead_letters', { limit: 10 });
    expect(letters).toMatchObject([{ integration: 'pg', stage: 'source', message: 'the integration failed: no idea what this is: [redacted]' }]);
    expect(JSON.parse(letters[0]!.payload!)).toMatchObject({ topic, partition: 0, offset: '0', key: 'poison', value: { base64: '/g==' } });
    const records = async (): Promise<readonly string[]> => (await stage!.get<{ records: { messageText: string }[] }>('/api/v1/audit?integration=pg&severity=ERROR,EXCEPTION')).records.map(({ messageText }) => messageText);
    const said = async (text: string): Promise<boolean> => (await records()).some((record) => record.startsWith(text));
    await until(() => said(`The listener of pg to topic ${topic} did not take an event in 5 attempts: the integration failed: no idea what this is`));
    expect(await said(`The listener of pg to topic ${topic} failed: no idea what this is`)).toBe(true);
  });

  test('a restart goes on where it was: nothing lost, nothing twice; what came before the group had joined counts', async () => {
    await createTopic();
    await begin();
    // Most often it has not joined its group yet.
    await stage!.restart();
    await send('while it was restarted');
    await until(() => heard.length === 1);
    await stage!.restart([party({ methods: () => ({}) })]);
    await send('while nobody listened');
    expect(heard).toHaveLength(1);
    await stage!.restart([party()]);
    await until(() => heard.length === 2);
    await send('last');
    await until(() => heard.length === 3);
    expect(values()).toEqual(['while it was restarted', 'while nobody listened', 'last']);
  });

  test('a broker that goes and comes back: one warning, shown as a problem, and the connector works meanwhile', async () => {
    await createTopic();
    await begin();
    await send('one');
    await until(() => heard.length === 1);
    await until(async () => (await committed()) === '1');
    await server.stopBroker();
    await until(async () => (await shown()).problems.length > 0);
    expect(await shown()).toMatchObject({ status: 'WAITING', failing: null, problems: [{ code: 'LISTENER_FAILED', severity: 'warning', message: expect.stringContaining(`topic ${topic}`) }] });
    await stage!.context('pg').database.create('database', asset('meanwhile'));
    await server.startBroker();
    await send('two');
    await until(() => heard.length === 2);
    expect(values()).toEqual(['one', 'two']);
    await until(async () => (await shown()).problems.length === 0);
    expect(stage!.log.lines.filter(({ level, message }) => level === 'warn' && message.startsWith('a listener to Kafka'))).toHaveLength(1);
  });

  test('started while the broker is away: it begins with what came since, not with what is old', async () => {
    await createTopic();
    await send({ value: 'old', timestamp: String(Date.now() - 3_600_000) });
    await server.stopBroker();
    await begin();
    expect(await shown()).toMatchObject({ status: 'WAITING' });
    await server.startBroker();
    await send('new');
    await until(() => heard.length === 1);
    expect(values()).toEqual(['new']);
  });

  test('a topic that is made later: heard from its first message', async () => {
    await begin();
    await until(async () => (await shown()).problems.some(({ message }) => message.includes('is not there yet')));
    await createTopic();
    await send('first');
    await until(() => heard.length === 1);
    expect(heard[0]!.offset).toBe('0');
  });

  test('a topic that is made anew while nobody listens: heard from its first message, too', async () => {
    await createTopic();
    await send('old', 'older');
    await begin();
    await send('one');
    await until(async () => (await committed()) === '3');
    await stage!.restart([party({ methods: () => ({}) })]);
    const admin = kafka.admin();
    await admin.connect();
    await deleteTopics(admin, topic);
    await admin.disconnect();
    await createTopic();
    await send('a', 'b', 'c');
    await stage!.restart([party()]);
    await until(() => heard.length === 4);
    expect(values()).toEqual(['one', 'a', 'b', 'c']);
  });

  test('disposed: nothing is heard, and the instance lives on; what was not heard is heard by the next one', async () => {
    await createTopic();
    await begin();
    await send('one');
    await until(() => heard.length === 1);
    await dispose();
    await send('two');
    expect(stage!.context('pg').isActive()).toBe(true);
    expect((await stage!.call('POST', '/api/v1/integrations/pg/restart')).status).toBe(202);
    await until(() => starts === 2);
    await until(() => heard.length === 2);
    expect(values()).toEqual(['one', 'two']);
  });

  test('I11 a connector that has failed hears nothing; after its restart it hears what it refused', async () => {
    await createTopic();
    let fails = true;
    const refresh = async (): Promise<void> => {
      if (fails) throw new FatalError('broken');
    };
    stage = await startStage([party({ methods: (context, deps) => ({ ...party().methods!(context, deps), refresh }) })], { KAFKA_BROKERS: server.brokers });
    await until(() => starts === 1);
    await send('zero');
    await until(() => heard.length === 1);
    await stage.run('pg');
    await until(async () => (await shown()).status === 'FAILED');
    await send('one');
    await until(async () => (await shown()).problems.some(({ message }) => message.includes('may not be told anything now')));
    expect(values()).toEqual(['zero']);
    fails = false;
    await stage.call('POST', '/api/v1/integrations/pg/restart');
    await until(() => heard.length === 2);
    expect(values()).toEqual(['zero', 'one']);
  });

  test('a stop ends within its grace time, also while a message is being taken; that message comes again', async () => {
    await createTopic();
    let hangs = true;
    let tries = 0;
    taken = () => {
      tries++;
      return hangs ? new Promise(() => undefined) : undefined;
    };
    await begin();
    await send('one');
    await until(() => tries === 1);
    await stage!.restart();
    hangs = false;
    await until(() => heard.length === 1);
    expect(values()).toEqual(['one']);
  });

  test('brokers and credentials that the connector gives; a password that is wrong is said without it, and tried again', async () => {
    const { sasl, username, password } = server.secured!;
    let given = 'wrong-password';
    how = { brokers: [sasl], sasl: { mechanism: 'SCRAM-SHA-512', username, password: new Secret(() => given) } };
    await createTopic();
    await begin({});
    await until(async () => (await shown()).problems.length > 0);
    given = password;
    await until(async () => (await shown()).problems.length === 0);
    await send('one');
    await until(() => heard.length === 1);
    const said = [JSON.stringify(stage!.log.lines), JSON.stringify(await stage!.get('/api/v1/audit?limit=1000'))].join('\n');
    for (const secret of ['wrong-password', password]) expect(said).not.toContain(secret);
  });
});
