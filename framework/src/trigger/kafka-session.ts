import type { Admin, Consumer, Kafka } from 'kafkajs';
import { FrameworkError, type Log } from '../contract';
import type { Clock } from '../shared';
import { batchHandler, type BatchOptions } from './kafka-batch';

/** Offsets at which a partition begins for a group that has committed nothing there; one of these for each consumer, for the life of the process. */
export type Beginnings = Map<number, string>;

export interface SessionOptions extends Omit<BatchOptions, 'blocked'> {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly groupId: string;
  /** Filled at first contact: where the topic ended then. */
  readonly beginnings: { known?: Beginnings };
  /** Makes the topic when it is not there. */
  readonly createTopic: boolean;
  readonly clock: Clock;
  readonly log: Log;
  status(status: ConsumerStatus): void;
}

/** `passing`: a step on the way. `waiting`: somebody has to do something before it goes on, so it is worth a line in the log. */
export type ConsumerStatus = { readonly is: 'consuming' } | { readonly is: 'passing' | 'waiting'; readonly detail: string };

const TOPIC_POLL_MS = 2_000;
/** A broker that is away must not hold up a stop. */
const DISCONNECT_MS = 3_000;

/** One life of a consumer: from connecting to the first failure (rejects) or the abort (resolves). */
export async function runSession(options: SessionOptions, signal: AbortSignal): Promise<void> {
  const { kafka, topic, groupId } = options;
  const admin = kafka.admin({ retry: { retries: 2 } });
  const consumer = kafka.consumer({
    groupId,
    allowAutoTopicCreation: false,
    // A member that could not say goodbye (its broker was away) holds up the next one for as long as this.
    sessionTimeout: 10_000,
    heartbeatInterval: 3_000,
    maxWaitTimeInMs: 1_000,
    metadataMaxAge: 60_000,
    // A failure ends the session; the next one begins with what the portal and the brokers say then.
    retry: { retries: 3, restartOnFailure: () => Promise.resolve(false) },
  });
  const batches = batchHandler({ ...options, blocked: (detail) => options.status(detail === undefined ? { is: 'consuming' } : { is: 'waiting', detail }) });
  let end = (): void => undefined;
  try {
    await admin.connect();
    await topicExists(options, admin, signal);
    options.beginnings.known ??= await endsOf(admin, topic);
    signal.throwIfAborted();
    const ended = new Promise<void>((resolve, reject) => {
      end = resolve;
      signal.addEventListener('abort', end, { once: true });
      consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
      consumer.on('consumer.rebalancing', () => options.status({ is: 'passing', detail: 'the group is rebalancing' }));
      consumer.on('consumer.group_join', ({ payload }) => {
        const partitions = payload.memberAssignment[topic] ?? [];
        if (partitions.length === 0) return options.status({ is: 'waiting', detail: `another member of the group ${groupId} holds the partitions of ${topic}` });
        begin(options, { admin, consumer, partitions }).then(() => options.status({ is: 'consuming' }), reject);
      });
    });
    // Failures before `ended` is awaited are seen there.
    ended.catch(() => undefined);
    await consumer.connect();
    await consumer.subscribe({ topic });
    options.status({ is: 'passing', detail: `joining the group ${groupId}` });
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: (payload) => batches.handle(payload) });
    await ended;
  } finally {
    signal.removeEventListener('abort', end);
    batches.stop();
    await Promise.all([closed(consumer), closed(admin)]);
  }
}

async function topicExists(options: SessionOptions, admin: Admin, signal: AbortSignal): Promise<void> {
  const { topic } = options;
  while (!(await admin.listTopics()).includes(topic)) {
    // Whatever it holds once it is there was sent after we came.
    options.beginnings.known ??= new Map();
    options.status({ is: 'waiting', detail: `the topic ${topic} is not there yet` });
    if (options.createTopic) await admin.createTopics({ topics: [{ topic }], waitForLeaders: true }).catch((err: unknown) => options.log.debug('the topic could not be made', { topic, err }));
    else await options.clock.sleep(TOPIC_POLL_MS, signal);
    signal.throwIfAborted();
  }
}

async function endsOf(admin: Admin, topic: string): Promise<Beginnings> {
  return new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, high]));
}

/**
 * A group that has committed nothing would begin at the end again after every restart, and miss what came between. So its place is committed as soon as it
 * joined: where the topic ended when this process came; a partition that is younger begins at its first message.
 */
async function begin({ topic, groupId, beginnings }: SessionOptions, at: { admin: Admin; consumer: Consumer; partitions: readonly number[] }): Promise<void> {
  const [committed] = await at.admin.fetchOffsets({ groupId, topics: [topic] });
  const fresh = (committed?.partitions ?? []).filter(({ partition, offset }) => offset === '-1' && at.partitions.includes(partition));
  for (const { partition } of fresh) {
    const place = { topic, partition, offset: beginnings.known?.get(partition) ?? '0' };
    at.consumer.seek(place);
    await at.consumer.commitOffsets([place]);
  }
}

async function closed(client: Pick<Consumer, 'disconnect'>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, DISCONNECT_MS);
  });
  await Promise.race([client.disconnect().catch(() => undefined), limit]);
  clearTimeout(timer);
}

/** A session that ended though nobody asked it to. */
export const sessionFailure = (thrown: unknown): FrameworkError =>
  thrown instanceof FrameworkError ? thrown : new FrameworkError('TRIGGER_FAILED', ['KAFKA', thrown instanceof Error ? thrown.message : String(thrown)], { cause: thrown });
