import { workspace } from '../../test/workspace';
import { formatProblem, readSettings } from '../config';
import { services } from '../connector/services';
import { loadEntries, type Incoming, type LoadedEntries } from '.';

const integration = (type: string, parts: string): string => `exports.default = { type: "${type}", version: "1", title: "", description: "", ${parts} };`;
const live = (verify: string): string => `live: { verify: ${verify}, events: ["made", "gone"], eventType: [], changes: () => [] }`;
const KINDS = 'kinds: [{ name: "issue", key: () => [1] }]';
const FILES = {
  'mine/hooked/src/index.js': integration('hooked', `settings: { base: { type: "string", description: "" } }, scope: ({ base }) => new URL(base ?? "http://host:1").host, ${KINDS}, ${live('{ scheme: "hmac", header: "X-S" }')}`),
  'mine/tokened/src/index.js': integration('tokened', `settings: {}, ${KINDS}, ${live('{ scheme: "token", header: "X-T" }')}`),
  'mine/basic/src/index.js': integration('basic', `settings: {}, ${KINDS}, ${live('{ scheme: "basic", header: "Authorization" }')}`),
  'mine/fixed/src/index.js': integration('fixed', `settings: {}, ${KINDS}, ${live('{ scheme: "suffix-hash", header: "X-F", fixedHeader: true }')}`),
  'mine/queue/src/index.js': integration('queue', 'settings: { mode: { type: "string", default: "a", pipelineDefault: "b", description: "" } }, kinds: [], async listen() {}, live: { events: [], eventType: [], changes: () => [] }'),
  'mine/plain/src/index.js': integration('plain', 'settings: {}, kinds: []'),
};
const SECRETS = { A: 'one', B: 'two', EMPTY: ' ' };
const PIPELINES = 'pipelines: [{ sinks: [{ type: fake }] }]';

async function load(entries: string, environment: NodeJS.ProcessEnv = {}): Promise<LoadedEntries & { readonly told: readonly string[] }> {
  const cwd = workspace({ ...FILES, 'config.yaml': `integrationsPath: ./mine\nintegrations:\n${entries}` });
  const settings = await readSettings({ files: [], environment: { ...SECRETS, ...environment }, cwd });
  expect(settings.problems).toEqual([]);
  const loaded = await loadEntries(settings, services);
  const all = [...loaded.failed.flatMap(({ problems }) => problems), ...loaded.entries.flatMap(({ warnings }) => warnings)];
  return { ...loaded, told: all.map((problem) => `${problem.severity === 'warning' ? 'warning ' : ''}${formatProblem(problem)}`) };
}

/** With revealed secrets. */
const shown = ({ webhook, import: imports }: Incoming): unknown => {
  const reveal = (guarded: NonNullable<Incoming['import']>['authentication']): unknown => (guarded === 'none' ? guarded : { ...guarded, secret: guarded.secret.map((secret) => secret.reveal()) });
  return { ...(webhook && { webhook: { ...webhook, authentication: reveal(webhook.authentication) } }), ...(imports && { import: { ...imports, authentication: reveal(imports.authentication) } }) };
};

