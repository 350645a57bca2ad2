import { inspect } from 'node:util';
import { workspace } from '../../test/workspace';
import { blueprintOf } from '../connector/services';
import { formatProblem, readSettings, type ConnectorSource, type EntrySource } from '.';
import { connectorMembers } from './connector-keys';

const PLANTED = 'planted-value-8c1';

/** The one entry, with these keys beside `type`. */
async function read(keys: string, environment: NodeJS.ProcessEnv = {}): Promise<{ readonly connector: ConnectorSource; readonly entry: EntrySource; readonly told: readonly string[] }> {
  const settings = await readSettings({ files: [], environment, cwd: workspace({ 'config.yaml': `integrations:\n  - type: x\n${keys.replace(/^(?=.)/gm, '    ')}` }) });
  expect(settings.problems).toEqual([]);
  const [entry] = settings.entries;
  return { connector: entry!.connector, entry: entry!, told: entry!.problems.map(formatProblem) };
}

describe('keys of a connector', () => {
  it('have their defaults', async () => {
    const { connector, told } = await read('');
    expect(told).toEqual([]);
    expect(connector).toEqual({ written: [], connection: {}, settings: {}, targets: [], metadataSource: {}, zones: { default: [], visible: [] }, onMissing: 'archive', maxFailures: 10 });
  });

  it('are read as they are written', async () => {
    const { connector, told } = await read(`group: databases
connection: { name: n, description: d, userId: u, endpoint: { name: e, description: f, address: "postgres://db:5432/sales", protocol: p, encryptionMethod: TLS }, config: { a: 1 } }
metadataSource: { id: "pg::sales", kind: DatabaseManager }
direction: OTHER
engage: true
zones: { default: [quarantine], publish: [], visible: [a, b] }
onMissing: purge
maxFailures: 1
startDate: 2026-03-01T12:00:00Z
stopDate: "2026-03-01T13:00:00+00:30"
`);
    expect(told).toEqual([]);
    expect(connector).toEqual({
      written: ['group', 'connection', 'metadataSource', 'direction', 'engage', 'zones', 'onMissing', 'maxFailures', 'startDate', 'stopDate'],
      group: 'databases',
      connection: { name: 'n', description: 'd', userId: 'u', endpoint: { name: 'e', description: 'f', address: 'postgres://db:5432/sales', protocol: 'p', encryptionMethod: 'TLS' } },
      settings: { a: 1 },
      targets: [],
      metadataSource: { id: 'pg::sales', kind: 'DatabaseManager' },
      direction: 'OTHER',
      engage: true,
      zones: { default: ['quarantine'], publish: [], visible: ['a', 'b'] },
      onMissing: 'purge',
      maxFailures: 1,
      startAt: Date.UTC(2026, 2, 1, 12),
      stopAt: Date.UTC(2026, 2, 1, 12, 30),
    });
  });

  it('learned endpoints: values or lists', async () => {
    const { connector, told } = await read('endpoints: { learned: { match: { protocol: [http, https], address: "*.corp/*", tags: prod } } }\n');
    expect(told).toEqual([]);
    expect(connector.learned).toEqual({ blueprint: 'endpoint', match: { protocol: ['http', 'https'], address: ['*.corp/*'], tags: ['prod'] } });
    expect((await read('endpoints: { learned: {} }\n')).connector.learned).toEqual({ blueprint: 'endpoint', match: {} });
  });

  it('learned endpoints: every text of the blueprint `endpoint` can be matched', () => {
    const fields = Object.entries(blueprintOf('endpoint')!.properties).filter(([, { type, format, items }]) => (type === 'string' && format === undefined) || items?.type === 'string');
    expect(Object.keys(connectorMembers.endpoints.members.learned.members.match.members).sort()).toEqual(['identifier', ...fields.map(([name]) => name)].sort());
  });

  it('targets, with all that they may say', async () => {
    const { connector, told } = await read(`targets:
  - { name: one, entity: db-1, config: { a: 1 } }
  - { name: two, connection: { userId: u, endpoint: { address: h:1 }, config: { b: 2 } }, metadataSource: { id: m, kind: k }, direction: TO_THIRD_PARTY, onMissing: none }
`);
    expect(told).toEqual([]);
    expect(connector.targets).toEqual([
      { path: 'integrations[0].targets[0]', keys: { name: 'one', entity: 'db-1' }, settings: { a: 1 }, connectionSettings: {} },
      {
        path: 'integrations[0].targets[1]',
        keys: { name: 'two', metadataSource: { id: 'm', kind: 'k' }, direction: 'TO_THIRD_PARTY', onMissing: 'none' },
        connection: { userId: 'u', endpoint: { address: 'h:1' } },
        settings: {},
        connectionSettings: { b: 2 },
      },
    ]);
  });

  it('print no settings, and references in them are followed', async () => {
    const { entry, connector, told } = await read('connection: { config: { a: env:A, b: planted-b } }\ntargets: [{ name: t, config: { a: { fromEnv: A }, b: planted-b }, connection: { config: { c: "${A}", d: planted-d } } }]\n', { A: PLANTED });
    expect(told).toEqual([]);
    expect(connector.targets[0]!.settings['a']).toHaveProperty('reveal');
    expect(inspect(entry, { depth: 12 }) + JSON.stringify(entry)).not.toContain('planted');
  });

  it('set by a variable', async () => {
    const { connector, told } = await read('connection: {}\n', { FRAMEWORK__INTEGRATIONS__0__CONNECTION__ENDPOINT__ADDRESS: 'h:1', FRAMEWORK__INTEGRATIONS__0__CONNECTION__CONFIG__PASSWORD: PLANTED, FRAMEWORK__INTEGRATIONS__0__STARTDATE: '2026-03-01T12:00:00Z', FRAMEWORK__INTEGRATIONS__0__ENGAGE: 'true' });
    expect(told).toEqual([]);
    expect(connector).toMatchObject({ connection: { endpoint: { address: 'h:1' } }, settings: { PASSWORD: PLANTED }, startAt: Date.UTC(2026, 2, 1, 12), engage: true });
  });
});

