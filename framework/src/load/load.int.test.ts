import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { workspace } from '../../test/workspace';

const framework = path.resolve(__dirname, '../..');

// jest has its own loader; users have Node with bin/hook.js.
describe('loading in a process of its own', () => {
  it('finds TypeScript outside the repository, its packages and the contract', () => {
    const cwd = workspace({
      'config.yaml': 'integrationsPath: ./mine\nintegrations: [{ type: sound, config: { token: "env:TOKEN" } }, { type: module }, { type: broken }, { type: thrower }]\n',
      'mine/sound/src/index.ts': `
        import { defineIntegration, FrameworkError, type Page } from '@integration-framework/framework';
        import { word } from 'own';
        import { rows } from './rows';
        export default defineIntegration({ type: 'sound', version: '1', title: FrameworkError.name, description: word,
          settings: { token: { type: 'string', secret: true, description: '' } },
          kinds: [{ name: 'k', paging: 'stable', key: (row: { id: string }) => [row.id], async *scan() { yield { rows, next: undefined } satisfies Page<{ id: string }>; } }] });`,
      'mine/sound/src/rows.ts': 'export const rows: { id: string }[] = [{ id: "1" }];',
      'mine/sound/node_modules/own/package.json': '{"name":"own","type":"module","exports":"./index.js"}',
      'mine/sound/node_modules/own/index.js': 'export const word = "from its own package";',
      'mine/module/package.json': '{"type":"module"}',
      'mine/module/src/index.js': 'export default { type: "module", version: "1", title: "M", description: "", settings: {}, kinds: [] };',
      'mine/broken/src/index.ts': 'export default {{{',
      'mine/thrower/src/index.js': 'throw undefined',
      'run.js': `
        require(${JSON.stringify(path.join(framework, 'bin/hook.js'))});
        const { readSettings, formatProblem } = require(${JSON.stringify(path.join(framework, 'src/config'))});
        const { loadEntries } = require(${JSON.stringify(path.join(framework, 'src/load'))});
        const { services } = require(${JSON.stringify(path.join(framework, 'src/connector/services'))});
        (async () => {
          const settings = await readSettings({ files: [], environment: process.env, cwd: __dirname });
          const { entries, failed } = await loadEntries(settings, services);
          console.log(JSON.stringify({ entries: entries.map((e) => [e.type, e.integration.title, e.integration.description, e.settings]), failed: failed.flatMap((e) => e.problems.map(formatProblem)) }));
        })();`,
    });
    const printed = execFileSync(process.execPath, [path.join(cwd, 'run.js')], { encoding: 'utf8', env: { PATH: process.env['PATH'], TOKEN: 'planted' } });
    const { entries, failed } = JSON.parse(printed) as { entries: unknown[]; failed: string[] };
    expect(entries).toEqual([
      ['sound', 'FrameworkError', 'from its own package', { token: '[redacted]' }],
      ['module', 'M', '', {}],
    ]);
    expect(failed).toEqual([expect.stringMatching(/^\S+broken\/src\/index\.ts:1:1: INTEGRATION_BROKEN the integration 'broken' cannot be loaded: [^\n\u001b]+; correct it$/), expect.stringContaining("the integration 'thrower' cannot be loaded: undefined")]);
  });
});
