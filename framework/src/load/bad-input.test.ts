import { workspace } from '../../test/workspace';
import { formatProblem, isUsable, readSettings, type Settings } from '../config';
import { services } from '../connector/services';
import { loadEntries } from '.';

const GOOD = 'exports.default = { type: "good", version: "1", title: "", description: "", kinds: [], settings: { n: { type: "integer", description: "" } } };';
const FILES = { 'mine/good/src/index.js': GOOD, 'mine/thrower/src/index.js': 'throw new Error("no luck")', 'mine/open/src/index.js': GOOD.replace('"good"', '"open"').replace('settings:', 'live: { events: [], eventType: [], changes: () => [] }, settings:') };

async function read(text: string | undefined): Promise<Settings> {
  return readSettings({ files: [], environment: {}, cwd: workspace({ ...FILES, ...(text !== undefined && { 'config.yaml': text }) }) });
}

// Lines of the table of bad input, as far as reading and loading decide them.
describe('bad input: nothing starts', () => {
  it.each([
    ['file missing', undefined, 'config.yaml:1:1: CONFIG_MISSING_FILE the file cannot be read (ENOENT); create it, or name another with --config or CONFIGURATION_PATH'],
    ['not YAML', 'integrations: [', /^config\.yaml:1:\d+: CONFIG_SYNTAX /],
    ['no object', '- type: good', 'config.yaml:1:1: CONFIG_TYPE the file holds no object; write at least integrations'],
    ['empty file', '', 'config.yaml:1:1: CONFIG_TYPE the file holds no object; write at least integrations'],
    ['unknown root key', 'integration: []\nintegrations: [{ type: good }]', "config.yaml:1:1: CONFIG_UNKNOWN_KEY unknown key 'integration'; did you mean 'integrations'?"],
    ['wrong port', 'port: yes\nintegrations: [{ type: good }]', 'config.yaml:1:1: CONFIG_TYPE port must be an object, not text; write an object'],
    ['empty port', 'port:\nintegrations: [{ type: good }]', 'config.yaml:1:1: CONFIG_TYPE port is empty; write an object, or remove the key'],
    ['wrong triggerChannel', 'triggerChannel: { type: KAFFKA }\nintegrations: [{ type: good }]', "config.yaml:1:19: CONFIG_ENUM triggerChannel.type must be one of KAFKA, WEBHOOK, POLLING, ONCE, WEBHOOKS_ONLY, ACTIONS_ONLY; did you mean 'KAFKA'?"],
    ['wrong mongodb', 'mongodb: { url: "${MONGO}" }\nintegrations: [{ type: good }]', 'config.yaml:1:12: SECRET_MISSING mongodb.url: the variable MONGO is not set; set MONGO'],
    ['integrations empty', 'integrations: []', 'config.yaml:1:1: CONFIG_LIMIT integrations is empty; name at least one integration, for example - { type: git, config: { path: . } }'],
    ['integrations missing', 'strict: true', 'config.yaml:1:1: CONFIG_REQUIRED integrations is missing; name at least one integration, for example - { type: git, config: { path: . } }'],
    ['integrations no list', 'integrations: { type: good }', 'config.yaml:1:1: CONFIG_TYPE integrations must be a list; name at least one integration, for example - { type: git, config: { path: . } }'],
  ])('bad input: %s', async (_, text, expected) => {
    const settings = await read(text);
    expect(isUsable(settings)).toBe(false);
    expect(settings.problems.map(formatProblem)).toEqual([typeof expected === 'string' ? expected : expect.stringMatching(expected)]);
  });
});

describe('bad input: problem inside one entry, the others run', () => {
  it.each([
    ['unknown key', '{ identifier: bad, type: good, config: { m: 1 } }', 'CONFIG_UNKNOWN_KEY'],
    ['unknown key of the entry', '{ identifier: bad, type: good, confg: {} }', 'CONFIG_UNKNOWN_KEY'],
    ['missing variable', '{ identifier: bad, type: good, config: { n: "${N}" } }', 'SECRET_MISSING'],
    ['wrong type', '{ identifier: bad, type: good, config: { n: x } }', 'CONFIG_TYPE'],
    ['unknown integration type', '{ identifier: bad, type: god }', 'INTEGRATION_UNKNOWN'],
    ['live part that verifies nothing', '{ identifier: bad, type: open }', 'INTEGRATION_BROKEN'],
    ['folder that throws on load', '{ identifier: bad, type: thrower }', 'INTEGRATION_BROKEN'],
  ])('bad input: %s', async (_, entry, code) => {
    const settings = await read(`integrationsPath: mine\nintegrations:\n  - { type: good }\n  - ${entry}\n`);
    expect(isUsable(settings)).toBe(true);
    const { entries, failed } = await loadEntries(settings, services);
    expect(entries.map(({ identifier }) => identifier)).toEqual(['good']);
    expect(failed.map(({ identifier, problems }) => [identifier, problems.map((problem) => problem.code)])).toEqual([['bad', [code]]]);
    expect(failed[0]!.problems.every(({ line, file }) => file !== '' && line >= 1)).toBe(true);
  });
});
