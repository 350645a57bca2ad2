import fs from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { folderWith, runCommand, startProcess, type Folder, type RunningFramework } from './framework-process';
import { resync } from './observe';
import { startPortApi, type PortApi } from './port-api';
import { ownIntegrations, startRecordsSource, type RecordsSource } from './records-source';
import { until } from './until';

/** Values that nothing else holds, with what has to be escaped in JSON, in a URL and in a regular expression. */
const planted = {
  clientId: 'Pl4nted.clientId/"a"+1',
  clientSecret: 'Pl4nted.clientSecret/"b"+2%',
  mongoPassword: 'Pl4nted.mongo/"c"@3',
  triggerSecret: 'Pl4nted.trigger-"d"+4',
  saslPassword: 'Pl4nted.sasl/"e"+5',
  apiToken: 'Pl4nted.api/e+6',
  literal: 'Pl4nted.literal/"f"+7',
  fromEnv: 'Pl4nted.fromEnv/"g"+8',
  fromFile: 'Pl4nted.fromFile/"h"+9',
  env: 'Pl4nted.env/"i"+10',
  dollar: 'Pl4nted.dollar/"j"+11',
} as const;
type Planted = keyof typeof planted;

const environment = {
  A_CLIENT_ID: planted.clientId,
  A_CLIENT_SECRET: planted.clientSecret,
  A_TOKEN: planted.fromEnv,
  ANOTHER_TOKEN: planted.env,
  A_THIRD_TOKEN: planted.dollar,
  A_SASL_PASSWORD: planted.saslPassword,
  API_TOKEN: planted.apiToken,
  PUBLIC_URL: 'http://127.0.0.1:9',
  LOG_LEVEL: 'trace',
};

const formsOf = (value: string): readonly string[] => {
  const quoted = JSON.stringify(value).slice(1, -1);
  const base64 = Buffer.from(value).toString('base64').replace(/=+$/, '');
  return [value, quoted, JSON.stringify(quoted).slice(1, -1), encodeURIComponent(value), encodeURI(value), base64, base64.replaceAll('+', '-').replaceAll('/', '_')];
};

/** Names of the planted values that stand in a text, in any form. */
const foundIn = (text: string): readonly Planted[] => (Object.keys(planted) as Planted[]).filter((name) => formsOf(planted[name]).some((form) => text.includes(form)));

/** Everything that left the process in a test, by where it went. */
const seen = new Map<string, string[]>();
const note = (where: string, text: string): void => void seen.set(where, [...(seen.get(where) ?? []), text]);
const expectNone = (): void => {
  for (const [where, texts] of seen) for (const text of texts) expect({ where, found: foundIn(text), text: foundIn(text).length > 0 ? text.slice(0, 2_000) : '' }).toEqual({ where, found: [], text: '' });
};

let source: RecordsSource;
let api: PortApi;
let folder: Folder;
/** Values of `authorization` that the source saw. */
let shownToSource: Set<string>;

const forms: Readonly<Record<string, unknown>> = {
  literal: planted.literal,
  'from-env': { fromEnv: 'A_TOKEN' },
  'from-file': { fromFile: 'token.txt' },
  env: 'env:ANOTHER_TOKEN',
  dollar: '${A_THIRD_TOKEN}',
};
const entries = (): object[] => Object.entries(forms).map(([identifier, token]) => ({ identifier, type: 'records', config: { url: source.url, token }, http: { retries: 1, timeout: '5s' } }));
const configuration = (more: object = {}): object => ({
  port: { baseUrl: api.url, clientId: { fromEnv: 'A_CLIENT_ID' }, clientSecret: { fromEnv: 'A_CLIENT_SECRET' } },
  triggerChannel: { type: 'WEBHOOK', secret: 'file:trigger.txt' },
  integrationsPath: ownIntegrations,
  integrations: entries(),
  ...more,
});
const write = (value: string | object): void => folder.write('config.yaml', typeof value === 'string' ? value : JSON.stringify(value));

