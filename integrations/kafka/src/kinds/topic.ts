import type { Kind } from '@integration-framework/framework';
import { ConfigResourceTypes, type ITopicMetadata } from 'kafkajs';
import { clusterName } from '../admin';
import { configsOf, type Config } from '../config';
import { pagesByName } from '../pages';
import { namesBrokers, type KafkaSettings } from '../settings';

export interface TopicPartition {
  readonly id: number;
  /** Broker; -1 while there is none. */
  readonly leader: number;
  /** Brokers, the preferred leader first. */
  readonly replicas: readonly number[];
  /** Brokers in step with the leader, sorted. */
  readonly isrs: readonly number[];
}
export interface Topic {
  readonly name: string;
  readonly cluster_name: string;
  readonly partitions: readonly TopicPartition[];
  readonly config: Config;
}

const byNumber = (a: number, b: number): number => a - b;

const partitionsOf = (topic: ITopicMetadata): readonly TopicPartition[] =>
  topic.partitions
    .map(({ partitionId, leader, replicas, isr }) => ({ id: partitionId, leader, replicas, isrs: [...isr].sort(byNumber) }))
    .sort((a, b) => a.id - b.id);

/** Kafka's own topics begin with two underscores, and no other tool's convention does. */
export const isInternal = (name: string): boolean => name.startsWith('__');

export const topic: Kind<KafkaSettings, Topic> = {
  name: 'topic',
  key: (row) => [row.name],
  paging: 'stable',
  listed: namesBrokers,
  scan: (context, position) =>
    pagesByName<ITopicMetadata, Topic>(
      context,
      {
        async list(admin) {
          const { topics } = await admin.fetchTopicMetadata();
          return topics.filter(({ name }) => context.settings.internal_topics || !isInternal(name));
        },
        name: ({ name }) => name,
        async read(admin, topics) {
          const configs = await configsOf(admin, ConfigResourceTypes.TOPIC, topics.map(({ name }) => name));
          return topics.map((item) => ({ name: item.name, cluster_name: clusterName(context), partitions: partitionsOf(item), config: configs.get(item.name) ?? {} }));
        },
      },
      position,
    ),
};
