import fs from 'node:fs';
import path from 'node:path';
import { workspace } from '../../../test/workspace';
import { readSettings } from '../../config';
import { readArguments } from '../arguments';
import { createLog } from '../log';
import { run } from './check';

/** Does in `start` what its target is named after, and writes down that it was disconnected. */
const HOSTS = `const { appendFileSync } = require('node:fs');
exports.default = { type: 'hosts', version: '1', title: 'T', description: 'D', services: ['infrastructure'],
  settings: { ended: { type: 'string', required: true, description: '' }, password: { type: 'string', secret: true, description: '' } },
  connector(deps) {
    const { settings, target } = deps;
    const host = { identifier: 'h', properties: { qualifiedName: 'h', name: 'h' } };
    const does = {
      async writes() {
        await deps.context.infrastructure.upsert('host', [host]);
        await deps.context.outTopic.subscribe({ name: 's', blueprints: ['host'] }, async () => undefined);
        for await (const one of deps.context.infrastructure.owned('host')) throw new Error('there is ' + one.identifier);
      },
      async refused() { throw new Error('password ' + settings.password.reveal() + ' refused'); },
      async called() { await deps.context.listeners.webhook('news', { scheme: 'token', header: 'x-token' }, async () => undefined); },
      async watches() { await deps.context.listeners.directory(settings.ended + '.none', async () => undefined); },
    };
    return { start: does[target.name], async refresh() { throw new Error('must not be called'); }, async disconnect() { appendFileSync(settings.ended, target.name + ' '); } };
  } };`;

async function check(more: string) {
  const cwd = workspace({ 'mine/hosts/src/index.js': HOSTS });
  const ended = path.join(cwd, 'ended');
  const text = `integrationsPath: ${path.join(cwd, 'mine')}\nintegrations:\n  - { identifier: berlin, type: hosts, config: { ended: ${ended}, password: { fromEnv: PASSWORD } }, ${more} }\n`;
  const dataDir = path.join(cwd, 'data');
  const settings = await readSettings({ files: [], environment: { DATA_DIR: dataDir, PASSWORD: 'sesame' }, cwd, text });
  expect([...settings.problems, ...settings.entries.flatMap(({ problems }) => problems)]).toEqual([]);
  const invocation = readArguments(['check', '--json']);
  if (invocation.command === 'help' || invocation.command === 'version') throw new Error('not a command');
  const printed: string[] = [];
  const code = await run({ invocation, settings, log: createLog({ logLevel: 'silent', logFormat: 'json' }), print: (line) => void printed.push(line) });
  const findings = JSON.parse(printed.join('')) as readonly { readonly what: string; readonly ok: boolean; readonly detail: string }[];
  return { code, findings: findings.filter(({ what }) => what !== 'store'), ended: fs.existsSync(ended) ? fs.readFileSync(ended, 'utf8').trim().split(' ').sort() : [], wrote: fs.existsSync(dataDir) };
}

it('a connector is started on each target and disconnected again; it finds an empty catalog, and nothing that it writes is kept', async () => {
  expect(await check('targets: [{ name: writes }]')).toEqual({ code: 0, findings: [{ what: 'connector berlin', ok: true, detail: 'starts' }], ended: ['writes'], wrote: false });
});

it('says of each target why it does not start, without a secret', async () => {
  const { code, findings, ended } = await check('targets: [{ name: writes }, { name: refused }, { name: called }, { name: watches }]');
  expect(code).toBe(4);
  expect(findings).toEqual([
    { what: 'connector berlin target writes', ok: true, detail: 'starts' },
    { what: 'connector berlin target refused', ok: false, detail: expect.stringMatching(/^(?!.*sesame).*password .* refused/) as string },
    { what: 'connector berlin target called', ok: false, detail: expect.stringContaining('write `authentication` in the entry') as string },
    { what: 'connector berlin target watches', ok: false, detail: expect.stringContaining('ENOENT') as string },
  ]);
  expect(ended).toEqual(['called', 'refused', 'watches', 'writes']);
});

it('learned endpoints are known to a running process only', async () => {
  expect((await check('targets: [{ name: writes }], endpoints: { learned: { blueprint: endpoint, match: { protocol: https } } }')).findings).toEqual([{ what: 'connector berlin', ok: true, detail: 'starts' }]);
  expect((await check('endpoints: { learned: { blueprint: endpoint, match: { protocol: https } } }')).findings).toEqual([{ what: 'connector berlin', ok: true, detail: expect.stringContaining('learns its endpoints') as string }]);
});
