import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, type KafkaConfig } from 'kafkajs';
import { describeWith, startKafka, type KafkaServer } from '.';

const connect = (config: KafkaConfig): Kafka => new Kafka({ logLevel: logLevel.NOTHING, retry: { retries: 3 }, ...config });

async function produce(kafka: Kafka, topic: string, values: readonly string[]): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages: values.map((value) => ({ value })) });
  await producer.disconnect();
}

/** The first `count` values of the topic. */
async function consume(kafka: Kafka, topic: string, count: number): Promise<string[]> {
  const consumer = kafka.consumer({ groupId: randomUUID() });
  const values: string[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve) => {
    void consumer.run({
      eachMessage: async ({ message }) => {
        if (values.push(message.value!.toString()) === count) resolve();
      },
    });
  });
  await consumer.disconnect();
  return values;
}

describeWith({ needs: ['kafka'], own: true }, 'startKafka', () => {
  let server: KafkaServer;
  beforeAll(async () => {
    server = await startKafka({ secured: true });
  });
  afterAll(() => server?.stop());

  it('takes records, and has them after a restart on the same address', async () => {
    const topic = randomUUID();
    await produce(connect({ brokers: [server.brokers] }), topic, ['a', 'b']);
    const before = server.pid();
    await server.restart();
    expect(server.pid()).not.toBe(before);
    await produce(connect({ brokers: [server.brokers] }), topic, ['c']);
    expect(await consume(connect({ brokers: [server.brokers] }), topic, 3)).toEqual(['a', 'b', 'c']);
  });

  it.each(['scram-sha-512', 'plain'] as const)('knows the user by %s, over plain text and over TLS', async (mechanism) => {
    const { sasl, saslTls, ca, username, password } = server.secured!;
    const topic = randomUUID();
    await produce(connect({ brokers: [sasl], sasl: { mechanism, username, password } as NonNullable<KafkaConfig['sasl']> }), topic, ['a']);
    await produce(connect({ brokers: [saslTls], ssl: { ca: [ca] }, sasl: { mechanism, username, password } as NonNullable<KafkaConfig['sasl']> }), topic, ['b']);
    expect(await consume(connect({ brokers: [server.brokers] }), topic, 2)).toEqual(['a', 'b']);
  });

  it('refuses a wrong password, and is not trusted without its authority', async () => {
    const { sasl, saslTls, username, password } = server.secured!;
    const wrong = connect({ brokers: [sasl], sasl: { mechanism: 'scram-sha-512', username, password: 'wrong' }, retry: { retries: 0 } }).admin();
    await expect(wrong.connect()).rejects.toThrow(/auth/i);
    const untrusting = connect({ brokers: [saslTls], ssl: true, sasl: { mechanism: 'plain', username, password }, retry: { retries: 0 } }).admin();
    await expect(untrusting.connect()).rejects.toThrow(/self.signed certificate/);
  });
});
