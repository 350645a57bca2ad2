import type { Mapping } from '../contract';
import type { Run, RunKind, Store } from '../store';
import { createTicks } from '../store';
import { systemClock } from '../shared';
import { createPortal, type FakePortal } from '../../test/flow/portal';
import { createSource, type KindOptions, type Source, type Thing } from '../../test/flow/source';
import { catalogOf, entryOf, expectSums, identifiersOf, resource, useStore, type Flow } from '../../test/flow/flow';
import { handClock } from '../../test/flow/hand-clock';

const data = useStore();
const things = (from: number, to: number, n = 1): Thing[] => Array.from({ length: to - from + 1 }, (_, at) => ({ id: `a${from + at}`, n }));
const kindOf = (run: Run, name: string): RunKind => run.kinds.find((kind) => kind.kind === name)!;

interface Setting {
  readonly store: Store;
  readonly source: Source;
  readonly portal: FakePortal;
  readonly flow: Flow;
  mapping: Mapping | undefined;
  /** Another process over the same store, with these settings. */
  again(membership?: string): Promise<Flow>;
}
async function begin(kinds: Readonly<Record<string, KindOptions>> = { a: {} }): Promise<Setting> {
  const store = await data.open();
  const source = createSource(kinds);
  const portal = createPortal();
  const again = (membership = 'one'): Promise<Flow> =>
    data.flow({ store, portal, entry: entryOf(source.integration, { membership, guard: { on: false, share: 0, atLeast: 0 } }), mapping: () => setting.mapping });
  const setting = { store, source, portal, again, mapping: { entityDeletionThreshold: 1, resources: Object.keys(kinds).map((kind) => resource(kind)) } } as unknown as Setting;
  return Object.assign(setting, { flow: await again() });
}

/** The source waits before its next page, until `go`. */
function holdSource(source: Source): { readonly reached: Promise<void>; go(): void } {
  let reach = (): void => undefined;
  let go = (): void => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const gate = new Promise<void>((resolve) => (go = resolve));
  source.onPage = async (_place, page) => {
    reach();
    await gate;
    return page;
  };
  return { reached, go };
}

test('what lies at the source comes to the catalog and the portal; again nothing is written', async () => {
  const setting = await begin();
  setting.source.put('a', things(1, 3));
  const run = await setting.flow.run();
  expect(run).toMatchObject({ state: 'completed', cause: 'rest', totals: { created: 3, updated: 0, deleted: 0, failed: 0 } });
  expectSums(run);
  expect(kindOf(run, 'a')).toMatchObject({ state: 'completed', rows: { received: 3, stored: 3 }, resources: [{ index: 0, blueprint: 'a', raw: 3, items: 3, mapped: 3, delivered: 3, created: 3, unchanged: 0 }] });
  expect([...setting.portal.entities.keys()].sort()).toEqual(['a/a1', 'a/a2', 'a/a3']);
  const before = await catalogOf(setting.store);
  const calls = setting.portal.calls.length;
  const again = await setting.flow.run();
  expectSums(again);
  expect(again).toMatchObject({ state: 'completed', totals: { created: 0, updated: 0, deleted: 0, failed: 0 } });
  expect(kindOf(again, 'a')).toMatchObject({ rows: { received: 3, unchanged: 3 }, resources: [{ raw: 0, mapped: 0 }] });
  expect(await catalogOf(setting.store)).toEqual(before);
  expect(setting.portal.calls).toHaveLength(calls);
});

