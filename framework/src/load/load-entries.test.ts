import path from 'node:path';
import { inspect } from 'node:util';
import { workspace } from '../../test/workspace';
import { formatProblem, readSettings, type Settings } from '../config';
import { services } from '../connector/services';
import type { Secret } from '../contract';
import { findIntegrations, loadEntries, type LoadedEntries } from '.';

const PLANTED = 'planted-value-8c1';

/** A whole integration in TypeScript that needs a package of its own folder. */
const SOUND = `
import { defineIntegration } from '@integration-framework/framework';
import { greet } from 'greeter';
export default defineIntegration({
  type: 'sound', version: '1.2.3', title: 'Sound', description: greet('sound'),
  settings: {
    url: { type: 'string', required: true, description: 'Where.' },
    token: { type: 'string', secret: true, description: 'Who.' },
    folder: { type: 'string', path: true, default: './data', description: 'Which.' },
    tags: { type: 'list', default: [], description: 'Some.' },
  },
  validate: (settings: { url: string }) => (settings.url === 'bad' ? ['url is bad; write a good one'] : []),
  schedule: { every: '1h' },
  kinds: [{ name: 'thing', key: (row: { id: string }) => [row.id] }],
});
`;
const FILES = {
  'mine/sound/src/index.ts': SOUND,
  'mine/sound/node_modules/greeter/package.json': '{"name":"greeter","version":"1.0.0","main":"index.js"}',
  'mine/sound/node_modules/greeter/index.js': 'exports.greet = (name) => `hello ${name}`;',
  'mine/sound/blueprints/b.yaml': 'identifier: b\nschema: { properties: {} }\n',
  'mine/sound/blueprints/a.json': '{"identifier":"a","schema":{"properties":{"x":{"type":"string"}}}}',
  'mine/sound/blueprints/README.md': 'no blueprint',
  'mine/sound/mapping.yaml': 'resources:\n  - { kind: thing, port: { entity: { mappings: { identifier: .id, blueprint: \'"a"\' } } } }\n',
  'mine/built/dist/index.js': 'exports.default = { type: "built", version: "1", title: "B", description: "", settings: {}, kinds: [], mapping: { resources: [] }, blueprints: [] };',
  'mine/named/package.json': '{"main":"lib/main.js","type":"module"}',
  'mine/named/lib/main.js': 'export default { type: "named", version: "1", title: "N", description: "", settings: {}, kinds: [] };',
};

async function load(entries: string, files: Readonly<Record<string, string>> = {}, environment: NodeJS.ProcessEnv = {}): Promise<LoadedEntries & { settings: Settings; told: string[] }> {
  const cwd = workspace({ ...FILES, ...files, 'config.yaml': `integrationsPath: ./mine\nintegrations:\n${entries}` });
  const settings = await readSettings({ files: [], environment, cwd });
  expect(settings.problems).toEqual([]);
  const loaded = await loadEntries(settings, services);
  const shorten = (text: string): string => text.replaceAll(cwd, '.');
  return { ...loaded, settings, told: loaded.failed.flatMap(({ problems }) => problems.map((problem) => shorten(formatProblem(problem)))) };
}

