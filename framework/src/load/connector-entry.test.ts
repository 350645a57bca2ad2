import { inspect } from 'node:util';
import { workspace } from '../../test/workspace';
import { destinationSettings } from '../audit';
import { formatProblem, readSettings } from '../config';
import { services } from '../connector/services';
import type { Secret } from '../contract';
import { loadEntries, type ConnectorEntry, type Entry, type LoadedEntries } from '.';

const PLANTED = 'planted-value-8c1';

const code = (type: string, parts: string): Readonly<Record<string, string>> => ({
  [`mine/${type}/src/index.js`]: `exports.default = { type: "${type}", version: "1", title: "T", description: "D", connector: () => ({}), ${parts} };`,
});
const SETTINGS = `settings: {
  user: { type: "string", required: true, description: "Who." },
  password: { type: "string", secret: true, description: "Proof." },
  port: { type: "integer", default: 5432, min: 1, description: "Where." },
  excludeSchemas: { type: "list", default: [], description: "Not these." },
}`;
const FILES = {
  ...code('pg', `services: ["database"], ${SETTINGS}, validate: ({ user, port }) => (user === "root" && port === 1 ? ["root may not use port 1; use another"] : [])`),
  ...code('apis', 'services: ["api"], settings: {}, schedule: { every: "5m", engage: true }'),
  ...code('finder', 'services: ["search"], settings: {}'),
  ...code('glossaries', 'services: ["catalog"], settings: {}'),
  ...code('same', 'services: ["analytics", "database"], settings: {}'),
  ...code('mixed', 'services: ["security", "organization"], settings: {}'),
  ...code('reader', 'settings: {}'),
  ...code('fixed', 'services: ["files"], settings: {}, endpoints: "explicit"'),
  ...code('learner', 'services: ["api"], settings: {}, endpoints: "learned"'),
  ...code('beside', 'services: ["topic"], settings: { a: { type: "integer", description: "" } }, kinds: [{ name: "k", key: () => [1] }]'),
  'mine/plain/src/index.js': 'exports.default = { type: "plain", version: "1", title: "", description: "", settings: {}, kinds: [{ name: "k", key: () => [1] }] };',
};

