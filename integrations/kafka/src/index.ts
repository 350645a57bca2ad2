import { defineIntegration } from '@integration-framework/framework';
import { check } from './check';
import { topicConnector } from './connector';
import { broker } from './kinds/broker';
import { cluster } from './kinds/cluster';
import { consumerGroup } from './kinds/consumer-group';
import { topic } from './kinds/topic';
import { problemsOf, settings } from './settings';

export default defineIntegration({
  type: 'kafka',
  version: '0.1.0',
  title: 'Apache Kafka',
  description: 'A Kafka cluster: brokers, topics with their configuration, consumer groups. Reads metadata only, never a record.',
  settings,
  validate: problemsOf,
  kinds: [cluster, broker, topic, consumerGroup],
  connector: topicConnector,
  services: ['topic'],
  component: {
    id: 1602,
    name: 'KAFKA-TOPICS',
    description: 'Reads topics, event broker, consumer groups and broker endpoints of Apache Kafka clusters',
    wikiUrl: 'integrations/kafka/README.md',
    status: 'TECHNICAL_PREVIEW',
  },
  endpoints: 'both',
  targets: [{ name: 'cluster', blueprint: 'endpoint', deployedImplementationType: 'Apache Kafka', properties: { protocol: 'kafka' } }],
  // No `every`: connectors are refreshed every 60 minutes anyway, and entries that only have kinds need not be.
  schedule: { engage: true },
  check,
});
