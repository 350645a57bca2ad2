import type { Log } from '../contract';
import type { Producer } from 'kafkajs';

export interface KafkaPublisher {
  publish(topic: string, message: string): Promise<void>;
  close(): Promise<void>;
}

/** Publishes the built-in portal's change messages. Connects with the first message; a broker that is away costs that message, and is said. */
export function createKafkaPublisher(brokers: readonly string[], log: Log): KafkaPublisher {
  let connecting: Promise<Producer> | undefined;
  const connect = async (): Promise<Producer> => {
    const { Kafka, logLevel } = await import('kafkajs');
    const producer = new Kafka({ clientId: 'integration-framework-portal', brokers: [...brokers], logLevel: logLevel.NOTHING, retry: { retries: 2 } }).producer();
    await producer.connect();
    return producer;
  };
  return {
    async publish(topic, message) {
      try {
        const producer = await (connecting ??= connect());
        await producer.send({ topic, messages: [{ value: message }] });
      } catch (err) {
        connecting = undefined;
        log.warn('the built-in portal could not publish a change', { err });
      }
    },
    async close() {
      await (await connecting?.catch(() => undefined))?.disconnect().catch(() => undefined);
    },
  };
}
