import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Secret } from '@integration-framework/framework';
import { allRows, testContext } from '@integration-framework/framework/testkit';
import kafka from '../src/index';
import type { KafkaSettings } from '../src/settings';

const settings = (given: Partial<KafkaSettings>): KafkaSettings => ({ bootstrap_servers: 'localhost:9092', security_protocol: 'PLAINTEXT', watch_interval: 1_000, internal_topics: false, ...given });

/** A port that nobody listens on. */
async function deadPort(): Promise<number> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test.each<[string, Partial<KafkaSettings>, readonly string[]]>([
  ['plain text', {}, []],
  ['several brokers', { bootstrap_servers: 'a:9092, b:9093,[::1]:9094' }, []],
  ['no broker', { bootstrap_servers: ' , ' }, ['bootstrap_servers is empty; name at least one broker as host:port']],
  ['no port', { bootstrap_servers: 'a:9092,b' }, ['bootstrap_servers holds b; write host:port, separated by commas']],
  ['SASL without user', { security_protocol: 'SASL_SSL' }, ['security_protocol SASL_SSL needs sasl_mechanism, sasl_username, sasl_password; set them']],
  ['SASL complete', { security_protocol: 'SASL_SSL', sasl_mechanism: 'PLAIN', sasl_username: 'u', sasl_password: new Secret('p') }, []],
  ['a user without SASL', { sasl_username: 'u' }, [expect.stringContaining('sasl_username have no effect with security_protocol PLAINTEXT') as string]],
])('settings: %s', (_, given, problems) => {
  expect(kafka.validate?.(settings(given))).toEqual(problems);
});

test('a broker that is not there: SOURCE_UNREACHABLE, which names it', async () => {
  const bootstrap_servers = `127.0.0.1:${await deadPort()}`;
  const context = testContext(settings({ bootstrap_servers }));
  await expect(allRows({ integration: kafka, kind: 'topic', context })).rejects.toMatchObject({
    code: 'SOURCE_UNREACHABLE',
    recovery: 'retry',
    message: expect.stringContaining(bootstrap_servers) as string,
  });
  expect(await kafka.check?.(context)).toMatchObject({ ok: false, lines: [expect.stringContaining(bootstrap_servers)] });
});

test('a stop ends a call that gets no answer, and closes its connection', async () => {
  const stop = new AbortController();
  const reason = new Error('stopped');
  let closed: Promise<unknown> | undefined;
  const silent = createServer((socket) => {
    closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.once('data', () => stop.abort(reason));
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  try {
    const context = testContext(settings({ bootstrap_servers: `127.0.0.1:${port}` }), { signal: stop.signal });
    await expect(allRows({ integration: kafka, kind: 'cluster', context })).rejects.toBe(reason);
    await closed;
  } finally {
    silent.close();
  }
});
