import { deferred } from '../../shared';
import { stage, stop, type Stage, type StageOptions } from './test/stage';
import { settle } from './test/timeline';

describe('in a process that ends with the run (once)', () => {
  const run = (on: Stage): { readonly began: string[][]; readonly outcomes: Promise<readonly { readonly target: string; readonly is: string; readonly error?: unknown }[]> } => {
    const began: string[][] = [];
    const outcomes = on.connector.refresh({ runId: 'r', cause: 'cli' as never, signal: new AbortController().signal, begins: (targets) => void began.push([...targets]), reconcile: () => Promise.reject(new Error('not asked')) });
    outcomes.catch(() => undefined);
    return { began, outcomes };
  };
  const options: StageOptions = { once: true, schedule: { atStart: false }, targets: [{ name: 'a' }, { name: 'b' }] };

  test('a run waits until every target has started', async () => {
    const slow = deferred<void>();
    const on = stage({ ...options, make: ({ target }) => ({ start: () => (target.name === 'b' ? slow.promise : Promise.resolve()), refresh: () => Promise.resolve() }) });
    await settle();
    const { began, outcomes } = run(on);
    await settle();
    expect(began).toEqual([]);
    slow.resolve();
    expect((await outcomes).map(({ target, is }) => `${target} ${is}`)).toEqual(['a completed', 'b completed']);
    await stop(on);
  });

  test('but not for one that failed to start: that one has failed, with its reason', async () => {
    const on = stage({ ...options, make: ({ target }) => ({ start: () => (target.name === 'b' ? Promise.reject(new Error('b is away')) : Promise.resolve()), refresh: () => Promise.resolve() }) });
    await settle();
    const outcomes = await run(on).outcomes;
    expect(outcomes).toMatchObject([{ target: 'a', is: 'completed' }, { target: 'b', is: 'failed', error: { message: expect.stringContaining('b is away') as string } }]);
    await stop(on);
  });

  test('nor for endpoints that cannot be listed', async () => {
    const { targets: _, ...rest } = options;
    const on = stage({ ...rest, learned: { blueprint: 'endpoint', match: {} }, feed: { list: () => Promise.reject(new Error('the catalog is away')), subscribe: () => () => undefined } });
    await settle();
    await expect(run(on).outcomes).rejects.toThrow('the catalog is away');
    await stop(on);
  });
});
