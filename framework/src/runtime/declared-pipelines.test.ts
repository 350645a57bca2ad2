import fs from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';
import { workspace } from '../../test/workspace';
import { formatProblem, readSettings, type Settings } from '../config';
import { systemClock } from '../shared';
import { declarePipelines, feedLines, loadConfiguration, type DeclaredPipeline, type LoadedConfiguration } from './declared-pipelines';

const PLANTED = 'planted-value-77d';
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const ENVIRONMENT = { JIRA_SECRET: 'j', MONGO_URL: `mongodb://u:${PLANTED}@db:27017/app`, TOKEN: PLANTED };

interface Read extends LoadedConfiguration {
  readonly settings: Settings;
  readonly told: readonly string[];
}

async function readFiles(files: Readonly<Record<string, string>>, given: { readonly environment?: NodeJS.ProcessEnv; readonly closed?: boolean } = {}): Promise<Read> {
  const cwd = workspace(files);
  const [name] = Object.keys(files);
  const settings = await readSettings({ files: [name!], environment: { ...ENVIRONMENT, ...given.environment }, cwd, ...(given.closed && { closed: true }) });
  expect(settings.problems.map(formatProblem)).toEqual([]);
  const loaded = await loadConfiguration(settings, { clock: systemClock, log: silent });
  const problems = [...loaded.failed.flatMap((entry) => entry.problems), ...[...loaded.entries, ...loaded.disabled].flatMap(({ warnings }) => warnings)];
  return { ...loaded, settings, told: problems.map((problem) => `${problem.severity === 'warning' ? 'warning ' : ''}${formatProblem(problem).replaceAll(cwd, '.')}`) };
}

const MONGO = '{ type: mongo, url: { fromEnv: MONGO_URL }, collection: c }';
/** One pipeline of a jira entry without routes, from line 4 on. */
const entry = (processors: string, sinks = `[${MONGO}]`, more = ''): string => `integrations:
  - { identifier: j, type: jira, ${more}
    pipelines: [{
      processors: ${processors},
      sinks: ${sinks} }] }
`;
const read = (text: string, given?: Parameters<typeof readFiles>[1], files: Readonly<Record<string, string>> = {}): Promise<Read> => readFiles({ 'config.yaml': text, ...files }, given);
const only = (loaded: LoadedConfiguration): DeclaredPipeline => {
  const all = [...loaded.pipelines.values()].flat();
  expect(all).toHaveLength(1);
  return all[0]!;
};

