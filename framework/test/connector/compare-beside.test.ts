import { defineIntegration, type Integration, type Kind } from '../../src/contract';
import { pipelineOf, testSink } from '../flow/declared';
import { resource } from '../flow/flow';
import { asset, keys, part, startStage, type Elements, type Stage } from './stage';

let stage: Stage;
afterEach(() => stage.stop());

const inDatabase = { parent: { blueprint: 'database', identifier: 'd1' } };

describe('what is beside a connector in its entry', () => {
  test('3 kinds of its own: first they are read, then the connector is asked; each has its own entities', async () => {
    const order: string[] = [];
    let repositories = [{ id: 'r1', n: 1 }, { id: 'r2', n: 2 }];
    const repository: Kind<unknown, { id: string; n: number }> = {
      name: 'repository',
      key: ({ id }) => [id],
      paging: 'stable',
      async *scan() {
        // Time enough for a connector that did not wait.
        for (let turns = 0; turns < 100; turns++) await new Promise((resolve) => setImmediate(resolve));
        order.push('kind');
        yield { rows: repositories, next: undefined };
      },
    };
    const elements: Elements = new Map([['database', [asset('d1'), asset('d2')]]]);
    const { kinds } = defineIntegration({ type: 'own', version: '1', title: 't', description: 'd', settings: {}, kinds: [repository] }) as unknown as Integration;
    stage = await startStage([
      { identifier: 'pg', services: ['database'], elements, onPage: ({ page }) => void (page === 0 && order.push('connector')), integration: { kinds: kinds! }, entry: { defaultMapping: { resources: [resource('repository')] } } },
    ]);
    expect(await stage.run('pg')).toMatchObject({ state: 'completed', totals: { created: 4 } });
    expect(order).toEqual(['kind', 'connector']);
    expect(keys(await stage.catalog('repository'))).toEqual(['r1', 'r2']);
    expect(keys(await stage.catalog('database'))).toEqual(['d1', 'd2']);
    repositories = [{ id: 'r1', n: 1 }];
    elements.set('database', [asset('d1')]);
    await stage.run('pg');
    expect([keys(await stage.catalog('repository')), keys(await stage.catalog('database'))]).toEqual([['r1'], ['d1']]);
    // A run of the kind alone asks the connector for nothing.
    order.length = 0;
    await stage.run('pg', { kinds: ['repository'] });
    expect(order).toEqual(['kind']);
  });

  test('3 a mapping in the entry: elements are its rows; a blueprint that it does not name is not compared', async () => {
    const elements: Elements = new Map([['database', [asset('d1', { description: 'x' }), asset('d2')]], ['table', [part('t1', {}, inDatabase)]]]);
    const asked: string[] = [];
    const mapping = { resources: [resource('database.database', { entity: { identifier: '.identifier', blueprint: '"service"', title: '.properties.name', properties: { about: '.properties.description' } } })] };
    stage = await startStage([{ identifier: 'pg', services: ['database'], elements, onPage: ({ blueprint }) => void asked.push(blueprint), entry: { mapping } }]);
    expect((await stage.run('pg')).kinds.map(({ kind, state }) => [kind, state])).toEqual([['database.database', 'completed']]);
    expect(asked).not.toContain('table');
    expect((await stage.catalog('service')).get('d1')).toMatchObject({ title: 'd1', properties: '{"about":"x"}' });
    expect((await stage.catalog('database')).size).toBe(0);
    await stage.context('pg').database.update({ blueprint: 'database', identifier: 'd1' }, { description: 'told' });
    expect((await stage.catalog('service')).get('d1')).toMatchObject({ properties: '{"about":"told"}' });
    elements.set('database', [asset('d1')]);
    await stage.run('pg');
    expect(keys(await stage.catalog('service'))).toEqual(['d1']);
  });

  test('3 pipelines in the entry: elements go into their sinks, by comparisons and by calls', async () => {
    const sink = testSink('documents');
    const elements: Elements = new Map([['database', [asset('d1'), asset('d2')]], ['table', [part('t1', {}, inDatabase)]]]);
    stage = await startStage([{ identifier: 'pg', services: ['database'], elements, entry: { pipelines: [] }, pipelines: [pipelineOf({ name: 'p', sinks: [sink] })] }]);
    expect((await stage.run('pg')).state).toBe('completed');
    const held = (): readonly string[] => [...sink.held.values()].map((data) => (data as { identifier: string }).identifier).sort();
    await stage.until(() => held().length === 3);
    expect(held()).toEqual(['d1', 'd2', 't1']);
    await stage.context('pg').database.create('database', asset('d3') as never);
    await stage.until(() => held().includes('d3'));
    await stage.context('pg').database.remove({ blueprint: 'database', identifier: 'd1' });
    await stage.until(() => held().join() === 'd2,d3');
    elements.set('database', [asset('d2')]);
    elements.set('table', []);
    await stage.run('pg');
    await stage.until(() => held().join() === 'd2');
    expect(sink.taken.filter(({ operation }) => operation === 'delete')).toHaveLength(3);
  });
});
