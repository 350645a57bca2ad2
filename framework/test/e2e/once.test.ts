import { folderWith, runCommand, spawnFramework, type Ended, type Folder } from './framework-process';
import { startPortApi } from './port-api';
import { ownIntegrations, startRecordsSource, type RecordsSource } from './records-source';
import { until } from './until';

// With ONCE every entry is resynced once, and the exit code says how it went: the highest number of all (interface.md 2).

let source: RecordsSource;
let folder: Folder;
beforeEach(async () => {
  source = await startRecordsSource(5);
  for (let n = 10; n < 22; n++) source.records.set(`r${n}`, { id: `r${n}`, name: `name ${n}`, size: n });
  folder = folderWith({});
});
afterEach(async () => {
  await source.close();
  folder.remove();
});

const entry = (identifier: string, more: object = {}): object => ({ identifier, type: 'records', config: { url: source.url }, http: { retries: 0 }, ...more });
const broken = (): object => entry('broken', { config: { url: source.url, adress: 'x' } });
function once(integrations: readonly object[], more: object = {}): Promise<Ended> {
  folder.write('config.yaml', JSON.stringify({ port: { baseUrl: 'local' }, triggerChannel: { type: 'once' }, integrationsPath: ownIntegrations, integrations, ...more }));
  return runCommand(folder, ['start']);
}

describe('ONCE', () => {
  it('ends with 0 when everything is in the catalog, whatever the entry says of its start', async () => {
    const first = await once([entry('records'), entry('others', { resync: { atStart: false } }), entry('off', { enabled: false })]);
    expect(first.stdout).toMatch(/^records \(records\) {2}completed in .* {2}record 12 {2}/m);
    expect(first.stdout).toMatch(/^others \(records\) {2}completed in .* {2}record 12 {2}/m);
    expect(first.stdout).not.toMatch(/^off/m);
    expect(first.code).toBe(0);
    const second = await once([entry('records')]);
    expect(second.stdout).toMatch(/created 0 updated 0 deleted 0$/m);
    expect(second.code).toBe(0);
  });

  it('ends with 1 when a kind failed; the others are done nevertheless', async () => {
    source.fault = (request) => (request.headers.authorization ? { status: 500 } : undefined);
    const ended = await once([entry('good'), entry('bad', { config: { url: source.url, token: 'a-token' } })]);
    expect(ended.stdout).toMatch(/^good .* completed in/m);
    expect(ended.stdout).toMatch(/^bad .* failed in .*\n {2}record: .*answered 500/m);
    expect(ended.code).toBe(1);
  });

  it('ends with 1 when an entity was refused, and keeps what the portal said', async () => {
    source.records.set('r99', { id: 'r99', name: 'odd', size: 'not a number' });
    const ended = await once([entry('records')]);
    expect(ended.stdout).toMatch(/^records .* failed in .* created 13 updated 0 deleted 0 failed 1$|^records .* failed in .* created 12 updated 0 deleted 0 failed 1$/m);
    expect(ended.code).toBe(1);
    // Refused again with the next run, not in a loop.
    expect((await once([entry('records')])).code).toBe(1);
    source.records.set('r99', { id: 'r99', name: 'odd', size: 1 });
    expect((await once([entry('records')])).code).toBe(0);
  });

  it('ends with 1 when a deletion is held, and says how to release it', async () => {
    expect((await once([entry('records')])).code).toBe(0);
    source.records.clear();
    const held = await once([entry('records')]);
    expect(held.stdout).toMatch(/needs-release in .* deleted 0\n {2}record: 12 deletions held \(nothing-seen\); release them: node \S+framework\.js release \S+$/m);
    expect(held.code).toBe(1);
    const released = await runCommand(folder, ['release', / release (\S+)$/m.exec(held.stdout)![1]!]);
    expect(released.stdout).toMatch(/deleted 12$/m);
    expect(released.code).toBe(0);
  });

  it('ends with 2 when an entry is config-failed, also when another one failed', async () => {
    const ended = await once([entry('good'), broken()]);
    expect(ended.stdout).toMatch(/^good .* completed in/m);
    expect(ended.stderr).toMatch(/CONFIG_UNKNOWN_KEY .*adress/);
    expect(ended.code).toBe(2);
    source.fault = () => ({ status: 500 });
    expect((await once([entry('good'), broken()])).code).toBe(2);
  });

  it.each([
    [401, /refused our credentials/],
    [500, /the portal cannot be reached/],
  ])('ends with 4 when the portal answers %i after the retries, also with a config-failed entry', async (status, says) => {
    const api = await startPortApi();
    try {
      api.refuse = status;
      const ended = await once([entry('records'), broken()], { port: { baseUrl: api.url, ...api.credentials } });
      expect(ended.stderr).toMatch(says);
      expect(ended.code).toBe(4);
    } finally {
      await api.close();
    }
  });

  it('ends with 3 when a signal comes first; the next start goes on with the run', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    source.hold = () => (source.asked.pages < 2 ? Promise.resolve() : gate);
    folder.write('config.yaml', JSON.stringify({ triggerChannel: { type: 'ONCE' }, integrationsPath: ownIntegrations, integrations: [entry('records')] }));
    const spawned = spawnFramework(folder, ['start']);
    await until('the second page is asked for', () => source.asked.pages === 2);
    spawned.child.kill('SIGINT');
    release();
    expect((await spawned.ended).code).toBe(3);
    source.hold = undefined;
    const next = await runCommand(folder, ['start']);
    expect(next.stdout).toMatch(/completed in .* record 12 /);
    expect(next.code).toBe(0);
  });
});
