import type { TriggerSettings } from '../config';
import { FrameworkError, type Log } from '../contract';
import { inMemory, superviseConsumer, type SupervisedConsumer } from '../kafka';
import type { Portal } from '../portal';
import { systemClock, type Clock } from '../shared';
import type { RequestResync } from '../store';
import { kafkaAccess } from './kafka-access';
import { takeRequests } from './take-request';
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

/**
 * The trigger `KAFKA`: one consumer for each entry; with a `groupId` of the file one for all, because members of one group would share the partitions and
 * miss each other's messages. Brokers, credentials, topic and group are asked for anew in each session.
 */
export function kafkaTrigger(options: KafkaTriggerOptions): Trigger {
  const stopping = new AbortController();
  const consumers = groupsOf(options).map((entries) => consumerOf(options, entries));
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

function consumerOf(options: KafkaTriggerOptions, entries: readonly KafkaEntry[]): SupervisedConsumer {
  const { settings, log, portal, local, kafkaBrokers } = options;
  const identifiers = entries.map((entry) => entry.identifier);
  return superviseConsumer({
    who: 'the Kafka trigger',
    about: { integration: identifiers.join(',') },
    beginnings: inMemory(),
    createTopic: local,
    take: takeRequests({ ...options, identifiers }),
    async open() {
      const organization = await portal.organization();
      const credentials = await portal.kafkaCredentials();
      const topic = `${organization.id}.${organization.featureFlags.includes(RESYNC_TOPIC_FLAG) ? 'integration.resync.requests' : 'change.log'}`;
      const groupId = settings.groupId ?? [organization.id, ...entries.flatMap(({ type, identifier }) => [type, identifier])].join('.');
      return { topic, groupId, ...kafkaAccess({ credentials, settings, local, ...(kafkaBrokers && { kafkaBrokers }) }) };
    },
    failure: (thrown) => (thrown instanceof FrameworkError ? thrown : new FrameworkError('TRIGGER_FAILED', ['KAFKA', thrown instanceof Error ? thrown.message : String(thrown)], { cause: thrown })),
    clock: options.clock ?? systemClock,
    log,
  });
}
