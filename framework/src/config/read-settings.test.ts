import fs from 'node:fs';
import path from 'node:path';
import { workspace } from '../../test/workspace';
import { formatProblem, readSettings, type Settings } from '.';

const examples = path.resolve(__dirname, '../../test/examples');
const GIT = 'integrations: [{ type: git, config: { path: . } }]\n';

interface Given {
  readonly environment?: NodeJS.ProcessEnv;
  readonly files?: readonly string[];
  readonly lenient?: boolean;
}

async function read(files: Readonly<Record<string, string>>, given: Given = {}): Promise<Settings> {
  const cwd = workspace(files);
  return readSettings({ files: given.files ?? [], environment: given.environment ?? {}, cwd, ...(given.lenient !== undefined && { lenient: given.lenient }) });
}

const told = (settings: Settings): string[] => [...settings.problems, ...settings.entries.flatMap((entry) => entry.problems)].map(formatProblem);
const codes = (settings: Settings): string[] => [...settings.problems, ...settings.entries.flatMap((entry) => entry.problems)].map(({ code, severity }) => `${severity} ${code}`);

describe('the examples of users', () => {
  it('port-config.yaml, byte for byte', async () => {
    const settings = await readSettings({ files: [path.join(examples, 'port-config.yaml')], environment: { PORT_BASE_URL: 'local' }, cwd: '/' });
    expect(told(settings)).toEqual([]);
    expect(settings.port).toMatchObject({ baseUrl: 'local', local: true, initialize: true, createPortResourcesOrigin: 'Default', product: 'integration-framework', sendExamples: true });
    expect(settings.port).not.toHaveProperty('clientId');
    expect(settings.trigger).toEqual({ type: 'KAFKA', intervalMs: 60_000 });
    expect(settings.entries).toMatchObject([{ identifier: 'my_kafka_integration', type: 'kafka', form: 'framework', settings: { bootstrap_servers: 'localhost:9092' }, settingsPath: 'integrations[0].config' }]);
  });

  it('port-config.yaml with Port: credentials are variables', async () => {
    const environment = { PORT_CLIENT_ID: 'id-1', PORT_CLIENT_SECRET: 'planted-secret' };
    const settings = await readSettings({ files: [path.join(examples, 'port-config.yaml')], environment, cwd: '/' });
    expect(told(settings)).toEqual([]);
    expect(settings.port).toMatchObject({ baseUrl: 'https://api.getport.io', local: false });
    expect(settings.port!.clientId!.reveal()).toBe('id-1');
    expect(settings.port!.clientSecret!.reveal()).toBe('planted-secret');
  });

  it('jira-mongo.json, byte for byte', async () => {
    const environment = { JIRA_SECRET: 'planted-secret', MONGO_URL: 'mongodb://localhost/app' };
    const settings = await readSettings({ files: [path.join(examples, 'jira-mongo.json')], environment, cwd: '/' });
    expect(told(settings)).toEqual([]);
    expect(settings.trigger.type).toBe('NONE');
    const [entry] = settings.entries;
    expect(entry).toMatchObject({ identifier: 'jira', type: 'jira', form: 'pipeline', settingsPath: 'integrations[0].source', settings: {} });
    const { authentication } = entry!.incoming;
    expect(authentication === undefined || authentication === 'none' ? authentication : authentication.secret!.map((secret) => secret.reveal())).toEqual(['planted-secret']);
    expect(entry!.pipelines).toHaveLength(1);
  });
});

