import type { Mapping } from '../contract';
import { compileMapping } from '../pipeline';
import type { Run, RunKind, Store } from '../store';
import { createPortal, type FakePortal } from '../../test/flow/portal';
import { createSource, type KindOptions, type Source, type Thing } from '../../test/flow/source';
import { blueprint, entryOf, expectSums, identifiersOf, LIMITS, resource, useStore, type Flow } from '../../test/flow/flow';

const data = useStore();
const GUARD_OFF = { on: false, share: 0.3, atLeast: 10 };
const ids = (from: number, to: number, n = 1, prefix = 'a'): Thing[] => Array.from({ length: to - from + 1 }, (_, at) => ({ id: `${prefix}${String(from + at).padStart(3, '0')}`, n }));
const kindOf = (run: Run, name: string): RunKind => run.kinds.find((kind) => kind.kind === name)!;

interface Setting {
  readonly store: Store;
  readonly source: Source;
  readonly portal: FakePortal;
  readonly flow: Flow;
  mapping: Mapping;
}

async function begin(kinds: Readonly<Record<string, KindOptions>>, mapping: Mapping, portal = createPortal()): Promise<Setting> {
  const store = await data.open();
  const source = createSource(kinds);
  const setting = { store, source, portal, mapping } as Setting;
  const blueprints = [blueprint('a', { other: 'b' }), blueprint('b')];
  return Object.assign(setting, { flow: await data.flow({ store, portal, entry: entryOf(source.integration, { guard: GUARD_OFF, blueprints }), mapping: () => setting.mapping }) });
}

describe('the threshold (mapping-semantics 13.3), with guard off', () => {
  interface Line {
    readonly stored: readonly Thing[];
    readonly now: readonly Thing[];
    readonly threshold: number | null;
    readonly deleted: number;
    readonly held?: boolean;
  }
  const table: Readonly<Record<string, Line>> = {
    'nothing is stale': { stored: ids(1, 3), now: ids(1, 3), threshold: 0.9, deleted: 0 },
    'one of three': { stored: ids(1, 3), now: ids(1, 2), threshold: 0.9, deleted: 1 },
    'all of three are held': { stored: ids(1, 3), now: [], threshold: 0.9, deleted: 0, held: true },
    'all of two are held at one half': { stored: ids(1, 2), now: [], threshold: 0.5, deleted: 0, held: true },
    '0 means never': { stored: ids(1, 2), now: ids(2, 3), threshold: 0, deleted: 0, held: true },
    'null is 0': { stored: ids(1, 2), now: ids(1, 1), threshold: null, deleted: 0, held: true },
    'equal is allowed': { stored: ids(1, 10), now: ids(1, 1), threshold: 0.9, deleted: 9 },
    '1 means always': { stored: ids(1, 3), now: [], threshold: 1, deleted: 3 },
    'five of a hundred': { stored: ids(1, 100), now: ids(1, 95), threshold: 0.9, deleted: 5 },
    'what is rewritten counts as stored': { stored: ids(1, 100), now: ids(1, 95, 2), threshold: 0.9, deleted: 5 },
    'new ones do not enlarge the population': { stored: ids(1, 10), now: ids(11, 20), threshold: 0.9, deleted: 0, held: true },
    'nothing was stored': { stored: [], now: ids(1, 5), threshold: 0.9, deleted: 0 },
  };
  test.each(Object.entries(table))('%s', async (_name, line) => {
    const setting = await begin({ a: { pageSize: 50 } }, { entityDeletionThreshold: line.threshold, resources: [resource('a')] });
    setting.source.put('a', line.stored);
    await setting.flow.run();
    setting.source.put('a', line.now);
    const run = await setting.flow.run();
    expectSums(run);
    expect(run.totals.deleted).toBe(line.deleted);
    const wanted = new Set([...line.now, ...(line.held ? line.stored : [])].map((thing) => thing.id));
    expect(await identifiersOf(setting.store)).toEqual([...wanted].sort());
    expect([...setting.portal.entities.values()].map((entity) => entity.identifier).sort()).toEqual([...wanted].sort());
    expect(run.state).toBe(line.held ? 'needs-release' : 'completed');
    if (line.held) {
      const gone = line.stored.filter((thing) => !line.now.some((other) => other.id === thing.id)).length;
      expect(kindOf(run, 'a').guard).toEqual({ rule: 'threshold', candidates: gone, alive: line.stored.length });
    }
  });

  test('each kind has its own share', async () => {
    const setting = await begin({ a: {}, b: { pageSize: 50 } }, { resources: [resource('a'), resource('b')] });
    setting.source.put('a', ids(1, 3));
    setting.source.put('b', ids(1, 97, 1, 'b'));
    await setting.flow.run();
    setting.source.put('a', []);
    const run = await setting.flow.run();
    expect(await identifiersOf(setting.store, 'a')).toHaveLength(3);
    expect([kindOf(run, 'a').state, kindOf(run, 'b').state]).toEqual(['needs-release', 'completed']);
  });

  test('held ones still count as stored with the next run, and go with the release', async () => {
    const setting = await begin({ a: {} }, { resources: [resource('a')] });
    setting.source.put('a', ids(1, 3));
    await setting.flow.run();
    setting.source.put('a', []);
    await setting.flow.run();
    const run = await setting.flow.run();
    expect(kindOf(run, 'a').guard).toEqual({ rule: 'threshold', candidates: 3, alive: 3 });
    expect(await setting.flow.resync.release(run.runId)).toBe('released');
    const released = await setting.flow.resync.ended(run.runId);
    expect(released).toMatchObject({ state: 'completed', totals: { deleted: 3 } });
    expect(kindOf(released, 'a').guard).toBeUndefined();
    expect(await identifiersOf(setting.store)).toEqual([]);
    expect(setting.portal.entities.size).toBe(0);
  });

  test('a changed mapping has the population of what is stored, and is held like any other', async () => {
    const setting = await begin({ a: {} }, { resources: [resource('a')] });
    setting.source.put('a', ids(1, 4));
    await setting.flow.run();
    const reads = setting.source.reads.length;
    setting.mapping = { resources: [resource('a', { query: '.id != "a001"' })] };
    const run = await setting.flow.run({ cause: 'mapping' });
    expect(run).toMatchObject({ state: 'completed', totals: { deleted: 1 } });
    setting.mapping = { resources: [resource('a', { query: 'false' })] };
    const held = await setting.flow.run({ cause: 'mapping' });
    expect(held.state).toBe('needs-release');
    expect(kindOf(held, 'a').guard).toEqual({ rule: 'threshold', candidates: 3, alive: 3 });
    expect(setting.source.reads).toHaveLength(reads);
    expect(await identifiersOf(setting.store)).toHaveLength(3);
  });
});

