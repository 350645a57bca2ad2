import { ConfigError } from '@integration-framework/framework';
import { brokersOf, notABroker } from '../settings';

const FORM = 'write kafka://host:9092, or several as kafka://host:9092,host:9092';

/**
 * The brokers of a target, as `bootstrap_servers` holds them: from its address, `kafka://host:9092[,host:9092]` or the list alone, else from the settings. Throws
 * ConfigError; an address with a user in it is never repeated.
 */
export function brokersAt(address: string | undefined, fallback: string | undefined): string {
  const given = (address ?? '').trim();
  if (given === '') {
    if (fallback !== undefined) return fallback;
    throw new ConfigError(`there is no address to connect to: set connection.endpoint.address (${FORM}), or bootstrap_servers`);
  }
  if (given.includes('@')) throw new ConfigError('the address of the endpoint holds a user: leave it out there, and set sasl_username and sasl_password');
  const list = given.replace(/^kafka:\/\//i, '').replace(/\/$/, '');
  const brokers = brokersOf({ bootstrap_servers: list });
  const wrong = notABroker(brokers);
  if (brokers.length === 0 || wrong !== undefined) throw new ConfigError(`the address ${given} names no brokers of Kafka: ${FORM}`);
  return brokers.join(',');
}
