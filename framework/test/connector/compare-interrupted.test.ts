import type { Target } from '../../src/contract';
import { deferred } from '../../src/shared';
import type { Run } from '../../src/store';
import { asset, keys, startStage, type Elements, type Stage } from './stage';

let stage: Stage;
afterEach(() => stage.stop());

const of = (...names: string[]): Elements => new Map([['database', names.map((name) => asset(name))]]);
/** A door that a page waits at, until it is opened or the run ends. */
function door(): { wait(signal: AbortSignal): Promise<void>; readonly reached: Promise<void>; shut: boolean } {
  const reached = deferred<void>();
  const it = {
    shut: false,
    reached: reached.promise,
    async wait(signal: AbortSignal) {
      if (!it.shut) return;
      reached.resolve();
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));
    },
  };
  return it;
}
const ended = async (runId: string): Promise<Run> => stage.until(async () => {
  const run = await stage.framework.store.documents.get<Run>('runs', runId);
  return run?.state !== 'running' && run?.state !== 'queued' && run;
});

describe('a refresh that is interrupted', () => {
  test('the run is cancelled half way: it ends aborted, and removes nothing', async () => {
    const elements = of('d1', 'd2', 'd3', 'd4');
    const half = door();
    stage = await startStage([{ identifier: 'pg', services: ['database'], elements, onPage: ({ run, page }) => (page === 1 ? half.wait(run.signal) : undefined) }]);
    await stage.run('pg');
    half.shut = true;
    elements.set('database', [asset('d1'), asset('d5'), asset('d2')]);
    const runId = await stage.ask('pg');
    await half.reached;
    expect((await stage.call('POST', `/api/v1/runs/${runId}/cancel`)).status).toBe(202);
    expect(await stage.flows.resync.ended(runId)).toMatchObject({ state: 'aborted' });
    expect(keys(await stage.catalog('database'))).toEqual(['d1', 'd2', 'd3', 'd4', 'd5']);
    half.shut = false;
    expect((await stage.run('pg')).state).toBe('completed');
    expect(keys(await stage.catalog('database'))).toEqual(['d1', 'd2', 'd5']);
  });

  test('a source that hangs ends with its run', async () => {
    const elements = of('d1', 'd2', 'd3');
    const hangs = deferred<void>();
    let on = false;
    stage = await startStage([{ identifier: 'pg', services: ['database'], elements, onPage: () => (on ? new Promise(() => hangs.resolve()) : undefined) }]);
    await stage.run('pg');
    on = true;
    const runId = await stage.ask('pg');
    await hangs.promise;
    expect(await stage.flows.resync.cancel(runId)).toBe('cancelled');
    expect(await stage.flows.resync.ended(runId)).toMatchObject({ state: 'aborted' });
    on = false;
    expect((await stage.run('pg')).state).toBe('completed');
  });

  test('the process stops half way: the run goes on after the restart, and ends as if nothing had been', async () => {
    const elements = of('d1', 'd2', 'd3', 'd4');
    const half = door();
    stage = await startStage([{ identifier: 'pg', services: ['database'], elements, onPage: ({ run, page }) => (page === 1 ? half.wait(run.signal) : undefined) }]);
    await stage.run('pg');
    half.shut = true;
    elements.set('database', [asset('d1'), asset('d3'), asset('d5')]);
    const runId = await stage.ask('pg');
    await half.reached;
    half.shut = false;
    await stage.restart();
    expect(await ended(runId)).toMatchObject({ state: 'completed' });
    expect(keys(await stage.catalog('database'))).toEqual(['d1', 'd3', 'd5']);
  });

  test('with more than ten targets, most of which were through', async () => {
    const names = Array.from({ length: 14 }, (_, n) => `t${n}`);
    const held = new Map(names.map((name) => [name, of(`${name}-1`, `${name}-2`)]));
    const half = door();
    stage = await startStage([
      {
        identifier: 'pg',
        services: ['database'],
        connector: { targets: names.map((name): Target => ({ name })) },
        elements: (target) => held.get(target)!,
        onPage: ({ run }) => (run.target === 't13' ? half.wait(run.signal) : undefined),
      },
    ]);
    half.shut = true;
    const runId = await stage.ask('pg');
    await half.reached;
    await stage.until(async () => (await stage.framework.store.rows.find({ integration: 'pg', limit: 100 })).length === 26);
    half.shut = false;
    await stage.restart();
    const run = await ended(runId);
    expect(run).toMatchObject({ state: 'completed', kinds: [{ kind: 'database.database', state: 'completed' }] });
    expect((await stage.catalog('database')).size).toBe(28);
  });

  test('everything was read and nothing swept yet', async () => {
    const elements = new Map([...of('d1', 'd2', 'd3'), ['databaseSchema' as const, [asset('s1', {}, { parent: { blueprint: 'database', identifier: 'd1' } })]]]) as Elements;
    const half = door();
    stage = await startStage([{ identifier: 'pg', services: ['database'], elements, onPage: ({ run, blueprint, page }) => (blueprint === 'databaseSchema' && page === 1 ? half.wait(run.signal) : undefined) }]);
    half.shut = true;
    const runId = await stage.ask('pg');
    await half.reached;
    half.shut = false;
    await stage.restart();
    const run = await ended(runId);
    expect(run.kinds.map(({ kind, state }) => `${kind} ${state}`).sort()).toEqual(['database.database completed', 'database.databaseSchema completed']);
  });
});