describe('an entry', () => {
  it('of a folder outside the repository, with its own packages, blueprints, mapping and settings', async () => {
    const { entries, told, settings } = await load('  - { identifier: one, type: sound, config: { url: good, token: "env:TOKEN", tags: x } }\n', {}, { TOKEN: PLANTED });
    expect(told).toEqual([]);
    const [entry] = entries;
    expect(entry).toMatchObject({
      identifier: 'one',
      type: 'sound',
      folder: path.join(settings.folder, 'mine/sound'),
      integration: { description: 'hello sound', version: '1.2.3' },
      settings: { url: 'good', folder: path.join(settings.folder, 'data'), tags: ['x'] },
      blueprints: [{ identifier: 'a' }, { identifier: 'b' }],
      defaultMapping: { resources: [{ kind: 'thing' }] },
      resync: { atStart: true, everyMs: 3_600_000 },
      guard: { on: true, share: 0.3, atLeast: 10 },
      http: { timeoutMs: 60_000, concurrency: 10, retries: 5 },
      enabled: true,
      warnings: [],
    });
    expect(entry).not.toHaveProperty('mapping');
    expect((entry!.settings['token'] as Secret).reveal()).toBe(PLANTED);
    expect(inspect(entries, { depth: 9 }) + JSON.stringify(entries)).not.toContain(PLANTED);
  });

  it('of built JavaScript, CommonJS in dist/ or an ES module that package.json names', async () => {
    const { entries, told } = await load('  - { type: built }\n  - { type: named }\n');
    expect(told).toEqual([]);
    expect(entries.map(({ type, defaultMapping, blueprints }) => [type, defaultMapping, blueprints])).toEqual([
      ['built', { resources: [] }, []],
      ['named', { resources: [] }, []],
    ]);
  });

  it('has the mapping that it names, and the schedule that it says', async () => {
    const { entries } = await load('  - { type: sound, config: { url: x }, mapping: { resources: [] }, resync: { cron: "0 3 * * *" } }\n');
    expect(entries[0]).toMatchObject({ mapping: { resources: [] }, resync: { atStart: true, cron: '0 3 * * *' } });
    expect(entries[0]!.resync).not.toHaveProperty('everyMs');
  });

  it('that is disabled is kept apart', async () => {
    const { entries, disabled, failed } = await load('  - { type: built, enabled: false }\n  - { type: named }\n  - { identifier: x, type: nowhere, enabled: false }\n');
    expect([entries, disabled, failed].map((list) => list.map(({ identifier }) => identifier))).toEqual([['named'], ['built'], ['x']]);
  });

  it('has the pipelines that it declares', async () => {
    const { entries } = await load('  - { type: sound, config: { url: x }, pipelines: [{ processors: [{ type: mapper, outputEvent: {} }], sinks: [{ type: fake, name: f }] }] }\n');
    expect(entries[0]!.pipelines).toMatchObject([{ name: 'sound/0', path: 'integrations[0].pipelines[0]', processors: [{ type: 'mapper' }], sinks: [{ type: 'fake', name: 'f' }], delivery: { batchItems: 500 } }]);
  });

  it('keeps its warnings', async () => {
    const { entries, settings } = await load(`  - { type: sound, lenient: true, config: { url: x, token: ${PLANTED}, colour: 1 } }\n`);
    expect(entries[0]!.warnings.map(({ code, severity }) => `${severity} ${code}`)).toEqual(['warning SECRET_FORM', 'warning CONFIG_UNKNOWN_KEY']);
    expect(inspect([entries, settings], { depth: 9 }) + JSON.stringify([entries, settings])).not.toContain(PLANTED);
  });
});

describe('membership', () => {
  it('follows the settings that select, not their order and not secrets', async () => {
    const { entries } = await load(`  - { identifier: a, type: sound, config: { url: x, tags: [t], token: "env:A" } }
  - { identifier: b, type: sound, config: { token: "env:B", tags: [t], url: x } }
  - { identifier: c, type: sound, config: { url: x, tags: [u], token: "env:A" } }
`, {}, { A: '1', B: '2' });
    const [a, b, c] = entries.map(({ membership }) => membership);
    expect(a).toBe(b);
    expect(a).not.toBe(c);
  });
});

