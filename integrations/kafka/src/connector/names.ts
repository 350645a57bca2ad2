/**
 * Identifiers and qualified names. All begin with the id of the cluster, which Kafka made when the cluster was: it lasts when brokers move to another address, and two
 * clusters that hold a topic of one name stay apart.
 */

const percent = (text: string): string => [...Buffer.from(text, 'utf8')].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
/** Groups may have any name, identifiers may not: what the portal refuses, and what stands between the parts, becomes `=XX`. */
const part = (text: string): string => text.replace(/[^\p{L}0-9@_.+-]/gu, percent);

const identifier = (...parts: readonly string[]): string => ['kafka', ...parts.map(part)].join(':');
const qualified = (type: string, ...parts: readonly string[]): string => [type, ...parts].join('::');

export interface Name {
  readonly identifier: string;
  readonly qualifiedName: string;
}

export const brokerName = (cluster: string): Name => ({ identifier: identifier(cluster), qualifiedName: qualified('EventBroker', cluster) });
export const topicName = (cluster: string, topic: string): Name => ({ identifier: identifier(cluster, topic), qualifiedName: qualified('KafkaTopic', cluster, topic) });
export const groupName = (cluster: string, group: string): Name => ({ identifier: identifier(cluster, 'group', group), qualifiedName: qualified('KafkaConsumerGroup', cluster, group) });
export const endpointName = (cluster: string, node: number): Name => ({ identifier: identifier(cluster, 'broker', String(node)), qualifiedName: qualified('KafkaBroker', cluster, String(node)) });