describe('items that could not be judged (13.2)', () => {
  test('an identity that only the selector could not judge is protected, though another row gave it', async () => {
    const setting = await begin({ a: {} }, { entityDeletionThreshold: 1, resources: [resource('a', { query: '.n < 10', entity: { identifier: '.name' } })] });
    setting.source.put('a', [{ id: '1', name: 'x', n: 1 }, { id: '2', name: 'y', n: 1 }, { id: '3', name: 'z', n: 1 }]);
    await setting.flow.run();
    // Another row gives x now, and its selector fails; y is plainly gone.
    setting.source.put('a', [{ id: '9', name: 'x', n: { no: 'number' } }, { id: '3', name: 'z', n: 1 }]);
    setting.mapping = { entityDeletionThreshold: 1, resources: [resource('a', { query: '.n + 1 < 10', entity: { identifier: '.name' } })] };
    const run = await setting.flow.run();
    expect(kindOf(run, 'a').resources[0]!.invalid).toEqual({ selectorError: 1 });
    expect(await identifiersOf(setting.store)).toEqual(['x', 'z']);
  });

  test('a row that cannot be judged keeps what it gave before', async () => {
    const setting = await begin({ a: {} }, { entityDeletionThreshold: 1, resources: [resource('a', { query: '.n + 1 < 10' })] });
    setting.source.put('a', ids(1, 3));
    await setting.flow.run();
    setting.source.put('a', [{ id: 'a001', n: { no: 'number' } }, ...ids(2, 3)]);
    await setting.flow.run();
    expect(await identifiersOf(setting.store)).toEqual(['a001', 'a002', 'a003']);
    // Neither does the next run, which does not look at it again, take it away.
    await setting.flow.run();
    expect(await identifiersOf(setting.store)).toEqual(['a001', 'a002', 'a003']);
    setting.source.put('a', [{ id: 'a001', n: 100 }, ...ids(2, 3)]);
    await setting.flow.run();
    expect(await identifiersOf(setting.store)).toEqual(['a002', 'a003']);
  });

  test.each([
    ['an identifier that fails', resource('a', { entity: { identifier: 'if .bad then error("no") else .id end' } })],
    ['items that are no list', resource('a', { port: { itemsToParse: 'if .bad then 5 else [.] end' }, entity: { identifier: '.item.id' } })],
  ])('%s: nothing of the kind goes, and the kind says why', async (_name, given) => {
    const setting = await begin({ a: {}, b: {} }, { entityDeletionThreshold: 1, resources: [given, resource('b')] });
    setting.source.put('a', ids(1, 3));
    setting.source.put('b', ids(1, 2, 1, 'b'));
    await setting.flow.run();
    expect(await identifiersOf(setting.store, 'a')).toHaveLength(3);
    setting.source.put('a', [{ id: 'a001', n: 2, bad: true }, ...ids(2, 2)]);
    setting.source.put('b', ids(1, 1, 1, 'b'));
    const run = await setting.flow.run();
    expectSums(run);
    expect(await identifiersOf(setting.store)).toEqual(['a001', 'a002', 'a003', 'b001']);
    expect(kindOf(run, 'a')).toMatchObject({ state: 'completed', reason: expect.stringContaining('nothing of this kind was deleted') as string });
  });

  test('an identity that is plainly null protects nothing: leaving it out is a way to filter', async () => {
    const setting = await begin({ a: {} }, { resources: [resource('a', { entity: { identifier: 'if .n > 1 then null else .id end' } })] });
    setting.source.put('a', ids(1, 3));
    await setting.flow.run();
    setting.source.put('a', [...ids(1, 1, 2), ...ids(2, 3)]);
    const run = await setting.flow.run();
    expect(run.totals.deleted).toBe(1);
    expect(await identifiersOf(setting.store)).toEqual(['a002', 'a003']);
  });

  test('a selector that is false, or null, does not judge: its entity is stale', async () => {
    const setting = await begin({ a: {} }, { resources: [resource('a', { query: 'if .n == 1 then true elif .n == 2 then false else null end' })] });
    setting.source.put('a', ids(1, 4));
    await setting.flow.run();
    setting.source.put('a', [...ids(1, 1, 2), ...ids(2, 2, 3), ...ids(3, 4)]);
    const run = await setting.flow.run();
    expect(kindOf(run, 'a').resources[0]).toMatchObject({ filtered: 2, selectorNull: 1, deleted: 2 });
    expect(await identifiersOf(setting.store)).toEqual(['a003', 'a004']);
  });
});

