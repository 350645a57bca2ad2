import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectorDeps, IntegrationConnector, NewElement, RefreshRun } from '@integration-framework/framework';
import { brokersOf, type KafkaSettings } from '../settings';
import { brokersAt } from './address';
import { createCluster, type Cluster, type LiveBroker, type Survey } from './cluster';
import { brokerElement, endpointElement, groupElement, topicElement } from './elements';
import { createMemory, printOf } from './watch';

/** Brokers that hold partitions and do not answer: they are down, not gone. */
export const silentBrokers = ({ brokers, holders }: Pick<Survey, 'brokers' | 'holders'>): readonly number[] => {
  const live = new Set(brokers.map(({ id }) => id));
  return [...holders].filter((id) => !live.has(id)).sort((a, b) => a - b);
};

/** Topics, event broker, consumer groups and endpoints of one cluster. Only reads. */
export function topicConnector(deps: ConnectorDeps<KafkaSettings, 'topic'>): IntegrationConnector<'topic'> {
  const { target, connection, log } = deps;
  // One name space with the entry's settings, checked as they are; what the target says instead stands only here.
  const settings = { ...deps.settings, ...(connection.config as Partial<KafkaSettings>) };
  const closing = new AbortController();
  const calls = new Set<Promise<void>>();
  const memory = createMemory();
  const counts = { looks: 0, broughtOver: 0 };
  let cluster: Cluster | undefined;

  /** The work of one method: it ends with its signal or at `disconnect`, which waits for it. */
  async function during(signal: AbortSignal, work: (cluster: Cluster, signal: AbortSignal) => Promise<void>): Promise<void> {
    cluster ??= connect();
    const call = work(cluster, AbortSignal.any([signal, closing.signal]));
    const ended = call.catch(() => undefined);
    calls.add(ended);
    try {
      await call;
    } finally {
      calls.delete(ended);
    }
  }

  function connect(): Cluster {
    const bootstrap_servers = brokersAt(connection.endpoint?.address, settings.bootstrap_servers);
    return createCluster({ ...settings, bootstrap_servers }, log);
  }

  const displayName = (): string => settings.cluster_name ?? connection.endpoint?.name ?? (target.name === 'default' ? deps.connectorName : target.name);

  async function* capabilities(from: Cluster, clusterId: string, signal: AbortSignal): AsyncIterable<readonly NewElement<'softwareCapability'>[]> {
    yield [brokerElement(clusterId, displayName())];
    for await (const groups of from.groups(signal)) yield groups.map((group) => groupElement(clusterId, group));
  }

  async function* topics(from: Cluster, survey: Survey, signal: AbortSignal): AsyncIterable<readonly NewElement<'topic'>[]> {
    const prints = new Map<string, string>();
    for await (const page of from.configured(survey.topics, signal)) {
      for (const topic of page) prints.set(topic.name, printOf(topic));
      yield page.map((topic) => topicElement(survey.clusterId, topic));
    }
    memory.replace(survey.clusterId, prints);
  }

  async function compareEndpoints(run: RefreshRun, survey: Survey): Promise<void> {
    const elements = survey.brokers.map((broker: LiveBroker) => endpointElement(survey.clusterId, broker, settings.security_protocol));
    const silent = silentBrokers(survey);
    if (silent.length === 0) {
      await run.reconcile({ blueprint: 'endpoint', source$: (async function* () { yield elements; })() });
      return;
    }
    log.warn('brokers that hold partitions do not answer: endpoints are not compared in this run, none is removed', { brokers: silent });
    for (const { identifier, is, reason } of await deps.context.topic.upsert('endpoint', elements)) if (is === 'refused') log.warn('an endpoint was refused', { identifier, reason });
  }

  return {
    start: (signal) =>
      during(signal, async (from, ending) => {
        const { clusterId, brokers } = await from.survey(ending);
        const { security_protocol, sasl_mechanism, sasl_username, internal_topics, watch_interval } = settings;
        const address = brokersAt(connection.endpoint?.address, settings.bootstrap_servers);
        log.info('connected', { target: target.name, brokers: brokersOf({ bootstrap_servers: address }), clusterId, brokersThatAnswer: brokers.length, security_protocol, sasl_mechanism, sasl_username, internal_topics, watch_interval });
      }),

    refresh: (run) =>
      during(run.signal, async (from, signal) => {
        const survey = await from.survey(signal);
        await run.reconcile({ blueprint: 'softwareCapability', source$: capabilities(from, survey.clusterId, signal) });
        await run.reconcile({ blueprint: 'topic', source$: topics(from, survey, signal) });
        await compareEndpoints(run, survey);
      }),

    /** One look at the metadata: what is new or changed is brought over; when something went, a refresh is asked for. */
    engage: (given) =>
      during(given, async (from, signal) => {
        await sleep(settings.watch_interval, undefined, { signal });
        const survey = await from.survey(signal);
        const { due, gone } = memory.find(survey);
        if (gone) deps.context.requestRefresh();
        for await (const page of from.configured(due, signal)) {
          const changed = memory.changed(page);
          const told = changed.length === 0 ? [] : await deps.context.topic.upsert('topic', changed.map((topic) => topicElement(survey.clusterId, topic)));
          for (const { identifier, is, reason } of told) if (is === 'refused') log.warn('a topic was refused', { identifier, reason });
          memory.keep(page);
          counts.broughtOver += changed.length;
        }
        counts.looks++;
      }),

    async disconnect() {
      closing.abort(new DOMException('the connector is disconnected', 'AbortError'));
      await Promise.all(calls);
    },

    statistics: () => ({ topics: memory.size, ...counts }),
  };
}