describe('routes', () => {
  it('of a webhook and of an import', async () => {
    const { entries, told } = await load(`  - identifier: b
    source: { type: hooked, maxBodyBytes: 2048, authentication: { secret: [{ fromEnv: A }, env:B], headerName: X-Own }, importWebhookPath: /in, importAuthentication: { secret: "\${B}" } }
    ${PIPELINES}
  - { identifier: a, type: hooked, config: { webhookPath: /a, authentication: { secret: { fromEnv: A } } } }
  - { identifier: c, type: hooked, config: { webhookPath: /c, authentication: { secret: { fromEnv: A } } }, ${PIPELINES} }
`.replace('maxBodyBytes', 'webhookPath: /b, maxBodyBytes'));
    expect(told).toEqual([]);
    expect(entries.map(({ identifier, incoming }) => [identifier, shown(incoming)])).toEqual([
      ['b', { webhook: { path: '/b', maxBodyBytes: 2048, authentication: { secret: ['one', 'two'], headerName: 'X-Own' } }, import: { path: '/in', authentication: { secret: ['two'] } } }],
      ['a', { webhook: { path: '/a', maxBodyBytes: 26_214_400, authentication: { secret: ['one'] } } }],
      ['c', { webhook: { path: '/c', maxBodyBytes: 26_214_400, authentication: { secret: ['one'] } } }],
    ]);
  });

  it('the path of a webhook is that of its type', async () => {
    const { entries } = await load(`  - { type: hooked, config: { authentication: { secret: env:A } } }\n`);
    expect(entries[0]!.incoming.webhook!.path).toBe('/hooked/webhook');
  });

  it('token is a name of secret where the header carries it, nowhere else, and not beside it', async () => {
    const { entries, told } = await load(`  - { type: tokened, config: { authentication: { token: env:A } } }
  - { type: hooked, config: { authentication: { token: env:A } } }
  - { identifier: both, type: tokened, config: { webhookPath: /both, authentication: { token: env:A, secret: env:A } } }
`.replace('{ type: tokened, config: {', '{ type: tokened, config: { webhookPath: /t,'));
    expect(entries.map(({ incoming }) => shown(incoming))).toEqual([{ webhook: { path: '/t', maxBodyBytes: 26_214_400, authentication: { secret: ['one'] } } }]);
    expect(told).toEqual([
      'config.yaml:4:31: CONFIG_REQUIRED integrations[1].config.authentication.secret is missing; add it: one secret, or up to three of which any is accepted',
      "config.yaml:4:49: CONFIG_UNKNOWN_KEY unknown key 'token' in integrations[1].config.authentication of hooked; did you mean 'secret'?",
      'config.yaml:5:88: CONFIG_TYPE integrations[2].config.authentication.token says again what integrations[2].config.authentication.secret says; remove one of them',
    ]);
  });

  it('username belongs to basic authentication, which needs it', async () => {
    const { entries, told } = await load(`  - { identifier: a, type: basic, config: { authentication: { secret: env:A, username: u } } }
  - { identifier: b, type: basic, config: { webhookPath: /b, authentication: { secret: env:A } } }
  - { type: hooked, config: { authentication: { secret: env:A, username: u } } }
`.replace('{ identifier: a, type: basic, config: {', '{ identifier: a, type: basic, config: { webhookPath: /a,'));
    expect(entries.map(({ incoming }) => shown(incoming))).toEqual([{ webhook: { path: '/a', maxBodyBytes: 26_214_400, authentication: { secret: ['one'], username: 'u' } } }]);
    expect(told).toEqual([
      'config.yaml:4:62: CONFIG_REQUIRED integrations[1].config.authentication.username is missing; add it: user of basic authentication',
      "config.yaml:5:64: CONFIG_UNKNOWN_KEY unknown key 'username' in integrations[2].config.authentication of hooked; remove it",
    ]);
  });

  it.each([
    ['{ secret: { fromEnv: UNSET } }', 'SECRET_MISSING integrations[0].source.authentication.secret: the variable UNSET is not set; set UNSET'],
    ['{ secret: { fromEnv: EMPTY } }', 'SECRET_MISSING integrations[0].source.authentication.secret: the variable EMPTY is empty; set EMPTY'],
    ['{ secret: [] }', 'CONFIG_LIMIT integrations[0].source.authentication.secret has 0 items; write at least 1'],
    ['{ secret: [env:A, env:A, env:A, env:A] }', 'CONFIG_LIMIT integrations[0].source.authentication.secret has 4 items; write at most 3'],
    ['{ secret: {} }', 'SECRET_FORM integrations[0].source.authentication.secret is not a form of a secret; write { fromEnv: NAME }, { fromFile: PATH }, or both'],
    ['{ secret: plain }', 'SECRET_FORM integrations[0].source.authentication.secret holds a secret in plain text; write { fromEnv: NAME } or { fromFile: PATH }'],
    ['open', "CONFIG_TYPE integrations[0].source.authentication must be an object, not text; write 'none' or an object"],
  ])('authentication %s is one problem, and no open webhook', async (authentication, expected) => {
    const { told, entries } = await load(`  - { source: { type: hooked, authentication: ${authentication} }, ${PIPELINES} }\n`);
    expect(entries).toEqual([]);
    expect(told.map((line) => line.replace(/^config\.yaml:3:\d+: /, ''))).toEqual([expected]);
  });
});

