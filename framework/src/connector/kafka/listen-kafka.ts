import { ConfigError, ContextClosed, FrameworkError, hashText, reasonOf, toFrameworkError, toJson, type Endpoint, type KafkaBrokers, type KafkaMessage, type Log } from '../../contract';
import { superviseConsumer, type Later, type TopicMessage, type Trouble } from '../../kafka';
import { deferred, encodeSegment, type Clock } from '../../shared';
import { keepDeadLetter, type NewDeadLetter, type Store } from '../../store';
import { TRIES, waitBefore } from '../topic';
import { accessTo, brokersOf, type ProcessBrokers } from './brokers';
import { letterOf, messageOf } from './message';
import { KAFKA_LISTENER, openPlace, type Place } from './place';

/** A listener, as an operator sees it. */
export interface Listening {
  readonly connector: string;
  readonly target: string;
  /** `topic orders.changes` */
  readonly listener: string;
  /** Why it hears nothing now. */
  trouble(): Trouble | undefined;
}

export interface KafkaListenerDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly process: ProcessBrokers;
  /** Takes the secrets of the entry out of a text. */
  withhold(text: string): string;
  /** It is in it from its registration to its end. */
  readonly listening: Set<Listening>;
}

export interface KafkaListenerOptions {
  /** Of the entry. */
  readonly connector: string;
  readonly target: string;
  readonly endpoint: Endpoint | undefined;
  readonly topic: string;
  readonly how: KafkaBrokers;
  /** Throws ContextClosed while it may not be told anything: that is no attempt. */
  heard(message: KafkaMessage): Promise<void>;
  registered(listener: string): void;
  /** It was taken · was not, and comes again · is a dead letter. */
  handled(listener: string): void;
  failed(listener: string, error: unknown): void;
  gaveUp(listener: string, attempts: number, error: Error): void;
}

export interface ListeningTopic {
  /** What tells it from others of the same connector and target. */
  readonly name: string;
  /** Resolves when what is produced from now on will be heard, also if the brokers are away. Rejects when the store is away. */
  readonly registered: Promise<void>;
  /** Resolves when nothing is heard any more, within a few seconds. */
  stop(): Promise<void>;
}

/** Start has 60 s for everything; without an answer the listener begins by time. */
const CONTACT_MS = 10_000;

/**
 * Hears a topic for one target of a connector, as a consumer group of its own whose name lasts. At least once, in order for each partition, one message at a time; an offset
 * is committed after its message was taken. Throws ConfigError.
 */
export function listenKafka({ store, clock, log, process, withhold, listening }: KafkaListenerDeps, options: KafkaListenerOptions): ListeningTopic {
  const { connector, target, topic } = options;
  if (!/^[\w.-]{1,249}$/.test(topic)) throw new ConfigError(`${JSON.stringify(topic)} is no name of a topic of Kafka; it has letters, digits, and . _ -`);
  const brokers = brokersOf({ ...options, process });
  // What is wrong with how to sign in is said now, not by the first session.
  accessTo(brokers);
  const own = `${encodeSegment(connector)}/${encodeSegment(target)}/${topic}`;
  const name = `${own}/${hashText([...brokers.brokers].sort().join(','))}`;
  const listener = `topic ${topic}`;
  const about = { integration: connector, target, topic };
  const stopping = new AbortController();
  const { signal } = stopping;
  const attempts = new Map<number, number>();

  async function take(given: TopicMessage): Promise<Later | undefined> {
    const { partition, offset } = given;
    const attempt = (attempts.get(partition) ?? 0) + 1;
    const later = (detail: string): Later => ({ ms: waitBefore(attempt), detail });
    const ended = 'the listener ends';
    if (signal.aborted) return later(ended);
    const message = messageOf(given);
    try {
      await options.heard(message);
    } catch (err) {
      if (signal.aborted) return later(ended);
      if (err instanceof ContextClosed) return later('the connector may not be told anything now');
      options.failed(listener, err);
      attempts.set(partition, attempt);
      if (attempt < TRIES) return later(`the connector did not take the message ${offset} of partition ${partition}; it is given again`);
      try {
        await giveUp(message, attempt, toFrameworkError(err));
      } catch (failure) {
        log.warn('a message that a connector could not take cannot be kept as a dead letter; it is given again', { ...about, partition, offset, err: failure });
        return later(`the message ${offset} of partition ${partition} was not taken, and cannot be kept as a dead letter`);
      }
      attempts.delete(partition);
      return undefined;
    }
    attempts.delete(partition);
    options.handled(listener);
    return undefined;
  }

  async function giveUp(message: KafkaMessage, attempt: number, error: FrameworkError): Promise<void> {
    const { partition, offset } = message;
    const letter: NewDeadLetter = { integration: connector, pipeline: connector, row: `${KAFKA_LISTENER}${name}/${partition}/${offset}`, stage: 'source', code: error.code, message: withhold(error.message) };
    try {
      await keepDeadLetter(store.documents, { ...letter, payload: toJson(letterOf(message)) }, clock);
    } catch (err) {
      if (!(err instanceof FrameworkError) || err.code !== 'TOO_LARGE') throw err;
      await keepDeadLetter(store.documents, letter, clock);
    }
    log.warn('a connector could not take a message of Kafka; it is a dead letter', { ...about, partition, offset, err: error });
    options.gaveUp(listener, attempt, error);
  }

  const shown: Listening = { connector, target, listener, trouble: () => trouble?.() };
  let trouble: (() => Trouble | undefined) | undefined;
  let running: Promise<void> = Promise.resolve();

  async function register(): Promise<void> {
    const place = await openPlace(store.documents, `${KAFKA_LISTENER}${name}`, clock);
    if (signal.aborted) return;
    const troubled = deferred<void>();
    const consumer = superviseConsumer({
      who: 'a listener to Kafka',
      about,
      beginnings: place,
      createTopic: false,
      take,
      open: () => ({ topic, groupId: `integration-framework/${own}`, ...accessTo(brokers) }),
      failure: (thrown) => (thrown instanceof FrameworkError ? thrown : new FrameworkError('LISTENER_FAILED', [listener, reasonOf(thrown)], { cause: thrown })),
      changed: (now) => now && troubled.resolve(),
      clock,
      log,
    });
    trouble = () => {
      const found = consumer.trouble();
      return found && { ...found, message: withhold(found.message) };
    };
    running = consumer.run(signal);
    if (!place.isFixed()) await fix(place, troubled.promise);
    if (!signal.aborted) options.registered(listener);
  }

  /** By what the brokers say, or by time. */
  async function fix(place: Place, troubled: Promise<void>): Promise<void> {
    const answered = new AbortController();
    await Promise.race([place.found, troubled, clock.sleep(CONTACT_MS, AbortSignal.any([signal, answered.signal])).catch(() => undefined)]);
    answered.abort();
    if (!place.isFixed() && !signal.aborted) await place.fixByTime();
  }

  listening.add(shown);
  const registered = register();
  return {
    name,
    registered,
    async stop() {
      listening.delete(shown);
      stopping.abort();
      await registered.catch(() => undefined);
      await running;
    },
  };
}
