export type { ProcessBrokers } from './brokers';
export { listenKafka, type KafkaListenerDeps, type Listening, type ListeningTopic } from './listen-kafka';
export { KAFKA_LISTENER } from './place';
