import { FatalError, SourceError, type Log } from '@integration-framework/framework';
import type { Admin, GroupOverview, ITopicMetadata } from 'kafkajs';
import { withAdmin } from '../admin';
import { changedConfigsOf, type Config } from '../config';
import { describeGroups, type ConsumerGroup } from '../kinds/consumer-group';
import { isInternal } from '../kinds/topic';
import type { KafkaSettings } from '../settings';

export interface LiveBroker {
  readonly id: number;
  /** `host:port`, as it advertises itself. */
  readonly address: string;
}
export interface ListedTopic {
  readonly name: string;
  readonly partitions: number;
  /** Of the partition that has the fewest: one that is being moved has some more for a while. */
  readonly replicas: number;
}
export interface ConfiguredTopic extends ListedTopic {
  /** What is not Kafka's default. */
  readonly config: Config;
}

/** One look at the metadata. */
export interface Survey {
  readonly clusterId: string;
  /** Those that answer now, by id. */
  readonly brokers: readonly LiveBroker[];
  /** By name. */
  readonly topics: readonly ListedTopic[];
  /** Brokers that hold a partition, whether they answer or not. */
  readonly holders: ReadonlySet<number>;
}

/** What is read of one cluster: each call connects, reads and disconnects, and ends when its signal aborts. Never writes. */
export interface Cluster {
  /** Throws FatalError when the cluster has no id. */
  survey(signal: AbortSignal): Promise<Survey>;
  /** Pages, in the order given; topics that went meanwhile are left out. */
  configured(topics: readonly ListedTopic[], signal: AbortSignal): AsyncIterable<readonly ConfiguredTopic[]>;
  groups(signal: AbortSignal): AsyncIterable<readonly ConsumerGroup[]>;
}

// Each description makes the client read all metadata of the cluster once more; configurations of 500 topics are about 1.2 MB.
const PAGE = 500;
// Each try lists anew; that something goes within milliseconds, three times in a row, is another trouble.
const TRIES = 3;

const byName = (a: { readonly name: string }, b: { readonly name: string }): number => (a.name < b.name ? -1 : 1);
const listed = ({ name, partitions }: ITopicMetadata): ListedTopic => ({ name, partitions: partitions.length, replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)) });

function* pagesOf<T>(items: readonly T[]): Iterable<readonly T[]> {
  for (let at = 0; at < items.length; at += PAGE) yield items.slice(at, at + PAGE);
}

export function createCluster(settings: KafkaSettings, log: Log): Cluster {
  const within = <T>(signal: AbortSignal, work: (admin: Admin) => Promise<T>): Promise<T> => withAdmin({ settings, log, signal }, work);

  const survey = (signal: AbortSignal): Promise<Survey> =>
    within(signal, async (admin) => {
      const { clusterId, brokers } = await admin.describeCluster();
      if (!clusterId) throw new FatalError('the cluster has no id, so nothing of it can be named for good; Apache Kafka gives one since 0.10.1');
      // A broker that has just started may answer before it knows anything.
      if (brokers.length === 0) throw new SourceError('the cluster names no broker: it is starting', { recovery: 'retry' });
      const { topics } = await admin.fetchTopicMetadata();
      return {
        clusterId,
        brokers: brokers.map(({ nodeId, host, port }) => ({ id: nodeId, address: `${host}:${port}` })).sort((a, b) => a.id - b.id),
        topics: topics.filter(({ name }) => settings.internal_topics || !isInternal(name)).map(listed).sort(byName),
        holders: new Set(topics.flatMap(({ partitions }) => partitions.flatMap(({ replicas }) => replicas))),
      };
    });

  async function configure(given: readonly ListedTopic[], signal: AbortSignal): Promise<readonly ConfiguredTopic[]> {
    for (let topics = given, tries = 1; ; tries++) {
      try {
        const configs = await within(signal, (admin) => changedConfigsOf(admin, topics.map(({ name }) => name)));
        return topics.map((topic) => ({ ...topic, config: configs.get(topic.name) ?? {} }));
      } catch (err) {
        // Kafka refuses the whole page for one topic that is gone.
        if (!(err instanceof SourceError && err.recovery === 'retry') || tries === TRIES) throw err;
        const there = new Set((await survey(signal)).topics.map(({ name }) => name));
        topics = topics.filter(({ name }) => there.has(name));
      }
    }
  }

  return {
    survey,
    async *configured(topics, signal) {
      for (const page of pagesOf(topics)) yield await configure(page, signal);
    },
    async *groups(signal) {
      const groups: readonly GroupOverview[] = await within(signal, async (admin) => (await admin.listGroups()).groups);
      const sorted = [...groups].sort((a, b) => (a.groupId < b.groupId ? -1 : 1));
      for (const page of pagesOf(sorted)) yield await within(signal, (admin) => describeGroups(admin, page, ''));
    },
  };
}
