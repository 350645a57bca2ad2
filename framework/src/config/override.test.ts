import { workspace } from '../../test/workspace';
import { formatProblem, readSettings, type Settings } from '.';

const FILE = `port: { baseUrl: local }
integrations:
  - identifier: my_kafka-integration
    type: kafka
    config: { bootstrap_servers: a, deep: { one: 1 } }
    refresh: { atStart: true }
  - type: git
`;

async function read(environment: NodeJS.ProcessEnv, text = FILE): Promise<Settings> {
  return readSettings({ files: [], environment, cwd: workspace({ 'config.yaml': text }) });
}
const told = (settings: Settings): string[] => [...settings.problems, ...settings.entries.flatMap((entry) => entry.problems)].map(formatProblem);

describe('FRAMEWORK__ variables', () => {
  it('set keys over the file, without regard to case, _ and -', async () => {
    const settings = await read({
      FRAMEWORK__PORT__SEND_EXAMPLES: 'false',
      FRAMEWORK__TRIGGERCHANNEL__TYPE: 'once',
      'FRAMEWORK__trigger-channel__interval': '5m',
      FRAMEWORK__MAPPING__ENV: '[A, B]',
      FRAMEWORK__INTEGRATIONS__MY_KAFKA_INTEGRATION__CONFIG__BOOTSTRAPSERVERS: 'b:1',
      FRAMEWORK__INTEGRATIONS__MY_KAFKA_INTEGRATION__RESYNC__AT_START: 'false',
      FRAMEWORK__INTEGRATIONS__1__ENABLED: 'false',
      FRAMEWORK__INTEGRATIONS__GIT__CONFIG: '{ path: x }',
    });
    expect(told(settings)).toEqual([]);
    expect(settings.port!.sendExamples).toBe(false);
    expect(settings.trigger).toMatchObject({ type: 'ONCE', intervalMs: 300_000 });
    expect(settings.mapping.env).toEqual(['A', 'B']);
    expect(settings.entries).toMatchObject([
      { settings: { bootstrap_servers: 'b:1', deep: { one: 1 } }, resync: { atStart: false }, enabled: true },
      { settings: { path: 'x' }, enabled: false },
    ]);
  });

  it('work for an object that the file lacks', async () => {
    const settings = await read({ FRAMEWORK__MONGODB__URL: 'mongodb://planted:planted@h/db', FRAMEWORK__MONGODB__DATABASE: '007' });
    expect(told(settings)).toEqual([]);
    expect(settings.mongodb!.url.reveal()).toBe('mongodb://planted:planted@h/db');
    expect(settings.mongodb!.database).toBe('007');
  });

  it('are the place of what they set', async () => {
    const settings = await read({ FRAMEWORK__MAPPING__STEPS: 'many', FRAMEWORK__INTEGRATIONS__GIT__HTTP__RETRIES: '-1' });
    expect(told(settings)).toEqual([
      'FRAMEWORK__MAPPING__STEPS:1:1: CONFIG_TYPE mapping.steps must be a whole number, not text; write a whole number',
      'FRAMEWORK__INTEGRATIONS__GIT__HTTP__RETRIES:1:1: CONFIG_LIMIT integrations[1].http.retries is -1; write at least 0',
    ]);
    expect(settings.locate('mapping.steps')).toMatchObject({ file: 'FRAMEWORK__MAPPING__STEPS', line: 1, column: 1 });
  });

  it('follow references like the file, and are no plain text', async () => {
    const settings = await read({ FRAMEWORK__MONGODB__URL: 'env:REAL', REAL: 'mongodb://u:p@h', FRAMEWORK__PORT__CLIENTID: 'A_NAME', A_NAME: 'id', FRAMEWORK__PORT__CLIENTSECRET: 'planted' });
    expect(told(settings)).toEqual([]);
    expect([settings.mongodb!.url.reveal(), settings.port!.clientId!.reveal(), settings.port!.clientSecret!.reveal()]).toEqual(['mongodb://u:p@h', 'id', 'planted']);
  });

  it.each([
    ['FRAMEWORK__PROT__BASEURL', "'PROT' names nothing in the configuration; did you mean 'port'?"],
    ['FRAMEWORK__PORT__BASE_URLS', "'BASE_URLS' names nothing in port; did you mean 'baseUrl'?"],
    ['FRAMEWORK__INTEGRATIONS__GITT__ENABLED', "'GITT' names nothing in integrations; did you mean 'git'?"],
    ['FRAMEWORK__INTEGRATIONS__9__ENABLED', "'9' names nothing in integrations; known there: my_kafka-integration, git"],
    ['FRAMEWORK__STRICT__DEEP', "'DEEP' names nothing in strict; known there: nothing"],
    ['FRAMEWORK__', "'' names nothing in the configuration; known there: port, triggerChannel, mongodb, integrationsPath, strict, mapping, audit, integrations"],
  ])('%s names nothing: configuration error', async (name, what) => {
    const settings = await read({ [name]: 'planted' });
    expect(told(settings)).toEqual([`${name}:1:1: CONFIG_UNKNOWN_KEY ${what}`]);
    expect(settings.problems[0]!.severity).toBe('error');
  });

  it('an identifier that two entries share loosely needs the index', async () => {
    const text = 'integrations: [{ identifier: a-b, type: git }, { identifier: a_b, type: git }]\n';
    expect(told(await read({ FRAMEWORK__INTEGRATIONS__A_B__ENABLED: 'false' }, text))).toEqual([
      "FRAMEWORK__INTEGRATIONS__A_B__ENABLED:1:1: CONFIG_UNKNOWN_KEY 'A_B' names several entries; use the index",
    ]);
  });
});
