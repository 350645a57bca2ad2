import { FatalError, type Target } from '../../src/contract';
import { deferred } from '../../src/shared';
import { asset, keys, startStage, type Elements, type Stage, type ThirdParty } from './stage';

let stage: Stage;
afterEach(() => stage.stop());

const of = (...names: string[]): Elements => new Map([['database', names.map((name) => asset(name))]]);
const targets = (...names: string[]): Target[] => names.map((name) => ({ name }));
const pg = (held: ReadonlyMap<string, Elements>, more: Partial<ThirdParty> = {}): ThirdParty => ({
  identifier: 'pg',
  services: ['database'],
  elements: (target) => held.get(target)!,
  connector: { targets: targets(...held.keys()) },
  ...more,
});

describe('targets of a connector', () => {
  test('one fails, one completes: what the other no longer has goes, of the one nothing', async () => {
    const held = new Map([['a', of('a1', 'a2')], ['b', of('b1', 'b2')]]);
    let broken = false;
    stage = await startStage([
      pg(held, {
        onPage({ run }) {
          if (broken && run.target === 'a') throw new Error('a is away');
        },
      }),
    ]);
    expect((await stage.run('pg')).state).toBe('completed');
    broken = true;
    held.set('a', of('a1')).set('b', of('b1'));
    const run = await stage.run('pg');
    expect(run).toMatchObject({ state: 'failed', error: expect.stringMatching(/target a: .*a is away/) });
    expect(keys(await stage.catalog('database'))).toEqual(['a1', 'a2', 'b1']);
    broken = false;
    await stage.run('pg');
    expect(keys(await stage.catalog('database'))).toEqual(['a1', 'b1']);
  });

  test('one that cannot start: the others are compared, and the run has failed, with its reason', async () => {
    const held = new Map([['a', of('a1', 'a2')], ['b', of('b1')]]);
    let broken = true;
    stage = await startStage([
      pg(held, {
        methods: (_, { target }) => ({
          start() {
            return broken && target.name === 'b' ? Promise.reject(new FatalError('b is of another release')) : Promise.resolve();
          },
        }),
      }),
    ]);
    await stage.until(async () => (await stage.get<{ targets: { status: string }[] }>('/api/v1/integrations/pg')).targets.map(({ status }) => status).join() === 'WAITING,FAILED');
    const run = await stage.run('pg');
    expect(run).toMatchObject({ state: 'failed', error: expect.stringMatching(/^target b: .*b is of another release/) });
    expect(keys(await stage.catalog('database'))).toEqual(['a1', 'a2']);
    broken = false;
    await stage.call('POST', '/api/v1/integrations/pg/restart?target=b');
    await stage.until(async () => (await stage.get<{ targets: { status: string }[] }>('/api/v1/integrations/pg')).targets.every(({ status }) => status === 'WAITING'));
    expect((await stage.run('pg')).state).toBe('completed');
  });

  test('those that a pause keeps back fail nothing', async () => {
    const held = new Map(Array.from({ length: 12 }, (_, n) => [`t${n}`, of(`e${n}`)] as [string, Elements]));
    const reached = deferred<void>();
    const goOn = deferred<void>();
    let reading = 0;
    stage = await startStage([
      pg(held, {
        async onPage() {
          if (++reading === 10) reached.resolve();
          await goOn.promise;
        },
      }),
    ]);
    const asked = await stage.ask('pg');
    await reached.promise;
    await stage.call('POST', '/api/v1/integrations/pg/pause');
    goOn.resolve();
    const run = await stage.flows.resync.ended(asked);
    expect(run).toMatchObject({ state: 'completed', kinds: [{ kind: 'database.database', state: 'incomplete', rows: { received: 10 } }] });
    expect(run.error).toBeUndefined();
  });

  test('one that leaves the file keeps what it has; one that comes back compares it', async () => {
    const held = new Map([['a', of('a1', 'a2')], ['b', of('b1', 'b2')]]);
    stage = await startStage([pg(held)]);
    await stage.run('pg');
    await stage.restart([pg(new Map([['b', held.get('b')!]]))]);
    held.set('a', of('a1'));
    held.get('b')!.set('database', [asset('b1')]);
    expect((await stage.run('pg')).state).toBe('completed');
    expect(keys(await stage.catalog('database'))).toEqual(['a1', 'a2', 'b1']);
    await stage.restart([pg(held)]);
    await stage.run('pg');
    expect(keys(await stage.catalog('database'))).toEqual(['a1', 'b1']);
  });

  test('the same identifier in two: NotHome while the one that has it is there, then the other may take it', async () => {
    const held = new Map([['a', of('x', 'a1')], ['b', of('b1')]]);
    stage = await startStage([pg(held)]);
    await stage.run('pg');
    held.set('b', of('b1', 'x'));
    const run = await stage.run('pg');
    expect(run.kinds).toEqual([expect.objectContaining({ state: 'incomplete', reason: expect.stringContaining('target a') })]);
    await stage.restart([pg(new Map([['b', held.get('b')!]]))]);
    expect((await stage.run('pg')).state).toBe('completed');
    held.get('b')!.set('database', [asset('b1')]);
    await stage.run('pg');
    expect(keys(await stage.catalog('database'))).toEqual(['a1', 'b1']);
  });

  test('more than ten, of which some are asked for', async () => {
    const held = new Map(Array.from({ length: 25 }, (_, n) => [`t${n}`, of(`e${n}`, `f${n}`)] as [string, Elements]));
    stage = await startStage([pg(held)]);
    expect((await stage.run('pg')).state).toBe('completed');
    expect((await stage.catalog('database')).size).toBe(50);
    for (const name of ['t1', 't2']) held.set(name, of(`e${name.slice(1)}`));
    expect((await stage.run('pg', { targets: ['t1'] })).state).toBe('completed');
    const left = await stage.catalog('database');
    expect([left.size, left.has('f1'), left.has('f2')]).toEqual([49, false, true]);
  });

  test('each removes in its own way', async () => {
    const held = new Map([['a', of('a1', 'a2')], ['b', of('b1', 'b2')], ['c', of('c1', 'c2')]]);
    stage = await startStage([pg(held, { connector: { targets: [{ name: 'a', onMissing: 'none' }, { name: 'b', onMissing: 'purge' }, { name: 'c' }] } })]);
    await stage.run('pg');
    held.set('a', of('a1')).set('b', of('b1')).set('c', of('c1'));
    const run = await stage.run('pg');
    expect(run.kinds).toMatchObject([{ left: { count: 1, identifiers: ['a2'] }, rows: { gone: 2 } }]);
    expect(keys(await stage.catalog('database'))).toEqual(['a1', 'a2', 'b1', 'c1']);
    const gone = await stage.framework.store.rows.find({ integration: 'pg', gone: true, limit: 10 });
    expect(gone.map(({ partition, data, header, goneAt }) => [partition, data !== undefined, header !== undefined, goneAt !== undefined])).toEqual([
      ['b', false, false, true],
      ['c', true, true, false],
    ]);
  });
});
