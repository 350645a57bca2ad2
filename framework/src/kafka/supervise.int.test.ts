import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { describeWith, startKafka, type KafkaServer } from '../../../tools/servers';
import { toFrameworkError } from '../contract';
import { systemClock } from '../shared';
import { recordedLog } from '../testkit';
import { inMemory, superviseConsumer, type TopicMessage } from '.';

describeWith({ needs: ['kafka'] }, 'a consumer of Kafka', () => {
  let server: KafkaServer;
  beforeAll(async () => {
    server = await startKafka();
  });
  afterAll(() => server?.stop());

  it('takes nothing before its group has a place, however long that takes', async () => {
    const topic = `t-${randomUUID()}`;
    const kafka = new Kafka({ brokers: server.brokers.split(','), logLevel: logLevel.NOTHING });
    const [admin, producer] = [kafka.admin(), kafka.producer()];
    await Promise.all([admin.connect(), producer.connect()]);
    await admin.createTopics({ topics: [{ topic }], waitForLeaders: true });
    const send = (value: string): Promise<unknown> => producer.send({ topic, messages: [{ value }] });
    await send('before');
    const taken: string[] = [];
    const known = inMemory();
    let asked = 0;
    const stopping = new AbortController();
    const consumer = superviseConsumer({
      who: 'a test',
      about: {},
      createTopic: false,
      open: () => ({ brokers: server.brokers.split(','), topic, groupId: topic }),
      failure: toFrameworkError,
      clock: systemClock,
      log: recordedLog(),
      take: async ({ value }: TopicMessage) => void taken.push(String(value)),
      beginnings: {
        ...known,
        async find(ends) {
          // The second time the group has joined, and the client reads: long enough for several fetches.
          if (++asked === 2) for (const end = Date.now() + 2_000; taken.length === 0 && Date.now() < end; ) await new Promise((resolve) => setTimeout(resolve, 20));
          return known.find(ends);
        },
      },
    });
    const running = consumer.run(stopping.signal);
    while (consumer.detail() !== undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    await send('after');
    while (!taken.includes('after')) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(taken).toEqual(['after']);
    stopping.abort();
    await Promise.all([running, admin.disconnect(), producer.disconnect()]);
  });
});
