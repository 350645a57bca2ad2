import path from 'node:path';
import { workspace } from '../../test/workspace';
import { destinationSettings, openDestinations, type AuditStore, type DeclaredDestination } from '../audit';
import { systemClock } from '../shared';
import { formatProblem, isUsable, readSettings, type Settings } from '.';

const GIT = 'integrations: [{ type: git }]\n';
const read = (text: string, environment: NodeJS.ProcessEnv = {}): Promise<Settings> => readSettings({ files: [], environment, cwd: workspace({ 'config.yaml': `${text}${GIT}` }), destinations: destinationSettings });

describe('audit.destinations', () => {
  it.each(['', 'audit: {}\n'])('%j is the console', async (text) => expect((await read(text)).audit.destinations).toEqual([{ kind: 'console' }]));

  it('have what their kind has, and the audit log opens them', async () => {
    const { audit, folder, problems } = await read('audit: { destinations: [{ kind: console, exclude: INFO }, { kind: file, path: logs/audit.ndjson, include: [ASSET, SECURITY], maxAge: 12h }, { kind: store, include: [] }] }\n');
    expect(problems).toEqual([]);
    expect(audit.destinations).toEqual([
      { kind: 'console', exclude: ['INFO'] },
      { kind: 'file', path: path.join(folder, 'logs/audit.ndjson'), include: ['ASSET', 'SECURITY'], maxAge: 43_200_000, maxBytes: 10_485_760, keep: 10 },
      { kind: 'store', include: [] },
    ]);
    const opened = openDestinations(audit.destinations as readonly DeclaredDestination[], { clock: systemClock, console: { write: () => undefined, format: 'json', level: 'info' }, store: {} as AuditStore });
    expect(opened.map(({ name, accepts }) => [name, accepts('INFO'), accepts('ASSET')])).toEqual([
      ['console', false, true],
      [`file ${folder}/logs/audit.ndjson`, false, true],
      ['store', false, false],
    ]);
  });

  it('an empty list leaves the store alone', async () => {
    const { audit, problems } = await read('audit: { destinations: [] }\n');
    expect([audit.destinations, problems]).toEqual([[], []]);
  });

  it('a file of a day, put aside at 10 MiB, ten of them', async () => {
    expect((await read('audit: { destinations: [{ kind: file, path: /a }] }\n')).audit.destinations).toEqual([{ kind: 'file', path: '/a', maxAge: 86_400_000, maxBytes: 10_485_760, keep: 10 }]);
  });

  it('set by a variable', async () => {
    const { audit, problems } = await read('audit: {}\n', { FRAMEWORK__AUDIT__DESTINATIONS: '[{ kind: store, include: [ERROR] }]' });
    expect([audit.destinations, problems]).toEqual([[{ kind: 'store', include: ['ERROR'] }], []]);
  });

  it.each<[string, string, readonly string[]]>([
    ['unknown keys', 'audit: { destination: [], destinations: [{ kind: console, path: x }, { kind: file, path: y, maxSize: 5 }] }\n', [
      "config.yaml:1:10: CONFIG_UNKNOWN_KEY unknown key 'destination' in audit; did you mean 'destinations'?",
      "config.yaml:1:59: CONFIG_UNKNOWN_KEY unknown key 'path' in audit.destinations[0]; known keys: kind, include, exclude",
      "config.yaml:1:93: CONFIG_UNKNOWN_KEY unknown key 'maxSize' in audit.destinations[1]; known keys: kind, path, maxBytes, maxAge, keep, include, exclude",
    ]],
    ['kinds', 'audit: { destinations: [{ kind: fiel, path: x }, {}, 5, { kind: 5 }] }\n', [
      "config.yaml:1:27: CONFIG_ENUM there is no audit destination 'fiel'; did you mean 'file'?",
      'config.yaml:1:50: CONFIG_REQUIRED audit.destinations[1].kind is missing; add it: Which one',
      'config.yaml:1:54: CONFIG_TYPE audit.destinations[2] must be an object, not a number; write an object',
      'config.yaml:1:59: CONFIG_TYPE audit.destinations[3].kind must be text, not a number; put it in quotes',
    ]],
    ['keys of a kind', 'audit: { destinations: [{ kind: file, keep: -1, maxAge: 5, include: [INFOS] }] }\n', [
      'config.yaml:1:25: CONFIG_REQUIRED audit.destinations[0].path is missing; add it: The file. Its folder is made',
      'config.yaml:1:39: CONFIG_LIMIT audit.destinations[0].keep is -1; write at least 0',
      'config.yaml:1:49: CONFIG_TYPE audit.destinations[0].maxAge must be a duration such as 30s, 10m or PT10M, not a number; add a unit',
      expect.stringMatching(/^config.yaml:1:70: CONFIG_ENUM audit.destinations\[0\].include\[0\] must be one of INFO, .*; did you mean 'INFO'\?$/) as string,
    ]],
    ['two alike', 'audit: { destinations: [{ kind: console }, { kind: file, path: /a }, { kind: file, path: /b }, { kind: file, path: /c/../a }, { kind: console }] }\n', [
      'config.yaml:1:96: IDENTIFIER_DUPLICATE two audit destinations are file /a; remove one of them',
      'config.yaml:1:127: IDENTIFIER_DUPLICATE two audit destinations are console; remove one of them',
    ]],
    ['shapes', 'audit: []\n', ['config.yaml:1:1: CONFIG_TYPE audit must be an object, not a list; write an object']],
    ['nothing', 'audit: { destinations: }\n', ['config.yaml:1:10: CONFIG_TYPE audit.destinations is empty; write a list, or remove the key']],
  ])('what is wrong with %s stops the start', async (_, text, expected) => {
    const settings = await read(text);
    expect(isUsable(settings)).toBe(false);
    expect(settings.problems.map(formatProblem)).toEqual(expected);
  });
});
