import type { KafkaConfig } from 'kafkajs';
import type { TriggerSettings } from '../config';
import type { Log } from '../contract';
import type { Portal } from '../portal';
import { backoff, systemClock, type Clock } from '../shared';
import type { RequestResync } from '../store';
import { kafkaAccess } from './kafka-access';
import { runSession, sessionFailure, type Beginnings, type ConsumerStatus } from './kafka-session';
import type { Trigger, TriggerResult } from './trigger';

interface KafkaEntry {
  readonly identifier: string;
  readonly type: string;
}

export interface KafkaTriggerOptions {
  readonly entries: readonly KafkaEntry[];
  readonly portal: Pick<Portal, 'organization' | 'kafkaCredentials'>;
  /** The built-in portal: plain text, and the topic is made when it is not there. */
  readonly local: boolean;
  readonly settings: Pick<TriggerSettings, 'brokers' | 'ssl' | 'sasl' | 'groupId'>;
  /** KAFKA_BROKERS. */
  readonly kafkaBrokers?: readonly string[];
  readonly request: RequestResync;
  readonly log: Log;
  readonly clock?: Clock;
  count?(result: TriggerResult, identifier?: string): void;
}

const RESYNC_TOPIC_FLAG = 'OCEAN_KAFKA_INTEGRATION_RESYNC_REQUESTS_TOPIC_ENABLED';
const RESTART = { initialMs: 500, factor: 2, maxMs: 15_000 };

/**
 * The trigger `KAFKA`: one consumer for each entry; with a `groupId` of the file one for all, because members of one group would share the partitions and
 * miss each other's messages. Brokers, credentials, topic and group are asked for anew in each session, so what changes at the portal is found by a restart
 * of the session, not of the process.
 */
export function kafkaTrigger(options: KafkaTriggerOptions): Trigger {
  const stopping = new AbortController();
  const consumers = groupsOf(options).map((identifiers) => superviseConsumer(options, identifiers));
  let running: Promise<unknown> = Promise.resolve();
  return {
    start(signal) {
      running = Promise.all(consumers.map((consumer) => consumer.run(AbortSignal.any([signal, stopping.signal]))));
      return Promise.resolve();
    },
    ready() {
      const details = consumers.map((consumer) => consumer.detail()).filter((detail) => detail !== undefined);
      return details.length === 0 ? { ok: true } : { ok: false, detail: details.join('; ') };
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function groupsOf({ entries, settings }: KafkaTriggerOptions): (readonly KafkaEntry[])[] {
  return settings.groupId === undefined ? entries.map((entry) => [entry]) : [entries];
}

interface SupervisedConsumer {
  run(signal: AbortSignal): Promise<void>;
  /** Undefined = it consumes. */
  detail(): string | undefined;
}

/** Sessions of one consumer, one after another, until the abort. */
function superviseConsumer(options: KafkaTriggerOptions, entries: readonly KafkaEntry[]): SupervisedConsumer {
  const { settings, log } = options;
  const clock = options.clock ?? systemClock;
  const identifiers = entries.map((entry) => entry.identifier);
  const about = { integration: identifiers.join(',') };
  const beginnings: { known?: Beginnings } = {};
  let now: ConsumerStatus = { is: 'passing', detail: 'connecting to the brokers' };
  let told = '';
  let failures = 0;

  function status(next: ConsumerStatus): void {
    now = next;
    if (next.is === 'consuming') failures = 0;
    // What lasts is said once, and again only after something else was said.
    const line = next.is === 'consuming' ? 'the Kafka trigger consumes' : `the Kafka trigger waits: ${next.detail}`;
    if (next.is === 'passing' || line === told) return;
    told = line;
    if (next.is === 'consuming') log.info(line, about);
    else log.warn(line, about);
  }

  async function session(signal: AbortSignal): Promise<void> {
    const organization = await options.portal.organization();
    const credentials = await options.portal.kafkaCredentials();
    const topic = `${organization.id}.${organization.featureFlags.includes(RESYNC_TOPIC_FLAG) ? 'integration.resync.requests' : 'change.log'}`;
    const groupId = settings.groupId ?? [organization.id, ...entries.flatMap(({ type, identifier }) => [type, identifier])].join('.');
    const access = kafkaAccess({ credentials, settings, local: options.local, ...(options.kafkaBrokers && { kafkaBrokers: options.kafkaBrokers }) });
    const { Kafka, logLevel } = await import('kafkajs');
    // The library's own lines are detail; what matters is said here, once.
    const logCreator: KafkaConfig['logCreator'] = () => (entry) => log.debug(`kafka: ${entry.log.message}`, about);
    const kafka = new Kafka({ clientId: groupId, ...access, logLevel: logLevel.WARN, logCreator, connectionTimeout: 5_000, retry: { retries: 3 } });
    await runSession({ ...options, kafka, topic, groupId, identifiers, beginnings, createTopic: options.local, clock, status }, signal);
  }

  return {
    detail: () => (now.is === 'consuming' ? undefined : now.detail),
    async run(signal) {
      while (!signal.aborted) {
        try {
          await session(signal);
        } catch (err) {
          if (signal.aborted) break;
          const failure = sessionFailure(err);
          now = { is: 'passing', detail: failure.message };
          const fields = { ...about, code: failure.code, err: failure };
          if (failures++ === 0) log.warn('the Kafka trigger was interrupted and tries on', fields);
          else log.debug('the Kafka trigger tries on', fields);
          told = '';
          await clock.sleep(backoff(RESTART, failures), signal).catch(() => undefined);
        }
      }
      now = { is: 'passing', detail: 'stopped' };
    },
  };
}