describe('the examples of the page', () => {
  it('the seed, byte for byte, with only its two variables', async () => {
    const text = fs.readFileSync(path.resolve(__dirname, '../../test/examples/jira-mongo.json'), 'utf8');
    const cwd = workspace({ 'jira-mongo.json': text });
    const { JIRA_SECRET, MONGO_URL } = ENVIRONMENT;
    const settings = await readSettings({ files: [], environment: { CONFIGURATION_PATH: 'jira-mongo.json', JIRA_SECRET, MONGO_URL }, cwd });
    const { entries, failed, pipelines } = await loadConfiguration(settings, { clock: systemClock, log: silent });
    expect([settings.problems, failed, entries.flatMap(({ warnings }) => warnings)]).toEqual([[], [], []]);
    expect(entries).toMatchObject([{ identifier: 'jira', scope: '', drop: {}, lenient: false, path: 'integrations[0]', incoming: { webhook: { path: '/jira/webhook', maxBodyBytes: 26_214_400 } } }]);
    const { webhook } = entries[0]!.incoming;
    expect(webhook!.authentication === 'none' ? [] : webhook!.authentication.secret.map((secret) => secret.reveal())).toEqual(['j']);
    const [pipeline] = pipelines.get('jira')!;
    expect(pipeline).toMatchObject({ name: 'jira/0', feed: 'rows', sinks: [{ is: 'document', type: 'mongo', name: 'mongo:db:27017/app/jira-issues' }], delivery: { batchItems: 500, maxAttempts: 12 } });
    expect(pipeline).not.toHaveProperty('feedReason');
    const data = { issue: { key: 'SHOP-7', fields: { summary: 's', created: 'c' } } };
    const processed = await pipeline!.processors[0]!.process({ id: '1', source: 'jira', eventType: 'jira:issue_updated', operation: 'write', kind: 'issue', keys: [], canonicalId: 'jira.issue:1', origin: 'webhook', receivedAt: '2026-01-01T00:00:00Z', data });
    expect(processed).toMatchObject({ is: 'event', event: { data: { key: 'SHOP-7', summary: 's', createdAt: 'c', description: null } } });
  });

  it('beside an ordinary integration', async () => {
    const { entries, told, pipelines } = await read(
      `port: { clientId: PORT_CLIENT_ID, clientSecret: PORT_CLIENT_SECRET, baseUrl: https://api.getport.io/v1 }
triggerChannel: { type: KAFKA }
integrations:
  - { identifier: my_kafka_integration, type: kafka, config: { bootstrap_servers: "localhost:9092" } }
  - identifier: jira-main
    source: { type: jira, authentication: { secret: { fromEnv: JIRA_SECRET } } }
    pipelines:
      - processors: [ { type: filter, celExpression: "eventType.startsWith('jira:issue_')" } ]
        sinks: [ { type: mongo, url: { fromEnv: MONGO_URL }, collection: jira-issues } ]
`,
      { environment: { PORT_CLIENT_ID: 'i', PORT_CLIENT_SECRET: 's' } },
    );
    expect(told).toEqual([]);
    expect(entries.flatMap((one) => feedLines(one, pipelines.get(one.identifier)))).toEqual(['my_kafka_integration  feed: rows', 'jira-main/0  feed: events (a filter reads eventType)']);
  });

  it('form C, and one entry over two files', async () => {
    const cwd = workspace({ 'a.yaml': `integrations: [{ identifier: j, type: jira, config: { authentication: { secret: env:JIRA_SECRET } } }]`, 'sub/b.json': `{"integrations":[{"identifier":"j","pipelines":[{"processors":[],"sinks":[{"type":"mongo","url":{"fromFile":"url.txt"},"collection":"c"}]}]}]}`, 'sub/url.txt': ' mongodb://h/app\n' });
    const settings = await readSettings({ files: ['a.yaml', 'sub/b.json'], environment: { ...ENVIRONMENT }, cwd });
    const loaded = await loadConfiguration(settings, { clock: systemClock, log: silent });
    expect(loaded.failed).toEqual([]);
    expect(only(loaded).sinks).toMatchObject([{ name: 'mongo:h/app/c' }]);
  });
});

describe('feed', () => {
  const filter = (celExpression: string): string => `{ type: filter, celExpression: ${JSON.stringify(celExpression)} }`;
  it.each([
    ['no processors', '[]', undefined, undefined],
    ['a mapper', '[{ type: mapper, outputEvent: { e: "{{ webhookEvent }}" } }]', undefined, undefined],
    ['a filter of the row', `[${filter('data.issue.fields.points > 5 && has(data.project.id) && kind == "issue" && keys.id != "" && source != ""')}]`, undefined, undefined],
    ['eventType', `[${filter('eventType == "x"')}]`, undefined, 'a filter reads eventType'],
    ['operation', `[${filter('operation == "write"')}]`, undefined, 'a filter reads operation'],
    ['receivedAt', `[${filter('receivedAt > timestamp("2026-01-01T00:00:00Z")')}]`, undefined, 'a filter reads receivedAt'],
    ['a member beside the row', `[${filter('data.issue.id == "1" || data.webhookEvent == "x"')}]`, undefined, 'a filter reads data.webhookEvent, beside the row'],
    ['all of data', `[${filter('size(data) > 1')}]`, undefined, 'a filter reads data as a whole'],
    ['data that a mapper made', `[{ type: mapper, outputEvent: { a: 1 } }, ${filter('data.issue == 1')}]`, undefined, 'a filter reads data that a mapper made'],
    ['the second filter', `[${filter('true')}, ${filter('eventType == "x"')}]`, undefined, 'a filter reads eventType'],
    ['a history', '[]', '[{ type: mongo, url: env:MONGO_URL, collection: c, insertOnly: true }]', 'the sink mongo:db:27017/app/c is insertOnly'],
    ['a plugin', '[{ type: rpc-plugin, url: "http://127.0.0.1:1/" }]', undefined, 'a plugin sees every event'],
  ])('%s', async (_, processors, sinks, reason) => {
    const loaded = await read(entry(processors, sinks));
    expect(loaded.told).toEqual([]);
    expect(only(loaded)).toMatchObject({ feed: reason === undefined ? 'rows' : 'events', ...(reason !== undefined && { feedReason: reason }) });
  });

  it('of an integration without deliveries, data is the row', async () => {
    const loaded = await read(entry(`[${filter('data.name == "x"')}]`).replace('type: jira,', 'type: kafka, config: { bootstrap_servers: "h:1" },'));
    expect(only(loaded).feed).toBe('rows');
  });
});

