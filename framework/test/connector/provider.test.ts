import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { destinationSettings } from '../../src/audit';
import { readSettings } from '../../src/config';
import { loadConfiguration } from '../../src/runtime/declared-pipelines';
import { startFramework, type Framework } from '../../src/runtime/framework';
import { systemClock } from '../../src/shared';
import { listen } from '../flow/flow';
import { until } from '../e2e/until';

let framework: Framework | undefined;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'provider-'));
});
afterEach(async () => {
  await framework?.stop({ reason: 'the test', graceMs: 3_000 });
  framework = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** A process with this file; gives what REST shows of each entry. */
async function start(text: string): Promise<(identifier: string) => Promise<{ state: string; status: string; problems: { message: string }[] }>> {
  const log = listen();
  const settings = await readSettings({ files: [], environment: { DATA_DIR: path.join(folder, 'data'), HTTP_PORT: '0' }, cwd: folder, text, closed: false, destinations: destinationSettings });
  const loaded = await loadConfiguration(settings, { clock: systemClock, log });
  const running = await startFramework({ settings, ...loaded, log: { ...log, redact: (given) => given, console: { write: () => undefined, format: 'json', level: 'silent' } }, version: 'test' });
  framework = running;
  await running.started;
  return async (identifier) => (await (await fetch(`${running.url}/api/v1/integrations/${identifier}`)).json()) as { state: string; status: string; problems: { message: string }[] };
}
const good = (): string => `  - { identifier: good, type: files, connection: { endpoint: { address: ${JSON.stringify(folder)} } } }\n`;

describe('one broken entry never stops the others', () => {
  test.each([
    ['2 provider base class, class name in the connection: an unknown type', '{ identifier: bad, type: no-such-type }', 'no-such-type'],
    ['13 connector broker: a wrong setting', '{ identifier: bad, type: files, config: { maxBites: 7 } }', 'maxBites'],
    ['13 connector broker: a setting that is missing', '{ identifier: bad, type: postgres, config: {} }', 'config.user'],
  ])('%s is CONFIG_FAILED for that entry, and names the key', async (_, entry, named) => {
    const shown = await start(`integrations:\n  - ${entry}\n${good()}`);
    const bad = await shown('bad');
    expect(bad.state).toBe('config-failed');
    expect(JSON.stringify(bad.problems)).toContain(named);
    await until('the other entry', async () => (await shown('good')).status === 'WAITING');
  });
});
