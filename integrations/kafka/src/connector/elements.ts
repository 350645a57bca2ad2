import type { NewElement } from '@integration-framework/framework';
import type { ConsumerGroup } from '../kinds/consumer-group';
import type { KafkaSettings } from '../settings';
import type { ConfiguredTopic, LiveBroker } from './cluster';
import { brokerName, endpointName, groupName, topicName } from './names';

// A mirror may read thousands of topics; a list of that length helps nobody.
const TOPICS_OF_GROUP = 100;

/** The cluster itself. Nothing in it changes while brokers come and go. */
export function brokerElement(cluster: string, displayName: string): NewElement<'softwareCapability'> {
  const { identifier, qualifiedName } = brokerName(cluster);
  return { identifier, properties: { qualifiedName, typeName: 'EventBroker', displayName, typeDescription: 'Apache Kafka', additionalProperties: { clusterId: cluster } } };
}

/** A consumer group is software by what it does. Its state is not here: it changes with each member that comes or goes. */
export function groupElement(cluster: string, { group_id, protocol_type, members }: ConsumerGroup): NewElement<'softwareCapability'> {
  const topics = [...new Set(members.flatMap(({ assignment }) => assignment.topic_partitions.map(({ topic }) => topic)))].sort();
  const { qualifiedName: eventBroker } = brokerName(cluster);
  const { identifier, qualifiedName } = groupName(cluster, group_id);
  return {
    identifier,
    properties: {
      qualifiedName,
      typeName: 'KafkaConsumerGroup',
      displayName: group_id,
      typeDescription: 'Consumer group of Apache Kafka',
      additionalProperties: {
        eventBroker,
        ...(protocol_type !== '' && { protocolType: protocol_type }),
        ...(topics.length > 0 && { topicCount: String(topics.length), topics: topics.slice(0, TOPICS_OF_GROUP).join(',') }),
      },
    },
  };
}

export function topicElement(cluster: string, { name, partitions, replicas, config }: ConfiguredTopic): NewElement<'topic'> {
  const { identifier, qualifiedName } = topicName(cluster, name);
  return {
    identifier,
    properties: { qualifiedName, typeName: 'KafkaTopic', name, displayName: name, additionalProperties: { ...config, partitions: String(partitions), replicas: String(replicas) } },
    relations: { eventBroker: brokerName(cluster).identifier },
  };
}

/** Its protocol is that of the listener, not `kafka`: who learns its targets by protocol `kafka` must not take each broker for a cluster. */
export function endpointElement(cluster: string, { id, address }: LiveBroker, protocol: KafkaSettings['security_protocol']): NewElement<'endpoint'> {
  const { identifier, qualifiedName } = endpointName(cluster, id);
  return {
    identifier,
    properties: { qualifiedName, displayName: `broker ${id}`, address, protocol, ...(protocol.endsWith('SSL') && { encryptionMethod: 'TLS' }), tags: ['kafka-broker'], additionalProperties: { eventBroker: brokerName(cluster).qualifiedName } },
  };
}
