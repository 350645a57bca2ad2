export { describeWith, type DescribeOptions } from './describe-with';
export { startKafka, type KafkaOptions, type KafkaServer, type SecuredListeners } from './kafka';
export { startMongo, type Mongo, type MongoOptions } from './mongo';
