import { Secret } from '../../contract';
import { kafka } from './kafka';
import { kafkaSettings, propertyProblems } from './kafka-properties';

const BROKERS = { 'bootstrap.servers': 'a:1, b:2' };

describe('properties of the sink kafka', () => {
  it('become settings of the client', () => {
    expect(kafkaSettings(BROKERS)).toMatchObject({ acks: -1, gzip: false, producer: { idempotent: true }, timeoutMs: 30_000, messageBytes: 1_000_000, batchBytes: 1_000_000 });
    expect(kafkaSettings(BROKERS).connection()).toEqual({ brokers: ['a:1', 'b:2'], clientId: 'integration-framework', requestTimeout: 35_000 });
    const full = {
      ...BROKERS,
      'client.id': 'me',
      acks: 1,
      'compression.type': 'GZIP',
      'batch.size': '2000000',
      'message.max.bytes': 500_000,
      'request.timeout.ms': 7_000,
      'security.protocol': 'SASL_SSL',
      'sasl.mechanisms': 'scram-sha-256',
      'sasl.username': new Secret('u'),
      'sasl.password': new Secret('p'),
    };
    expect(propertyProblems(full)).toEqual([]);
    expect(kafkaSettings(full)).toMatchObject({ acks: 1, gzip: true, producer: { idempotent: false }, timeoutMs: 7_000, messageBytes: 500_000, batchBytes: 500_000 });
    expect(kafkaSettings(full).connection()).toMatchObject({ clientId: 'me', ssl: true, sasl: { mechanism: 'scram-sha-256', username: 'u', password: 'p' } });
    expect(kafkaSettings({ ...BROKERS, 'enable.idempotence': false }).producer).toEqual({ idempotent: false });
    expect(kafkaSettings({ ...BROKERS, acks: '0' })).toMatchObject({ acks: 0, producer: { idempotent: false } });
  });

  it.each([
    [{}, 'producerConfig["bootstrap.servers"]', 'error'],
    [{ ...BROKERS, 'bootstrap.server': 'x' }, 'producerConfig["bootstrap.server"]', 'error'],
    [{ ...BROKERS, acks: 2 }, 'producerConfig.acks', 'error'],
    [{ ...BROKERS, 'compression.type': 'zstd' }, 'producerConfig["compression.type"]', 'error'],
    [{ ...BROKERS, 'message.max.bytes': 'many' }, 'producerConfig["message.max.bytes"]', 'error'],
    [{ ...BROKERS, 'client.id': { a: 1 } }, 'producerConfig["client.id"]', 'error'],
    [{ ...BROKERS, 'enable.idempotence': true, acks: 1 }, 'producerConfig.acks', 'error'],
    [{ ...BROKERS, 'security.protocol': 'sasl_ssl', 'sasl.username': 'u', 'sasl.password': 'p' }, 'producerConfig["sasl.mechanism"]', 'error'],
    [{ ...BROKERS, 'security.protocol': 'sasl_ssl', 'sasl.username': 'u', 'sasl.mechanism': 'PLAIN' }, 'producerConfig["sasl.password"]', 'error'],
    [{ 'bootstrap.servers': 'a:1, b' }, 'producerConfig["bootstrap.servers"]', 'error'],
    [{ 'bootstrap.servers': new Secret('PLAINTEXT://a:1') }, 'producerConfig["bootstrap.servers"]', 'error'],
    [{ ...BROKERS, 'linger.ms': 5 }, 'producerConfig["linger.ms"]', 'warning'],
  ])('%j is told at %s', (config, path, severity) => {
    const told = { topic: 't', producerConfig: config, insertOnly: false, deleteValue: 'tombstone' };
    expect(kafka.problems!(told)).toMatchObject([{ path, code: 'SINK_PROPERTY', severity }]);
  });

  it.each(['', 'a b', 'a/b', '..', 'x'.repeat(250)])('the topic %j is told', (topic) => {
    expect(kafka.problems!({ topic, producerConfig: BROKERS, insertOnly: false, deleteValue: 'tombstone' })).toMatchObject([{ path: 'topic', code: 'CONFIG_INVALID', severity: 'error' }]);
  });

  it('name the topic only', () => {
    expect(kafka.nameOf({ topic: 'events', producerConfig: BROKERS, insertOnly: false, deleteValue: 'tombstone' })).toBe('kafka:events');
  });
});
