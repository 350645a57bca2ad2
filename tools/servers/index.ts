export { describeWith, isUnavailable, type DescribeOptions } from './describe-with';
export { startGithubEmulator, type GithubApp, type GithubEmulator, type GithubSeed } from './github';
export { deleteTopics, startKafka, type KafkaOptions, type KafkaServer, type SecuredListeners } from './kafka';
export { startMongo, type Mongo, type MongoOptions } from './mongo';
export { startMoto, type Moto } from './moto';
export { startPostgres, type PostgresOptions, type PostgresServer } from './postgres';
export { startSlapd, type SlapdOptions, type SlapdServer } from './slapd';
export { openapiDocuments, prepareOpenapiDirectory } from './openapi-directory';