describe('an entry that cannot run is told and harms no other', () => {
  it.each([
    ['an unknown type', 'sond', {}, "config.yaml:4:22: INTEGRATION_UNKNOWN there is no integration 'sond'; did you mean 'sound'?"],
    ['a folder without code', 'empty', { 'mine/empty/README.md': '' }, "./mine/empty:1:1: INTEGRATION_BROKEN the integration 'empty' has no code; write src/index.ts with export default defineIntegration({...})"],
    ['code that throws', 'thrower', { 'mine/thrower/src/index.js': 'throw new Error("no luck\\nat all")' }, "./mine/thrower/src/index.js:1:1: INTEGRATION_BROKEN the integration 'thrower' cannot be loaded: no luck; correct it"],
    ['another value', 'other', { 'mine/other/src/index.js': 'module.exports = 5' }, "./mine/other/src/index.js:1:1: INTEGRATION_BROKEN the integration 'other' exports no integration; export default defineIntegration({...})"],
    ['another type', 'other', { 'mine/other/src/index.js': 'exports.default = { type: "x", version: "1", title: "", description: "", settings: {}, kinds: [] }' }, "./mine/other/src/index.js:1:1: INTEGRATION_BROKEN the integration 'other' says its type is 'x': it must be the name of its folder; export default defineIntegration({...})"],
    ['a type that is there twice', 'built', { 'more/built/src/index.js': '' }, "config.yaml:4:22: INTEGRATION_DUPLICATE the integration 'built' is there twice: ./mine/built and ./more/built; rename one of the folders"],
    ['a bad default mapping', 'map', { 'mine/map/src/index.js': 'exports.default = { type: "map", version: "1", title: "", description: "", settings: {}, kinds: [] }', 'mine/map/mapping.yaml': 'resources:\n  - { kind: 5, port: { entity: { mappings: { identifier: .i, blueprint: .b } } } }\n' }, './mine/map/mapping.yaml:2:7: CONFIG_TYPE resources[0].kind must be text, not a number; put it in quotes'],
    ['a bad blueprint', 'blue', { 'mine/blue/src/index.js': 'exports.default = { type: "blue", version: "1", title: "", description: "", settings: {}, kinds: [] }', 'mine/blue/blueprints/x.yaml': 'identifier: 5\n' }, './mine/blue/blueprints/x.yaml:1:1: INTEGRATION_BROKEN this is no blueprint; give it identifier and schema.properties'],
  ])('%s', async (_, type, files, expected) => {
    const cwd = workspace({ ...FILES, ...files, 'config.yaml': `integrationsPath: [./mine, ./more]\nintegrations:\n  - { type: named }\n  - { identifier: b, type: ${type} }\n`, 'more/README.md': '' });
    const settings = await readSettings({ files: [], environment: {}, cwd });
    const { entries, failed } = await loadEntries(settings, services);
    expect(entries.map(({ identifier }) => identifier)).toEqual(['named']);
    expect(failed.map(({ identifier }) => identifier)).toEqual(['b']);
    expect(failed[0]!.problems.map((problem) => formatProblem(problem).replaceAll(cwd, '.'))[0]).toBe(expected);
  });

  it('a missing package, with the command that installs it', async () => {
    const { told } = await load('  - { type: lacking }\n', { 'mine/lacking/src/index.ts': "import 'nowhere-to-be-found';\n" });
    expect(told).toEqual([expect.stringMatching(/INTEGRATION_BROKEN the integration 'lacking' cannot be loaded: Cannot find module 'nowhere-to-be-found'.*; run npm ci in \.\/mine\/lacking$/)]);
  });

  it('TypeScript that does not compile, in one line', async () => {
    const { told } = await load('  - { type: typo }\n', { 'mine/typo/src/index.ts': 'export default {{{\n' });
    expect(told).toHaveLength(1);
    expect(told[0]).toContain("the integration 'typo' cannot be loaded");
    expect(told[0]).not.toMatch(/[\n\u001b]/);
  });

  it('settings that the integration refuses', async () => {
    const { told } = await load('  - { type: sound, config: { url: bad } }\n');
    expect(told).toEqual(['config.yaml:3:20: CONFIG_INVALID url is bad; write a good one']);
  });

  it('settings: unknown key with the nearest, missing, wrong type, literal secret in source', async () => {
    const { told } = await load('  - identifier: a\n    type: sound\n    config:\n      ulr: x\n      tags: { a: 1 }\n  - identifier: b\n    source: { type: sound, url: x, token: planted }\n    pipelines: [{ sinks: [{ type: fake }] }]\n');
    expect(told).toEqual([
      'config.yaml:5:5: CONFIG_REQUIRED integrations[0].config.url is missing; add it: Where',
      "config.yaml:6:7: CONFIG_UNKNOWN_KEY unknown key 'ulr' in integrations[0].config; did you mean 'url'?",
      'config.yaml:7:7: CONFIG_TYPE integrations[0].config.tags must be text, not an object; write text',
      'config.yaml:9:36: SECRET_FORM integrations[1].source.token holds a secret in plain text; write { fromEnv: NAME } or { fromFile: PATH }',
    ]);
  });

  it('one whose validate throws', async () => {
    const code = 'exports.default = { type: "v", version: "1", title: "", description: "", settings: {}, kinds: [], validate() { throw new Error("oops"); } }';
    const { told } = await load('  - { type: v }\n', { 'mine/v/src/index.js': code });
    expect(told).toEqual(["config.yaml:3:5: INTEGRATION_BROKEN the integration 'v' cannot check its settings: oops"]);
  });
});

describe('findIntegrations', () => {
  it('lists every folder, in order, once', async () => {
    const { settings } = await load('  - { type: built }\n', { 'mine/.hidden/x': '', 'mine/node_modules/x': '', 'mine/file.txt': '' });
    const mine = findIntegrations({ integrationsPath: [path.join(settings.folder, 'mine'), path.join(settings.folder, 'mine/../mine')] });
    expect(mine.map(({ type }) => type)).toEqual(['built', 'named', 'sound']);
  });
});