describe('files', () => {
  it('CONFIGURATION_PATH names the file, --config wins', async () => {
    const files = { 'a.yaml': GIT, 'b.json': '{"integrations":[{"type":"kafka"}]}' };
    expect((await read(files, { environment: { CONFIGURATION_PATH: './b.json' } })).entries[0]!.type).toBe('kafka');
    expect((await read(files, { environment: { CONFIGURATION_PATH: './b.json' }, files: ['a.yaml'] })).entries[0]!.type).toBe('git');
  });

  it('objects merge, integrations merge by identifier, other lists are replaced; places stay those of each file', async () => {
    const settings = await read(
      {
        'base.yaml': 'port: { baseUrl: local, initialize: false }\nmapping: { env: [A, B] }\nintegrations:\n  - { identifier: one, type: git, config: { path: x, deep: { a: 1 } } }\n  - { type: kafka }\n',
        'more/over.yaml': 'port: { sendExamples: false }\nmapping: { env: [C] }\nintegrations:\n  - { type: jira }\n  - { identifier: kafka, config: { y: 1 } }\n  - identifier: one\n    config:\n      path: z\n      deep: { b: 2 }\n',
      },
      { files: ['base.yaml', 'more/over.yaml'] },
    );
    expect(settings.port).toMatchObject({ local: true, initialize: false, sendExamples: false });
    expect(settings.mapping.env).toEqual(['C']);
    expect(settings.entries.map(({ identifier, settings: own }) => [identifier, own])).toEqual([
      ['one', { path: 'z', deep: { a: 1, b: 2 } }],
      ['kafka', { y: 1 }],
      ['jira', {}],
    ]);
    expect(settings.locate('integrations[0].config.path')).toMatchObject({ file: 'more/over.yaml', line: 8, column: 7, folder: path.join(settings.folder, 'more') });
    expect(settings.locate('integrations[0].config.deep.a')).toMatchObject({ file: 'base.yaml', line: 4 });
    expect(settings.locate('integrations[0].config.nowhere')).toMatchObject({ file: 'base.yaml', line: 4, column: 35 });
  });

  it('.env beside the first file is read; what is set already wins', async () => {
    const environment: NodeJS.ProcessEnv = { HTTP_PORT: '1234' };
    const settings = await read({ 'sub/c.yaml': GIT, 'sub/.env': 'HTTP_PORT=99\nAPI_TOKEN="planted token"\n# note\nHTTP_PROXY=http://proxy:1\n' }, { files: ['sub/c.yaml'], environment });
    expect(settings.process.httpPort).toBe(1234);
    expect(settings.process.apiToken!.reveal()).toBe('planted token');
    expect(environment['HTTP_PROXY']).toBe('http://proxy:1');
  });

  it('text may be given instead of the first file', async () => {
    const settings = await readSettings({ files: ['body.yaml'], environment: {}, cwd: workspace({}), text: 'integrations: [{ typ: git }]' });
    expect(told(settings)[0]).toBe('body.yaml:1:16: CONFIG_REQUIRED integrations[0].type is missing; name the folder of the integration');
  });

  it('JSON with tabs, a byte order mark, anchors', async () => {
    const tabs = await read({ 'config.yaml': `\uFEFF{\n\t"integrations": [\n\t\t{ "type": "git" }\n\t]\n}` });
    expect(told(tabs)).toEqual([]);
    const anchors = await read({ 'config.yaml': 'integrations:\n  - { type: git, config: &c { path: x } }\n  - { identifier: two, type: git, config: *c }\n' });
    expect(anchors.entries[1]!.settings).toEqual({ path: 'x' });
  });

  it.each([
    ['an alias inside its own anchor', 'integrations: &a [*a]'],
    ['aliases of aliases', `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefgh'].map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[at]}`).join(',')}]`).join('\n')}\n`],
    ['brackets without end', '['.repeat(50_000)],
    ['brackets nested without end', `a:\n  ${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['lists nested without end', `a:\n${'- '.repeat(50_000)}x`],
    ['objects nested without end', Array.from({ length: 1_000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    ['two documents', 'a: 1\n---\nb: 2\n'],
    ['a key twice', 'integrations: []\nintegrations: []\n'],
  ])('refuses %s', async (_, text) => {
    const settings = await read({ 'config.yaml': text });
    expect(settings.problems[0]).toMatchObject({ code: 'CONFIG_SYNTAX', severity: 'error', file: 'config.yaml' });
    expect(settings.entries).toEqual([]);
  });

  it('tells where it nests too deeply', async () => {
    expect(told(await read({ 'config.yaml': `integrations:\n  - ${'['.repeat(300)}` }))[0]).toBe('config.yaml:2:205: CONFIG_SYNTAX nested deeper than 200 levels; correct the text');
  });

  it('a syntax error quotes nothing of the file', async () => {
    const settings = await read({ 'config.yaml': 'port:\n  clientSecret: "planted" planted: [\n' });
    expect(told(settings)[0]).toMatch(/^config.yaml:2:\d+: CONFIG_SYNTAX /);
    expect(told(settings).join()).not.toContain('planted');
  });
});

describe('root keys', () => {
  it('all problems at once, sorted', async () => {
    const settings = await read({ 'config.yaml': 'ports: {}\nport:\n  baseUrl: local\n  initialise: false\ntriggerChannel:\n  type: SMTP\n  interval: 60\nmongodb: {}\nstrict: "no"\nintegrations: []\n' });
    expect(told(settings)).toEqual([
      "config.yaml:1:1: CONFIG_UNKNOWN_KEY unknown key 'ports'; did you mean 'port'?",
      "config.yaml:4:3: CONFIG_UNKNOWN_KEY unknown key 'initialise' in port; did you mean 'initialize'?",
      'config.yaml:6:3: CONFIG_ENUM triggerChannel.type must be one of KAFKA, WEBHOOK, POLLING, ONCE, WEBHOOKS_ONLY, ACTIONS_ONLY; choose one',
      'config.yaml:7:3: CONFIG_TYPE triggerChannel.interval must be a duration such as 30s, 10m or PT10M, not a number; add a unit',
      'config.yaml:8:1: CONFIG_REQUIRED mongodb.url is missing; add it: Connection string',
      'config.yaml:9:1: CONFIG_TYPE strict must be true or false, not text; write true or false',
      'config.yaml:10:1: CONFIG_LIMIT integrations is empty; name at least one integration, for example - { type: git, config: { path: . } }',
    ]);
  });

  it('the trigger: POLLING with port, else none; any case', async () => {
    expect((await read({ 'config.yaml': GIT })).trigger.type).toBe('NONE');
    expect((await read({ 'config.yaml': `port: { baseUrl: local }\n${GIT}` })).trigger.type).toBe('POLLING');
    expect((await read({ 'config.yaml': `port: { baseUrl: local }\ntriggerChannel: { type: webhooks_only, interval: 2m }\n${GIT}` })).trigger).toEqual({ type: 'WEBHOOKS_ONLY', intervalMs: 120_000 });
  });

  it('a trigger that asks a portal does nothing without port', async () => {
    const settings = await read({ 'config.yaml': `triggerChannel: { type: KAFKA }\n${GIT}` });
    expect(settings.trigger.type).toBe('NONE');
    expect(codes(settings)).toEqual(['warning CONFIG_REQUIRED']);
  });

  it('WEBHOOK with a remote portal needs PUBLIC_URL', async () => {
    const text = `port: { clientId: ID, clientSecret: SECRET }\ntriggerChannel: { type: WEBHOOK }\n${GIT}`;
    const environment = { ID: 'i', SECRET: 's' };
    expect(told(await read({ 'config.yaml': text }, { environment: { ...environment } }))).toEqual(['PUBLIC_URL:1:1: CONFIG_REQUIRED PUBLIC_URL is not set: the portal must know where to call us; set PUBLIC_URL']);
    expect(told(await read({ 'config.yaml': text }, { environment: { ...environment, PUBLIC_URL: 'https://x.example/' } }))).toEqual([]);
  });

  it('brokers: one, several, with commas; sasl', async () => {
    const settings = await read(
      { 'config.yaml': `port: { baseUrl: local }\ntriggerChannel: { type: KAFKA, brokers: "a:1, b:2", ssl: true, groupId: g, sasl: { mechanism: PLAIN, username: u, password: "env:PW" } }\n${GIT}` },
      { environment: { PW: 'planted' } },
    );
    expect(settings.trigger).toMatchObject({ brokers: ['a:1', 'b:2'], ssl: true, groupId: 'g', sasl: { mechanism: 'plain', username: 'u' } });
    expect(settings.trigger.sasl!.password.reveal()).toBe('planted');
  });

  it.each([
    ['https://api.getport.io/v1', 'https://api.getport.io'],
    ['https://api.us.getport.io/', 'https://api.us.getport.io'],
    ['http://localhost:3000/base/v1/', 'http://localhost:3000/base'],
    ['local', 'local'],
  ])('port.baseUrl %s', async (written, expected) => {
    const settings = await read({ 'config.yaml': `port: { baseUrl: "${written}" }\n${GIT}` }, { environment: { PORT_CLIENT_ID: 'i', PORT_CLIENT_SECRET: 's' } });
    expect(settings.port!.baseUrl).toBe(expected);
  });

  it.each(['nonsense', 'https://user:planted@host', 'ftp://x', 'https://a b'])('refuses port.baseUrl %s', async (written) => {
    const settings = await read({ 'config.yaml': `port: { baseUrl: "${written}" }\n${GIT}` }, { environment: { PORT_CLIENT_ID: 'i', PORT_CLIENT_SECRET: 's' } });
    expect(codes(settings)).toEqual(['error CONFIG_TYPE']);
    expect(told(settings).join()).not.toContain('planted');
  });

  it('PORT_ variables win over the file', async () => {
    const settings = await read(
      { 'config.yaml': `port: { clientId: literal, clientSecret: { fromEnv: NOWHERE }, baseUrl: OTHER }\n${GIT}` },
      { environment: { PORT_CLIENT_ID: 'i', PORT_CLIENT_SECRET: 's', PORT_BASE_URL: 'https://p.example' } },
    );
    expect(told(settings)).toEqual([]);
    expect([settings.port!.clientId!.reveal(), settings.port!.clientSecret!.reveal(), settings.port!.baseUrl]).toEqual(['i', 's', 'https://p.example']);
  });

  it('with local, unset credentials are as absent, half of them is an error', async () => {
    const text = (clientId: string): string => `port: { baseUrl: local, clientId: ${clientId}, clientSecret: "\${NOT_SET}" }\n${GIT}`;
    expect(told(await read({ 'config.yaml': text('{ fromEnv: NOT_SET }') }))).toEqual([]);
    expect(told(await read({ 'config.yaml': text('{ fromEnv: SET }') }, { environment: { SET: 'x' } }))).toEqual([
      'config.yaml:1:53: CONFIG_REQUIRED port.clientSecret is missing; set PORT_CLIENT_SECRET, or write port.clientSecret',
    ]);
  });

  it('with Port, an unset capital name is SECRET_MISSING, an absent key CONFIG_REQUIRED', async () => {
    const settings = await read({ 'config.yaml': `port:\n  clientId: PORT_CLIENT_ID\n${GIT}` });
    expect(told(settings)).toEqual(['config.yaml:2:3: SECRET_MISSING port.clientId: the variable PORT_CLIENT_ID is not set; set PORT_CLIENT_ID']);
    const absent = await read({ 'config.yaml': `port: {}\n${GIT}` });
    expect(codes(absent)).toEqual(['error CONFIG_REQUIRED', 'error CONFIG_REQUIRED']);
  });

  it('CONFIG_LENIENT and the lenient option make unknown keys warnings', async () => {
    const text = `ports: 1\nintegrations: [{ type: git, colour: red }]\n`;
    expect(codes(await read({ 'config.yaml': text }))).toEqual(['error CONFIG_UNKNOWN_KEY', 'error CONFIG_UNKNOWN_KEY']);
    expect(codes(await read({ 'config.yaml': text }, { environment: { CONFIG_LENIENT: 'true' } }))).toEqual(['warning CONFIG_UNKNOWN_KEY', 'warning CONFIG_UNKNOWN_KEY']);
    expect(codes(await read({ 'config.yaml': text }, { lenient: true }))).toEqual(['warning CONFIG_UNKNOWN_KEY', 'warning CONFIG_UNKNOWN_KEY']);
  });

  it('integrationsPath: relative to its file, after the folder of the repository, missing ones are told', async () => {
    const settings = await read({ 'sub/c.yaml': `integrationsPath: [../mine, ./gone]\n${GIT}`, 'mine/x/src/index.js': '' }, { files: ['sub/c.yaml'] });
    expect(settings.integrationsPath).toEqual([path.resolve(__dirname, '../../../integrations'), path.resolve(settings.folder, '../mine'), path.join(settings.folder, 'gone')]);
    expect(codes(settings)).toEqual(['error CONFIG_MISSING_FILE']);
    expect(fs.existsSync(settings.integrationsPath[0]!)).toBe(true);
  });
});