describe('what has no effect is told', () => {
  it('a header where the integration fixes it', async () => {
    const { entries, told } = await load(`  - { type: fixed, config: { authentication: { secret: env:A, headerName: X-Own } } }\n`);
    expect(entries).toHaveLength(1);
    expect(told).toEqual(['warning config.yaml:3:63: CONFIG_UNKNOWN_KEY integrations[0].config.authentication.headerName has no effect: fixed always signs in X-F; remove it']);
  });

  it('importAuthentication without importWebhookPath', async () => {
    const { entries, told } = await load(`  - { type: plain, config: { importAuthentication: { secret: env:A } } }\n`);
    expect(entries).toHaveLength(1);
    expect(told).toEqual(['warning config.yaml:3:30: CONFIG_INVALID integrations[0].config.importAuthentication has no effect without importWebhookPath; add importWebhookPath, or remove it']);
  });

  it('a mapping beside pipelines without the processor mapping', async () => {
    const pipelines = 'pipelines: [{ processors: [{ type: mapping, mapping: {} }], sinks: [{ type: fake }] }]';
    const { entries, told } = await load(`  - { identifier: a, type: plain, mapping: { resources: [] }, ${PIPELINES} }\n  - { identifier: b, type: plain, mapping: { resources: [] }, ${pipelines} }\n`);
    expect(entries).toHaveLength(2);
    expect(told).toEqual(['warning config.yaml:3:35: CONFIG_INVALID integrations[0].mapping has no effect: no pipeline of the entry has the processor mapping; remove it, or add the processor mapping']);
  });
});

describe('keys that every integration has', () => {
  it.each([
    ['webhokPath', 'webhookPath'],
    ['webhookpath', 'webhookPath'],
    ['maxBodyByte', 'maxBodyBytes'],
    ['event', 'events'],
    ['autentication', 'authentication'],
  ])('%s is told with the nearest', async (key, near) => {
    for (const at of [`type: plain, config: { ${key}: x }`, `source: { type: plain, ${key}: x }, ${PIPELINES}`]) {
      const { told } = await load(`  - { ${at} }\n`);
      expect(told).toEqual([expect.stringMatching(new RegExp(`CONFIG_UNKNOWN_KEY unknown key '${key}' in integrations\\[0\\]\\.\\w+; did you mean '${near}'\\?$`))]);
    }
  });

  it('are listed where none is near', async () => {
    const { told } = await load('  - { type: hooked, config: { zzzzzz: 1 } }\n');
    expect(told).toEqual([expect.stringMatching(/; known keys: base, webhookPath, authentication, importWebhookPath, importAuthentication, scope, events, maxBodyBytes, drop$/)]);
  });
});

describe('a webhook without authentication', () => {
  const FORMS = `  - { identifier: b, source: { type: hooked }, ${PIPELINES} }
  - { identifier: a, type: tokened }
  - { identifier: c, type: basic, config: { webhookPath: /c }, ${PIPELINES} }
`;

  it('form B: AUTH_REQUIRED; forms A and C: closed, which is told where a path is written', async () => {
    const { told, entries } = await load(FORMS);
    expect(told).toEqual([
      'config.yaml:3:22: AUTH_REQUIRED integrations[0].source.authentication is missing: anyone could call the webhook; write authentication: { secret: { fromEnv: NAME } }, or none',
      'warning config.yaml:5:45: AUTH_REQUIRED integrations[2].config.authentication is missing: the webhook stays closed; write authentication: { secret: { fromEnv: NAME } }, or remove webhookPath',
    ]);
    expect(entries.map(({ incoming }) => incoming)).toEqual([{}, {}]);
  });

  it('ALLOW_UNAUTHENTICATED_WEBHOOKS makes it none, with a warning, for the whole process', async () => {
    const { entries, failed, told } = await load(FORMS, { ALLOW_UNAUTHENTICATED_WEBHOOKS: 'true' });
    expect(failed).toEqual([]);
    expect(entries.map(({ incoming }) => [incoming.webhook?.path, incoming.webhook?.authentication])).toEqual([['/hooked/webhook', 'none'], ['/tokened/webhook', 'none'], ['/c', 'none']]);
    expect(told.map((line) => line.includes('warning') && line.includes('AUTH_REQUIRED'))).toEqual([true, true, true]);
  });

  it('none stands open, with a warning', async () => {
    const { entries, told } = await load(`  - { source: { type: hooked, authentication: none }, ${PIPELINES} }\n`);
    expect(entries[0]!.incoming.webhook!.authentication).toBe('none');
    expect(told).toEqual(['warning config.yaml:3:31: AUTH_REQUIRED integrations[0].source.authentication is none: everyone can call this webhook; name a secret']);
  });

  it('is none where only an import is wanted', async () => {
    const { entries, told } = await load(`  - { source: { type: hooked, importWebhookPath: /in, importAuthentication: { secret: env:A } }, ${PIPELINES} }\n`);
    expect(told).toEqual([]);
    expect(shown(entries[0]!.incoming)).toEqual({ import: { path: '/in', authentication: { secret: ['one'] } } });
  });

  it('is no problem of a source that has none', async () => {
    const { told, entries } = await load(`  - { source: { type: queue }, ${PIPELINES} }\n  - { source: { type: plain }, ${PIPELINES} }\n`);
    expect(told).toEqual([]);
    expect(entries.map(({ incoming }) => incoming)).toEqual([{}, {}]);
  });

  it('what asks for a webhook where there is none is told', async () => {
    const { told } = await load('  - { type: plain, config: { webhookPath: /p, authentication: { secret: env:A } } }\n');
    expect(told).toEqual([
      'config.yaml:3:30: CONFIG_INVALID plain takes no webhooks; remove it; importWebhookPath and importAuthentication open a route that starts a resync',
      'config.yaml:3:47: CONFIG_INVALID plain takes no webhooks; remove it; importWebhookPath and importAuthentication open a route that starts a resync',
    ]);
  });
});

