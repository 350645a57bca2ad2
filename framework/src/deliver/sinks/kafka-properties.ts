import { readFileSync } from 'node:fs';
import type { KafkaConfig, ProducerConfig, SASLOptions } from 'kafkajs';
import { childPath } from '../../config';
import type { SinkProblem } from '../sink';
import { textOf } from './references';

/** What librdkafka's properties mean for the client that is used here. */
export interface KafkaSettings {
  /** Reads the file of the authority, reveals the password: made for each connection. */
  connection(): Pick<KafkaConfig, 'clientId' | 'ssl' | 'sasl' | 'requestTimeout'> & { readonly brokers: string[] };
  readonly producer: Pick<ProducerConfig, 'idempotent'>;
  /** -1 = all in-sync replicas. */
  readonly acks: -1 | 0 | 1;
  readonly gzip: boolean;
  /** Of the broker's answer to one send. */
  readonly timeoutMs: number;
  /** Bytes of one send, more only for a single message. */
  readonly batchBytes: number;
  /** Bytes of one message. */
  readonly messageBytes: number;
}

type Config = Readonly<Record<string, unknown>>;

const WORDS = {
  acks: ['all', '-1', '0', '1'],
  'compression.type': ['none', 'gzip'],
  'enable.idempotence': ['true', 'false'],
  'security.protocol': ['plaintext', 'ssl', 'sasl_plaintext', 'sasl_ssl'],
  'sasl.mechanism': ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'],
  'sasl.mechanisms': ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
const NUMBERS = ['linger.ms', 'batch.size', 'message.max.bytes', 'request.timeout.ms'] as const;
const TEXTS = ['bootstrap.servers', 'client.id', 'sasl.username', 'sasl.password', 'ssl.ca.location'] as const;
const KNOWN: readonly string[] = [...TEXTS, ...NUMBERS, ...Object.keys(WORDS)];

/** librdkafka's own defaults. */
const LARGEST = 1_000_000;
const TIMEOUT_MS = 30_000;

const wordsOf = (name: string): readonly string[] | undefined => (Object.hasOwn(WORDS, name) ? WORDS[name as keyof typeof WORDS] : undefined);
const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
const read = (config: Config, name: string): string | undefined => textOf(config[name])?.trim();
const flag = (config: Config): boolean | undefined => {
  const text = read(config, 'enable.idempotence');
  return text === undefined ? undefined : same(text, 'true');
};

function acksOf(config: Config): -1 | 0 | 1 {
  const text = read(config, 'acks') ?? 'all';
  return text === '0' ? 0 : text === '1' ? 1 : -1;
}

function numberOf(config: Config, name: (typeof NUMBERS)[number], otherwise: number): number {
  const value = Number(read(config, name) ?? Number.NaN);
  return Number.isFinite(value) && value > 0 ? value : otherwise;
}

const BROKER = /^(?:[^\s:/@]+|\[[\da-fA-F:.]+\]):\d{1,5}$/;
const brokersOf = (config: Config): string[] => (read(config, 'bootstrap.servers') ?? '').split(',').map((broker) => broker.trim()).filter((broker) => broker !== '');

const protocolOf = (config: Config): string => (read(config, 'security.protocol') ?? 'plaintext').toLowerCase();
const mechanismOf = (config: Config): string => (read(config, 'sasl.mechanism') ?? read(config, 'sasl.mechanisms') ?? '').toLowerCase();

/** Brokers refuse other names, and would do so at every send. */
export function topicProblems(topic: string): readonly SinkProblem[] {
  if (/^[a-zA-Z0-9._-]{1,249}$/.test(topic) && topic !== '.' && topic !== '..') return [];
  return [{ path: 'topic', code: 'CONFIG_INVALID', severity: 'error', message: 'topic is no name that Kafka takes: 1 to 249 of a-z A-Z 0-9 . _ -', remedy: 'choose another name' }];
}

/** Names and values that say nothing to us, or something we cannot do. */
export function propertyProblems(config: Config): readonly SinkProblem[] {
  const problems: SinkProblem[] = [];
  const report = (name: string, message: string, remedy: string, severity: SinkProblem['severity'] = 'error'): void =>
    void problems.push({ path: childPath('producerConfig', name), code: 'SINK_PROPERTY', severity, message, remedy });

  for (const [name, value] of Object.entries(config)) {
    const text = textOf(value);
    const words = wordsOf(name);
    if (!KNOWN.includes(name)) report(name, `the property ${name} is not known here`, `remove it; known are ${KNOWN.join(', ')}`);
    else if (text === undefined) report(name, `${name} must be a text, a number or a switch`, 'correct it');
    else if (words && !words.some((word) => same(word, text.trim()))) report(name, `${name} must be one of ${words.join(', ')}`, 'choose one');
    else if (NUMBERS.some((number) => number === name) && !/^\d+$/.test(text.trim())) report(name, `${name} must be a whole number`, 'correct it');
  }
  if ((read(config, 'bootstrap.servers') ?? '') === '') report('bootstrap.servers', 'bootstrap.servers is missing', 'name the brokers: host:9092, host:9092');
  if (brokersOf(config).some((broker) => !BROKER.test(broker))) report('bootstrap.servers', 'bootstrap.servers has a broker that is not host:port', 'write host:9092, host:9092');
  if (config['linger.ms'] !== undefined) report('linger.ms', 'linger.ms has no effect here', 'say delivery.batchWait of the pipeline', 'warning');
  if (flag(config) === true && acksOf(config) !== -1) report('acks', 'an idempotent producer needs acks: all', 'remove acks, or say enable.idempotence: false');
  if (protocolOf(config).startsWith('sasl')) {
    for (const name of ['sasl.username', 'sasl.password']) if (config[name] === undefined) report(name, `${name} is missing`, `add it, or choose another security.protocol`);
    if (mechanismOf(config) === '') report('sasl.mechanism', 'sasl.mechanism is missing', `choose one of ${WORDS['sasl.mechanism'].join(', ')}`);
  }
  return problems;
}

export function kafkaSettings(config: Config): KafkaSettings {
  const acks = acksOf(config);
  const messageBytes = numberOf(config, 'message.max.bytes', LARGEST);
  const timeoutMs = numberOf(config, 'request.timeout.ms', TIMEOUT_MS);
  return {
    acks,
    timeoutMs,
    messageBytes,
    batchBytes: Math.min(numberOf(config, 'batch.size', LARGEST), messageBytes),
    gzip: same(read(config, 'compression.type') ?? 'none', 'gzip'),
    producer: { idempotent: flag(config) ?? acks === -1 },
    connection() {
      const protocol = protocolOf(config);
      const sasl = protocol.startsWith('sasl') ? saslOf(config) : undefined;
      return {
        brokers: brokersOf(config),
        clientId: read(config, 'client.id') ?? 'integration-framework',
        // The broker may use all of the time it was given before it answers.
        requestTimeout: timeoutMs + 5_000,
        ...(protocol.endsWith('ssl') && { ssl: authorityOf(config) }),
        ...(sasl && { sasl }),
      };
    },
  };
}

function authorityOf(config: Config): NonNullable<KafkaConfig['ssl']> {
  const file = read(config, 'ssl.ca.location');
  return file === undefined ? true : { ca: [readFileSync(file, 'utf8')] };
}

function saslOf(config: Config): SASLOptions {
  const credentials = { username: read(config, 'sasl.username') ?? '', password: read(config, 'sasl.password') ?? '' };
  const mechanism = mechanismOf(config);
  if (mechanism === 'plain' || mechanism === 'scram-sha-256' || mechanism === 'scram-sha-512') return { mechanism, ...credentials };
  throw new Error(`sasl.mechanism must be one of ${WORDS['sasl.mechanism'].join(', ')}`);
}