beforeEach(async () => {
  seen.clear();
  shownToSource = new Set();
  source = await startRecordsSource();
  source.records.set('a', { id: 'a', name: 'A', size: 1 });
  source.fault = (request) => void shownToSource.add(request.headers.authorization ?? '');
  api = await startPortApi({ clientId: planted.clientId, clientSecret: planted.clientSecret });
  folder = folderWith({});
  folder.write('token.txt', `${planted.fromFile}\n`);
  folder.write('trigger.txt', planted.triggerSecret);
});
afterEach(async () => {
  await source.close();
  await api.close();
  folder.remove();
});

async function command(args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<number | null> {
  const ended = await runCommand(folder, args, { ...environment, ...more });
  note(`stdout of ${args.join(' ')}`, ended.stdout);
  note(`stderr of ${args.join(' ')}`, ended.stderr);
  return ended.code;
}

async function call(framework: RunningFramework, method: string, route: string, init: { body?: string; headers?: Record<string, string> } = {}): Promise<number> {
  const answer = await fetch(framework.url + route, { method, headers: { 'content-type': 'application/json', ...init.headers }, ...(init.body !== undefined && { body: init.body }) });
  note(`answer to ${method} ${route.split('Pl4nted')[0]!}`, `${JSON.stringify([...answer.headers])} ${await answer.text()}`);
  return answer.status;
}

const reads = ['/', '/health/live', '/health/ready', '/-/check-up', '/metrics', '/api/v1/integrations', '/api/v1/integrations/literal', '/api/v1/runs?limit=1000', '/api/v1/rows?limit=1000', '/api/v1/entities?blueprint=record', '/api/v1/dead-letters', '/api/v1/pipelines', '/api/v1/audit?limit=1000', '/api/v1/config/schema', '/api/v1/openapi.json'];
const readAll = async (framework: RunningFramework): Promise<void> => {
  for (const route of reads) await call(framework, 'GET', route);
};

function noteFiles(): void {
  const data = path.join(folder.path, '.data');
  for (const name of fs.readdirSync(data)) note(`file ${name}`, fs.readFileSync(path.join(data, name), 'latin1'));
}

/** What the portal was sent; the two places where it has to be are left out, and looked at by themselves. */
function notePortal(): void {
  for (const { call: name, body } of api.received) {
    if (name === 'POST /v1/auth/access_token') {
      expect(Object.values(JSON.parse(body) as object)).toEqual([planted.clientId, planted.clientSecret]);
      continue;
    }
    note(`to the portal: ${name}`, `${name} ${body.replace(/"url":"[^"]*\/resync\/[^"]*"/, '"url":"the URL of the trigger"')}`);
  }
}

describe('secrets', () => {
  it('are in no log line, answer, metric, store file or portal body, whatever goes wrong while it runs', async () => {
    write(configuration());
    const framework = await startProcess(folder, environment);
    try {
      await until('the runs of the start', () => framework.stdout().match(/completed in/g)?.length === entries().length);
      await until('ready', async () => (await call(framework, 'GET', '/health/ready')) === 200);
      // The source refuses, fails, or sends us elsewhere, and quotes the token every time.
      const quote = (how: (authorization: string) => NonNullable<ReturnType<NonNullable<RecordsSource['fault']>>>): void => {
        source.fault = (request) => how(request.headers.authorization ?? '');
      };
      const faults: Parameters<typeof quote>[0][] = [
        (token) => ({ status: 401, body: JSON.stringify({ message: `wrong: ${token}`, errors: [{ detail: encodeURIComponent(token) }] }) }),
        (token) => ({ status: 403, body: token, headers: { 'www-authenticate': token.replaceAll('"', "'") } }),
        (token) => ({ status: 500, body: JSON.stringify({ error: { message: token } }) }),
        (token) => ({ status: 200, body: `{"records": [${token}` }),
        (token) => ({ status: 200, body: JSON.stringify({ records: token, next: null }) }),
        (token) => ({ status: 302, headers: { location: `http://127.0.0.1:9/?token=${encodeURIComponent(token)}` } }),
        (token) => ({ status: 404, body: JSON.stringify({ message: token }) }),
      ];
      for (const fault of faults) {
        quote(fault);
        for (const identifier of Object.keys(forms)) expect((await resync(framework, identifier)).state).toBe('failed');
      }
      await readAll(framework);

      // Callers without and with half of what they need.
      for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: `Bearer ${planted.apiToken}` }, { 'x-port-signature': 'v1,wrong', 'x-port-timestamp': '1' }] as Record<string, string>[]) {
        expect(await call(framework, 'POST', '/resync/literal', { headers, body: '{}' })).toBe(401);
      }
      expect(await call(framework, 'POST', '/resync/literal/wrong', { body: 'no json' })).toBe(401);
      expect(await call(framework, 'POST', `/resync/nobody/${encodeURIComponent(planted.triggerSecret)}`)).toBe(404);
      expect(await call(framework, 'GET', `/resync/literal/${encodeURIComponent(planted.triggerSecret)}`)).toBe(405);
      expect(await call(framework, 'POST', '/api/v1/integrations/literal/resync', { body: '{"kinds": 1}' })).toBe(400);
      expect(await call(framework, 'POST', '/api/v1/config/validate', { body: JSON.stringify(configuration({ unknown: planted.literal.length })) })).toBe(200);
      expect(await call(framework, 'GET', '/api/v1/runs?cursor=broken')).toBe(400);
      expect(await command(['resync', 'literal'])).toBe(1);
      expect(await command(['list'])).toBe(0);

      // A portal that refuses, fails and is away, and quotes what it was sent.
      source.fault = undefined;
      for (const status of [401, 403, 422, 500]) {
        api.refuse = status;
        source.records.set(`b${status}`, { id: `b${status}`, name: 'B', size: 2 });
        await framework.call('POST', '/api/v1/integrations/env/resync', {});
        const before = api.received.length;
        await until('it was refused', () => api.received.length > before + 1);
        await readAll(framework);
      }
      await api.leave();
      await framework.call('POST', '/api/v1/integrations/env/resync', {});
      await until('it is away', async () => (await call(framework, 'GET', '/health/ready')) === 503);
      await readAll(framework);
      await framework.kill();
      noteFiles();
    } finally {
      await framework.stop();
      note('stdout', framework.stdout());
      note('stderr', framework.stderr());
    }
    notePortal();
    expectNone();
    expect([...seen.get('file framework.db')!, ...seen.get('stderr')!].every((text) => text.length > 100)).toBe(true);
    const registered = api.received.filter(({ body }) => body.includes('changelogDestination')).map(({ body }) => body);
    expect(registered.some((body) => body.includes(encodeURIComponent(planted.triggerSecret)))).toBe(true);
    // Each source saw its own token, and nothing of the portal's.
    expect([...shownToSource].sort()).toEqual([planted.dollar, planted.env, planted.fromEnv, planted.fromFile, planted.literal].map((token) => `Bearer ${token}`).sort());
    expect(api.received.flatMap(({ authorization = '' }) => foundIn(authorization))).toEqual([]);
  });

  it.each(['json', 'pretty'])('are in nothing that is said when the portal refuses them at the start (%s)', async (format) => {
    write(configuration());
    api.refuse = 401;
    expect(await command(['start'], { LOG_FORMAT: format })).toBe(4);
    expect(await command(['check'], { LOG_FORMAT: format })).toBe(4);
    expect(seen.get('stderr of start')!.join('')).toMatch(/\[redacted\]|refused our credentials/);
    noteFiles();
    expectNone();
  });

  it('are in nothing that the commands say of a source that quotes them', async () => {
    write(configuration({ port: undefined, triggerChannel: { type: 'ONCE' } }));
    source.fault = (request) => ({ status: 401, body: JSON.stringify({ message: request.headers.authorization }) });
    folder.write('records.json', '{"id":"a"}');
    expect(await command(['start'])).toBe(1);
    expect(await command(['check', '--json'])).toBe(4);
    expect(await command(['check', 'dollar'])).toBe(4);
    expect(await command(['resync', 'from-file', '--once', '--json'])).toBe(1);
    expect(await command(['list', '--json'])).toBe(0);
    expect(await command(['validate', '--json'])).toBe(2); // a literal secret is a warning
    expect(await command(['map', 'env', '--kind', 'record', '--input', 'records.json'])).toBe(0);
    noteFiles();
    expectNone();
  });

  it('are in no problem of a configuration that holds them in the wrong place', async () => {
    const wrong: (string | object)[] = [
      configuration({ port: { baseUrl: planted.clientSecret, clientId: [planted.clientId], clientSecret: { secret: planted.clientSecret } } }),
      configuration({ triggerChannel: { type: '${A_TOKEN}', interval: 'env:ANOTHER_TOKEN', secret: 7, sasl: { mechanism: { fromEnv: 'A_SASL_PASSWORD' }, username: 'u', password: [planted.saslPassword] } } }),
      configuration({ mongodb: { url: `mongodb//user:${encodeURIComponent(planted.mongoPassword)}@127.0.0.1:9`, database: 7 } }),
      configuration({ mongodb: { url: `mongodb://user:${planted.mongoPassword}@127.0.0.1:9` } }),
      configuration({ strict: '${A_THIRD_TOKEN}', mapping: { steps: { fromFile: 'token.txt' } } }),
      configuration({ integrations: [{ identifier: 'literal', type: 'records', config: { url: { fromEnv: 'A_TOKEN' }, token: { value: planted.literal }, tokens: planted.literal } }] }),
      configuration({ integrations: [{ identifier: 'agent', source: { type: 'records', url: source.url, token: planted.literal }, pipelines: [] }] }),
      `port: { clientId: A_CLIENT_ID, clientSecret: '${planted.clientSecret}', baseUrl: local\nintegrations: [`,
    ];
    for (const value of wrong) {
      write(value);
      const ended = await Promise.all([command(['validate', '--json']), command(['start'])]);
      expect([[2, 2], [2, 69]]).toContainEqual(ended);
    }
    write(configuration());
    for (const [name, value] of [['FRAMEWORK__PORT__CLIENTSECRT', planted.clientSecret], ['FRAMEWORK__TRIGGERCHANNEL__INTERVAL', planted.triggerSecret], ['HTTP_PORT', planted.apiToken], ['LOG_LEVEL', planted.apiToken]] as const) {
      expect(await command(['start'], { [name]: value })).toBe(2);
    }
    expectNone();
  });

  it('are in nothing that is said of a store or brokers that cannot be reached', async () => {
    const rude = createServer((socket) => socket.on('error', () => undefined).end('no'));
    await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve));
    const { port } = rude.address() as AddressInfo;
    try {
      for (const address of ['127.0.0.1:9', `127.0.0.1:${port}`]) {
        write(configuration({ port: undefined, triggerChannel: { type: 'POLLING' }, mongodb: { url: `mongodb://user:${encodeURIComponent(planted.mongoPassword)}@${address}/db?serverSelectionTimeoutMS=300` } }));
        expect(await command(['start'])).toBe(69);
        expect(await command(['check', '--json'])).toBe(4);
      }
      write(configuration({ triggerChannel: { type: 'KAFKA', brokers: [`127.0.0.1:${port}`, '127.0.0.1:9'], sasl: { mechanism: 'PLAIN', username: 'u', password: 'env:A_SASL_PASSWORD' } } }));
      const framework = await startProcess(folder, environment);
      await until('the trigger failed', () => /Kafka trigger was interrupted/.test(framework.stderr()));
      await readAll(framework);
      note('stderr with KAFKA', (await framework.stop()).stderr);
    } finally {
      rude.close();
    }
    expectNone();
  });
});
