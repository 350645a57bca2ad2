import { FrameworkError, type ElementRef, type NewElement, type Service, type ServiceContext } from '../../src/contract';
import { parseElement } from '../../src/connector';
import type { Run, Store } from '../../src/store';
import { expectSums } from '../flow/flow';
import { asset, keys, part, startStage, type Elements, type Stage } from './stage';

let stage: Stage;
afterEach(() => stage.stop());

const below = (blueprint: 'database' | 'databaseSchema' | 'table' | 'apiParameter' | 'apiParameterList', identifier: string) => ({ parent: { blueprint, identifier } });
const column = (name: string, table: string): NewElement<never> => part(name, { dataType: 'text' }, below('table', table));

/** Three databases, each with a schema, two tables and four columns. */
const everything = (names = ['d1', 'd2', 'd3']): Elements =>
  new Map([
    ['column', names.flatMap((name) => ['a', 'b', 'c', 'd'].map((which, n) => column(`${name}/${which}`, `${name}/t${n % 2}`)))],
    ['table', names.flatMap((name) => [0, 1].map((n) => part(`${name}/t${n}`, {}, below('databaseSchema', `${name}/s`))))],
    ['databaseSchema', names.map((name) => asset(`${name}/s`, {}, below('database', name)))],
    ['database', names.map((name) => asset(name))],
  ]);
/** The same, as the third party has it later. */
function change(elements: Elements, to: Elements): void {
  for (const [blueprint, list] of to) elements.set(blueprint, list);
}

/** Parts that are there without what they are a part of. */
async function orphans(store: Store): Promise<readonly string[]> {
  const rows = await store.rows.find({ integration: 'pg', gone: false, limit: 1_000 });
  const there = new Set(rows.map(({ kind, row }) => `${kind.split('.')[1]!}/${parseElement(row!).identifier}`));
  return rows.flatMap(({ _id, anchor }) => (anchor !== undefined && !there.has(anchor) ? [_id] : []));
}

const writes = ['claim', 'sweep'] as const;
/** The n-th of these writes of rows takes effect, and nobody hears of it; then the store takes none any more. Gives how many there were. */
function dieAfter(store: Store, n: number): { calls(): number } {
  let calls = 0;
  const dead = (): FrameworkError => new FrameworkError('STORE_UNREACHABLE', [`killed after ${n} writes`]);
  for (const part of [store.rows, store.outputs, store.documents, store.catalog]) {
    for (const [name, call] of Object.entries(part as object) as [string, (...given: unknown[]) => Promise<unknown>][]) {
      if (['get', 'find', 'list'].includes(name)) continue;
      (part as unknown as Record<string, unknown>)[name] = async (...given: unknown[]) => {
        if (calls >= n) throw dead();
        if (part !== store.rows || !(writes as readonly string[]).includes(name)) return call(...given);
        const answer = await call(...given);
        if (++calls >= n) throw dead();
        return answer;
      };
    }
  }
  return { calls: () => calls };
}

const calls = (service: Service = 'database'): ServiceContext<Service> => stage.context('pg')[service] as unknown as ServiceContext<Service>;
const ref = (blueprint: string, identifier: string): ElementRef<never> => ({ blueprint, identifier }) as unknown as ElementRef<never>;
const catalogs = async (): Promise<readonly (readonly string[])[]> => Promise.all(['column', 'table', 'databaseSchema', 'database'].map(async (blueprint) => keys(await stage.catalog(blueprint))));
const identifiers = (elements: Elements): readonly (readonly string[])[] => [...elements.values()].map((list) => list.map(({ identifier }) => identifier).sort());