describe('what is wrong is told at its place', () => {
  it.each<[string, string, readonly string[]]>([
    ['unknown keys', 'conection: {}\nconnection: { endpoint: { adress: x } }\n', [
      "config.yaml:3:5: CONFIG_UNKNOWN_KEY unknown key 'conection' in integrations[0]; did you mean 'connection'?",
      'config.yaml:4:19: CONFIG_REQUIRED integrations[0].connection.endpoint.address is missing; add it: Such as `https://host/path` or `host:port`, without a password',
      "config.yaml:4:31: CONFIG_UNKNOWN_KEY unknown key 'adress' in integrations[0].connection.endpoint; did you mean 'address'?",
    ]],
    ['wrong shapes', 'connection: 5\nendpoints: []\ntargets: {}\nmetadataSource: pg\nengage: "yes"\ngroup: " "\nmaxFailures: 0\n', [
      'config.yaml:3:5: CONFIG_TYPE integrations[0].connection must be an object, not a number; write an object',
      'config.yaml:4:5: CONFIG_TYPE integrations[0].endpoints must be an object, not a list; write an object',
      'config.yaml:5:5: CONFIG_TYPE integrations[0].targets must be a list, not an object; write a list',
      'config.yaml:6:5: CONFIG_TYPE integrations[0].metadataSource must be an object, not text; write an object',
      'config.yaml:7:5: CONFIG_TYPE integrations[0].engage must be true or false, not text; write true or false',
      'config.yaml:8:5: CONFIG_TYPE integrations[0].group must be text that is not empty; correct it',
      'config.yaml:9:5: CONFIG_LIMIT integrations[0].maxFailures is 0; write at least 1',
    ]],
    ['zones', 'zones: { default: quarantine, publish: [1], visible: [""], all: [] }\n', [
      'config.yaml:3:14: CONFIG_TYPE integrations[0].zones.default must be a list, not text; write a list',
      'config.yaml:3:45: CONFIG_TYPE integrations[0].zones.publish[0] must be text, not a number; put it in quotes',
      'config.yaml:3:59: CONFIG_TYPE integrations[0].zones.visible[0] must be a name without control characters; correct it',
      "config.yaml:3:64: CONFIG_UNKNOWN_KEY unknown key 'all' in integrations[0].zones; known keys: default, publish, visible",
    ]],
    ['words', 'onMissing: delete\ndirection: FROM\n', [
      'config.yaml:3:5: CONFIG_ENUM integrations[0].onMissing must be one of archive, softDelete, purge, none; choose one',
      'config.yaml:4:5: CONFIG_ENUM integrations[0].direction must be one of FROM_THIRD_PARTY, TO_THIRD_PARTY, OTHER; choose one',
    ]],
    ['both directions', 'direction: BOTH_DIRECTIONS\ntargets: [{ name: t, direction: BOTH_DIRECTIONS }]\n', [
      'config.yaml:3:5: NOT_YET integrations[0].direction: BOTH_DIRECTIONS comes in a later release; write one of FROM_THIRD_PARTY, TO_THIRD_PARTY, OTHER',
      'config.yaml:4:26: NOT_YET integrations[0].targets[0].direction: BOTH_DIRECTIONS comes in a later release; write one of FROM_THIRD_PARTY, TO_THIRD_PARTY, OTHER',
    ]],
    ['a password in an address', `connection: { endpoint: { address: "postgres://u:${PLANTED}@db/x" } }\n`, ['config.yaml:3:31: CONFIG_TYPE integrations[0].connection.endpoint.address must be an address without a password, which is a setting; correct it']],
    ['times', 'startDate: 2026-03-01\nstopDate: 5\n', [
      'config.yaml:3:5: CONFIG_TYPE integrations[0].startDate is not a time with an offset (RFC 3339); write a time such as 2026-03-01T12:00:00Z',
      'config.yaml:4:5: CONFIG_TYPE integrations[0].stopDate must be a time such as 2026-03-01T12:00:00Z, not a number; write a time such as 2026-03-01T12:00:00Z',
    ]],
    ['stopDate before startDate', 'startDate: 2026-03-01T12:00:00+01:00\nstopDate: 2026-03-01T11:00:00Z\n', ['config.yaml:4:5: CONFIG_INVALID integrations[0].stopDate is not after startDate: the connector would never run; correct one of them']],
    ['an endpoint beside learned ones', 'connection: { endpoint: { address: h:1 } }\nendpoints: { learned: {} }\n', ['config.yaml:4:5: CONFIG_TYPE integrations[0] has both connection.endpoint and endpoints.learned; write the one endpoint, or how endpoints are learned']],
    ['learned endpoints', 'endpoints: { learned: { blueprint: host, match: { protcol: http, tags: [], address: 5 } } }\n', [
      "config.yaml:3:29: CONFIG_ENUM integrations[0].endpoints.learned.blueprint must be one of endpoint; choose one",
      "config.yaml:3:55: CONFIG_UNKNOWN_KEY unknown key 'protcol' in integrations[0].endpoints.learned.match; did you mean 'protocol'?",
      'config.yaml:3:70: CONFIG_LIMIT integrations[0].endpoints.learned.match.tags has 0 items; write at least 1',
      'config.yaml:3:80: CONFIG_TYPE integrations[0].endpoints.learned.match.address must be text, not a number; put it in quotes',
    ]],
    ['endpoints that are not learned', 'endpoints: {}\n', ['config.yaml:3:5: CONFIG_REQUIRED integrations[0].endpoints.learned is missing; add it: Every `endpoint` entity that matches is a target, as soon as it is there']],
    ['targets', 'targets:\n  - { name: a, entity: e, connection: {} }\n  - { entity: e }\n  - { name: b, colour: red }\n  - { name: c, metadataSource: { kind: k } }\n  - { name: d }\n  - 5\n  - { name: d, onMissing: keep }\n  - { name: e }\n  - { name: e }\n', [
      'config.yaml:4:31: CONFIG_TYPE integrations[0].targets[0] has both entity and connection; write the entity that it stands for, or how it is reached',
      'config.yaml:5:9: CONFIG_REQUIRED integrations[0].targets[1].name is missing; add it: Unique in the entry, and lasting: what is found there is kept by it',
      "config.yaml:6:20: CONFIG_UNKNOWN_KEY unknown key 'colour' in integrations[0].targets[2]; known keys: name, entity, connection, config, metadataSource, direction, onMissing",
      'config.yaml:7:20: CONFIG_REQUIRED integrations[0].targets[3].metadataSource.id is missing; add it: Its id',
      'config.yaml:9:9: CONFIG_TYPE integrations[0].targets[5] must be an object, not a number; write an object',
      'config.yaml:10:20: CONFIG_ENUM integrations[0].targets[6].onMissing must be one of archive, softDelete, purge, none; choose one',
      "config.yaml:11:11: IDENTIFIER_DUPLICATE two targets have the name 'e'; give each its own",
      "config.yaml:12:11: IDENTIFIER_DUPLICATE two targets have the name 'e'; give each its own",
    ]],
    ['no targets', 'targets: []\n', ['config.yaml:3:5: CONFIG_LIMIT integrations[0].targets has 0 items; write at least 1']],
    ['references that lead nowhere', 'connection: { userId: env:NO, config: { a: env:NO, b: [{ fromEnv: NO }] } }\ntargets: [{ name: t, config: { a: env:NO }, connection: { config: { a: env:NO } } }]\n', [
      'config.yaml:3:19: SECRET_MISSING integrations[0].connection.userId: the variable NO is not set; set NO',
      'config.yaml:3:45: SECRET_MISSING integrations[0].connection.config.a: the variable NO is not set; set NO',
      'config.yaml:3:60: SECRET_MISSING integrations[0].connection.config.b[0]: the variable NO is not set; set NO',
      'config.yaml:4:36: SECRET_MISSING integrations[0].targets[0].config.a: the variable NO is not set; set NO',
      'config.yaml:4:73: SECRET_MISSING integrations[0].targets[0].connection.config.a: the variable NO is not set; set NO',
    ]],
  ])('%s', async (_, keys, expected) => {
    const { told } = await read(keys);
    expect(told).toEqual(expected);
    expect(told.join()).not.toContain(PLANTED);
  });
});