describe('what else keeps an entity (13.1, 13.4)', () => {
  const related = (create: boolean): Mapping => ({
    createMissingRelatedEntities: create,
    resources: [resource('a', { entity: { relations: { other: '.other' } } }), resource('b')],
  });
  test.each([
    [true, ['a001', 'b001'], 1],
    [false, ['a001'], 0],
  ])('a stale entity that another relates to, with createMissingRelatedEntities %s', async (create, left, kept) => {
    const setting = await begin({ a: {}, b: {} }, { ...related(create), entityDeletionThreshold: 1 });
    setting.source.put('a', [{ id: 'a001', n: 1, other: 'b001' }]);
    setting.source.put('b', ids(1, 2, 1, 'b'));
    await setting.flow.run();
    setting.source.put('b', []);
    const run = await setting.flow.run();
    expect(await identifiersOf(setting.store)).toEqual(left);
    expect(kindOf(run, 'b').resources[0]!.keptStale).toBe(kept);
  });

  test('a kind that was taken out of the mapping is held as its own group, and goes with the release', async () => {
    const setting = await begin({ a: {}, b: {} }, { resources: [resource('a'), resource('b')] });
    setting.source.put('a', ids(1, 9));
    setting.source.put('b', ids(1, 2, 1, 'b'));
    await setting.flow.run();
    setting.mapping = { resources: [resource('a')] };
    const run = await setting.flow.run();
    expect(kindOf(run, 'b')).toMatchObject({ state: 'needs-release', guard: { rule: 'threshold', candidates: 2, alive: 2 } });
    expect(await identifiersOf(setting.store, 'b')).toHaveLength(2);
    expect(await setting.flow.resync.release(run.runId)).toBe('released');
    expect((await setting.flow.resync.ended(run.runId)).state).toBe('completed');
    expect(await identifiersOf(setting.store, 'b')).toEqual([]);
    expect(await identifiersOf(setting.store, 'a')).toHaveLength(9);
    expect((await setting.flow.run()).kinds.map((kind) => kind.kind)).toEqual(['a']);
  });

  test('a kind that was taken out of the mapping goes at once with threshold 1', async () => {
    const setting = await begin({ a: {}, b: {} }, { entityDeletionThreshold: 1, resources: [resource('a'), resource('b')] });
    setting.source.put('a', ids(1, 2));
    setting.source.put('b', ids(1, 2, 1, 'b'));
    await setting.flow.run();
    setting.mapping = { entityDeletionThreshold: 1, resources: [resource('a')] };
    const run = await setting.flow.run({ cause: 'mapping' });
    expect(run).toMatchObject({ state: 'completed', totals: { deleted: 2 } });
    expect(await identifiersOf(setting.store)).toEqual(['a001', 'a002']);
  });

  test('a kind that comes back into the mapping is mapped from what is stored', async () => {
    const setting = await begin({ a: {}, b: {} }, { entityDeletionThreshold: 1, resources: [resource('a'), resource('b')] });
    setting.source.put('a', ids(1, 2));
    setting.source.put('b', ids(1, 2, 1, 'b'));
    const whole = setting.mapping;
    await setting.flow.run();
    setting.mapping = { entityDeletionThreshold: 1, resources: [resource('a')] };
    await setting.flow.run();
    setting.mapping = whole;
    await setting.flow.run({ cause: 'mapping' });
    expect(await identifiersOf(setting.store)).toEqual(['a001', 'a002', 'b001', 'b002']);
  });

  test('what the portal shows as ours before the first run is adopted; none of it goes by itself', async () => {
    const portal = createPortal();
    for (const id of ['a001', 'a002', 'old']) portal.lay('entry', 'a', id);
    portal.lay('entry', 'elsewhere', 'odd');
    portal.lay('somebody', 'a', 'theirs');
    const setting = await begin({ a: {} }, { entityDeletionThreshold: 1, resources: [resource('a')] }, portal);
    setting.source.put('a', ids(1, 1));
    const run = await setting.flow.run();
    expect(run).toMatchObject({ state: 'needs-release', totals: { created: 0, updated: 1, deleted: 0 } });
    expect(kindOf(run, 'a').guard).toEqual({ rule: 'unknown', candidates: 3, alive: 4 });
    expect([...portal.entities.keys()].sort()).toEqual(['a/a001', 'a/a002', 'a/old', 'a/theirs', 'elsewhere/odd']);
    const again = await setting.flow.run();
    expect(again.state).toBe('needs-release');
    await setting.flow.resync.release(again.runId);
    await setting.flow.resync.ended(again.runId);
    expect([...portal.entities.keys()].sort()).toEqual(['a/a001', 'a/theirs']);
  });

  describe('an entity that the portal made because one of ours relates to it', () => {
    /** Told by events before the first run, as an entry does that nobody lists. */
    async function pushed(setting: Setting, rows: readonly Thing[]): Promise<void> {
      setting.flow.pipeline.use(compileMapping(setting.mapping, LIMITS));
      const scope = { integration: 'entry', kind: 'a' };
      const observed = await setting.store.rows.observe({
        scope, truth: 'listed', by: 'get', stamp: 1, absent: [], mapping: '', at: Date.now(),
        rows: rows.map((row) => ({ key: row.id, text: JSON.stringify(row), hash: JSON.stringify(row) })),
      });
      const signal = new AbortController().signal;
      await setting.flow.pipeline.map('a', observed.dirty.map(({ _id, face }, at) => ({ _id, face, row: rows[at] as never })), { departures: 'now', signal });
      await setting.flow.pipeline.drained(signal);
    }

    test('is not held as unknown by the first run, and stays where it is', async () => {
      const setting = await begin({ a: {}, b: {} }, related(true));
      const rows = [{ id: 'a001', n: 1, other: 'b001' }];
      await pushed(setting, rows);
      setting.portal.lay('entry', 'b', 'b001');
      setting.source.put('a', rows);
      const run = await setting.flow.run();
      expect(run.state).toBe('completed');
      expect(kindOf(run, 'b').guard).toBeUndefined();
      expect((await setting.store.outputs.counts('entry')).held).toBe(0);
      expect([...setting.portal.entities.keys()].sort()).toEqual(['a/a001', 'b/b001']);
      // A row that comes to give it makes it ours, and its end deletes it.
      setting.source.put('b', ids(1, 2, 1, 'b'));
      expect((await setting.flow.run()).state).toBe('completed');
      setting.source.put('a', [{ id: 'a001', n: 1, other: 'b002' }]);
      setting.source.put('b', ids(2, 2, 1, 'b'));
      expect(await setting.flow.run()).toMatchObject({ state: 'completed', totals: { deleted: 1 } });
      expect([...setting.portal.entities.keys()].sort()).toEqual(['a/a001', 'b/b002']);
    });

    test('another one beside it is held, and the release ends it: the next run holds nothing', async () => {
      const setting = await begin({ a: {}, b: {} }, related(true));
      const rows = [{ id: 'a001', n: 1, other: 'b001' }];
      await pushed(setting, rows);
      setting.portal.lay('entry', 'b', 'b001');
      setting.portal.lay('entry', 'b', 'old');
      setting.source.put('a', rows);
      const held = await setting.flow.run();
      expect(kindOf(held, 'b').guard).toMatchObject({ rule: 'unknown', candidates: 1 });
      await setting.flow.resync.release(held.runId);
      expect(await setting.flow.resync.ended(held.runId)).toMatchObject({ state: 'completed', totals: { deleted: 1 } });
      expect((await setting.flow.run()).state).toBe('completed');
      expect((await setting.store.outputs.counts('entry')).held).toBe(0);
      expect([...setting.portal.entities.keys()].sort()).toEqual(['a/a001', 'b/b001']);
    });
  });

  test('of an incomplete kind goes what its complete partitions prove', async () => {
    const setting = await begin({ a: { partitions: ['p', 'q'] } }, { entityDeletionThreshold: 1, resources: [resource('a')] });
    const of = (part: string, list: readonly Thing[]): Thing[] => list.map((thing) => ({ ...thing, part }));
    setting.source.put('a', [...of('p', ids(1, 2)), ...of('q', ids(3, 4))]);
    await setting.flow.run();
    setting.source.put('a', [...of('p', ids(1, 1)), ...of('q', ids(3, 3))]);
    setting.source.onPage = (place, page) => {
      if (place.partition === 'q') throw new Error('the source breaks');
      return page;
    };
    const run = await setting.flow.run();
    expect(kindOf(run, 'a')).toMatchObject({ state: 'failed', rows: { gone: 1 } });
    expect(await identifiersOf(setting.store)).toEqual(['a001', 'a003', 'a004']);
    setting.source.onPage = (_place, page) => page;
    expect((await setting.flow.run()).state).toBe('completed');
    expect(await identifiersOf(setting.store)).toEqual(['a001', 'a003']);
  });

  test('a resource that does not compile, and a kind that is not offered, delete nothing of theirs', async () => {
    const setting = await begin({ a: {}, b: {} }, { entityDeletionThreshold: 1, resources: [resource('a'), resource('b')] });
    setting.source.put('a', ids(1, 2));
    setting.source.put('b', ids(1, 2, 1, 'b'));
    await setting.flow.run();
    setting.source.put('a', []);
    setting.source.put('b', []);
    setting.mapping = { entityDeletionThreshold: 1, resources: [resource('a', { query: '((' }), resource('b'), resource('c')] };
    const run = await setting.flow.run();
    expect(await identifiersOf(setting.store)).toEqual(['a001', 'a002']);
    expect(run.state).toBe('failed');
    expect(kindOf(run, 'c')).toMatchObject({ state: 'failed', reason: expect.stringContaining('c') as string });
    expect(kindOf(run, 'a').reason).toContain('does not compile');
  });

  test('a run for some kinds deletes nothing of the others', async () => {
    const setting = await begin({ a: {}, b: {} }, { entityDeletionThreshold: 1, resources: [resource('a'), resource('b')] });
    setting.source.put('a', ids(1, 2));
    setting.source.put('b', ids(1, 2, 1, 'b'));
    await setting.flow.run();
    setting.source.put('a', []);
    setting.source.put('b', []);
    const run = await setting.flow.run({ kinds: ['b'] });
    expect(run.kinds.map((kind) => kind.kind)).toEqual(['b']);
    expect(await identifiersOf(setting.store)).toEqual(['a001', 'a002']);
  });
});
