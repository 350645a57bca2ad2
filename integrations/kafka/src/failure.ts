import { FrameworkError, SourceError } from '@integration-framework/framework';
import { KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError, KafkaJSSASLAuthenticationError } from 'kafkajs';
import { brokersOf, type KafkaSettings } from './settings';

/** Names of the errors by which a broker cannot be reached; some of these classes are not exported. */
const UNREACHABLE = new Set(['KafkaJSConnectionError', 'KafkaJSConnectionClosedError', 'KafkaJSRequestTimeoutError', 'KafkaJSTimeout', 'KafkaJSBrokerNotFound', 'KafkaJSAggregateError']);

const innermost = (err: unknown): unknown => (err instanceof KafkaJSNumberOfRetriesExceeded && err.cause ? innermost(err.cause) : err);

/** What a failed call means: the credentials, the way to the brokers, or what the cluster said. */
export function failureOf(thrown: unknown, settings: KafkaSettings): Error {
  if (thrown instanceof FrameworkError) return thrown;
  const err = innermost(thrown);
  if (!(err instanceof Error)) return new SourceError(String(err), { recovery: 'stop' });
  const brokers = brokersOf(settings).join(', ');
  if (err instanceof KafkaJSSASLAuthenticationError) return new FrameworkError('SOURCE_REFUSED', [brokers, err.message], { cause: err });
  if (err instanceof KafkaJSProtocolError && err.type.endsWith('AUTHORIZATION_FAILED')) {
    const needs = 'it needs DESCRIBE and DESCRIBE_CONFIGS on cluster and topics, DESCRIBE on groups';
    return new FrameworkError('SOURCE_REFUSED', [brokers, `${err.message}; ${needs}`], { cause: err });
  }
  if (UNREACHABLE.has(err.name)) return new FrameworkError('SOURCE_UNREACHABLE', [brokers, err.message], { cause: err });
  // A topic that went between the list and the look at it.
  const gone = err instanceof KafkaJSProtocolError && err.type === 'UNKNOWN_TOPIC_OR_PARTITION';
  return new SourceError(err.message, { recovery: gone ? 'retry' : 'stop', cause: err });
}
