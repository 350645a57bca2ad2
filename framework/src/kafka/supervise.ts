import type { KafkaConfig } from 'kafkajs';
import type { FrameworkError, Log } from '../contract';
import { backoff, type Clock } from '../shared';
import { RETRY, runSession, type ConsumerStatus, type SessionOptions } from './session';

/** What a session reads, and how it gets there. Asked for anew by each, so that what changes is found by a restart of the session, not of the process. */
export interface OpenedTopic extends Pick<KafkaConfig, 'ssl' | 'sasl'> {
  readonly brokers: string[];
  readonly topic: string;
  readonly groupId: string;
}

/** What keeps it from consuming; `since` in epoch ms. */
export interface Trouble {
  readonly message: string;
  readonly since: number;
}

export interface ConsumerOptions extends Pick<SessionOptions, 'take' | 'beginnings' | 'createTopic'> {
  /** In the log, for example `the Kafka trigger`. */
  readonly who: string;
  /** Of every line of the log. */
  readonly about: Readonly<Record<string, unknown>>;
  open(): Promise<OpenedTopic> | OpenedTopic;
  /** Of a session that ended though nobody asked it to. */
  failure(thrown: unknown): FrameworkError;
  /** Must not throw. */
  changed?(trouble: Trouble | undefined): void;
  readonly clock: Clock;
  readonly log: Log;
}

export interface SupervisedConsumer {
  /** Sessions, one after another. Resolves soon after the abort, never rejects. Once. */
  run(signal: AbortSignal): Promise<void>;
  /** Undefined = it consumes. */
  detail(): string | undefined;
  /** What lasts until it consumes again; steps on the way are none. */
  trouble(): Trouble | undefined;
}

const RESTART = { initialMs: 500, factor: 2, maxMs: 15_000 };

/** Consumes one topic for one group until the abort. It never gives up: brokers may be away, and it goes on when they are back. */
export function superviseConsumer(options: ConsumerOptions): SupervisedConsumer {
  const { who, about, clock, log } = options;
  let now: ConsumerStatus = { is: 'passing', detail: 'connecting to the brokers' };
  let trouble: Trouble | undefined;
  let told = '';
  let failures = 0;

  function troubled(message: string | undefined): void {
    if (message === trouble?.message) return;
    trouble = message === undefined ? undefined : { message, since: trouble?.since ?? clock.now() };
    options.changed?.(trouble);
  }

  function status(next: ConsumerStatus): void {
    now = next;
    if (next.is === 'consuming') failures = 0;
    if (next.is !== 'passing') troubled(next.is === 'waiting' ? next.detail : undefined);
    // What lasts is said once, and again only after something else was said.
    const line = next.is === 'consuming' ? `${who} consumes` : `${who} waits: ${next.detail}`;
    if (next.is === 'passing' || line === told) return;
    told = line;
    if (next.is === 'consuming') log.info(line, about);
    else log.warn(line, about);
  }

  async function session(signal: AbortSignal): Promise<void> {
    const { topic, groupId, ...access } = await options.open();
    const { Kafka, logLevel } = await import('kafkajs');
    // The library's own lines are detail; what matters is said here, once.
    const logCreator: KafkaConfig['logCreator'] = () => (entry) => log.debug(`kafka: ${entry.log.message}`, about);
    const kafka = new Kafka({ clientId: groupId, ...access, logLevel: logLevel.WARN, logCreator, connectionTimeout: 5_000, retry: RETRY });
    const { take, beginnings, createTopic } = options;
    await runSession({ kafka, topic, groupId, take, beginnings, createTopic, clock, log, status: (next) => !signal.aborted && status(next) }, signal);
  }

  return {
    detail: () => (now.is === 'consuming' ? undefined : now.detail),
    trouble: () => trouble,
    async run(signal) {
      while (!signal.aborted) {
        try {
          await session(signal);
        } catch (err) {
          if (signal.aborted) break;
          const failure = options.failure(err);
          now = { is: 'passing', detail: failure.message };
          troubled(err instanceof Error ? err.message : String(err));
          const fields = { ...about, code: failure.code, err: failure };
          if (failures++ === 0) log.warn(`${who} was interrupted and tries on`, fields);
          else log.debug(`${who} tries on`, fields);
          told = '';
          await clock.sleep(backoff(RESTART, failures), signal).catch(() => undefined);
        }
      }
      now = { is: 'passing', detail: 'stopped' };
    },
  };
}
