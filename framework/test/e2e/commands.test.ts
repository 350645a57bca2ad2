import fs from 'node:fs';
import { folderWith, runCommand, startProcess, type Ended, type Folder, type RunningFramework } from './framework-process';
import { identifiersOf, resync, settled, type SeenRun } from './observe';
import { ownIntegrations, startRecordsSource, type RecordsSource } from './records-source';

let source: RecordsSource;
let folder: Folder;
beforeEach(async () => {
  source = await startRecordsSource(5);
  for (let n = 10; n < 22; n++) source.records.set(`r${n}`, { id: `r${n}`, name: `name ${n}`, size: n });
  folder = folderWith(configuration([entry('records')]));
});
afterEach(async () => {
  await source.close();
  folder.remove();
});

const entry = (identifier: string, more: object = {}): object => ({ identifier, type: 'records', config: { url: source.url }, http: { retries: 0 }, ...more });
function configuration(integrations: readonly object[], more: object = {}): object {
  return { port: { baseUrl: 'local' }, integrationsPath: ownIntegrations, integrations, ...more };
}
const write = (value: object): void => folder.write('config.yaml', JSON.stringify(value));
const run = (...args: string[]): Promise<Ended> => runCommand(folder, args);

async function json<T>(...args: string[]): Promise<{ readonly code: number | null; readonly value: T }> {
  const ended = await run(...args, '--json');
  // One value and nothing else, whatever it is about.
  return { code: ended.code, value: JSON.parse(ended.stdout) as T };
}

async function running<T>(work: (framework: RunningFramework) => Promise<T>): Promise<T> {
  const framework = await startProcess(folder);
  try {
    await settled(framework);
    return await work(framework);
  } finally {
    expect((await framework.stop()).code).toBe(0);
  }
}

