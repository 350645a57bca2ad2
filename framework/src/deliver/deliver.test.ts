import type { Mapping } from '../contract';
import type { Thing } from '../../test/flow/source';
import { blueprint, catalogOf, entryOf, expectSums, identifiersOf, LIMITS, resource } from '../../test/flow/flow';
import { handClock } from '../../test/flow/hand-clock';
import { compileMapping } from '../pipeline';
import type { Store } from '../store';
import { holdPortal, kindOf, things, tick, useDelivery, type Setting } from '../../test/flow/delivery';

const { data, begin } = useDelivery();

describe('one write of an output at a time', () => {
  /** A run for row a1 holds the portal's answer; meanwhile the row is mapped again with this content. */
  async function race(next: Thing | undefined): Promise<Setting> {
    const setting = await begin();
    const { store, source, portal, flow, clock } = setting;
    source.put('a', things(1, 1));
    await setting.run();
    source.put('a', things(1, 1, 2));
    const held = holdPortal(portal);
    void flow.run();
    await held.reached;
    let flying = 0;
    let most = 0;
    portal.before = async () => {
      most = Math.max(most, ++flying);
      await tick();
      flying--;
    };
    const scope = { integration: 'entry', kind: 'a' };
    const text = JSON.stringify(next);
    const observed = await store.rows.observe({
      scope,
      truth: 'listed',
      by: 'get',
      stamp: 5_000,
      rows: next ? [{ key: 'a1', text, hash: `hash of ${text}` }] : [],
      absent: next ? [] : ['a1'],
      mapping: '',
      at: clock.now(),
    });
    const [row] = observed.dirty;
    await flow.pipeline.map('a', [{ _id: row!._id, face: row!.face, ...(next && { row: next as never }) }], { departures: 'now', signal: new AbortController().signal });
    held.go();
    await setting.until(async () => (await flow.resync.settled(['entry'])) && flow.pipeline.backlog() === 0);
    expect(most).toBeLessThanOrEqual(1);
    return setting;
  }

  test('an output that changes while it is on its way is read again afterwards, and ends right', async () => {
    const setting = await race({ id: 'a1', n: 3 });
    expect(setting.portal.bodies.map((body) => body.properties)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(setting.portal.entities.get('a/a1')).toMatchObject({ properties: { n: 3 } });
    expect(await catalogOf(setting.store)).toMatchObject([{ properties: '{"n":3}' }]);
    const output = (await setting.output('a', 'a1'))!;
    expect(output.due).toBeUndefined();
    expect(output.sinks.map((sink) => sink.hash)).toEqual([output.hash, output.hash]);
  });

  test('one that goes while it is on its way is gone in the end', async () => {
    const setting = await race(undefined);
    expect(setting.portal.calls).toEqual(['upsert a/a1', 'upsert a/a1', 'delete a/a1']);
    expect([...setting.portal.entities]).toEqual([]);
    expect(await catalogOf(setting.store)).toEqual([]);
    expect(await setting.output('a', 'a1')).toBeUndefined();
  });

  test('one that is held gone while it is on its way is not deleted', async () => {
    const setting = await begin();
    setting.source.put('a', things(1, 2));
    await setting.run();
    setting.mapping = { entityDeletionThreshold: 0, resources: [resource('a', { entity: { properties: { n: '.n + 1' } } })] };
    const held = holdPortal(setting.portal);
    void setting.flow.run({ cause: 'mapping' });
    await held.reached;
    const row = (await setting.store.rows.find({ integration: 'entry', limit: 1 }))[0]!;
    // It changes once more, so that it is read again when the older state has landed; and then it is held.
    const { signal } = new AbortController();
    setting.flow.pipeline.use(compileMapping({ resources: [resource('a', { entity: { properties: { n: '.n + 2' } } })] }, LIMITS));
    await setting.flow.pipeline.map('a', [{ _id: row._id, face: row.face!, row: JSON.parse(row.row!) as never }], { departures: 'held', signal });
    await setting.store.rows.observe({ scope: { integration: 'entry', kind: 'a' }, truth: 'listed', by: 'get', stamp: 5_000, rows: [], absent: [row.key], mapping: '', at: setting.clock.now() });
    await setting.flow.pipeline.map('a', [{ _id: row._id, face: '' }], { departures: 'held', signal });
    held.go();
    await setting.until(async () => (await setting.flow.resync.settled(['entry'])) && setting.flow.pipeline.backlog() === 0);
    expect(setting.portal.calls.filter((call) => call.startsWith('delete'))).toEqual([]);
    expect(await identifiersOf(setting.store)).toEqual(['a1', 'a2']);
  });
});

describe('what the portal keeps because another entity needs it', () => {
  const mapping: Mapping = { deleteDependentEntities: false, entityDeletionThreshold: 1, resources: [resource('anchor'), resource('part', { entity: { relations: { anchor: '.anchor' } } })] };
  const leave = async (setting: Setting): Promise<void> => {
    setting.source.put('anchor', [{ id: 'a1' }]);
    setting.source.put('part', [{ id: 'p1', anchor: 'a1' }]);
    await setting.run();
    setting.source.put('anchor', []);
    setting.source.put('part', []);
    await setting.run();
    // No blueprint says what goes first.
    await setting.until(() => setting.portal.calls.includes('delete part/p1'));
    expect(setting.portal.calls.filter((call) => call.startsWith('delete')).slice(0, 2)).toEqual(['delete anchor/a1', 'delete part/p1']);
  };

  test('goes without another run once that has gone', async () => {
    const setting = await begin({ anchor: {}, part: {} }, { mapping });
    await leave(setting);
    await setting.until(() => setting.portal.entities.size === 0);
    await setting.until(async () => (await setting.output('anchor', 'a1')) === undefined);
  });

  test('is asked for a few times, and then with the next run', async () => {
    const setting = await begin({ anchor: {}, part: {} }, { mapping });
    setting.portal.lay('somebody', 'other', 'o1');
    Object.assign(setting.portal.entities.get('other/o1')!, { relations: { anchor: 'a1' } });
    await leave(setting);
    await setting.until(async () => (await setting.output('anchor', 'a1'))?.due === undefined);
    const asked = (): number => setting.portal.calls.filter((call) => call === 'delete anchor/a1').length;
    expect(asked()).toBe(6);
    expect(setting.log.lines.filter(({ level }) => level === 'warn')).toMatchObject([{ message: 'the sink keeps anchor a1, which should go: another entity points there; the next run asks again', fields: { sink: 'port' } }]);
    setting.portal.entities.delete('other/o1');
    await setting.run();
    await setting.until(() => asked() === 7);
    expect(setting.portal.entities.size).toBe(0);
  });
});

describe('a sink that is away', () => {
  test('is probed once at a time; what waits is given back for at most 30 s, and goes out later without a run', async () => {
    const setting = await begin({ a: { pageSize: 300 } });
    const { portal } = setting;
    let calls = 0;
    let flying = 0;
    portal.before = async () => {
      calls++;
      flying++;
      await tick();
      flying--;
    };
    portal.away = true;
    setting.source.put('a', things(1, 300));
    const run = await setting.run();
    expectSums(run);
    expect(run.state).toBe('failed');
    expect(kindOf(run, 'a').resources[0]).toMatchObject({ mapped: 300, failed: expect.any(Number) as number });
    expect(kindOf(run, 'a').resources[0]!.failed).toBeGreaterThanOrEqual(300);
    // The catalog has everything meanwhile.
    expect(await identifiersOf(setting.store)).toHaveLength(300);
    const before = calls;
    for (let second = 0; second < 120; second++) {
      setting.clock.advance(1_000);
      await tick();
      await tick();
      expect(flying).toBeLessThanOrEqual(1);
    }
    expect(calls).toBeGreaterThan(before);
    expect(setting.flow.pipeline.away()).toMatchObject([{ sink: 'port', error: expect.stringContaining('away') as string }]);
    await setting.until(() => setting.flow.pipeline.backlog() === 0);
    for (const output of await setting.store.outputs.find({ pipeline: 'entry', limit: 500 })) {
      const next = output.sinks.find((sink) => sink.sink === 'port')!.next!;
      expect(next - setting.clock.now()).toBeLessThanOrEqual(30_000);
    }
    portal.away = false;
    await setting.until(() => portal.entities.size === 300);
    await setting.until(async () => (await setting.store.outputs.nextDue('entry')) === undefined);
    expect(setting.flow.pipeline.away()).toEqual([]);
  });

  test('what fails while others work waits for itself alone, without end and without a run', async () => {
    const setting = await begin();
    let fails = 0;
    setting.portal.refuse = (entity) => (entity.identifier === 'a2' && fails++ < 3 ? { status: 500, transient: true } : undefined);
    setting.source.put('a', things(1, 3));
    const run = await setting.run();
    expectSums(run);
    expect(run.state).toBe('failed');
    await setting.until(() => setting.portal.entities.size === 3);
    expect(setting.portal.calls.filter((call) => call === 'upsert a/a1')).toHaveLength(1);
    expect(setting.portal.calls.filter((call) => call === 'upsert a/a2')).toHaveLength(4);
  });

  test('a delivery that failed and whose row is mapped again before its time counts as failed, not as delivered', async () => {
    const setting = await begin();
    setting.portal.away = true;
    setting.source.put('a', things(1, 2));
    await setting.flow.run(); // no time passes
    expect(await setting.store.outputs.nextDue('entry')).toBeGreaterThan(setting.clock.now());
    // The rows change, and what they make does not: the catalog has it, and the portal is not due yet.
    setting.source.put('a', things(1, 2).map((thing) => ({ ...thing, unmapped: true })));
    const run = await setting.flow.run();
    expectSums(run);
    expect(kindOf(run, 'a')).toMatchObject({ state: 'failed', resources: [{ mapped: 2, delivered: 0, failed: 2 }] });
  });
});

describe('what a sink refuses', () => {
  test('is kept with its message, sent again with the next run and when it changes, and not in a loop', async () => {
    const setting = await begin();
    const refused = { status: 422, code: 'invalid_request', message: 'n must be even' };
    setting.portal.refuse = (entity) => (entity.identifier === 'a2' ? refused : undefined);
    setting.source.put('a', things(1, 3));
    const run = await setting.run();
    expectSums(run);
    expect(run).toMatchObject({ state: 'failed', totals: { created: 2, failed: 1 } });
    expect(kindOf(run, 'a').resources[0]).toMatchObject({ delivered: 2, failed: 1 });
    expect(await setting.output('a', 'a2')).toMatchObject({ again: true, sinks: [{ sink: 'catalog' }, { sink: 'port', error: expect.stringContaining('n must be even') as string }] });
    const sent = (): number => setting.portal.calls.filter((call) => call === 'upsert a/a2').length;
    for (let minute = 0; minute < 10; minute++) {
      setting.clock.advance(60_000);
      await tick();
    }
    expect(sent()).toBe(1);
    const [before] = (await catalogOf(setting.store)).filter((document) => document.identifier === 'a2');
    const second = await setting.run();
    expectSums(second);
    expect(second).toMatchObject({ state: 'failed', totals: { created: 0, updated: 0, failed: 1 } });
    expect(kindOf(second, 'a').resources[0]).toMatchObject({ mapped: 0, resent: 1, failed: 1 });
    expect(sent()).toBe(2);
    // Whoever took it is not bothered again.
    expect((await catalogOf(setting.store)).filter((document) => document.identifier === 'a2')).toEqual([before]);
    setting.portal.refuse = () => undefined;
    const third = await setting.run();
    expectSums(third);
    expect(third).toMatchObject({ state: 'completed', totals: { updated: 1 } });
    expect(sent()).toBe(3);
  });

  test('a related entity that is missing is met at the end of the run: whole, and without a failure', async () => {
    const mapping: Mapping = {
      createMissingRelatedEntities: false,
      resources: [resource('child', { entity: { relations: { parent: '.parent' } } }), resource('parent')],
    };
    const blueprints = [blueprint('child', { parent: 'parent' }), blueprint('parent')];
    const setting = await begin({ child: {}, parent: {} }, { mapping, blueprints });
    let first = true;
    // The parent is slow: whatever the order, the child comes first.
    setting.source.onPage = async (place, page) => {
      if (place.kind === 'parent' && first) {
        first = false;
        await setting.until(() => setting.portal.calls.includes('upsert child/c1'));
      }
      return page;
    };
    setting.source.put('child', [{ id: 'c1', n: 1, parent: 'p1' }]);
    setting.source.put('parent', [{ id: 'p1', n: 1 }]);
    const run = await setting.run();
    expectSums(run);
    expect(run).toMatchObject({ state: 'completed', totals: { created: 2, updated: 0, failed: 0 } });
    expect(kindOf(run, 'child').resources[0]).toMatchObject({ mapped: 1, resent: 0, delivered: 1, created: 1, failed: 0 });
    expect(setting.portal.entities.get('child/c1')).toMatchObject({ relations: { parent: 'p1' } });
    const sent = setting.portal.bodies.filter((body) => body.identifier === 'c1');
    expect(sent.at(-1)).toMatchObject({ properties: { n: 1 }, relations: { parent: 'p1' } });
  });

  test('one that is still missing then has failed, once', async () => {
    const mapping: Mapping = { createMissingRelatedEntities: false, resources: [resource('a', { entity: { relations: { parent: '.parent' } } })] };
    const setting = await begin({ a: {} }, { mapping });
    setting.source.put('a', [{ id: 'a1', parent: 'nobody' }, { id: 'a2' }]);
    const run = await setting.run();
    expectSums(run);
    expect(run).toMatchObject({ state: 'failed', totals: { created: 1, failed: 1 } });
    expect(kindOf(run, 'a').resources[0]).toMatchObject({ mapped: 2, resent: 0, delivered: 1, failed: 1 });
    expect(setting.portal.calls.filter((call) => call === 'upsert a/a1')).toHaveLength(2);
  });

  test('entities that point at each other find their targets', async () => {
    const mapping: Mapping = { createMissingRelatedEntities: false, resources: [resource('a', { entity: { relations: { next: '.next' } } })] };
    const setting = await begin({ a: { pageSize: 10 } }, { mapping });
    setting.source.put('a', [{ id: 'a1', next: 'a2' }, { id: 'a2', next: 'a3' }, { id: 'a3', next: 'a1' }]);
    const run = await setting.run();
    expectSums(run);
    expect(run.state).toBe('completed');
    expect([...setting.portal.entities.values()].map((entity) => entity.relations)).toEqual([{ next: 'a2' }, { next: 'a3' }, { next: 'a1' }]);
  });
});

test('nothing goes out before a mapping is known: it says how deletes and merges are meant', async () => {
  const setting = await begin();
  setting.portal.away = true;
  setting.source.put('a', things(1, 1));
  await setting.run();
  await setting.flow.stop();
  setting.portal.away = false;
  const clock = handClock(setting.clock.now() + 60_000);
  const next = await data.flow({ store: setting.store, portal: setting.portal, clock, entry: entryOf(setting.source.integration), mapping: () => setting.mapping });
  for (let second = 0; second < 100; second++) {
    clock.advance(1_000);
    await tick();
  }
  expect(setting.portal.entities.size).toBe(0);
  await next.run();
  expect(setting.portal.entities.size).toBe(1);
});

test('paused: what is due stays due, and goes out after resume', async () => {
  const setting = await begin();
  setting.flow.pipeline.pause();
  setting.source.put('a', things(1, 2));
  const run = await setting.run();
  expectSums(run);
  expect(kindOf(run, 'a').resources[0]).toMatchObject({ mapped: 2, failed: 2 });
  expect(await identifiersOf(setting.store)).toEqual([]);
  setting.flow.pipeline.resume();
  await setting.until(async () => (await identifiersOf(setting.store)).length === 2 && setting.portal.entities.size === 2);
});

test('a store that is away while sinks answer delays what they said, and loses nothing of it', async () => {
  const real = await data.open();
  let away = 2;
  const store: Store = {
    ...real,
    outputs: {
      ...real.outputs,
      settle: (said, at) => (away-- > 0 ? Promise.reject(new Error('for a moment')) : real.outputs.settle(said, at)),
    },
  };
  const setting = await begin({ a: {} }, { store });
  setting.source.put('a', things(1, 3));
  const run = await setting.run();
  expectSums(run);
  expect(run).toMatchObject({ state: 'completed', totals: { created: 3 } });
  expect(setting.portal.calls).toHaveLength(3);
});
