import type { IntegrationConnector, Service } from '../../src/contract';
import type { Run } from '../../src/store';
import { asset, keys, part, startStage, type Elements, type Stage } from './stage';

let stage: Stage;
afterEach(() => stage.stop());

const databases = (count: number): ReturnType<typeof asset>[] => Array.from({ length: count }, (_, n) => asset(`d${n}`));
const release = async (run: Run): Promise<Run> => {
  expect((await stage.call('POST', `/api/v1/runs/${run.runId}/release`)).status).toBe(202);
  return stage.flows.resync.ended(run.runId);
};

describe('the guard of a comparison', () => {
  test.each([
    ['share', 15, 'share', 15],
    ['nothing seen', 0, 'nothing-seen', 30],
  ])('%s: held, until it is released by REST', async (_, left, rule, candidates) => {
    const elements: Elements = new Map([['database', databases(30)]]);
    stage = await startStage([{ identifier: 'pg', services: ['database'], elements }]);
    await stage.run('pg');
    elements.set('database', databases(left));
    const held = await stage.run('pg');
    expect(held).toMatchObject({ state: 'needs-release', kinds: [{ state: 'needs-release', guard: { candidates, alive: 30, rule } }] });
    expect((await stage.catalog('database')).size).toBe(30);
    expect(await release(held)).toMatchObject({ state: 'completed', totals: { deleted: candidates } });
    expect((await stage.catalog('database')).size).toBe(left);
  });

  test('the release may come after a restart', async () => {
    const elements: Elements = new Map([['database', databases(30)]]);
    stage = await startStage([{ identifier: 'pg', services: ['database'], elements }]);
    await stage.run('pg');
    elements.set('database', databases(10));
    const held = await stage.run('pg');
    await stage.restart();
    expect((await release(held)).state).toBe('completed');
    expect((await stage.catalog('database')).size).toBe(10);
  });

  test('what goes with what it is a part of does not count', async () => {
    const schema = asset('s1', {}, { parent: { blueprint: 'database', identifier: 'd0' } });
    const tables = Array.from({ length: 40 }, (_, n) => part(`t${n}`, {}, { parent: { blueprint: 'databaseSchema', identifier: 's1' } }));
    const other = part('kept', {}, { parent: { blueprint: 'database', identifier: 'd1' } });
    const elements: Elements = new Map([['table', [...tables, other]], ['databaseSchema', [schema]], ['database', databases(5)]]);
    stage = await startStage([{ identifier: 'pg', services: ['database'], elements }]);
    await stage.run('pg');
    expect((await stage.catalog('table')).size).toBe(41);
    elements.set('database', databases(5).slice(1));
    elements.set('databaseSchema', []);
    elements.set('table', [other]);
    expect((await stage.run('pg')).state).toBe('completed');
    expect(keys(await stage.catalog('table'))).toEqual(['kept']);
    // The same tables, gone by themselves, would have been held.
    elements.set('table', [...tables.map((table) => ({ ...table, parent: { blueprint: 'database' as const, identifier: 'd1' } })), other]);
    await stage.run('pg');
    elements.set('table', [other]);
    expect((await stage.run('pg')).state).toBe('needs-release');
  });

  test('a refresh that fails after it found again what an older run holds has failed; the older run may be released', async () => {
    let fails = false;
    let left = databases(30);
    const refresh: IntegrationConnector<Service>['refresh'] = async (run) => {
      await run.reconcile({ blueprint: 'database', source$: (async function* () { yield left; })() });
      if (fails) throw new Error('the cables are cut');
    };
    stage = await startStage([{ identifier: 'pg', services: ['database'], entry: { resync: { atStart: false } }, methods: () => ({ refresh }) }]);
    await stage.run('pg');
    left = databases(10);
    const held = await stage.run('pg');
    fails = true;
    const failed = await stage.run('pg');
    expect(failed).toMatchObject({ state: 'failed', error: expect.stringContaining('the cables are cut') as string });
    expect(failed.kinds.find(({ kind }) => kind === 'database.database')).toMatchObject({ state: 'completed', reason: `run ${held.runId} holds its deletions, and waits for a release` });
    expect(await release(held)).toMatchObject({ state: 'completed', totals: { deleted: 20 } });
    // What it is the first to find waits for a release of its own.
    left = databases(0);
    await stage.run('pg');
    // That may be a repair, which follows a failure by itself.
    const { runs } = await stage.get<{ runs: readonly Run[] }>('/api/v1/runs?integration=pg');
    expect(runs).toContainEqual(expect.objectContaining({ state: 'needs-release', error: expect.stringContaining('the cables are cut') as string }));
  });
});