const MAPPING = 'resources: [{ kind: issue, port: { entity: { mappings: { identifier: .id, blueprint: "\\"jiraIssue\\"" } } } }]';
const PORT = 'port: { baseUrl: local }\n';

describe('mapping and port', () => {
  it('a mapping, written or in a file, before port and other sinks', async () => {
    const inline = await read(PORT + entry(`[{ type: mapping, mapping: { ${MAPPING} } }]`, `[{ type: port }, ${MONGO}]`));
    expect(inline.told).toEqual([]);
    const pipeline = only(inline);
    expect(pipeline).toMatchObject({ feed: 'rows', processors: [], mapping: { kinds: ['issue'] }, sinks: [{ is: 'port', name: 'port' }, { is: 'document', type: 'mongo' }] });
    const named = await read(PORT + entry('[{ type: mapping, mapping: maps/m.yaml }]', '[{ type: port, name: p }]'), {}, { 'maps/m.yaml': `${MAPPING}\n` });
    expect(named.told).toEqual([]);
    expect(only(named)).toMatchObject({ mapping: { kinds: ['issue'] }, sinks: [{ is: 'port', name: 'p' }], hash: pipeline.hash });
  });

  it.each([
    ['not last', PORT, `[{ type: mapping, mapping: { ${MAPPING} } }, { type: filter, celExpression: "true" }]`, undefined, 'config.yaml:5:20: CONFIG_INVALID mapping is not the last processor; move it to the end'],
    ['beside a history', PORT, `[{ type: mapping, mapping: { ${MAPPING} } }]`, '[{ type: mongo, name: h, url: env:MONGO_URL, collection: c, insertOnly: true }]', 'config.yaml:5:20: FEED_CONFLICT a mapping reads rows, and the sink h is insertOnly, which takes events; make two pipelines of it'],
    ['after a filter of events', PORT, `[{ type: filter, celExpression: "operation == 'write'" }, { type: mapping, mapping: { ${MAPPING} } }]`, undefined, 'config.yaml:5:77: FEED_CONFLICT a mapping reads rows, and a filter reads operation, which takes events; make two pipelines of it'],
    ['port without mapping', PORT, '[]', '[{ type: port }]', 'config.yaml:6:15: CONFIG_INVALID the sink port takes entities, which only a mapping makes; add the processor mapping'],
    ['port with keys', PORT, `[{ type: mapping, mapping: { ${MAPPING} } }]`, '[{ type: port, url: x }]', "config.yaml:6:29: CONFIG_UNKNOWN_KEY unknown key 'url' in integrations[0].pipelines[0].sinks[0]; known keys: none"],
    ['port without a portal', '', `[{ type: mapping, mapping: { ${MAPPING} } }]`, '[{ type: port }]', 'config.yaml:5:15: CONFIG_REQUIRED the sink port writes to the portal of the root key port, and there is none; add port, or remove the sink'],
    ['no mapping', PORT, '[{ type: mapping }]', undefined, 'config.yaml:5:20: CONFIG_REQUIRED integrations[0].pipelines[0].processors[0].mapping is missing; add it: A mapping, or the path of a file that holds one'],
    ['a mapping of the wrong shape', PORT, '[{ type: mapping, mapping: { resources: 5 } }]', undefined, 'config.yaml:5:48: CONFIG_TYPE integrations[0].pipelines[0].processors[0].mapping.resources must be a list, not a number; write a list'],
    ['a file that is not there', PORT, '[{ type: mapping, mapping: gone.yaml }]', undefined, 'config.yaml:5:37: CONFIG_MISSING_FILE the mapping file gone.yaml is not there; create it, or correct the path'],
  ])('%s', async (_, port, processors, sinks, expected) => {
    const { told, entries } = await read(port + entry(processors, sinks));
    expect(entries).toEqual([]);
    expect(told).toEqual([typeof expected === 'string' ? expected : expect.stringMatching(expected)]);
  });

  it('a resource that cannot work does not stop the others, and is told in its file', async () => {
    const loaded = await read(PORT + entry('[{ type: mapping, mapping: m.yaml }]'), {}, { 'm.yaml': 'resources:\n  - { kind: issue, port: { entity: { mappings: { identifier: ".id |", blueprint: \'"b"\' } } } }\n  - { kind: isue, port: { entity: { mappings: { identifier: .id, blueprint: \'"b"\' } } } }\n  - { kind: project, port: { entity: { mappings: { identifier: .id, blueprint: \'"b"\' } } } }\n' });
    expect(loaded.told).toEqual([expect.stringMatching(/^warning m\.yaml:2:\d+: MAPPING_EXPRESSION /), expect.stringMatching(/^warning m\.yaml:3:7: CONFIG_ENUM jira offers no kind isue/)]);
    expect(only(loaded).mapping!.resources.map(({ runs }) => runs)).toEqual([false, true, true]);
  });
});

