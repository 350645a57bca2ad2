import type { Admin, Consumer, Kafka } from 'kafkajs';
import type { Log } from '../contract';
import type { Clock } from '../shared';
import { batchHandler, type BatchOptions } from './batch';
import type { Beginnings, Offsets, TopicOffsets } from './beginnings';

export interface SessionOptions extends Pick<BatchOptions, 'take'> {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly groupId: string;
  readonly beginnings: Beginnings;
  /** Makes the topic when it is not there. */
  readonly createTopic: boolean;
  readonly clock: Clock;
  readonly log: Log;
  status(status: ConsumerStatus): void;
}

/** `passing`: a step on the way. `waiting`: somebody has to do something before it goes on, so it is worth a line in the log. */
export type ConsumerStatus = { readonly is: 'consuming' } | { readonly is: 'passing' | 'waiting'; readonly detail: string };

const TOPIC_POLL_MS = 2_000;
/** A broker that is away, and a message that is being taken, must not hold up a stop. */
const DISCONNECT_MS = 3_000;
/** Of the client's own: it cannot be told to end a wait, which keeps the process alive, so the waits are short; ours are between sessions. */
export const RETRY = { retries: 3, maxRetryTime: 1_000 };

/** One life of a consumer: from connecting to the first failure (rejects) or the abort (resolves, a few seconds later at most). */
export async function runSession(options: SessionOptions, signal: AbortSignal): Promise<void> {
  const { kafka, topic, groupId } = options;
  const admin = kafka.admin({ retry: { ...RETRY, retries: 2 } });
  const consumer = kafka.consumer({
    groupId,
    allowAutoTopicCreation: false,
    // A member that could not say goodbye (its broker was away) holds up the next one for as long as this.
    sessionTimeout: 10_000,
    heartbeatInterval: 3_000,
    // A stop waits for the fetch under way.
    maxWaitTimeInMs: 500,
    metadataMaxAge: 60_000,
    // A failure ends the session; the next one begins with what is configured then.
    retry: { ...RETRY, restartOnFailure: () => Promise.resolve(false) },
  });
  const batches = batchHandler({ take: options.take, blocked: (detail) => options.status(detail === undefined ? { is: 'consuming' } : { is: 'waiting', detail }) });
  let end = (): void => undefined;
  const aborted = new Promise<void>((resolve) => {
    end = resolve;
    signal.addEventListener('abort', end, { once: true });
  });
  /** Until the group has its places it would read from elsewhere. */
  let begun: Promise<void> = Promise.resolve();

  async function consume(): Promise<void> {
    await admin.connect();
    signal.throwIfAborted();
    await topicExists(options, admin, signal);
    await options.beginnings.find(offsetsOf(admin, topic));
    signal.throwIfAborted();
    const ended = new Promise<void>((resolve, reject) => {
      void aborted.then(resolve);
      consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
      consumer.on('consumer.rebalancing', () => options.status({ is: 'passing', detail: 'the group is rebalancing' }));
      consumer.on('consumer.group_join', ({ payload }) => {
        const partitions = payload.memberAssignment[topic] ?? [];
        if (partitions.length === 0) return options.status({ is: 'waiting', detail: `another member of the group ${groupId} holds the partitions of ${topic}` });
        begun = begin(options, { admin, consumer, partitions });
        begun.then(() => options.status({ is: 'consuming' }), reject);
      });
    });
    // Failures before `ended` is awaited are seen there.
    ended.catch(() => undefined);
    await consumer.connect();
    signal.throwIfAborted();
    // Only where a place is no longer there (the topic was made anew, or is kept for too short a time) it comes to this: nothing that is left is passed over.
    await consumer.subscribe({ topic, fromBeginning: true });
    options.status({ is: 'passing', detail: `joining the group ${groupId}` });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      async eachBatch(payload) {
        await begun;
        await batches.handle(payload);
      },
    });
    await ended;
  }

  const work = consume();
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', end);
    end();
    batches.stop();
    const close = (): Promise<unknown> => Promise.all([closed(consumer), closed(admin)]);
    // A connection that was being made when the stop came may be there only afterwards.
    void work.catch(() => undefined).then(close);
    await close();
  }
}

async function topicExists(options: SessionOptions, admin: Admin, signal: AbortSignal): Promise<void> {
  const { topic } = options;
  while (!(await admin.listTopics()).includes(topic)) {
    signal.throwIfAborted();
    // Whatever it holds once it is there was sent after we came.
    await options.beginnings.find(NOT_THERE);
    options.status({ is: 'waiting', detail: `the topic ${topic} is not there yet` });
    if (options.createTopic) await admin.createTopics({ topics: [{ topic }], waitForLeaders: true }).catch((err: unknown) => options.log.debug('the topic could not be made', { topic, err }));
    else await options.clock.sleep(TOPIC_POLL_MS, signal);
    signal.throwIfAborted();
  }
}

const NOT_THERE: TopicOffsets = { ends: async () => new Map(), since: async () => new Map() };

const offsetsOf = (admin: Admin, topic: string): TopicOffsets => ({
  ends: async (): Promise<Offsets> => new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, high])),
  since: async (at): Promise<Offsets> => new Map((await admin.fetchTopicOffsetsByTimestamp(topic, at)).map(({ partition, offset }) => [partition, offset])),
});

/**
 * A group that has committed nothing would begin somewhere else after every restart. So its place is committed as soon as it joined: where `beginnings` says; a
 * partition that is younger begins at its first message.
 */
async function begin({ topic, groupId, beginnings }: SessionOptions, at: { admin: Admin; consumer: Consumer; partitions: readonly number[] }): Promise<void> {
  const [[committed], places] = await Promise.all([at.admin.fetchOffsets({ groupId, topics: [topic] }), beginnings.find(offsetsOf(at.admin, topic))]);
  const fresh = (committed?.partitions ?? []).filter(({ partition, offset }) => offset === '-1' && at.partitions.includes(partition));
  for (const { partition } of fresh) {
    const place = { topic, partition, offset: places.get(partition) ?? '0' };
    at.consumer.seek(place);
    await at.consumer.commitOffsets([place]);
  }
  await beginnings.begun(at.partitions);
}

async function closed(client: Pick<Consumer, 'disconnect'>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, DISCONNECT_MS).unref();
  });
  await Promise.race([client.disconnect().catch(() => undefined), limit]);
  clearTimeout(timer);
}
