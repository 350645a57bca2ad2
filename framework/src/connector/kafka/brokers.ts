import type { KafkaConfig } from 'kafkajs';
import { ConfigError, type Endpoint, type KafkaBrokers } from '../../contract';
import { saslOf } from '../../kafka';

/** What the file (`triggerChannel`) or the environment (KAFKA_BROKERS) says of brokers. */
export type ProcessBrokers = Omit<KafkaBrokers, 'sasl'> & { readonly sasl?: Omit<NonNullable<KafkaBrokers['sasl']>, 'mechanism'> & { readonly mechanism: string } };

export interface BrokersOf {
  /** What the connector says. */
  readonly how: KafkaBrokers;
  /** Of its target. */
  readonly endpoint: Endpoint | undefined;
  readonly process: ProcessBrokers;
}

/**
 * The brokers of a listener: what the connector names, else its endpoint of protocol `kafka`, else those of the process. Credentials of the process go to no
 * other brokers than its own. Throws ConfigError: nobody names brokers, or how it is written is wrong.
 */
export function brokersOf({ how, endpoint, process }: BrokersOf): ProcessBrokers & { readonly brokers: readonly string[] } {
  if (how.brokers) return { ...how, brokers: listOf(how.brokers) };
  if (endpoint && isKafka(endpoint)) return { ssl: /tls|ssl/i.test(endpoint.encryptionMethod ?? ''), ...how, brokers: listOf(endpoint.address.trim().replace(/^kafka:\/\//i, '').replace(/\/$/, '').split(',')) };
  if (!process.brokers?.length) {
    throw new ConfigError('a listener wants to hear a topic of Kafka and nothing names brokers; set KAFKA_BROKERS or triggerChannel.brokers, an endpoint of protocol kafka, or let the connector give them');
  }
  return { ...process, ...how, brokers: listOf(process.brokers) };
}

const isKafka = ({ protocol, address }: Endpoint): boolean => protocol?.toLowerCase() === 'kafka' || /^kafka:\/\//i.test(address.trim());

function listOf(given: readonly string[]): readonly string[] {
  const brokers = given.map((broker) => broker.trim()).filter((broker) => broker !== '');
  if (brokers.length === 0) throw new ConfigError('the list of brokers of Kafka is empty; name at least one as host:port');
  // What holds an `@` may hold a password: it is not repeated.
  if (brokers.some((broker) => broker.includes('@'))) throw new ConfigError('a broker of Kafka is written with a user; leave it out there, and give the user in sasl');
  const wrong = brokers.find((broker) => !/^[^:/\s]+:\d+$|^\[[^\]\s]+\]:\d+$/.test(broker));
  if (wrong !== undefined) throw new ConfigError(`${wrong} is no broker of Kafka; write host:port`);
  return brokers;
}

/** As the client wants it, with the password as it is now. Throws ConfigError. */
export function accessTo({ brokers, ssl, sasl }: ReturnType<typeof brokersOf>): Pick<KafkaConfig, 'ssl' | 'sasl'> & { readonly brokers: string[] } {
  if (sasl && typeof sasl.password?.reveal !== 'function') throw new ConfigError('sasl.password for Kafka has to be a Secret; declare its setting with `secret: true`');
  const signIn = sasl && saslOf(sasl.mechanism, sasl.username, sasl.password.reveal());
  if (sasl && !signIn) throw new ConfigError(`${sasl.mechanism} is no mechanism for Kafka; use PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512`);
  return { brokers: [...brokers], ...(ssl && { ssl }), ...(signIn && { sasl: signIn }) };
}