describe('requests', () => {
  test('while a run is running, the first request queues one follow-up and all later ones join that', async () => {
    const setting = await begin();
    setting.source.put('a', things(1, 1));
    const held = holdSource(setting.source);
    const ask = (more = {}) => setting.flow.resync.request({ identifier: 'entry', cause: 'rest', ...more });
    const first = await ask();
    await held.reached;
    const second = await ask();
    const third = await ask({ kinds: ['a'], force: true });
    expect([first.status, second.status, third.status]).toEqual(['running', 'queued', 'queued']);
    expect([first.joined, second.joined, third.joined]).toEqual([false, false, true]);
    expect(third.runId).toBe(second.runId);
    expect(second.runId).not.toBe(first.runId);
    setting.source.put('a', things(1, 2)); // behind the reader
    setting.source.onPage = (_place, page) => page;
    held.go();
    const followed = await setting.flow.resync.ended(second.runId);
    expect(followed.force).toBe(true);
    expect(followed.only).toBeUndefined();
    expect(await identifiersOf(setting.store)).toEqual(['a1', 'a2']);
  });

  test('an id that a run answers already is answered with that run, also after it ended', async () => {
    const setting = await begin();
    setting.source.put('a', things(1, 1));
    const first = await setting.flow.resync.request({ identifier: 'entry', cause: 'kafka', id: 'topic/0/7' });
    await setting.flow.resync.ended(first.runId);
    const second = await setting.flow.resync.request({ identifier: 'entry', cause: 'kafka', id: 'topic/0/7' });
    expect(second).toMatchObject({ runId: first.runId, joined: true });
    expect((await setting.flow.resync.settled(['entry'])).get('entry')!.runId).toBe(first.runId);
  });

  test('requests for some kinds that join read the kinds of both', async () => {
    const setting = await begin({ a: {}, b: {}, c: {} });
    setting.source.put('a', things(1, 1));
    const held = holdSource(setting.source);
    await setting.flow.resync.request({ identifier: 'entry', cause: 'rest', kinds: ['a'] });
    await held.reached;
    await setting.flow.resync.request({ identifier: 'entry', cause: 'rest', kinds: ['a'] });
    const { runId } = await setting.flow.resync.request({ identifier: 'entry', cause: 'rest', kinds: ['c'] });
    setting.source.onPage = (_place, page) => page;
    held.go();
    expect((await setting.flow.resync.ended(runId)).kinds.map((kind) => kind.kind)).toEqual(['a', 'c']);
  });

  test('a queued run for a changed mapping that another request joins reads the source', async () => {
    const setting = await begin();
    setting.source.put('a', things(1, 1));
    const held = holdSource(setting.source);
    await setting.flow.resync.request({ identifier: 'entry', cause: 'rest' });
    await held.reached;
    const mapping = await setting.flow.resync.request({ identifier: 'entry', cause: 'mapping' });
    const rest = await setting.flow.resync.request({ identifier: 'entry', cause: 'rest' });
    expect(rest.runId).toBe(mapping.runId);
    setting.source.put('a', things(1, 2));
    setting.source.onPage = (_place, page) => page;
    held.go();
    expect((await setting.flow.resync.ended(rest.runId)).cause).toBe('rest');
    expect(await identifiersOf(setting.store)).toEqual(['a1', 'a2']);
  });

  test('force sends everything again, and nothing of it counts as created', async () => {
    const setting = await begin();
    setting.source.put('a', things(1, 3));
    await setting.flow.run();
    const calls = setting.portal.calls.length;
    const run = await setting.flow.run({ force: true });
    expectSums(run);
    expect(run).toMatchObject({ state: 'completed', totals: { created: 0, updated: 3, failed: 0 } });
    expect(kindOf(run, 'a').resources[0]).toMatchObject({ resent: 3, delivered: 3, created: 0 });
    expect(setting.portal.calls).toHaveLength(calls + 3);
  });

  test('an entry that is not there is refused', async () => {
    const setting = await begin();
    await expect(setting.flow.resync.request({ identifier: 'nobody', cause: 'rest' })).rejects.toMatchObject({ code: 'ENTRY_UNKNOWN' });
  });
});