describe('what goes with what it is a part of', () => {
  test('a removal that is killed after any of its writes leaves no part without what it is a part of, and is ended by asking again', async () => {
    for (let n = 1; ; n++) {
      stage = await startStage([{ identifier: 'pg', services: ['database'], elements: everything() }]);
      await stage.run('pg');
      const { store } = stage.framework;
      const dying = dieAfter(store, n);
      const removed = await calls().remove(ref('database', 'd2')).then(() => true, () => false);
      expect({ n, orphans: await orphans(store) }).toEqual({ n, orphans: [] });
      if (removed) {
        // Columns of each of two tables are one write, then the tables, the schema, the database.
        expect(n).toBeGreaterThan(4);
        return;
      }
      expect(dying.calls()).toBe(n);
      await stage.restart();
      await stage.ready('pg');
      await calls().remove(ref('database', 'd2'));
      expect(await catalogs()).toEqual(identifiers(everything(['d1', 'd3'])));
      await stage.stop();
    }
  });

  test('a run that is killed after any write of its sweeps leaves none either, and the next process ends it', async () => {
    for (let n = 1; ; n++) {
      const elements = everything();
      stage = await startStage([{ identifier: 'pg', services: ['database'], elements }]);
      await stage.run('pg');
      change(elements, everything(['d1', 'd3']));
      const { store } = stage.framework;
      const dying = dieAfter(store, n);
      const runId = await stage.ask('pg');
      const ends = await stage.until(async () => {
        if (dying.calls() >= n) return 'killed';
        return (await store.documents.get<Run>('runs', runId))?.state === 'completed' && 'completed';
      });
      expect({ n, orphans: await orphans(store) }).toEqual({ n, orphans: [] });
      if (ends === 'completed') {
        expect(n).toBeGreaterThan(4);
        return;
      }
      await stage.restart();
      await stage.until(async () => (await stage.framework.store.documents.get<Run>('runs', runId))?.state === 'completed');
      expect(await catalogs()).toEqual(identifiers(everything(['d1', 'd3'])));
      await stage.stop();
    }
  });

  test('stands in the counters of its own kind, and the sums close', async () => {
    const elements = everything();
    stage = await startStage([{ identifier: 'pg', services: ['database'], elements }]);
    await stage.run('pg');
    change(elements, everything(['d1', 'd3']));
    // A column that goes by itself beside those that go with their table.
    elements.set('column', elements.get('column')!.slice(1));
    const run = await stage.run('pg');
    expectSums(run);
    expect(run.state).toBe('completed');
    const counted = Object.fromEntries(run.kinds.map(({ kind, rows, resources }) => [kind, [rows.gone, resources.reduce((sum, { deleted }) => sum + deleted, 0)]]));
    expect(counted).toMatchObject({ 'database.database': [1, 1], 'database.databaseSchema': [1, 1], 'database.table': [2, 2], 'database.column': [5, 5] });
    expect(run.totals.deleted).toBe(9);
  });

  test('also of a kind that the run does not read', async () => {
    const elements = everything();
    stage = await startStage([{ identifier: 'pg', services: ['database'], elements }]);
    await stage.run('pg');
    change(elements, everything(['d1', 'd3']));
    const run = await stage.run('pg', { kinds: ['database.database'] });
    expectSums(run);
    expect(run.kinds.map(({ kind, state, rows, resources }) => [kind, state, rows.gone, resources.map(({ blueprint, deleted }) => [blueprint, deleted])]).sort()).toEqual([
      ['database.column', 'completed', 4, [['column', 4]]],
      ['database.database', 'completed', 1, [['database', 1]]],
      ['database.databaseSchema', 'completed', 1, [['databaseSchema', 1]]],
      ['database.table', 'completed', 2, [['table', 2]]],
    ]);
    expect(run.totals.deleted).toBe(8);
    expect(await catalogs()).toEqual(identifiers(everything(['d1', 'd3'])));
  });

  test('an element that somebody names again while its parts go stays, and the next run brings its parts back', async () => {
    const elements = everything(['d1', 'd2']);
    stage = await startStage([{ identifier: 'pg', services: ['database'], elements }]);
    await stage.run('pg');
    change(elements, everything(['d1']));
    const { rows } = stage.framework.store;
    const sweep = rows.sweep.bind(rows);
    rows.sweep = async (filter, batch) => {
      if (filter.scope.kind === 'database.database' && batch.only!.length > 0) {
        await calls().create('database' as never, asset('d2', { description: 'back' }));
        expect(await orphans(stage.framework.store)).toEqual([]);
      }
      return sweep(filter, batch);
    };
    await stage.run('pg');
    expect(keys(await stage.catalog('database'))).toEqual(['d1', 'd2']);
    rows.sweep = sweep;
    change(elements, everything(['d1', 'd2']));
    await stage.run('pg');
    expect(await catalogs()).toEqual(identifiers(everything(['d1', 'd2'])));
  });

  test('in a circle of anchors everything goes', async () => {
    stage = await startStage([{ identifier: 'pg', services: ['api'], methods: () => ({}) }]);
    await stage.ready('pg');
    const api = calls('api');
    await api.create('apiParameter' as never, part('p', {}, below('apiParameterList', 'l')));
    await api.create('apiParameter' as never, part('q', {}, below('apiParameter', 'p')));
    await api.update(ref('apiParameter', 'p'), {} as never, { relations: { apiParameterList: null, apiParameterListApiParameter: 'q' } } as never);
    expect(keys(await stage.catalog('apiParameter'))).toEqual(['p', 'q']);
    await api.remove(ref('apiParameter', 'p'));
    expect(keys(await stage.catalog('apiParameter'))).toEqual([]);
  });
});
