import type { SettingsOf, SettingsSpec } from '@integration-framework/framework';

export const settings = {
  bootstrap_servers: {
    type: 'string',
    description: 'Brokers to begin with, `host:port`, separated by commas. Required for the kinds; the connector takes it where its target has no address of its own.',
    example: 'localhost:9092',
  },
  cluster_name: { type: 'string', description: 'Name of the cluster: in identifiers of the kinds, shown by the connector. Default: the identifier of the entry.', example: 'payments' },
  security_protocol: {
    type: 'string',
    enum: ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'],
    default: 'PLAINTEXT',
    description: 'Of the listener that `bootstrap_servers` names. The CA of an own certificate is named in NODE_EXTRA_CA_CERTS.',
    example: 'SASL_SSL',
  },
  sasl_mechanism: { type: 'string', enum: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'], description: 'Required with SASL_PLAINTEXT and SASL_SSL.', example: 'SCRAM-SHA-512' },
  sasl_username: { type: 'string', description: 'Required with SASL_PLAINTEXT and SASL_SSL.', example: 'catalog' },
  sasl_password: { type: 'string', secret: true, description: 'Required with SASL_PLAINTEXT and SASL_SSL.' },
  watch_interval: { type: 'duration', default: '5s', min: 1_000, description: 'Time between two looks of the connector at topics and their configurations.', example: '30s' },
  internal_topics: { type: 'boolean', default: false, description: 'Also read the topics that Kafka keeps for itself (`__consumer_offsets` and the like).', example: false },
} as const satisfies SettingsSpec;

export type KafkaSettings = SettingsOf<typeof settings>;

const usesSasl = (given: KafkaSettings): boolean => given.security_protocol.startsWith('SASL_');

/** What one setting alone cannot tell. */
export function problemsOf(given: KafkaSettings, entry?: { readonly connects: boolean }): readonly string[] {
  const problems: string[] = [];
  const brokers = brokersOf(given);
  const wrong = notABroker(brokers);
  if (given.bootstrap_servers === undefined) {
    if (!entry?.connects) problems.push('bootstrap_servers is missing; name at least one broker as host:port');
  } else if (brokers.length === 0) problems.push('bootstrap_servers is empty; name at least one broker as host:port');
  else if (wrong !== undefined) problems.push(`bootstrap_servers holds ${wrong}; write host:port, separated by commas`);
  const sasl = ['sasl_mechanism', 'sasl_username', 'sasl_password'] as const;
  const missing = sasl.filter((name) => given[name] === undefined);
  if (usesSasl(given) && missing.length > 0) problems.push(`security_protocol ${given.security_protocol} needs ${missing.join(', ')}; set them`);
  const idle = sasl.filter((name) => given[name] !== undefined);
  if (!usesSasl(given) && idle.length > 0) problems.push(`${idle.join(', ')} have no effect with security_protocol ${given.security_protocol}; set SASL_SSL or SASL_PLAINTEXT, or remove them`);
  return problems;
}

/** Of several brokers the first that is not `host:port`. */
export const notABroker = (brokers: readonly string[]): string | undefined => brokers.find((broker) => !/^[^:/\s]+:\d+$|^\[[^\]]+\]:\d+$/.test(broker));

/** The kinds read what the settings name; without it there is nothing for them to read. */
export const namesBrokers = (given: KafkaSettings): boolean => given.bootstrap_servers !== undefined;

export const brokersOf = (given: Pick<KafkaSettings, 'bootstrap_servers'>): readonly string[] =>
  (given.bootstrap_servers ?? '')
    .split(',')
    .map((broker) => broker.trim())
    .filter((broker) => broker !== '');