describe('cancel', () => {
  test('a running run ends as aborted with true counters, deletes nothing, and the follow-up begins', async () => {
    const setting = await begin({ a: { pageSize: 2 } });
    setting.source.put('a', things(1, 6));
    await setting.flow.run();
    setting.source.put('a', things(3, 6, 2));
    let reach = (): void => undefined;
    const reached = new Promise<void>((resolve) => (reach = resolve));
    setting.source.onPage = (place, page) =>
      place.page === 0
        ? page
        : new Promise((_, reject) => {
            place.signal.addEventListener('abort', () => reject(place.signal.reason as Error));
            reach();
          });
    const { runId } = await setting.flow.resync.request({ identifier: 'entry', cause: 'rest' });
    await reached;
    const next = await setting.flow.resync.request({ identifier: 'entry', cause: 'rest' });
    setting.source.onPage = (_place, page) => page;
    expect(await setting.flow.resync.cancel(runId)).toBe('cancelled');
    const run = await setting.flow.resync.ended(runId);
    expectSums(run);
    expect(run).toMatchObject({ state: 'aborted', error: 'cancelled', totals: { updated: 2, deleted: 0 } });
    expect(kindOf(run, 'a').state).toBe('aborted');
    const followed = await setting.flow.resync.ended(next.runId);
    expect(followed.state).toBe('completed');
    expect(kindOf(followed, 'a').generation).toBe(3);
    expect(await identifiersOf(setting.store)).toEqual(['a3', 'a4', 'a5', 'a6']);
    expect(await setting.flow.resync.cancel(runId)).toBe('aborted');
    expect(await setting.flow.resync.cancel('nobody')).toBe('unknown');
  });

  test('a queued run', async () => {
    const setting = await begin();
    setting.source.put('a', things(1, 1));
    const held = holdSource(setting.source);
    const first = await setting.flow.resync.request({ identifier: 'entry', cause: 'rest' });
    await held.reached;
    const { runId } = await setting.flow.resync.request({ identifier: 'entry', cause: 'rest' });
    expect(await setting.flow.resync.cancel(runId)).toBe('cancelled');
    held.go();
    expect((await setting.flow.resync.ended(first.runId)).state).toBe('completed');
    expect((await setting.flow.resync.ended(runId)).state).toBe('aborted');
  });

  test('a run that waits for a mapping', async () => {
    const setting = await begin();
    setting.mapping = undefined;
    const { runId } = await setting.flow.resync.request({ identifier: 'entry', cause: 'rest' });
    while ((await setting.store.documents.get<Run>('runs', runId))!.state !== 'queued') await new Promise((resolve) => setImmediate(resolve));
    expect(await setting.flow.resync.cancel(runId)).toBe('cancelled');
    expect((await setting.flow.resync.ended(runId)).state).toBe('aborted');
    expect(await setting.flow.resync.settled(['entry'])).toBeDefined();
  });
});

