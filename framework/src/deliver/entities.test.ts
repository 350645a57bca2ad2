import type { Mapping } from '../contract';
import { createPortal, entityKey } from '../../test/flow/portal';
import { expectSums, identifiersOf, resource } from '../../test/flow/flow';
import { kindOf, things, useDelivery } from '../../test/flow/delivery';

const { data, begin } = useDelivery();

describe('search identifiers', () => {
  const query = (id: string) => ({ combinator: 'and', rules: [{ property: 'email', operator: '=', value: id }] });
  const mapping: Mapping = {
    entityDeletionThreshold: 1,
    resources: [resource('a', { entity: { identifier: { combinator: '"and"', rules: [{ property: '"email"', operator: '"="', value: '.id' }] } } })],
  };

  test('are named by the portal, and come to the catalog under that name', async () => {
    const setting = await begin({ a: {} }, { mapping });
    setting.portal.names.set(JSON.stringify(query('a1')), 'real-1');
    setting.source.put('a', things(1, 1));
    const run = await setting.run();
    expectSums(run);
    expect(run).toMatchObject({ state: 'completed', totals: { created: 1 } });
    expect(await identifiersOf(setting.store)).toEqual(['real-1']);
    // Always sent, and still the same one: it counts as updated.
    const again = await setting.run();
    expectSums(again);
    expect(again.totals).toEqual({ created: 0, updated: 1, deleted: 0, failed: 0 });
    expect(await identifiersOf(setting.store)).toEqual(['real-1']);
    setting.source.put('a', []);
    await setting.run();
    expect([...setting.portal.entities.keys()]).toEqual([]);
    expect(await identifiersOf(setting.store)).toEqual([]);
  });

  test('one that the portal cannot name waits for the next run, not in a loop', async () => {
    const setting = await begin({ a: {} }, { mapping });
    setting.source.put('a', things(1, 1));
    const run = await setting.run();
    expectSums(run);
    expect(run.state).toBe('failed');
    expect(await setting.store.outputs.nextDue('entry')).toBeUndefined();
    setting.portal.names.set(JSON.stringify(query('a1')), 'real-1');
    expect((await setting.run()).state).toBe('completed');
    expect(await identifiersOf(setting.store)).toEqual(['real-1']);
  });

  test('one whose portal is away goes out when it is back, without a run', async () => {
    const setting = await begin({ a: {} }, { mapping });
    setting.portal.names.set(JSON.stringify(query('a1')), 'real-1');
    setting.portal.away = true;
    setting.source.put('a', things(1, 1));
    await setting.run();
    setting.portal.away = false;
    await setting.until(async () => (await identifiersOf(setting.store)).includes('real-1'));
  });
});

describe('one entity of several', () => {
  test('resources lay their keys over each other; the keys of one that departs are sent as null, once', async () => {
    const mapping: Mapping = {
      entityDeletionThreshold: 1,
      resources: [
        resource('a', { query: '.first', entity: { properties: { x: '.n', both: '"first"' } } }),
        resource('a', { query: '.second', entity: { properties: { y: '.n', both: '"second"' } } }),
      ],
    };
    const setting = await begin({ a: {} }, { mapping });
    setting.source.put('a', [{ id: 'a1', n: 1, first: true, second: true }]);
    const run = await setting.run();
    expectSums(run);
    // Of an output of two resources each counts it; the line on stdout counts it once.
    expect(kindOf(run, 'a').resources.map((totals) => [totals.mapped, totals.delivered, totals.created])).toEqual([[1, 1, 1], [1, 1, 1]]);
    expect(run.totals).toMatchObject({ created: 1, updated: 0 });
    expect(setting.portal.bodies).toMatchObject([{ properties: { x: 1, y: 1, both: 'second' } }]);
    setting.source.put('a', [{ id: 'a1', n: 1, first: true, second: false }]);
    await setting.run();
    expect(setting.portal.bodies.slice(1).map((body) => body.properties)).toEqual([{ x: 1, y: null, both: 'first' }]);
    setting.source.put('a', [{ id: 'a1', n: 2, first: true, second: false }]);
    await setting.run();
    expect(setting.portal.bodies.slice(2).map((body) => body.properties)).toEqual([{ x: 2, both: 'first' }]);
    setting.source.put('a', [{ id: 'a1', n: 2 }]);
    const last = await setting.run();
    expectSums(last);
    expect(last.totals.deleted).toBe(1);
    expect(await identifiersOf(setting.store)).toEqual([]);
  });

  test('rows of several pages that make one entity create it once', async () => {
    const setting = await begin({ a: { pageSize: 1 } }, { mapping: { resources: [resource('a', { entity: { identifier: '"one"', properties: { n: '.n' } } })] } });
    setting.source.put('a', [{ id: 'a1', n: 1 }, { id: 'a2', n: 2 }, { id: 'a3', n: 3 }]);
    setting.source.onPage = async (place, page) => {
      // Each page is delivered before the next one comes.
      await setting.until(() => setting.portal.bodies.length === place.page && setting.flow.pipeline.backlog() === 0);
      return page;
    };
    const run = await setting.run();
    expectSums(run);
    expect(run.totals).toEqual({ created: 1, updated: 0, deleted: 0, failed: 0 });
    expect(setting.portal.entities.get('a/one')).toMatchObject({ properties: { n: 3 } });
  });

  test('two entries: the later write owns it, and the earlier owner does not take it away', async () => {
    const store = await data.open();
    const portal = createPortal();
    const one = await begin({ a: {} }, { store, portal, identifier: 'one' });
    const two = await begin({ a: {} }, { store, portal, identifier: 'two' });
    one.source.put('a', things(1, 2));
    two.source.put('a', things(2, 3, 7));
    await one.run();
    await two.run();
    const ownerOf = async (id: string): Promise<unknown> => [(await store.catalog.get('a', id))?.integration, portal.entities.get(entityKey('a', id))?.owner];
    expect(await ownerOf('a2')).toEqual(['two', 'two']);
    one.source.put('a', []);
    const run = await one.run();
    expect(run.state).toBe('completed');
    expect(await ownerOf('a1')).toEqual([undefined, undefined]);
    expect(await ownerOf('a2')).toEqual(['two', 'two']);
    expect(await store.outputs.find({ pipeline: 'one', limit: 9 })).toEqual([]);
  });
});
