import { defineIntegration } from '@integration-framework/framework';
import { check } from './check';
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
  check,
});
