import { SourceError } from '../../src/contract';
import { deferred } from '../../src/shared';
import { asset, keys, part, startStage, type Elements, type Stage } from './stage';

let stage: Stage;
afterEach(() => stage.stop());

const parent = { parent: { blueprint: 'database', identifier: 'd1' } };
const databases = (count: number): ReturnType<typeof asset>[] => Array.from({ length: count }, (_, n) => asset(`d${n + 1}`));

describe('what is not proven gone stays', () => {
  test.each([
    ['an error of its own', () => new Error('half way'), 'half way'],
    ['a source that asks for another try: nobody reads it again in this run', () => new SourceError('later', { recovery: 'wait', waitMs: 600_000 }), 'later'],
  ])('a source throws half way: %s', async (_, thrown, message) => {
    const elements: Elements = new Map([['database', databases(5)], ['databaseSchema', [asset('s1', {}, { parent: { blueprint: 'database', identifier: 'd1' } })]]]);
    let broken = false;
    stage = await startStage([
      {
        identifier: 'pg',
        services: ['database'],
        elements,
        onPage({ page }) {
          if (broken && page === 1) throw thrown();
        },
      },
    ]);
    await stage.run('pg');
    broken = true;
    elements.set('database', [asset('d1'), asset('d2', { description: 'changed' })]);
    elements.set('databaseSchema', [asset('s2', {}, { parent: { blueprint: 'database', identifier: 'd1' } })]);
    const run = await stage.run('pg');
    expect(run).toMatchObject({ state: 'failed', error: expect.stringContaining(message) });
    expect(run.kinds.map(({ kind, state, rows }) => [kind, state, rows.gone])).toEqual(expect.arrayContaining([['database.database', 'failed', 0], ['database.databaseSchema', 'failed', 0]]));
    // What came before the error is there; what came after it did not go, nor what was not compared for it.
    const catalog = await stage.catalog('database');
    expect(keys(catalog)).toEqual(['d1', 'd2', 'd3', 'd4', 'd5']);
    expect(catalog.get('d2')!.properties).toContain('changed');
    expect(keys(await stage.catalog('databaseSchema'))).toEqual(['s1']);

    broken = false;
    expect((await stage.run('pg')).state).toBe('completed');
    expect(keys(await stage.catalog('database'))).toEqual(['d1', 'd2']);
  });

  test('a comparison that never comes', async () => {
    const elements: Elements = new Map([['database', databases(3)], ['table', [part('t1', {}, parent)]]]);
    stage = await startStage([{ identifier: 'pg', services: ['database'], elements }]);
    await stage.run('pg');
    elements.delete('database');
    const run = await stage.run('pg');
    expect(run.kinds.find(({ kind }) => kind === 'database.database')).toMatchObject({ state: 'incomplete', reason: 'the connector did not compare this blueprint' });
    expect(keys(await stage.catalog('database'))).toEqual(['d1', 'd2', 'd3']);
  });

  test('a comparison that the connector did not wait for', async () => {
    let floats = false;
    const hung = deferred<void>();
    const all = databases(3);
    stage = await startStage([
      {
        identifier: 'pg',
        services: ['database'],
        methods: () => ({
          async refresh(run) {
            const comparison = run.reconcile({
              blueprint: 'database' as never,
              source$: (async function* () {
                if (floats) await new Promise(() => hung.resolve());
                yield all;
              })(),
            });
            if (!floats) return void (await comparison);
            comparison.catch(() => undefined);
            await hung.promise;
          },
        }),
      },
    ]);
    await stage.run('pg');
    floats = true;
    const run = await stage.run('pg');
    expect(run.kinds).toEqual([expect.objectContaining({ kind: 'database.database', state: 'failed', reason: expect.stringContaining('await') })]);
    expect(keys(await stage.catalog('database'))).toEqual(['d1', 'd2', 'd3']);
  });

  test.each([
    ['invalid', asset('d9', { madeUp: 1 }), 'madeUp'],
    ['without identifier', { ...asset('d9'), identifier: '' }, 'identifier'],
  ])('an element is refused: %s', async (_, refused, message) => {
    const elements: Elements = new Map([['database', databases(3)]]);
    stage = await startStage([{ identifier: 'pg', services: ['database'], elements }]);
    await stage.run('pg');
    elements.set('database', [asset('d1'), refused, asset('d4')]);
    const run = await stage.run('pg');
    expect(run.kinds).toEqual([expect.objectContaining({ state: 'incomplete', reason: expect.stringMatching(new RegExp(`1 elements were refused.*${message}`)) })]);
    expect(keys(await stage.catalog('database'))).toEqual(['d1', 'd2', 'd3', 'd4']);
    elements.set('database', [asset('d1'), asset('d4')]);
    await stage.run('pg');
    expect(keys(await stage.catalog('database'))).toEqual(['d1', 'd4']);
  });

  test('an element of somebody else (NotHome) makes nothing go', async () => {
    const mine: Elements = new Map([['database', databases(3)]]);
    const other: Elements = new Map([['database', [asset('x1'), asset('x2')]]]);
    stage = await startStage([{ identifier: 'pg', services: ['database'], elements: mine }, { identifier: 'other', services: ['database'], elements: other }]);
    await stage.run('pg');
    await stage.run('other');
    other.set('database', [asset('x1'), asset('d1', { description: 'not yours' })]);
    const run = await stage.run('other');
    expect(run.kinds).toEqual([expect.objectContaining({ state: 'incomplete', reason: expect.stringContaining('party::pg') })]);
    const catalog = await stage.catalog('database');
    expect(keys(catalog)).toEqual(['d1', 'd2', 'd3', 'x1', 'x2']);
    expect(catalog.get('d1')).toMatchObject({ integration: 'pg' });
    expect(catalog.get('d1')!.properties).not.toContain('not yours');
  });

  test('resync of one kind compares that one only', async () => {
    const elements: Elements = new Map([['database', databases(2)], ['table', [part('t1', {}, parent), part('t2', {}, parent)]]]);
    const asked: string[] = [];
    stage = await startStage([{ identifier: 'pg', services: ['database'], elements, onPage: ({ blueprint, page }) => void (page === 0 && asked.push(blueprint)) }]);
    await stage.run('pg');
    asked.length = 0;
    elements.set('database', [asset('d1')]);
    elements.set('table', [part('t1', {}, parent)]);
    const run = await stage.run('pg', { kinds: ['database.table'] });
    expect(asked).toEqual(['table']);
    expect(run.kinds.map(({ kind, state }) => [kind, state])).toEqual([['database.table', 'completed']]);
    expect(keys(await stage.catalog('table'))).toEqual(['t1']);
    expect(keys(await stage.catalog('database'))).toEqual(['d1', 'd2']);
  });

  test('each blueprint is compared once in a run', async () => {
    let error: unknown;
    const twice = async function* () {
      yield databases(2);
    };
    stage = await startStage([
      {
        identifier: 'pg',
        services: ['database'],
        methods: () => ({
          async refresh(run) {
            await run.reconcile({ blueprint: 'database' as never, source$: twice() });
            error = await run.reconcile({ blueprint: 'database' as never, source$: twice() }).catch((err: unknown) => err);
          },
        }),
      },
    ]);
    expect((await stage.run('pg')).state).toBe('completed');
    expect(String(error)).toContain('twice in one run');
  });
});