describe('commands', () => {
  it('unknown commands and flags end with 2 and name the nearest known one', async () => {
    const said = await Promise.all([run('strat'), run('start', '--jsn'), run('resync', 'records', '--onec'), run('resync'), run('map', 'records', '--kind', 'record'), run('--help'), run('--version')]);
    expect(said.map((ended) => ended.code)).toEqual([2, 2, 2, 2, 2, 0, 0]);
    expect(said[0]!.stderr).toMatch(/unknown command strat; did you mean start\?/);
    expect(said[1]!.stderr).toMatch(/unknown option --jsn of start; did you mean json\?/);
    expect(said[2]!.stderr).toMatch(/--onec.*did you mean once\?/);
    expect(said[3]!.stderr).toMatch(/resync needs ID/);
    expect(said[4]!.stderr).toMatch(/--input/);
    expect(said[5]!.stdout).toMatch(/framework <command>[^]*purge ID/);
    expect(said[6]!.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('validate: 0 without a problem, 2 with any; opens nothing', async () => {
    const sound = await run('validate');
    expect(sound).toMatchObject({ code: 0, stderr: '' });
    expect(await json('validate')).toEqual({ code: 0, value: [] });
    write(configuration([entry('records', { htp: 1 }), entry('others', { type: 'recrds' })]));
    const ended = await run('validate');
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/^config\.yaml:1:\d+: CONFIG_UNKNOWN_KEY .*htp.*\nconfig\.yaml:1:\d+: INTEGRATION_UNKNOWN .*did you mean 'records'\?\n$/);
    const { code, value } = await json<Record<string, unknown>[]>('validate');
    expect(code).toBe(2);
    expect(value).toEqual(expect.arrayContaining([{ file: 'config.yaml', line: 1, column: expect.any(Number), path: 'integrations[0].htp', code: 'CONFIG_UNKNOWN_KEY', severity: 'error', message: expect.any(String), remedy: expect.any(String) }]));
    expect(fs.existsSync(`${folder.path}/.data`)).toBe(false);
    expect(source.asked.pages).toBe(0);
  });

  it('check: 0, 4 when a source refuses or cannot be reached, by itself or beside a running process; writes nothing', async () => {
    expect(await json('check')).toEqual({ code: 0, value: [expect.objectContaining({ what: 'store', ok: true }), expect.objectContaining({ what: 'portal', ok: true }), { what: 'source records', ok: true, detail: 'record: a page of 5' }] });
    expect(fs.existsSync(`${folder.path}/.data/framework.db`)).toBe(false);
    source.fault = () => ({ status: 401 });
    const refused = await run('check', 'records');
    expect(refused.stdout).toMatch(/^FAILED {2}source records {2}.*refused our credentials \(401\)/m);
    expect(refused.code).toBe(4);
    source.fault = undefined;
    await running(async (framework) => {
      const beside = await run('check');
      expect(beside.stdout).toContain(`in use by pid ${framework.pid} at ${framework.url}`);
      expect(beside.code).toBe(0);
    });
    expect((await run('check', 'nobody')).code).toBe(2);
  });

  it('list: entries, types, states, kinds, last run; by itself and beside a process; what left the file is orphaned', async () => {
    write(configuration([entry('records'), entry('off', { enabled: false }), entry('broken', { config: {} })]));
    type Listed = { identifier: string; type: string; state: string; kinds: string[]; lastRun: SeenRun | null }[];
    await running(async () => {
      const { value } = await json<Listed>('list');
      expect(value.map(({ identifier, state }) => [identifier, state])).toEqual([['records', 'waiting'], ['off', 'stopped'], ['broken', 'config-failed']]);
      expect(value[0]).toMatchObject({ type: 'records', kinds: expect.arrayContaining(['record']), lastRun: { state: 'completed' } });
    });
    write(configuration([entry('other')]));
    const alone = await run('list');
    expect(alone.stdout).toMatch(/^other {2}\(records\) {2}stopped .*no run yet\nrecords {2}\(.*\) {2}orphaned {2}record/);
    expect(alone.code).toBe(0);
    await running(async (framework) => {
      expect((await json<Listed>('list')).value.map(({ identifier, state }) => [identifier, state])).toEqual([['other', 'waiting'], ['records', 'orphaned']]);
      expect((await framework.call('POST', '/api/v1/integrations/records/resync', {})).status).toBe(404);
    });
  });

  it('resync: here, or by the process that holds the store; 0, 1, and 2 for what is not there', async () => {
    const here = await run('resync', 'records');
    expect(here.stdout).toMatch(/^records \(records\) {2}completed in .* created 12 updated 0 deleted 0\n/);
    expect(here.code).toBe(0);
    const forced = await json<SeenRun>('resync', 'records', '--once', '--force', '--kind', 'record');
    expect(forced).toMatchObject({ code: 0, value: { state: 'completed', cause: 'cli', kinds: [{ kind: 'record', resources: [{ resent: 12, delivered: 12, created: 0 }] }] } });
    expect((await run('resync', 'nobody')).code).toBe(2);
    await running(async (framework) => {
      source.records.delete('r10');
      const asked = await json<SeenRun>('resync', 'records');
      expect(asked).toMatchObject({ code: 0, value: { integration: 'records', state: 'completed', kinds: [{ rows: { gone: 1 } }] } });
      expect(await framework.get(`/api/v1/runs/${asked.value.runId}`)).toEqual(asked.value);
      source.fault = () => ({ status: 500 });
      const failed = await run('resync', 'records');
      expect(failed.code).toBe(1);
      expect(failed.stdout).toMatch(/records .*failed/);
      expect((await run('resync', 'nobody')).code).toBe(2);
      const second = await run('resync', 'records', '--once');
      expect(second.stderr).toMatch(new RegExp(`in use by process ${framework.pid} at ${framework.url}`));
      expect(second.code).toBe(69);
    });
  });

  it('map: records beside entities; 1 when an item is invalid; writes nothing', async () => {
    folder.write('good.json', '[{"id":"a","name":"A","size":1},{"id":"b","name":"B"}]');
    folder.write('bad.ndjson', '{"id":"a","name":"A"}\n{"name":"without an id"}\n');
    folder.write('mapping.yaml', 'resources: [{ kind: record, selector: { query: .size > 0 }, port: { entity: { mappings: { identifier: .id, blueprint: \'"record"\', properties: { twice: .size * 2 } } } } }]');
    const good = await json<{ results: { record: unknown; entities: Record<string, unknown>[] }[] }>('map', 'records', '--kind', 'record', '--input', 'good.json');
    expect(good).toMatchObject({ code: 0, value: { results: [{ record: { id: 'a' }, entities: [{ identifier: 'a', title: 'A', blueprint: 'record', properties: { name: 'A', size: 1 } }] }, { entities: [{ identifier: 'b', properties: { size: null } }] }] } });
    expect(await json('map', 'records', '--kind', 'record', '--input', 'good.json', '--mapping', 'mapping.yaml')).toMatchObject({ code: 0, value: { results: [{ entities: [{ properties: { twice: 2 } }] }, { entities: [] }], resources: { 0: { filtered: 1 } } } });
    const bad = await run('map', 'records', '--kind', 'record', '--input', 'bad.ndjson');
    expect(bad.code).toBe(1);
    expect(bad.stdout).toMatch(/identifier/);
    expect((await run('map', 'records', '--kind', 'nothing', '--input', 'good.json')).code).toBe(2);
    expect((await run('map', 'records', '--kind', 'record', '--input', 'missing.json')).code).toBe(2);
    expect(fs.existsSync(`${folder.path}/.data`)).toBe(false);
  });

  it('release: lets a held deletion go on, by the process that holds the store', async () => {
    await running(async (framework) => {
      source.records.clear();
      const held = await resync(framework, 'records');
      expect(held).toMatchObject({ state: 'needs-release', kinds: [{ guard: { candidates: 12, rule: 'nothing-seen' } }] });
      expect(await identifiersOf(framework, 'record')).toHaveLength(12);
      expect(await json('release', held.runId)).toMatchObject({ code: 0, value: { runId: held.runId, state: 'completed', kinds: [{ rows: { gone: 12 } }] } });
      expect(await identifiersOf(framework, 'record')).toEqual([]);
      const again = await run('release', held.runId);
      expect(again.stderr).toMatch(/the run is completed, not needs-release/);
      expect(again.code).toBe(1);
      expect((await run('release', 'nothing')).code).toBe(1);
    });
  });

  it('replay: asks the process that holds the store', async () => {
    expect((await run('replay', '1')).code).toBe(2);
    await running(async () => {
      expect(await json('replay', '--stage', 'sink')).toEqual({ code: 0, value: { replayed: 0 } });
      expect((await run('replay', '99')).code).toBe(1);
    });
  });

  it('purge: deletes what the entry owns in store, catalog and portal; the registration when it left the file; blueprints stay', async () => {
    write(configuration([entry('records'), entry('others')]));
    await running(async () => {
      expect((await run('purge', 'records', '--confirm', 'records')).code).toBe(69);
    });
    expect((await run('purge', 'records')).code).toBe(2);
    expect((await run('purge', 'records', '--confirm', 'other')).code).toBe(2);
    // The other entry made the same entities later, or earlier: what it owns now is not ours to delete.
    write(configuration([entry('others', { resync: { atStart: false } })]));
    expect((await run('purge', 'records', '--confirm', 'records')).code).toBe(0);
    expect((await json<{ identifier: string }[]>('list')).value.map(({ identifier }) => identifier)).toEqual(['others']);
    expect(await json('purge', 'others', '--confirm', 'others')).toMatchObject({ code: 0, value: { identifier: 'others' } });
    const framework = await startProcess(folder);
    try {
      expect(await identifiersOf(framework, 'record')).toEqual([]);
      const credentials = JSON.parse(fs.readFileSync(`${folder.path}/.data/portal-credentials.json`, 'utf8')) as object;
      const { body } = await framework.call('POST', '/v1/auth/access_token', credentials);
      const portal = async (route: string): Promise<{ status: number; body: Record<string, unknown> }> => framework.call('GET', `/v1${route}`, undefined, { authorization: `Bearer ${String(body['accessToken'])}` });
      expect((await portal('/blueprints/record/entities')).body['entities']).toEqual([]);
      expect((await portal('/blueprints/record')).status).toBe(200);
      expect((await portal('/integration/records')).status).toBe(404);
      expect((await portal('/integration/others')).status).toBe(200);
      expect(await framework.get('/api/v1/rows?integration=records')).toMatchObject({ rows: [] });
    } finally {
      await framework.stop();
    }
  });
});
