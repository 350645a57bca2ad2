import { workspace } from '../../../test/workspace';
import { destinationSettings } from '../../audit';
import { readSettings } from '../../config';
import { readArguments } from '../arguments';
import { createLog } from '../log';
import { run } from './validate';

interface Given {
  readonly files?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
}
async function validate(text: string, { files = {}, flags = [] }: Given = {}): Promise<{ readonly code: number; readonly printed: readonly string[]; readonly told: string }> {
  const cwd = workspace({ ...files, 'config.yaml': text });
  const settings = await readSettings({ files: [], environment: { MONGO_URL: 'mongodb://h/app' }, cwd, destinations: destinationSettings });
  const invocation = readArguments(['validate', ...flags]);
  if (invocation.command === 'help' || invocation.command === 'version') throw new Error('not a command');
  const printed: string[] = [];
  const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  const code = await run({ invocation, settings, log: createLog({ logLevel: 'silent', logFormat: 'json' }), print: (line) => void printed.push(line) });
  const told = stderr.mock.calls.map(([line]) => String(line)).join('');
  stderr.mockRestore();
  return { code, printed, told };
}

const SINKS = 'sinks: [{ type: mongo, url: { fromEnv: MONGO_URL }, collection: c }]';

it('shows the feed of each pipeline', async () => {
  const { code, printed, told } = await validate(`integrations:
  - { identifier: k, type: kafka, config: { bootstrap_servers: "h:1" } }
  - { identifier: j, type: jira, pipelines: [{ ${SINKS} }, { name: own, processors: [{ type: filter, celExpression: "operation == 'write'" }], ${SINKS} }] }
`);
  expect([code, told]).toEqual([0, '']);
  expect(printed).toEqual(['k (kafka)  pipeline k  feed: rows', 'j (jira)  pipeline j/0  feed: rows', 'j (jira)  pipeline own  feed: events (a filter reads operation)', 'no problem found']);
});

it('tells every problem, those inside pipelines too', async () => {
  const text = `integrations:\n  - { type: jira, pipelines: [{ processors: [{ type: filter, celExpression: "eventType ==" }], sinks: [{ type: mango }] }] }\n`;
  const { code, printed, told } = await validate(text);
  expect([code, printed]).toEqual([2, ['2 errors, 0 warnings']]);
  expect(told).toMatch(/^config\.yaml:2:62: FILTER_SYNTAX .*\nconfig\.yaml:2:106: CONFIG_ENUM there is no sink 'mango'; did you mean 'mongo'\?\n$/);
  const json = await validate(text, { flags: ['--json'] });
  expect(JSON.parse(json.printed[0]!)).toMatchObject([{ code: 'FILTER_SYNTAX', path: 'integrations[0].pipelines[0].processors[0].celExpression' }, { code: 'CONFIG_ENUM' }]);
});

describe('an integration with a connector', () => {
  const files = {
    'mine/pgsql/src/index.js': `exports.default = {
      type: "pgsql", version: "1.2.3", title: "Postgres", description: "Databases and their schema.",
      settings: { user: { type: "string", required: true, description: "Who." }, password: { type: "string", secret: true, description: "Proof." } },
      component: { id: 1001, name: "Postgres connector", description: "Reads databases.", wikiUrl: "https://wiki/pg", status: "STABLE" },
      services: ["database", "files"], endpoints: "explicit", targets: [{ name: "server", blueprint: "softwareServer", deployedImplementationType: "PostgreSQL Server" }],
      schedule: { every: "30m", engage: true }, connector: () => ({}),
    };`,
  };
  const BASE = 'integrationsPath: mine\nintegrations:\n';

  it('1 connector provider: it is described by --integration', async () => {
    const { code, printed, told } = await validate(`${BASE}  - { type: pgsql, config: { user: u } }\n`, { files, flags: ['--integration', 'pgsql'] });
    expect([code, told]).toEqual([0, '']);
    expect(printed.map((line) => line.replace(/^folder .*\/mine\/pgsql$/, 'folder    FOLDER'))).toEqual([
      'Postgres (pgsql) 1.2.3',
      'Databases and their schema.',
      '',
      'folder    FOLDER',
      'every     30m',
      'services  database, files',
      'target    server: softwareServer (PostgreSQL Server)',
      'endpoints explicit',
      'component 1001 Postgres connector, STABLE: Reads databases. https://wiki/pg',
      'engage    true',
      '',
      'config:',
      '  user                 string, required           Who.',
      '  password             secret                     Proof.',
    ]);
  });

  it('is described as JSON', async () => {
    const { printed } = await validate(`${BASE}  - { type: pgsql, config: { user: u } }\n`, { files, flags: ['--integration', 'pgsql', '--json'] });
    expect(JSON.parse(printed[0]!)).toMatchObject({
      type: 'pgsql',
      settings: { user: { required: true } },
      kinds: [],
      schedule: { every: '30m', engage: true },
      connector: { services: ['database', 'files'], endpoints: 'explicit', targets: [{ name: 'server', blueprint: 'softwareServer' }], component: { id: 1001, status: 'STABLE' } },
    });
  });

  it('one without is described as before', async () => {
    const { printed } = await validate(`${BASE}  - { type: pgsql, config: { user: u } }\n`, { files, flags: ['--integration', 'git', '--json'] });
    expect(JSON.parse(printed[0]!)).not.toHaveProperty('connector');
  });

  it('checks an entry against it', async () => {
    expect(await validate(`${BASE}  - { type: pgsql, config: { user: u }, connection: { endpoint: { address: "db:5432" } }, targets: [{ name: a }] }\n`, { files })).toMatchObject({ code: 0, printed: ['no problem found'], told: '' });
    const bad = await validate(`${BASE}  - { type: pgsql, conection: {}, config: { usr: u }, endpoints: { learned: {} } }\naudit: { destinations: [{ kind: fiel }] }\n`, { files });
    expect([bad.code, bad.printed]).toEqual([2, ['5 errors, 0 warnings']]);
    expect(bad.told.split('\n').slice(0, -1)).toEqual([
      "config.yaml:3:20: CONFIG_UNKNOWN_KEY unknown key 'conection' in integrations[0]; did you mean 'connection'?",
      'config.yaml:3:35: CONFIG_REQUIRED integrations[0].config.user is missing; add it: Who',
      "config.yaml:3:45: CONFIG_UNKNOWN_KEY unknown key 'usr' in integrations[0].config; did you mean 'user'?",
      'config.yaml:3:55: CONFIG_INVALID integrations[0].endpoints: pgsql does not learn endpoints; remove it, and write connection.endpoint',
      "config.yaml:4:27: CONFIG_ENUM there is no audit destination 'fiel'; did you mean 'file'?",
    ]);
  });
});