interface Loaded extends LoadedEntries {
  readonly told: readonly string[];
}
/** `entries`: the items of `integrations`, one a line. */
async function load(entries: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Loaded> {
  const cwd = workspace({ ...FILES, 'config.yaml': `integrationsPath: mine\nintegrations:\n${entries.map((entry) => `  - ${entry}\n`).join('')}` });
  const settings = await readSettings({ files: [], environment, cwd });
  expect(settings.problems).toEqual([]);
  const loaded = await loadEntries(settings, services);
  const problems = [...loaded.failed.flatMap((entry) => entry.problems), ...loaded.entries.flatMap(({ warnings }) => warnings)];
  return { ...loaded, told: problems.map((problem) => `${problem.severity === 'warning' ? 'warning ' : ''}${formatProblem(problem)}`) };
}
async function loadOne(entry: string, environment: NodeJS.ProcessEnv = {}): Promise<Entry> {
  const { entries, told } = await load([entry], environment);
  expect(told).toEqual([]);
  return entries[0]!;
}
const connectorOf = async (entry: string, environment: NodeJS.ProcessEnv = {}): Promise<ConnectorEntry | undefined> => (await loadOne(entry, environment)).connector;

describe('an integration with a connector and no kinds', () => {
  it('needs no mapping and no blueprints, and always has one', async () => {
    const entry = await loadOne('{ type: apis }');
    expect(entry).toMatchObject({ blueprints: [], defaultMapping: { resources: [] } });
    expect(entry.connector).toEqual({
      connection: { config: {} },
      targets: [],
      metadataSource: { id: 'apis::apis', kind: 'APIManager' },
      direction: 'FROM_THIRD_PARTY',
      engage: true,
      zones: { default: [], visible: [] },
      onMissing: 'archive',
      maxFailures: 10,
    });
  });

  it('is what the file says', async () => {
    const connector = await connectorOf(
      '{ identifier: sales, type: pg, group: g, connection: { name: n, endpoint: { address: "h:1", protocol: p } }, config: { user: u }, targets: [{ name: t, entity: e, metadataSource: { id: m }, direction: OTHER, onMissing: none }], metadataSource: { id: own, kind: K }, direction: TO_THIRD_PARTY, engage: true, zones: { default: [a], publish: [b], visible: [c] }, onMissing: purge, maxFailures: 3, startDate: 2026-03-01T12:00:00Z, stopDate: 2026-04-01T12:00:00Z }',
    );
    expect(connector).toEqual({
      group: 'g',
      connection: { name: 'n', endpoint: { address: 'h:1', protocol: 'p' }, config: { user: 'u', port: 5432, excludeSchemas: [] } },
      targets: [{ name: 't', entity: 'e', metadataSource: { id: 'm' }, direction: 'OTHER', onMissing: 'none' }],
      metadataSource: { id: 'own', kind: 'K' },
      direction: 'TO_THIRD_PARTY',
      engage: true,
      zones: { default: ['a'], publish: ['b'], visible: ['c'] },
      onMissing: 'purge',
      maxFailures: 3,
      startAt: Date.UTC(2026, 2, 1, 12),
      stopAt: Date.UTC(2026, 3, 1, 12),
    });
  });

  it.each([
    ['metadataSource: { kind: K }', { id: 'pg::pg', kind: 'K' }],
    ['metadataSource: { id: own }', { id: 'own', kind: 'DatabaseManager' }],
  ])('%s: the rest is by default', async (key, metadataSource) => expect(await connectorOf(`{ type: pg, config: { user: u }, ${key} }`)).toMatchObject({ metadataSource }));

  it('engage: false wins over what the integration recommends', async () => expect(await connectorOf('{ type: apis, engage: false }')).toMatchObject({ engage: false }));

  it.each([
    ['learned', '{ type: apis, endpoints: { learned: { blueprint: endpoint, match: { protocol: [http, https] } } } }', { learned: { blueprint: 'endpoint', match: { protocol: ['http', 'https'] } } }],
    ['explicit', '{ type: fixed, connection: { endpoint: { address: "h:1" } } }', { connection: { endpoint: { address: 'h:1' }, config: {} } }],
  ])('%s endpoints', async (_, entry, expected) => expect(await connectorOf(entry)).toMatchObject(expected));
});

describe('direction and kind of the metadata source come from the services', () => {
  it.each([
    ['finder', 'TO_THIRD_PARTY', 'SoftwareCapability'],
    ['glossaries', 'FROM_THIRD_PARTY', 'AssetManager'], // BOTH_DIRECTIONS works so
    ['same', 'FROM_THIRD_PARTY', 'SoftwareCapability'],
    ['reader', 'OTHER', 'SoftwareCapability'],
  ])('%s', async (type, direction, kind) => expect(await connectorOf(`{ type: ${type} }`)).toMatchObject({ direction, metadataSource: { id: `${type}::${type}`, kind } }));

  it('a default that is not to be had is known, unless a direction is written', async () => {
    expect((await connectorOf('{ type: glossaries }'))?.reduced).toEqual(['catalog']);
    expect((await connectorOf('{ type: glossaries, direction: FROM_THIRD_PARTY }'))?.reduced).toBeUndefined();
    expect((await connectorOf('{ type: finder }'))?.reduced).toBeUndefined();
  });

  it('several of different directions: it must be written', async () => {
    expect((await load(['{ type: mixed }'])).told).toEqual(['config.yaml:3:5: CONFIG_REQUIRED integrations[0].direction is missing: the services of mixed have different ones (security TO_THIRD_PARTY, organization FROM_THIRD_PARTY); write FROM_THIRD_PARTY, TO_THIRD_PARTY or OTHER']);
    expect(await connectorOf('{ type: mixed, direction: OTHER }')).toMatchObject({ direction: 'OTHER', metadataSource: { kind: 'AccessControlManager' } });
    // What was refused is no second problem.
    expect((await load(['{ type: mixed, direction: BOTH_DIRECTIONS }'])).told).toEqual(['config.yaml:3:20: NOT_YET integrations[0].direction: BOTH_DIRECTIONS comes in a later release; write one of FROM_THIRD_PARTY, TO_THIRD_PARTY, OTHER']);
  });
});

describe('where a connector runs', () => {
  it('beside kinds only with connection, endpoints or targets', async () => {
    const keys = ['', 'config: { a: 1 }', 'connection: {}', 'endpoints: { learned: {} }', 'targets: [{ name: t }]'];
    const { entries, told } = await load(keys.map((key, index) => `{ identifier: e${index}, type: beside, ${key} }`));
    expect(told).toEqual([]);
    expect(entries.map(({ connector }) => connector !== undefined)).toEqual([false, false, true, true, true]);
    expect(entries.map(({ resync }) => resync.everyMs)).toEqual([undefined, undefined, 3_600_000, 3_600_000, 3_600_000]);
  });

  it('other keys alone have no effect there', async () => {
    expect((await load(['{ type: beside, zones: {} }'])).told).toEqual(['warning config.yaml:3:21: CONFIG_INVALID integrations[0].zones has no effect: the connector of beside runs only in an entry that has connection, endpoints, targets; add one of these, or remove it']);
  });

  it('keys of connectors are refused where there is none', async () => {
    const { told, entries } = await load(['{ type: plain, connection: { config: { user: u } }, targets: [{ name: t, config: { user: u } }], group: g }', '{ identifier: sound, type: plain }']);
    expect(told).toEqual([
      'config.yaml:3:20: CONFIG_INVALID integrations[0].connection is of connectors, and plain has none; remove it',
      'config.yaml:3:57: CONFIG_INVALID integrations[0].targets is of connectors, and plain has none; remove it',
      'config.yaml:3:102: CONFIG_INVALID integrations[0].group is of connectors, and plain has none; remove it',
    ]);
    expect(entries.map(({ identifier, connector }) => [identifier, connector])).toEqual([['sound', undefined]]);
  });

  it('endpoints as the integration has them', async () => {
    expect((await load(['{ type: fixed, endpoints: { learned: {} } }', '{ type: learner, connection: { endpoint: { address: h } } }'])).told).toEqual([
      'config.yaml:3:20: CONFIG_INVALID integrations[0].endpoints: fixed does not learn endpoints; remove it, and write connection.endpoint',
      'config.yaml:4:36: CONFIG_INVALID integrations[1].connection.endpoint: learner learns its endpoints; remove it, and write endpoints.learned',
    ]);
  });
});

describe('resync', () => {
  it.each([
    ['what the file says', '{ type: apis, resync: { every: 30m } }', { atStart: true, everyMs: 1_800_000 }],
    ['a cron expression', '{ type: apis, resync: { cron: "0 3 * * *" } }', { atStart: true, cron: '0 3 * * *' }],
    ['what the integration recommends', '{ type: apis }', { atStart: true, everyMs: 300_000 }],
    ['an hour', '{ type: reader }', { atStart: true, everyMs: 3_600_000 }],
  ])('%s', async (_, entry, resync) => expect((await loadOne(entry)).resync).toEqual(resync));
});

describe('settings: config and connection.config are one name space', () => {
  it('of the entry, wherever they stand, secrets too', async () => {
    const entry = await loadOne('{ type: pg, config: { user: u }, connection: { userId: x, config: { password: env:PW, port: 1 } } }', { PW: PLANTED });
    expect(entry.settings).toEqual({ user: 'u', password: expect.anything() as unknown, port: 1, excludeSchemas: [] });
    expect((entry.settings['password'] as Secret).reveal()).toBe(PLANTED);
    expect(entry.connector!.connection).toEqual({ userId: 'x', config: entry.settings });
    expect(inspect(entry, { depth: 12 }) + JSON.stringify(entry)).not.toContain(PLANTED);
  });

  it('of a target: over those of the entry, by the same spec, without its defaults', async () => {
    const connector = await connectorOf('{ type: pg, config: { user: u }, targets: [{ name: a, config: { password: { fromEnv: PW }, excludeSchemas: x } }, { name: b, connection: { endpoint: { address: h }, config: { port: 2 } } }, { name: c, connection: { config: {} }, config: {} }] }', { PW: PLANTED });
    expect(connector!.targets).toEqual([
      { name: 'a', config: { password: expect.anything() as unknown, excludeSchemas: ['x'] } },
      { name: 'b', connection: { endpoint: { address: 'h' }, config: { port: 2 } } },
      { name: 'c', connection: {} },
    ]);
    expect((connector!.targets[0]!.config!['password'] as Secret).reveal()).toBe(PLANTED);
    expect(inspect(connector, { depth: 12 }) + JSON.stringify(connector)).not.toContain(PLANTED);
  });

  it('a setting that moves from one to the other selects the same rows', async () => {
    const { entries } = await load(['{ identifier: a, type: pg, config: { user: u, port: 7 } }', '{ identifier: b, type: pg, config: { user: u }, connection: { config: { port: 7 } } }', '{ identifier: c, type: pg, config: { user: u, port: 8 } }']);
    const [a, b, c] = entries.map(({ membership }) => membership);
    expect(a).toBe(b);
    expect(a).not.toBe(c);
  });

  it('set by a variable', async () => {
    const entry = await loadOne('{ type: pg, config: { user: u }, connection: {} }', { FRAMEWORK__INTEGRATIONS__PG__CONNECTION__CONFIG__PASSWORD: PLANTED, FRAMEWORK__INTEGRATIONS__PG__CONNECTION__CONFIG__PORT: '7' });
    expect(entry.settings).toMatchObject({ port: 7 });
    expect((entry.settings['password'] as Secret).reveal()).toBe(PLANTED);
  });

  it.each<[string, string, readonly string[]]>([
    ['given twice', '{ type: pg, config: { user: u, port: 1 }, connection: { config: { port: 1 } } }', ['config.yaml:3:71: CONFIG_TYPE integrations[0].connection.config.port says again what integrations[0].config.port says; remove one of them']],
    ['given twice in a target', '{ type: pg, config: { user: u }, targets: [{ name: t, config: { port: 1 }, connection: { config: { port: 1 } } }] }', ['config.yaml:3:104: CONFIG_TYPE integrations[0].targets[0].connection.config.port says again what integrations[0].targets[0].config.port says; remove one of them']],
    ['wrong, wherever they stand', '{ type: pg, config: { usr: u }, connection: { config: { prot: 1 } }, targets: [{ name: t, config: { port: 0 }, connection: { config: { usr: x } } }] }', [
      'config.yaml:3:17: CONFIG_REQUIRED integrations[0].config.user is missing; add it: Who',
      "config.yaml:3:27: CONFIG_UNKNOWN_KEY unknown key 'usr' in integrations[0].config; did you mean 'user'?",
      "config.yaml:3:61: CONFIG_UNKNOWN_KEY unknown key 'prot' in integrations[0].connection.config; did you mean 'port'?",
      'config.yaml:3:105: CONFIG_LIMIT integrations[0].targets[0].config.port is 0; write at least 1',
      "config.yaml:3:140: CONFIG_UNKNOWN_KEY unknown key 'usr' in integrations[0].targets[0].connection.config; did you mean 'user'?",
    ]],
    ['wrong in connection.config: not missed in config', '{ type: pg, connection: { config: { user: 5 } } }', ['config.yaml:3:41: CONFIG_TYPE integrations[0].connection.config.user must be text, not a number; put it in quotes']],
    ['wrong beside another mistake in the connection', '{ type: pg, connection: { endpoint: {}, config: { user: u, port: 0 } } }', [
      'config.yaml:3:31: CONFIG_REQUIRED integrations[0].connection.endpoint.address is missing; add it: Such as `https://host/path` or `host:port`, without a password',
      'config.yaml:3:64: CONFIG_LIMIT integrations[0].connection.config.port is 0; write at least 1',
    ]],
    ['a plain secret in a target', `{ type: pg, config: { user: u }, targets: [{ name: t, config: { password: ${PLANTED} } }] }`, ['warning config.yaml:3:69: SECRET_FORM integrations[0].targets[0].config.password holds a secret in plain text; better { fromEnv: NAME } or { fromFile: PATH }']],
    ['refused by the integration', '{ type: pg, config: { user: root }, connection: { config: { port: 1 } } }', ['config.yaml:3:17: CONFIG_INVALID root may not use port 1; use another']],
    ['refused by the integration for a target', '{ type: pg, config: { user: root }, targets: [{ name: a, config: { port: 2 } }, { name: b, config: { port: 1 } }] }', ['config.yaml:3:85: CONFIG_INVALID root may not use port 1; use another']],
  ])('%s', async (_, entry, expected) => {
    const { told } = await load([entry]);
    expect(told.map((line) => line.replace(/; $/, ''))).toEqual(expected);
    expect(told.join()).not.toContain(PLANTED);
  });

  it('a plain secret is refused beside source', async () => {
    const { told } = await load([`{ source: { type: pg, user: u }, connection: { config: { password: ${PLANTED} } }, pipelines: [{ sinks: [{ type: fake }] }] }`]);
    expect(told).toEqual(['config.yaml:3:62: SECRET_FORM integrations[0].connection.config.password holds a secret in plain text; write { fromEnv: NAME } or { fromFile: PATH }']);
  });
});

describe('what describes a connector', () => {
  it.each([
    ['settings: {}, connector: 5', 'has a connector that is no function'],
    ['settings: {}, services: ["databse"]', 'has services that are no list of analytics, api, catalog, database, display, files, infrastructure, lineage, organization, search, security, topic'],
    ['settings: {}, targets: [{ name: "x" }]', 'has targets that are no list of { name, blueprint }'],
    ['settings: {}, endpoints: "none"', 'has endpoints that are none of explicit, learned, both'],
    ['settings: {}, schedule: { engage: 1 }', 'has a schedule whose engage is neither true nor false'],
    ['settings: {}, component: { id: 999, name: "", description: "", wikiUrl: "", status: "STABLE" }', 'has a component whose id is no number from 1000 on'],
    ['settings: {}, component: { id: 1000, name: "", description: "", status: "STABLE" }', 'has a component without name, description or wikiUrl'],
    ['settings: {}, component: { id: 1000, name: "", description: "", wikiUrl: "", status: "GOOD" }', 'has a component whose status is none of IN_DEVELOPMENT, TECHNICAL_PREVIEW, STABLE, SAMPLE, DEPRECATED'],
    ['settings: {}, connector: undefined', 'has neither kinds nor a connector'],
  ])('%s', async (parts, fault) => {
    const cwd = workspace({ ...code('odd', parts), 'config.yaml': 'integrationsPath: mine\nintegrations: [{ type: odd }]\n' });
    const { failed } = await loadEntries(await readSettings({ files: [], environment: {}, cwd }), services);
    expect(failed.flatMap(({ problems }) => problems.map(({ code: problem, message }) => `${problem} ${message}`))).toEqual([`INTEGRATION_BROKEN the integration 'odd' ${fault}`]);
  });
});

// The configuration of the specification, for integrations of these names and settings.
it('a database that is read, APIs that are learned, records in a file', async () => {
  const cwd = workspace({
    ...code('pgsql', `services: ["database"], ${SETTINGS}`),
    ...code('oas', 'services: ["api"], settings: {}'),
    'config.yaml': `integrationsPath: mine
integrations:
  - identifier: sales-postgres
    type: pgsql
    group: databases
    metadataSource: { id: "pg::sales", kind: DatabaseManager }
    direction: FROM_THIRD_PARTY
    resync: { every: 30m, atStart: true }
    zones: { default: [quarantine], publish: [data-lake] }
    connection: { endpoint: { address: "postgres://db:5432/sales" } }
    config: { user: "env:PG_USER", password: "env:PG_PW", excludeSchemas: [pg_catalog] }
  - identifier: all-apis
    type: oas
    endpoints: { learned: { blueprint: endpoint, match: { protocol: [http, https] } } }
audit:
  destinations: [ { kind: console }, { kind: file, path: audit.ndjson, include: [ASSET, SECURITY, ERROR, EXCEPTION] } ]
`,
  });
  const settings = await readSettings({ files: [], environment: { PG_USER: 'reader', PG_PW: PLANTED }, cwd, destinations: destinationSettings });
  const { entries, failed } = await loadEntries(settings, services);
  expect([settings.problems, failed, entries.flatMap(({ warnings }) => warnings)]).toEqual([[], [], []]);
  const [sales, apis] = entries;
  expect(sales!.resync).toEqual({ atStart: true, everyMs: 1_800_000 });
  expect(sales!.connector).toEqual({
    group: 'databases',
    connection: { endpoint: { address: 'postgres://db:5432/sales' }, config: { user: 'reader', password: expect.anything() as unknown, port: 5432, excludeSchemas: ['pg_catalog'] } },
    targets: [],
    metadataSource: { id: 'pg::sales', kind: 'DatabaseManager' },
    direction: 'FROM_THIRD_PARTY',
    engage: false,
    zones: { default: ['quarantine'], publish: ['data-lake'], visible: [] },
    onMissing: 'archive',
    maxFailures: 10,
  });
  expect(apis!.connector).toMatchObject({ learned: { blueprint: 'endpoint', match: { protocol: ['http', 'https'] } }, metadataSource: { id: 'oas::all-apis', kind: 'APIManager' } });
  expect(settings.audit.destinations).toHaveLength(2);
  expect(inspect([settings, entries], { depth: 12 })).not.toContain(PLANTED);
});
