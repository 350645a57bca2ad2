import type { Blueprint, Mapping } from '../contract';
import { createPortal, entityKey, type FakePortal } from '../../test/flow/portal';
import { createSource, type KindOptions, type Source, type Thing } from '../../test/flow/source';
import { blueprint, catalogOf, entryOf, expectSums, identifiersOf, LIMITS, resource, useStore, type Flow } from '../../test/flow/flow';
import { handClock, type HandClock } from '../../test/flow/hand-clock';
import { compileMapping } from '../pipeline';
import { outputId, type Output, type Run, type RunKind, type Store } from '../store';

const data = useStore();
const OFF = { on: false, share: 0, atLeast: 0 };
const things = (from: number, to: number, n = 1): Thing[] => Array.from({ length: to - from + 1 }, (_, at) => ({ id: `a${from + at}`, n }));
const kindOf = (run: Run, name: string): RunKind => run.kinds.find((kind) => kind.kind === name)!;
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Setting {
  readonly store: Store;
  readonly source: Source;
  readonly portal: FakePortal;
  readonly flow: Flow;
  readonly clock: HandClock;
  mapping: Mapping;
  output(blueprint: string, identifier: string): Promise<Output | undefined>;
  /** Lets time pass, a second at a time, until it is so. */
  until<T>(look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T>;
  /** A run, while time passes. */
  run(more?: Parameters<Flow['run']>[0]): Promise<Run>;
}
async function begin(kinds: Readonly<Record<string, KindOptions>> = { a: {} }, more: { readonly mapping?: Mapping; readonly blueprints?: readonly Blueprint[]; readonly identifier?: string; readonly store?: Store; readonly portal?: FakePortal } = {}): Promise<Setting> {
  const store = more.store ?? (await data.open());
  const source = createSource(kinds);
  const portal = more.portal ?? createPortal();
  const clock = handClock();
  const identifier = more.identifier ?? 'entry';
  const setting = { store, source, portal, clock, mapping: more.mapping ?? { entityDeletionThreshold: 1, resources: Object.keys(kinds).map((kind) => resource(kind)) } } as Setting;
  const flow = await data.flow({ store, portal, clock, entry: entryOf(source.integration, { identifier, guard: OFF, blueprints: more.blueprints ?? [] }), mapping: () => setting.mapping });
  return Object.assign(setting, {
    flow,
    output: async (of: string, id: string) => (await store.outputs.get([outputId(identifier, of, id)]))[0],
    async until<T>(look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
      for (;;) {
        const seen = await look();
        if (seen !== undefined && seen !== false) return seen;
        clock.advance(1_000);
        await tick();
      }
    },
    async run(asked: Parameters<Flow['run']>[0] = {}) {
      let run: Run | undefined;
      void flow.run(asked).then((ended) => (run = ended));
      return setting.until(() => run);
    },
  });
}

/** Calls of the portal wait until `go`. */
function holdPortal(portal: FakePortal): { readonly reached: Promise<void>; go(): void } {
  let reach = (): void => undefined;
  let go = (): void => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const gate = new Promise<void>((resolve) => (go = resolve));
  portal.before = async () => {
    reach();
    await gate;
  };
  return { reached, go };
}

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