describe('the mapping', () => {
  test('as long as none is known, the run waits as queued; then it reads', async () => {
    const clock = handClock();
    const store = await data.open();
    const source = createSource({ a: {} });
    source.put('a', things(1, 1));
    const known: { mapping?: Mapping } = {};
    const flow = await data.flow({ store, clock, entry: entryOf(source.integration), mapping: () => known.mapping });
    const { runId } = await flow.resync.request({ identifier: 'entry', cause: 'start' });
    while ((await store.documents.get<Run>('runs', runId))!.state !== 'queued') await new Promise((resolve) => setImmediate(resolve));
    expect(source.reads).toEqual([]);
    known.mapping = { resources: [resource('a')] };
    let ended: Run | undefined;
    void flow.resync.ended(runId).then((run) => (ended = run));
    while (!ended) {
      clock.advance(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(ended.state).toBe('completed');
    expect(await identifiersOf(store)).toEqual(['a1']);
  });

  test.each([[{ resources: [] }], [{} as Mapping]])('an empty one, %o, fails the run, reads nothing and deletes nothing', async (empty) => {
    const setting = await begin();
    setting.source.put('a', things(1, 2));
    await setting.flow.run();
    const reads = setting.source.reads.length;
    setting.mapping = empty;
    const run = await setting.flow.run();
    expect(run).toMatchObject({ state: 'failed', error: expect.stringContaining('no resources') as string, kinds: [] });
    expect(setting.source.reads).toHaveLength(reads);
    expect(await identifiersOf(setting.store)).toEqual(['a1', 'a2']);
  });

  test('a changed one re-maps what is stored: a run of that cause asks the source nothing', async () => {
    const setting = await begin();
    setting.source.put('a', things(1, 3));
    await setting.flow.run();
    setting.source.put('a', []); // nobody looks
    setting.mapping = { resources: [resource('a', { entity: { properties: { twice: '.n * 2' } } })] };
    const run = await setting.flow.run({ cause: 'mapping' });
    expectSums(run);
    expect(run).toMatchObject({ state: 'completed', totals: { updated: 3 } });
    expect(kindOf(run, 'a').rows.received).toBe(0);
    expect(setting.source.reads).toEqual(['a/all', 'a/all']);
    expect((await catalogOf(setting.store)).map((document) => document.properties)).toEqual(['{"twice":2}', '{"twice":2}', '{"twice":2}']);
    const again = await setting.flow.run({ cause: 'mapping' });
    expect(again.totals).toEqual({ created: 0, updated: 0, deleted: 0, failed: 0 });
  });

  test('a changed one that a full run meets is applied to every row, seen again or not', async () => {
    const setting = await begin({ a: { partitions: ['p', 'q'] } });
    setting.source.put('a', [{ id: 'a1', part: 'p', n: 1 }, { id: 'a2', part: 'q', n: 1 }]);
    await setting.flow.run();
    setting.mapping = { resources: [resource('a', { entity: { properties: { twice: '.n * 2' } } })] };
    setting.source.onPage = (place, page) => {
      if (place.partition === 'q') throw new Error('the source breaks');
      return page;
    };
    await setting.flow.run();
    expect((await catalogOf(setting.store)).map((document) => document.properties)).toEqual(['{"twice":2}', '{"twice":2}']);
  });

  test('a kind that the integration does not offer fails, and no other', async () => {
    const setting = await begin();
    setting.source.put('a', things(1, 1));
    setting.mapping = { resources: [resource('ghost'), resource('a')] };
    const run = await setting.flow.run();
    expect(run.state).toBe('failed');
    expect(kindOf(run, 'ghost')).toMatchObject({ state: 'failed', reason: expect.stringContaining('ghost') as string });
    expect(kindOf(run, 'a').state).toBe('completed');
  });
});

test('settings that decide membership and have changed abandon the open run, and a new generation begins (I13)', async () => {
  const setting = await begin({ a: { pageSize: 1 } });
  setting.source.put('a', things(1, 3));
  const held = holdSource(setting.source);
  const { runId } = await setting.flow.resync.request({ identifier: 'entry', cause: 'rest', force: true });
  await held.reached;
  const stopped = setting.flow.stop();
  held.go();
  await stopped;
  setting.source.onPage = (_place, page) => page;
  setting.source.reads.length = 0;
  const next = await setting.again('other');
  await next.resync.start();
  const old = await next.resync.ended(runId);
  expectSums(old);
  expect(old).toMatchObject({ state: 'aborted', error: expect.stringContaining('settings') as string });
  const run = (await next.resync.settled(['entry'])).get('entry')!;
  expect(run.runId).not.toBe(runId);
  expect(run).toMatchObject({ state: 'completed', cause: 'rest', force: true });
  expect(kindOf(run, 'a').generation).toBe(2);
  expect(setting.source.reads).toHaveLength(3);
  expect(await identifiersOf(setting.store)).toEqual(['a1', 'a2', 'a3']);
});

test('a resumed run, and a request that came before the stop: first the one, then the other', async () => {
  const setting = await begin();
  setting.source.put('a', things(1, 3));
  const held = holdSource(setting.source);
  const first = await setting.flow.resync.request({ identifier: 'entry', cause: 'rest' });
  await held.reached;
  const second = await setting.flow.resync.request({ identifier: 'entry', cause: 'rest' });
  const stopped = setting.flow.stop();
  held.go();
  await stopped;
  setting.source.onPage = (_place, page) => page;
  const next = await setting.again();
  await next.resync.start();
  await next.resync.settled(['entry']);
  const generations = await Promise.all([first, second].map(async ({ runId }) => kindOf((await setting.store.documents.get<Run>('runs', runId))!, 'a').generation));
  expect(generations).toEqual([1, 2]);
  expect((await createTicks(setting.store, systemClock).read({ integration: 'entry', kind: 'a' }))!.generation).toBe(2);
});

test('a kind that had failed before the stop is tried again by the resumed run', async () => {
  const setting = await begin({ a: { partitions: ['p'] }, b: {} });
  setting.source.put('a', [{ id: 'a1', part: 'p', n: 1 }]);
  setting.source.put('b', [{ id: 'b1', n: 1 }]);
  const kind = setting.source.integration.kinds![0]!;
  const { partitions } = kind;
  Object.assign(kind, { partitions: () => Promise.reject(new Error('no list')) });
  const held = holdSource(setting.source);
  const { runId } = await setting.flow.resync.request({ identifier: 'entry', cause: 'rest' });
  await held.reached;
  while (kindOf((await setting.store.documents.get<Run>('runs', runId))!, 'a')?.state !== 'failed') await new Promise((resolve) => setImmediate(resolve));
  const stopped = setting.flow.stop();
  held.go();
  await stopped;
  Object.assign(kind, { partitions });
  const next = await setting.again();
  await next.resync.start();
  const run = await next.resync.ended(runId);
  expectSums(run);
  expect(run.state).toBe('completed');
  expect(kindOf(run, 'a').reason).toBeUndefined();
  expect(await identifiersOf(setting.store)).toEqual(['a1', 'b1']);
});

test('a store that is away for a while fails no kind: the run goes on when it is back', async () => {
  const clock = handClock();
  const real = await data.open();
  const source = createSource({ a: { pageSize: 1 }, b: {} });
  source.put('a', things(1, 3));
  source.put('b', [{ id: 'b1', n: 1 }]);
  let away = 0;
  const { FrameworkError } = await import('../contract');
  const store: Store = {
    ...real,
    rows: {
      ...real.rows,
      observe: (batch, checkpoint) => (batch.scope.kind === 'a' && away++ === 1 ? Promise.reject(new FrameworkError('STORE_UNREACHABLE', ['for a moment'])) : real.rows.observe(batch, checkpoint)),
    },
  };
  const flow = await data.flow({ store, clock, entry: entryOf(source.integration), mapping: () => ({ resources: [resource('a'), resource('b')] }) });
  let run: Run | undefined;
  void flow.run().then((ended) => (run = ended));
  while (!run) {
    clock.advance(500);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expectSums(run);
  expect(run.state).toBe('completed');
  expect(kindOf(run, 'a')).toMatchObject({ generation: 1, rows: { received: 3 } });
  expect(await identifiersOf(real)).toEqual(['a1', 'a2', 'a3', 'b1']);
});

test('a process that was thought dead and comes to the end of its run does not end it a second time', async () => {
  const setting = await begin();
  setting.source.put('a', things(1, 2));
  let reach = (): void => undefined;
  let go = (): void => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const gate = new Promise<void>((resolve) => (go = resolve));
  setting.portal.before = async () => {
    reach();
    await gate;
  };
  const { runId } = await setting.flow.resync.request({ identifier: 'entry', cause: 'rest' });
  await reached;
  setting.portal.before = async () => undefined;
  const other = await setting.again();
  await other.resync.start();
  const run = await other.resync.ended(runId);
  expect(run.state).toBe('completed');
  go();
  await setting.flow.resync.settled(['entry']);
  await setting.flow.stop();
  expect(await setting.store.documents.get<Run>('runs', runId)).toEqual(run);
});