describe('an import', () => {
  it('needs authentication in every form, unless none', async () => {
    const { entries, told } = await load(`  - { identifier: a, type: plain, config: { importWebhookPath: /a } }
  - { identifier: b, type: plain, config: { importWebhookPath: /b, importAuthentication: none } }
  - { identifier: c, type: plain, config: { importWebhookPath: /c, importAuthentication: { secret: env:UNSET } } }
`);
    expect(entries.map(({ identifier, incoming }) => [identifier, incoming])).toEqual([['b', { import: { path: '/b', authentication: 'none' } }]]);
    expect(told).toEqual([
      'config.yaml:3:35: AUTH_REQUIRED integrations[0].config.importAuthentication is missing: anyone could call the import; write importAuthentication: { secret: { fromEnv: NAME } }, or none',
      'config.yaml:5:92: SECRET_MISSING integrations[2].config.importAuthentication.secret: the variable UNSET is not set; set UNSET',
      'warning config.yaml:4:68: AUTH_REQUIRED integrations[1].config.importAuthentication is none: everyone can call this import; name a secret',
    ]);
  });

  it('of a queue starts by its webhookPath, guarded by authentication', async () => {
    const { entries, told } = await load(`  - { identifier: a, source: { type: queue, webhookPath: /q, authentication: { secret: env:A } }, ${PIPELINES} }
  - { identifier: b, source: { type: queue, webhookPath: /r }, ${PIPELINES} }
`);
    expect(entries.map(({ incoming }) => shown(incoming))).toEqual([{ import: { path: '/q', authentication: { secret: ['one'] } } }]);
    expect(told).toEqual(['config.yaml:4:22: AUTH_REQUIRED integrations[1].source.authentication is missing: anyone could call the webhook; write authentication: { secret: { fromEnv: NAME } }, or none']);
  });
});

describe('ROUTE_DUPLICATE', () => {
  const entry = (identifier: string, config: string, type = 'hooked'): string => `  - { identifier: ${identifier}, type: ${type}, config: { ${config} } }\n`;
  const AUTH = 'authentication: { secret: env:A }';
  const IMPORT = 'importAuthentication: { secret: env:A }';

  it('two webhooks, a webhook and an import, routes of the framework', async () => {
    const { told, entries } = await load(
      entry('a', AUTH) + entry('b', AUTH) + entry('c', `${AUTH}, webhookPath: /c`, 'tokened') + entry('d', `importWebhookPath: /c, ${IMPORT}`, 'plain') + entry('e', `importWebhookPath: /resync/x, ${IMPORT}`, 'plain') + entry('f', `importWebhookPath: /resyncs, ${IMPORT}`, 'plain') + entry('g', `${AUTH}, webhookPath: /api`, 'basic').replace('env:A', 'env:A, username: u'),
    );
    expect(entries.map(({ identifier }) => identifier)).toEqual(['f']);
    expect(told).toEqual([
      'config.yaml:3:36: ROUTE_DUPLICATE the route /hooked/webhook is opened by a and b; write another webhookPath',
      'config.yaml:4:36: ROUTE_DUPLICATE the route /hooked/webhook is opened by b and a; write another webhookPath',
      'config.yaml:5:82: ROUTE_DUPLICATE the route /c is opened by c and d; write another webhookPath',
      'config.yaml:6:45: ROUTE_DUPLICATE the route /c is opened by d and c; write another importWebhookPath',
      'config.yaml:7:45: ROUTE_DUPLICATE the route /resync/x belongs to the framework; write another importWebhookPath',
      'config.yaml:9:93: ROUTE_DUPLICATE the route /api belongs to the framework; write another webhookPath',
    ]);
  });

  it('two webhooks of a type must both name their path', async () => {
    const { told } = await load(entry('a', AUTH) + entry('b', `${AUTH}, webhookPath: /b`) + entry('c', ''));
    expect(told).toEqual(["config.yaml:3:36: CONFIG_REQUIRED two entries of the type 'hooked' open a webhook, so each must name its path; write webhookPath"]);
  });

  it('counts under SERVICE_PREFIX, and not for entries that are disabled', async () => {
    const { told } = await load(entry('a', `${AUTH}, webhookPath: /api`) + entry('b', AUTH).replace(/ }\n$/, ', enabled: false }\n'), { SERVICE_PREFIX: 'hooks/' });
    expect(told).toEqual([]);
  });
});

