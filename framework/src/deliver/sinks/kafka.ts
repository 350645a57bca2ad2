import type * as Library from 'kafkajs';
import type { CompressionTypes, Kafka, KafkaConfig, Message, Producer } from 'kafkajs';
import { FrameworkError, secretsIn, toJson, type SettingsOf } from '../../contract';
import { withhold } from '../../shared';
import type { DocumentItem, SinkResult, SinkType } from '../sink';
import { STOPPED } from './answers';
import { messageOf } from './document';
import { kafkaSettings, propertyProblems, topicProblems } from './kafka-properties';
import { unlessAborted } from './unless-aborted';

const settings = {
  topic: { type: 'string', required: true, description: 'Topic that takes the messages. The key of a message is the name of its thing.' },
  producerConfig: {
    type: 'object',
    references: true,
    required: true,
    description:
      'Properties by their names in librdkafka: `bootstrap.servers` (required), `client.id`, `acks`, `compression.type` (none, gzip), `batch.size`, `message.max.bytes`, `request.timeout.ms`, `linger.ms` (no effect: `delivery.batchWait`), `security.protocol`, `sasl.mechanism`, `sasl.username`, `sasl.password`, `ssl.ca.location`, `enable.idempotence`.',
    example: { 'bootstrap.servers': 'kafka:9092' },
  },
  insertOnly: { type: 'boolean', default: false, description: 'Every event, not only what each thing is now.' },
  deleteValue: { type: 'string', enum: ['tombstone', 'data'], default: 'tombstone', description: 'Value of a delete: empty, or what the event held.' },
} as const;
type Settings = SettingsOf<typeof settings>;

interface Connected {
  readonly producer: Producer;
  readonly compression: CompressionTypes;
}

interface Sent {
  readonly at: number;
  readonly message: Message;
  readonly bytes: number;
}

/** Beside key, value and headers; brokers count it too. */
const OVERHEAD = 128;
/** Enough for a new leader; whatever lasts longer is for whoever sends again. */
const PATIENCE = { retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 2_000 } };
/** A stop waits no longer for a broker that is away. */
const DISCONNECT_MS = 5_000;
const TOO_LARGE = /^(MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE)$/;

