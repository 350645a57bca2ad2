export { batchHandler, type Later, type TopicMessage } from './batch';
export { inMemory, type Beginnings, type Offsets, type TopicOffsets } from './beginnings';
export { saslOf } from './sasl';
export { superviseConsumer, type ConsumerOptions, type OpenedTopic, type SupervisedConsumer, type Trouble } from './supervise';
