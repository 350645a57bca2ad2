import path from 'node:path';
import { workspace } from '../../../test/workspace';
import { readSettings } from '../../config';
import { readArguments } from '../arguments';
import { createLog } from '../log';
import { run } from './list';

const CONFIG = `integrations:
  - { identifier: open, type: jira, config: { webhookPath: /hook, authentication: { secret: { fromEnv: SECRET } } } }
  - { identifier: closed, type: jira }
`;

async function list(environment: NodeJS.ProcessEnv, ...flags: readonly string[]): Promise<readonly string[]> {
  const cwd = workspace({ 'config.yaml': CONFIG });
  const settings = await readSettings({ files: [], environment: { SECRET: 's', DATA_DIR: path.join(cwd, 'data'), ...environment }, cwd });
  expect(settings.problems).toEqual([]);
  const invocation = readArguments(['list', ...flags]);
  if (invocation.command === 'help' || invocation.command === 'version') throw new Error('not a command');
  const printed: string[] = [];
  expect(await run({ invocation, settings, log: createLog({ logLevel: 'silent', logFormat: 'json' }), print: (line) => void printed.push(line) })).toBe(0);
  return printed;
}

it('shows the address to give to the vendor, where an entry has one', async () => {
  const lines = await list({ PUBLIC_URL: 'https://x.example/base', SERVICE_PREFIX: '/own' });
  expect(lines).toEqual([expect.stringMatching(/^open  \(jira\)  stopped  .*no run yet  webhook https:\/\/x\.example\/base\/own\/hook$/), expect.stringMatching(/^closed  .*no run yet$/)]);
});

it('as JSON; without PUBLIC_URL under the port of this machine', async () => {
  const shown = async (environment: NodeJS.ProcessEnv): Promise<unknown> => (JSON.parse((await list(environment, '--json'))[0]!) as { webhookUrl?: string }[]).map(({ webhookUrl }) => webhookUrl);
  expect(await shown({ HTTP_PORT: '4711' })).toEqual(['http://127.0.0.1:4711/hook', undefined]);
  expect(await shown({ HTTP_PORT: '0' })).toEqual([undefined, undefined]);
});