/** One message for each write and delete, to the partition of its thing; an item is taken when the brokers said so. */
export const kafka: SinkType<Settings> = {
  settings,
  insertOnly: ({ insertOnly }) => insertOnly,
  nameOf: ({ topic }) => `kafka:${topic}`,
  problems: ({ topic, producerConfig }) => [...topicProblems(topic), ...propertyProblems(producerConfig)],
  create(given, { name, log }) {
    const { topic, producerConfig, insertOnly, deleteValue } = given;
    const options = kafkaSettings(producerConfig);
    let opening: Promise<Connected> | undefined;

    const clean = (text: string): string => withhold(text, secretsIn(producerConfig).map((secret) => secret.reveal()));

    async function library(): Promise<{ readonly kafkajs: typeof Library; readonly client: Kafka }> {
      const kafkajs = await import('kafkajs');
      // The library's own lines are detail; what matters is told by results.
      const logCreator: KafkaConfig['logCreator'] = () => (entry) => log.debug(clean(`kafka: ${entry.log.message}`), { sink: name });
      return { kafkajs, client: new kafkajs.Kafka({ ...options.connection(), ...PATIENCE, logLevel: kafkajs.logLevel.WARN, logCreator, connectionTimeout: 5_000 }) };
    }

    async function connect(): Promise<Connected> {
      const { kafkajs, client } = await library();
      const producer = client.producer({ ...options.producer, ...PATIENCE, createPartitioner: kafkajs.Partitioners.DefaultPartitioner, maxInFlightRequests: 1 });
      try {
        await producer.connect();
        return { producer, compression: options.gzip ? kafkajs.CompressionTypes.GZIP : kafkajs.CompressionTypes.None };
      } catch (err) {
        await disconnected(producer);
        throw err;
      }
    }

    /** After a failure nobody knows what the producer still tries, nor its place in the broker's sequence: the next call begins with a new one. */
    async function drop(): Promise<void> {
      const dropped = opening;
      opening = undefined;
      const connected = await dropped?.catch(() => undefined);
      if (connected) await disconnected(connected.producer);
    }

    function messageOfItem(item: DocumentItem): Message {
      const isTombstone = item.operation === 'delete' && (deleteValue === 'tombstone' || item.data === undefined);
      const { canonicalId, eventId } = item;
      return {
        key: canonicalId,
        value: isTombstone ? null : toJson(item.data ?? null),
        headers: {
          operation_type: item.operation === 'write' ? 'Write' : 'Delete',
          event_type: item.eventType,
          primary_key: JSON.stringify(item.keys.map((key) => ({ Key: key.name, Value: String(key.value) }))),
          event_id: item.event?.id ?? (typeof eventId === 'string' ? eventId : JSON.stringify(eventId)),
          canonical_id: canonicalId,
        },
      };
    }

    /** Sends, then settles each item. What is too large together goes in halves. */
    async function send(batch: readonly Sent[], settle: (sent: Sent, result: SinkResult) => void): Promise<void> {
      try {
        const { producer, compression } = await (opening ??= connect());
        await producer.send({ topic, acks: options.acks, timeout: options.timeoutMs, compression, messages: batch.map(({ message }) => message) });
        for (const sent of batch) settle(sent, { is: 'ok' });
      } catch (err) {
        await drop();
        const error = clean(messageOf(err));
        if (!isTooLarge(err)) throw new FrameworkError('SINK_AWAY', [error]);
        if (batch.length === 1) return settle(batch[0]!, { is: 'refused', code: 'TOO_LARGE', error });
        await send(batch.slice(0, batch.length >> 1), settle);
        await send(batch.slice(batch.length >> 1), settle);
      }
    }

    return {
      name,
      insertOnly,
      needsName: false,
      batchItems: 500,
      // One after another: so nothing of a thing overtakes what was sent before.
      concurrency: 1,
      shape: JSON.stringify([topic, insertOnly, deleteValue]),
      async write(items, _options, signal) {
        const results: SinkResult[] = items.map(() => STOPPED);
        const sendable: Sent[] = [];
        for (const [at, item] of items.entries()) {
          const message = messageOfItem(item);
          const bytes = bytesOf(message);
          if (bytes > options.messageBytes) results[at] = { is: 'refused', code: 'TOO_LARGE', error: `the message has ${bytes} bytes, more than message.max.bytes (${options.messageBytes})` };
          else sendable.push({ at, message, bytes });
        }
        try {
          for (const batch of inSizes(sendable, options.batchBytes)) {
            signal.throwIfAborted();
            await unlessAborted(
              send(batch, (sent, result) => (results[sent.at] = result)),
              signal,
            );
          }
        } catch (err) {
          const error = clean(messageOf(err));
          if (!signal.aborted) for (const [at, result] of results.entries()) if (result === STOPPED) results[at] = { is: 'retry', error };
        }
        return [...results];
      },
      async ping(signal) {
        try {
          await unlessAborted(reach(), signal);
        } catch (err) {
          signal.throwIfAborted();
          throw new FrameworkError('SINK_AWAY', [clean(messageOf(err))]);
        }
      },
      close: drop,
    };

    /** A topic that is not there yet is no reason to wait: brokers may make it with the first message. */
    async function reach(): Promise<void> {
      const { client } = await library();
      const admin = client.admin({ retry: { retries: 0 } });
      try {
        await admin.connect();
        await admin.fetchTopicMetadata({ topics: [topic] }).catch((err: unknown) => {
          if (typeOf(err) !== 'UNKNOWN_TOPIC_OR_PARTITION') throw err;
        });
      } finally {
        await disconnected(admin);
      }
    }
  },
};

const typeOf = (thrown: unknown): string => (thrown instanceof Error && 'type' in thrown ? String(thrown.type) : '');
const isTooLarge = (thrown: unknown): boolean => TOO_LARGE.test(typeOf(thrown));

function bytesOf({ key, value, headers }: Message): number {
  const texts = [key, value, ...Object.entries(headers ?? {}).flat()];
  return texts.reduce<number>((sum, text) => sum + (typeof text === 'string' ? Buffer.byteLength(text) : 0), OVERHEAD);
}

/** In order, each part as large as one send may be. */
function* inSizes(messages: readonly Sent[], largest: number): Generator<readonly Sent[]> {
  let part: Sent[] = [];
  let bytes = 0;
  for (const sent of messages) {
    if (part.length > 0 && bytes + sent.bytes > largest) {
      yield part;
      [part, bytes] = [[], 0];
    }
    part.push(sent);
    bytes += sent.bytes;
  }
  if (part.length > 0) yield part;
}

async function disconnected(client: Pick<Producer, 'disconnect'>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, DISCONNECT_MS);
  });
  await Promise.race([client.disconnect().catch(() => undefined), limit]);
  clearTimeout(timer);
}