describe('names of sinks', () => {
  it('are type and place, the second of two alike gets -2, and what is written stands', async () => {
    const loaded = await read(entry('[]', `[${MONGO}, ${MONGO}, { type: mongo, url: env:MONGO_URL, collection: c, name: "mongo:db:27017/app/c-3" }, ${MONGO}, { type: mongodb, url: env:MONGO_URL, collection: d }]`));
    expect(only(loaded).sinks.map(({ name }) => name)).toEqual(['mongo:db:27017/app/c', 'mongo:db:27017/app/c-2', 'mongo:db:27017/app/c-3', 'mongo:db:27017/app/c-4', 'mongo:db:27017/app/d']);
    expect(JSON.stringify(only(loaded).sinks.map(({ name }) => name))).not.toContain(PLANTED);
  });

  it('two that are written alike: IDENTIFIER_DUPLICATE', async () => {
    const { told } = await read(entry('[]', '[{ type: mongo, name: n, url: env:MONGO_URL, collection: c }, { type: mongo, name: n, url: env:MONGO_URL, collection: d }]'));
    const line = (column: number): string => `config.yaml:5:${column}: IDENTIFIER_DUPLICATE two sinks of this pipeline have the name 'n'; give each its own`;
    expect(told).toEqual([line(30), line(91)]);
  });
});