describe('what an entry selects', () => {
  it('scope: what is written, else what the integration says, else none', async () => {
    const { entries } = await load('  - { identifier: a, type: hooked, config: { base: "https://x.example:8" } }\n  - { identifier: b, type: hooked, config: { scope: own } }\n  - { type: plain }\n');
    expect(entries.map(({ scope }) => scope)).toEqual(['x.example:8', 'own', '']);
  });

  it('a scope that cannot be named is told', async () => {
    const { told } = await load('  - { identifier: a, type: hooked, config: { base: nonsense } }\n');
    expect(told).toEqual(["config.yaml:3:36: INTEGRATION_BROKEN the integration 'hooked' cannot name its scope: Invalid URL; write scope"]);
  });

  it('events and drop: names that the integration knows', async () => {
    const { entries, told } = await load(`  - { identifier: a, type: hooked, config: { events: [made], drop: { issue: [fields.reporter] } } }
  - { identifier: b, type: hooked, config: { events: [made, gnoe], drop: { isue: [x] } } }
  - { type: plain, config: { events: [x] } }
`);
    expect(entries[0]).toMatchObject({ events: ['made'], drop: { issue: ['fields.reporter'] }, path: 'integrations[0]', lenient: false });
    expect(told).toEqual([
      "config.yaml:4:61: CONFIG_ENUM hooked has no event of this name; did you mean 'gone'?",
      "config.yaml:4:76: CONFIG_ENUM hooked offers no kind 'isue'; did you mean 'issue'?",
      'config.yaml:5:39: CONFIG_ENUM plain has no event of this name; known: none',
    ]);
  });

  it('a path of drop with an empty segment would take out nothing', async () => {
    const { entries, told } = await load('  - { type: hooked, config: { drop: { issue: [a.b, fields..x, "", .y] } } }\n');
    expect(entries).toEqual([]);
    expect(told.map((line) => line.split(' has ')[0])).toEqual([1, 2, 3].map((index) => expect.stringMatching(new RegExp(`: CONFIG_INVALID integrations\\[0\\]\\.config\\.drop\\.issue\\[${index}\\]$`)) as unknown));
  });

  it('a setting has another default with pipelines', async () => {
    const { entries } = await load(`  - { identifier: a, type: queue }\n  - { identifier: b, type: queue, ${PIPELINES} }\n  - { identifier: c, type: queue, config: { mode: a }, ${PIPELINES} }\n`);
    expect(entries.map(({ settings }) => settings['mode'])).toEqual(['a', 'b', 'a']);
  });
});

describe('names of pipelines', () => {
  it('default to identifier and index, and are one name space', async () => {
    const { entries, told } = await load(`  - { identifier: a, type: plain, pipelines: [{ sinks: [{ type: fake }] }, { name: own, sinks: [{ type: fake, name: f }] }] }
  - { identifier: b, type: plain, pipelines: [{ name: own, sinks: [{ type: fake }] }] }
  - { identifier: c, type: plain, pipelines: [{ name: d, sinks: [{ type: fake }] }] }
  - { identifier: d, type: plain }
  - { identifier: e, type: plain, pipelines: [{ sinks: [{ type: fake }] }] }
`);
    expect(told).toEqual([
      "config.yaml:3:78: IDENTIFIER_DUPLICATE the pipeline 'own' is there twice; give each pipeline its own name",
      "config.yaml:4:49: IDENTIFIER_DUPLICATE the pipeline 'own' is there twice; give each pipeline its own name",
      "config.yaml:5:49: IDENTIFIER_DUPLICATE the pipeline 'd' is there twice; give each pipeline its own name",
    ]);
    expect(entries.map(({ identifier, pipelines }) => [identifier, pipelines?.map(({ name }) => name)])).toEqual([['d', undefined], ['e', ['e/0']]]);
  });
});
