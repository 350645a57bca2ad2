import type { NewElement } from '../../src/contract';
import { asset, keys, part, startStage, type Elements, type Stage } from './stage';

let stage: Stage;
afterEach(() => stage.stop());

const database = (name: string): NewElement<never> => asset(name);
const schema = (name: string, of: string): NewElement<never> => asset(name, {}, { parent: { blueprint: 'database', identifier: of } });
const table = (name: string, of: string): NewElement<never> => part(name, {}, { parent: { blueprint: 'databaseSchema', identifier: of } });

describe('23 create, update, delete, retrieve: what a connector compares', () => {
  test('comes into the catalog, changes, and goes with what is a part of it', async () => {
    const elements: Elements = new Map([
      ['database', [database('d1'), database('d2'), database('d3')]],
      ['databaseSchema', [schema('s1', 'd1'), schema('s2', 'd2')]],
      ['table', [table('t1', 's1'), table('t2', 's2'), table('t3', 's2')]],
    ]);
    stage = await startStage([{ identifier: 'pg', services: ['database'], elements }]);
    const first = await stage.run('pg');
    expect(first).toMatchObject({ state: 'completed', cause: 'rest' });
    expect(first.kinds.map(({ kind, state }) => `${kind} ${state}`).sort()).toEqual(['database.database completed', 'database.databaseSchema completed', 'database.table completed']);
    expect(keys(await stage.catalog('database'))).toEqual(['d1', 'd2', 'd3']);
    expect((await stage.catalog('table')).get('t2')).toMatchObject({ title: 't2', relations: '{"databaseSchema":"s2"}', integration: 'pg', kind: 'database.table' });

    elements.get('database')![0] = asset('d1', { description: 'changed' });
    elements.set('database', elements.get('database')!.filter(({ identifier }) => identifier !== 'd2'));
    elements.set('databaseSchema', [schema('s1', 'd1')]);
    elements.set('table', [table('t1', 's1')]);
    const second = await stage.run('pg');
    expect(second).toMatchObject({ state: 'completed' });
    expect(keys(await stage.catalog('database'))).toEqual(['d1', 'd3']);
    expect(JSON.parse((await stage.catalog('database')).get('d1')!.properties)).toMatchObject({ description: 'changed' });
    expect(keys(await stage.catalog('databaseSchema'))).toEqual(['s1']);
    expect(keys(await stage.catalog('table'))).toEqual(['t1']);
    // Once more, nothing changes.
    expect((await stage.run('pg')).totals).toEqual({ created: 0, updated: 0, deleted: 0, failed: 0 });
  });
});