describe('references', () => {
  it('are followed where text or a secret stands, and nowhere in templates and expressions', async () => {
    const environment = { URL: 'http://h/items', COLLECTION: 'named', CRUD: `Bearer ${PLANTED}`, TOKEN: PLANTED };
    const loaded = await read(
      entry(
        '[{ type: mapper, outputEvent: { a: "${UNSET}", b: "env:UNSET", c: { fromEnv: UNSET }, d: "file:gone" } }, { type: filter, celExpression: "kind != \'${UNSET}\'" }]',
        `[{ type: mongo, url: { fromEnv: MONGO_URL }, collection: "\${COLLECTION}-1" }, { type: crud-service, url: env:URL, headers: { authorization: { fromEnv: CRUD }, accept: text } },
        { type: console-catalog, url: "http://c/", tenantId: "\${COLLECTION}", clientId: i, clientSecret: { fromFile: secret.txt }, itemTypeDefinitionRef: { name: env:COLLECTION, namespace: n }, itemNameTemplate: "{{ name }} \${UNSET}", labels: { l: "env:UNSET" }, tags: ["env:UNSET"] }]`,
      ),
      { environment },
      { 'secret.txt': PLANTED },
    );
    expect(loaded.told).toEqual([]);
    expect(only(loaded).sinks.map(({ name }) => name)).toEqual(['mongo:db:27017/app/named-1', 'crud-service:http://h/items', 'console-catalog:http://c']);
    const processed = await only(loaded).processors[0]!.process({ id: '1', source: 'j', eventType: 'e', operation: 'write', kind: 'issue', keys: [], canonicalId: 'c', origin: 'webhook', receivedAt: '', data: {} });
    expect(processed).toMatchObject({ event: { data: { a: '${UNSET}', b: 'env:UNSET', c: { fromEnv: 'UNSET' }, d: 'file:gone' } } });
    expect(inspect(loaded, { depth: 12 }) + JSON.stringify(loaded.pipelines.get('j')) + JSON.stringify(loaded.entries)).not.toContain(PLANTED);
  });

  it.each([
    ['a literal', `[{ type: mongo, url: "mongodb://h/${PLANTED}", collection: c }]`, 'config.yaml:5:30: SECRET_FORM integrations[0].pipelines[0].sinks[0].url holds a secret in plain text; write { fromEnv: NAME } or { fromFile: PATH }'],
    ['an unset variable', '[{ type: mongo, url: { fromEnv: UNSET }, collection: c }]', 'config.yaml:5:30: SECRET_MISSING integrations[0].pipelines[0].sinks[0].url: the variable UNSET is not set; set UNSET'],
    ['an empty variable', '[{ type: mongo, url: "${EMPTY}", collection: c }]', 'config.yaml:5:30: SECRET_MISSING integrations[0].pipelines[0].sinks[0].url: the variable EMPTY is empty; set EMPTY'],
    ['a missing file', '[{ type: mongo, url: { fromEnv: UNSET, fromFile: gone.txt }, collection: c }]', 'config.yaml:5:30: SECRET_MISSING integrations[0].pipelines[0].sinks[0].url: the file ./gone.txt cannot be read (ENOENT); create it, or correct the path'],
    ['another form', '[{ type: mongo, url: { env: X }, collection: c }]', 'config.yaml:5:30: SECRET_FORM integrations[0].pipelines[0].sinks[0].url is not a form of a secret; write { fromEnv: NAME }, { fromFile: PATH }, or both'],
    ['an unset variable in free text', '[{ type: crud-service, url: "http://h/", headers: { a: { fromEnv: UNSET } } }]', 'config.yaml:5:66: SECRET_MISSING integrations[0].pipelines[0].sinks[0].headers.a: the variable UNSET is not set; set UNSET'],
    ['another form in free text', '[{ type: crud-service, url: "http://h/", headers: { a: { fromEnw: X } } }]', 'config.yaml:5:66: SECRET_FORM integrations[0].pipelines[0].sinks[0].headers.a is not a form of a secret; write { fromEnv: NAME }, { fromFile: PATH }, or both'],
    ['an unset variable for text', '[{ type: mongo, url: env:MONGO_URL, collection: "${UNSET}" }]', 'config.yaml:5:50: SECRET_MISSING integrations[0].pipelines[0].sinks[0].collection: the variable UNSET is not set; set UNSET'],
  ])('%s', async (_, sinks, expected) => {
    const { told } = await read(entry('[]', sinks), { environment: { EMPTY: ' ' } });
    expect(told).toEqual([expected]);
    expect(told.join()).not.toContain(PLANTED);
  });

  it('env of a plugin: text and secrets', async () => {
    const loaded = await read(entry('[{ type: rpc-plugin, url: "http://127.0.0.1:1/", env: { A: text, B: { fromEnv: TOKEN } } }]'));
    expect(loaded.told).toEqual([]);
    const missing = await read(entry('[{ type: rpc-plugin, url: "http://127.0.0.1:1/", env: { B: { fromEnv: UNSET } } }]'));
    expect(missing.told).toEqual(['config.yaml:4:75: SECRET_MISSING integrations[0].pipelines[0].processors[0].env.B: the variable UNSET is not set; set UNSET']);
  });
});

