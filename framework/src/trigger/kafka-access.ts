import type { KafkaConfig, SASLOptions } from 'kafkajs';
import type { TriggerSettings } from '../config';
import { FrameworkError } from '../contract';
import { saslOf } from '../kafka';

export interface KafkaCredentials {
  readonly username: string;
  readonly password: string;
  readonly brokers?: readonly string[];
}

export interface AccessInput {
  /** What the portal answered; undefined when it gives none. */
  readonly credentials: KafkaCredentials | undefined;
  readonly settings: Pick<TriggerSettings, 'brokers' | 'ssl' | 'sasl'>;
  /** KAFKA_BROKERS. */
  readonly kafkaBrokers?: readonly string[];
  /** The built-in portal: its brokers are plain text unless the settings say otherwise, and there is a last resort. */
  readonly local: boolean;
}

/** How to reach the brokers of the trigger (port-contract 11.1): the portal's answer, then the file, then the environment. Throws TRIGGER_FAILED when nobody names any. */
export function kafkaAccess(input: AccessInput): Pick<KafkaConfig, 'ssl' | 'sasl'> & { readonly brokers: string[] } {
  const { credentials, settings, local } = input;
  const named = [credentials?.brokers, settings.brokers, input.kafkaBrokers, local ? ['localhost:9092'] : undefined].map(brokerList);
  const brokers = named.find((list) => list.length > 0);
  if (!brokers) throw new FrameworkError('TRIGGER_FAILED', ['KAFKA', 'neither the portal nor triggerChannel.brokers nor KAFKA_BROKERS names a broker']);

  const secured = !local && credentials !== undefined && credentials.username !== '';
  const ssl = settings.ssl ?? secured;
  const sasl = settings.sasl
    ? signIn(settings.sasl.mechanism, settings.sasl.username, settings.sasl.password.reveal())
    : secured && signIn('SCRAM-SHA-512', credentials.username, credentials.password);
  return { brokers, ...(ssl && { ssl }), ...(sasl && { sasl }) };
}

/** Brokers, one each; a text may hold a comma list or a JSON array. */
function brokerList(brokers: readonly string[] | undefined): string[] {
  return (brokers ?? []).flatMap(split).map((broker) => broker.trim()).filter((broker) => broker !== '');
}

function split(text: string): string[] {
  if (!/^\s*\["/.test(text)) return text.split(',');
  try {
    return (JSON.parse(text) as unknown[]).map(String);
  } catch (err) {
    throw new FrameworkError('TRIGGER_FAILED', ['KAFKA', `the list of brokers ${text} is not JSON`], { cause: err });
  }
}

function signIn(mechanism: string, username: string, password: string): SASLOptions {
  const sasl = saslOf(mechanism, username, password);
  if (!sasl) throw new FrameworkError('TRIGGER_FAILED', ['KAFKA', `the mechanism ${mechanism} is not known; use PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512`]);
  return sasl;
}