describe('problems of processors and sinks stand at their place', () => {
  it.each([
    ['an unknown processor', '[{ type: maper }]', undefined, "config.yaml:4:22: CONFIG_ENUM there is no processor 'maper'; did you mean 'mapper'?"],
    ['an unknown sink', '[]', '[{ type: mango }]', "config.yaml:5:17: CONFIG_ENUM there is no sink 'mango'; did you mean 'mongo'?"],
    ['an unknown key, with the nearest', '[{ type: mapper, outputEvnt: {} }]', undefined, ['config.yaml:4:20: CONFIG_REQUIRED integrations[0].pipelines[0].processors[0].outputEvent is missing; add it: What replaces the data; texts in it are templates', "config.yaml:4:36: CONFIG_UNKNOWN_KEY unknown key 'outputEvnt' in integrations[0].pipelines[0].processors[0]; did you mean 'outputEvent'?"]],
    ['a wrong type', '[{ type: mapper, outputEvent: {}, expandDots: "yes" }]', undefined, 'config.yaml:4:53: CONFIG_TYPE integrations[0].pipelines[0].processors[0].expandDots must be true or false, not text; write true or false'],
    ['a wrong word', '[{ type: filter, celExpression: "true", onFalse: drop }]', undefined, 'config.yaml:4:59: CONFIG_ENUM integrations[0].pipelines[0].processors[0].onFalse must be one of discard, delete; choose one'],
    ['a limit', '[]', '[{ type: fake, capacity: 0 }]', 'config.yaml:5:29: CONFIG_LIMIT integrations[0].pipelines[0].sinks[0].capacity is 0; write at least 1'],
    ['TEMPLATE_SYNTAX', '[{ type: mapper, outputEvent: { a: { "b.c": "{{ }}" } } }]', undefined, /^config\.yaml:4:56: TEMPLATE_SYNTAX /],
    ['TEMPLATE_PATH', '[{ type: mapper, outputEvent: { a: "{{ b.* }}" } }]', undefined, /^config\.yaml:4:51: TEMPLATE_PATH /],
    ['TEMPLATE_FUNCTION', '[{ type: mapper, outputEvent: { a: "{{ b | nosuch }}" } }]', undefined, /^config\.yaml:4:51: TEMPLATE_FUNCTION /],
    ['a reserved key', '[{ type: mapper, outputEvent: { _id: 1 } }]', undefined, /^config\.yaml:4:51: CONFIG_INVALID _id is the identity/],
    ['FILTER_SYNTAX', '[{ type: filter, celExpression: "eventType ==" }]', undefined, /^config\.yaml:4:36: FILTER_SYNTAX /],
    ['FILTER_UNKNOWN_NAME', '[{ type: filter, celExpression: "nosuch == 1" }]', undefined, /^config\.yaml:4:36: FILTER_UNKNOWN_NAME /],
    ['FILTER_NOT_BOOLEAN', '[{ type: filter, celExpression: "kind + kind" }]', undefined, /^config\.yaml:4:36: FILTER_NOT_BOOLEAN /],
    ['PLUGIN_MISSING', '[{ type: rpc-plugin, modulePath: ./gone }]', undefined, /^config\.yaml:4:40: PLUGIN_MISSING /],
    ['SINK_DATABASE_MISSING', '[]', '[{ type: mongo, url: env:BARE, collection: c }]', /^config\.yaml:5:30: SINK_DATABASE_MISSING /],
    ['SINK_PROPERTY', '[]', '[{ type: kafka, topic: t, producerConfig: { bootstrap.servers: "h:1", ackz: 1 } }]', /^config\.yaml:5:84: SINK_PROPERTY /],
    ['an aggregator for another vendor', '[{ type: cloud-vendor-aggregator, cloudVendorName: aws }]', undefined, 'config.yaml:4:53: CONFIG_INVALID jira gives no records of aws; remove the processor, or name the vendor of the source'],
    ['a secret of an aggregator in plain text', '[{ type: cloud-vendor-aggregator, cloudVendorName: gcp, authOptions: { credentialsJson: x } }]', undefined, [/CONFIG_INVALID/, /^config\.yaml:4:90: SECRET_FORM /]],
    ['a template of a sink', '[]', '[{ type: console-catalog, url: "http://c", tenantId: t, clientId: i, clientSecret: env:TOKEN, itemTypeDefinitionRef: { name: n, namespace: n }, itemNameTemplate: "{{ a..b }}" }]', /^config\.yaml:5:\d+: TEMPLATE_/],
  ])('%s', async (_, processors, sinks, expected) => {
    const { told, entries } = await read(entry(processors, sinks).replace('jira, \n', 'jira,\n'), { environment: { BARE: 'mongodb://h:1' } });
    expect(entries).toEqual([]);
    expect(told).toEqual((Array.isArray(expected) ? expected : [expected]).map((line): unknown => (typeof line === 'string' ? line : expect.stringMatching(line))));
  });

  it('a plugin is found from the folder of the file that names it', async () => {
    const cwd = workspace({ 'sub/config.yaml': entry('[{ type: rpc-plugin, modulePath: ./plugin }]'), 'sub/plugin': '#!/bin/sh\n' });
    fs.chmodSync(path.join(cwd, 'sub/plugin'), 0o755);
    const settings = await readSettings({ files: ['sub/config.yaml'], environment: { ...ENVIRONMENT }, cwd });
    expect((await loadConfiguration(settings, { clock: systemClock, log: silent })).failed).toEqual([]);
  });

  it('an aggregator begins its pipeline, and takes the vendor of its source', async () => {
    const aws = (processors: string): string => entry(processors).replace('type: jira,', 'type: aws-cloudtrail-sqs, config: { queueUrl: "https://sqs.eu-west-1.amazonaws.com/1/q" },');
    expect((await read(aws('[{ type: cloud-vendor-aggregator, cloudVendorName: aws }]'))).told).toEqual([]);
    const { told } = await read(aws('[{ type: filter, celExpression: "true" }, { type: cloud-vendor-aggregator, cloudVendorName: aws }]'));
    expect(told).toEqual(['config.yaml:4:61: CONFIG_INVALID cloud-vendor-aggregator is not the first processor; move it to the beginning']);
  });

  it('a variable of the process may say what a sink says', async () => {
    const loaded = await read(entry('[{ type: rpc-plugin, url: "http://127.0.0.1:1/", timeout: 1s }]'), {
      environment: { FRAMEWORK__INTEGRATIONS__J__PIPELINES__0__SINKS__0__URL: 'mongodb://other/app', FRAMEWORK__INTEGRATIONS__J__PIPELINES__0__PROCESSORS__0__CONCURRENCY: '4' },
    });
    expect(loaded.told).toEqual([]);
    expect(only(loaded).sinks).toMatchObject([{ name: 'mongo:other/app/c' }]);
  });

  it('what a target of a connector hides is hidden too', async () => {
    const code = 'exports.default = { type: "own", version: "1", title: "", description: "", settings: { p: { type: "string", secret: true, description: "" } }, connector: () => ({}) };';
    const { told, secrets } = await read('integrationsPath: mine\nintegrations: [{ type: own, targets: [{ name: a, config: { p: env:TOKEN } }, { name: b, connection: { config: { p: env:JIRA_SECRET } } }] }]\n', {}, { 'mine/own/src/index.js': code });
    expect(told).toEqual([]);
    expect(secrets.map((secret) => secret.reveal())).toEqual([PLANTED, 'j']);
  });

  it('all of them come in one report, with those of the entry', async () => {
    const { told, entries } = await read(`integrations:
  - source: { type: jira, authentication: { secret: { fromEnv: NO_SECRET } } }
    pipelines:
      - { processors: [{ type: mapper, outputEvent: { a: "{{ }}" } }], sinks: [{ type: mongo, url: { fromEnv: NO_URL }, collection: c }] }
      - { sinks: [{ type: mango }] }
  - { identifier: ok, type: jira, pipelines: [{ sinks: [${MONGO}] }] }
`);
    expect(told).toEqual([
      'config.yaml:2:45: SECRET_MISSING integrations[0].source.authentication.secret: the variable NO_SECRET is not set; set NO_SECRET',
      expect.stringMatching(/^config\.yaml:4:55: TEMPLATE_SYNTAX /),
      'config.yaml:4:95: SECRET_MISSING integrations[0].pipelines[0].sinks[0].url: the variable NO_URL is not set; set NO_URL',
      "config.yaml:5:21: CONFIG_ENUM there is no sink 'mango'; did you mean 'mongo'?",
    ]);
    expect(entries.map(({ identifier }) => identifier)).toEqual(['ok']);
  });

  it('lenient: unknown keys and templates are warnings', async () => {
    const loaded = await read(entry('[{ type: mapper, outputEvent: { a: "{{ }}", b: "{{ x" }, colour: 1 }]', '[{ type: mongo, url: env:MONGO_URL, collection: c, colour: 1 }]', 'lenient: true,'));
    expect(loaded.told.map((line) => line.replace(/^warning config\.yaml:\d+:\d+: (\w+) .*$/, '$1'))).toEqual(['TEMPLATE_SYNTAX', 'TEMPLATE_LITERAL', 'CONFIG_UNKNOWN_KEY', 'CONFIG_UNKNOWN_KEY']);
    expect(only(loaded).processors).toHaveLength(1);
    const strict = await read(entry('[{ type: mapper, outputEvent: { b: "{{ x" } }]'));
    expect(strict.told).toEqual([expect.stringMatching(/^warning config\.yaml:4:51: TEMPLATE_LITERAL /)]);
    expect(only(strict).processors).toHaveLength(1);
  });

  it('the sink fake is told', async () => {
    const loaded = await read(entry('[]', '[{ type: fake }]'));
    expect(loaded.told).toEqual([expect.stringMatching(/^warning config\.yaml:5:\d+: \w+ .*memory/)]);
    expect(only(loaded).sinks).toMatchObject([{ type: 'fake', name: 'fake' }]);
  });
});

describe('SCOPE_SHARED', () => {
  const two = (first: string, second: string, sinks = [MONGO, MONGO]): string =>
    `integrations:\n  - { identifier: a, type: jira, ${first} pipelines: [{ sinks: [${sinks[0]}] }] }\n  - { identifier: b, type: jira, ${second} pipelines: [{ sinks: [${sinks[1]}] }] }\n`;
  it('two entries of a type with one scope write to one place', async () => {
    const { told } = await read(two('', ''));
    expect(told).toEqual(['warning config.yaml:3:57: SCOPE_SHARED a and b write to mongo:db:27017/app/c with one scope: they are taken as one instance of jira; give one of them a scope, or another place']);
    expect((await read(two('', '', [MONGO, MONGO.replace('mongo,', 'mongo, name: other,')]))).told).toHaveLength(1);
  });
  it.each([
    ['another scope', two('', 'config: { scope: other },')],
    ['another place', two('', '', [MONGO, MONGO.replace('collection: c', 'collection: d')])],
    ['a disabled entry', two('enabled: false,', '')],
  ])('not with %s', async (_, text) => {
    expect((await read(text)).told).toEqual([]);
  });
});

describe('hash', () => {
  const hash = async (text: string, environment: NodeJS.ProcessEnv = {}): Promise<string> => only(await read(text, { environment })).hash;
  it('follows what makes outputs, not sinks and not secrets', async () => {
    const base = await hash(entry('[{ type: mapper, outputEvent: { a: 1 } }]'));
    expect(await hash(entry('[{ outputEvent: { a: 1 }, type: mapper, onMissing: "null" }]', '[{ type: mongo, name: other, url: env:MONGO_URL, collection: d }]'))).toBe(base);
    expect(await hash(entry('[{ type: mapper, outputEvent: { a: 2 } }]'))).not.toBe(base);
    expect(await hash(entry('[]'))).not.toBe(base);
    const plugin = entry('[{ type: rpc-plugin, url: "http://127.0.0.1:1/", env: { A: { fromEnv: TOKEN } } }]');
    expect(await hash(plugin)).toBe(await hash(plugin, { TOKEN: 'rotated' }));
    const mapping = (field: string): string => entry(`[{ type: mapping, mapping: { ${MAPPING.replace('.id', field)} } }]`);
    expect(await hash(mapping('.id'))).not.toBe(await hash(mapping('.key')));
  });
});

describe('a configuration of somebody else', () => {
  it('is checked without a look at what it names', async () => {
    const { told, entries } = await read(
      entry('[{ type: rpc-plugin, modulePath: ./gone }, { type: rpc-plugin, url: env:U }, { type: mapping, mapping: gone.yaml }]', `[{ type: crud-service, url: env:U, headers: { a: { fromFile: gone } } }, ${MONGO}]`),
      { closed: true },
    );
    expect(told).toEqual([expect.stringMatching(/FEED_CONFLICT/)]);
    expect(entries).toEqual([]);
  });
});

it('declarePipelines opens nothing, and gives the same twice', async () => {
  const { entries, settings } = await read(entry('[{ type: mapper, outputEvent: {} }]'));
  const [first, second] = [declarePipelines(entries[0]!, { settings, clock: systemClock, log: silent }), declarePipelines(entries[0]!, { settings, clock: systemClock, log: silent })];
  expect(first.problems).toEqual([]);
  expect(first.pipelines[0]!.hash).toBe(second.pipelines[0]!.hash);
});
