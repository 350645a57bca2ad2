import type { GuardSettings } from '../config';
import { createTicks, type Run, type RunKind, type Store } from '../store';
import { hashText, systemClock, toJson } from '../shared';
import { createSource, type KindOptions, type Source, type Thing } from '../../test/flow/source';
import { entryOf, expectSums, identifiersOf, resource, useStore, type Flow } from '../../test/flow/flow';
import { sweepPolicy } from './sweep';

const data = useStore();
const things = (from: number, to: number): Thing[] => Array.from({ length: to - from + 1 }, (_, at) => ({ id: `a${String(from + at).padStart(3, '0')}`, n: 1 }));
const kindOf = (run: Run): RunKind => run.kinds[0]!;
const scope = { integration: 'entry', kind: 'a' };

interface Setting {
  readonly store: Store;
  readonly source: Source;
  readonly flow: Flow;
}
async function begin(kind: KindOptions = {}, guard: GuardSettings = { on: false, share: 0.3, atLeast: 10 }, selector: Readonly<Record<string, unknown>> = {}): Promise<Setting> {
  const store = await data.open();
  const source = createSource({ a: { pageSize: 50, ...kind } });
  const flow = await data.flow({ store, entry: entryOf(source.integration, { guard }), mapping: () => ({ entityDeletionThreshold: 1, resources: [resource('a', { selector })] }) });
  return { store, source, flow };
}
/** The first state is read, then the source changes, and is read again. */
async function change(setting: Setting, before: readonly Thing[], after: readonly Thing[]): Promise<Run> {
  setting.source.put('a', before);
  await setting.flow.run();
  setting.source.put('a', after);
  const run = await setting.flow.run();
  expectSums(run);
  return run;
}

describe('the guard', () => {
  const on = (more: Partial<GuardSettings> = {}): GuardSettings => ({ on: true, share: 0.3, atLeast: 2, ...more });
  test.each([
    ['a share that is allowed', on(), 20, 14, undefined],
    ['a larger share', on(), 20, 13, { rule: 'share', candidates: 7, alive: 20 }],
    ['few of few', on({ atLeast: 3 }), 4, 1, undefined],
    ['more than few', on({ atLeast: 2 }), 4, 1, { rule: 'share', candidates: 3, alive: 4 }],
    ['nothing seen at all', on({ atLeast: 100, share: 1 }), 3, 0, { rule: 'nothing-seen', candidates: 3, alive: 3 }],
    ['guard off', { on: false, share: 0, atLeast: 0 }, 20, 0, undefined],
  ] as const)('%s', async (_name, guard, before, after, held) => {
    const setting = await begin({}, guard);
    const run = await change(setting, things(1, before), things(1, after));
    expect(kindOf(run).guard).toEqual(held);
    expect(run.state).toBe(held ? 'needs-release' : 'completed');
    // Held sweeps delete nothing, and say so (I8).
    expect(await setting.store.rows.alive(scope)).toBe(held ? before : after);
    expect(await identifiersOf(setting.store)).toHaveLength(held ? before : after);
  });

  test('a released sweep goes on without asking the source, and covers the threshold', async () => {
    const setting = await begin({}, on());
    const run = await change(setting, things(1, 20), []);
    const reads = setting.source.reads.length;
    expect(await setting.flow.resync.release(run.runId)).toBe('released');
    const ended = await setting.flow.resync.ended(run.runId);
    expectSums(ended);
    expect(ended).toMatchObject({ state: 'completed', released: true, totals: { deleted: 20 } });
    expect(kindOf(ended)).toMatchObject({ state: 'completed', rows: { gone: 20 } });
    expect(setting.source.reads).toHaveLength(reads);
    expect(await identifiersOf(setting.store)).toEqual([]);
    expect(await setting.flow.resync.release(run.runId)).toBe('completed');
    expect(await setting.flow.resync.release('nobody')).toBe('unknown');
  });

  test('a release spares the partitions that were not complete, also after a later run that replaced nothing', async () => {
    const store = await data.open();
    const source = createSource({ p: {}, a: { parent: 'p' } });
    const mapping = { entityDeletionThreshold: 1, resources: [resource('a')] };
    const flow = await data.flow({ store, entry: entryOf(source.integration, { guard: on({ atLeast: 0, share: 0 }) }), mapping: () => mapping });
    const of = (part: string, list: readonly Thing[]): Thing[] => list.map((thing) => ({ ...thing, part }));
    source.put('p', [{ id: 'p1' }, { id: 'p2' }]);
    source.put('a', [...of('p1', things(1, 3)), ...of('p2', things(4, 6))]);
    await flow.run();
    source.put('a', of('p1', things(1, 1)));
    source.onPage = (place, page) => (place.partition === 'p2' ? { ...page, incomplete: 'capped' } : page);
    const held = await flow.run();
    expect(held.kinds[1]).toMatchObject({ state: 'needs-release', guard: { candidates: 2 } });
    source.onPage = (place, page) => {
      if (place.kind === 'p') throw new Error('the source breaks');
      return page;
    };
    await flow.run();
    expect((await store.documents.get<Run>('runs', held.runId))!.state).toBe('needs-release');
    await flow.resync.release(held.runId);
    const ended = await flow.resync.ended(held.runId);
    expect(ended.kinds[1]).toMatchObject({ state: 'incomplete', rows: { gone: 2 } });
    expect(await identifiersOf(store)).toEqual(['a001', 'a004', 'a005', 'a006']);
  });

  test('a later run that holds or sweeps the kind takes the place of the held one', async () => {
    const setting = await begin({}, on());
    const first = await change(setting, things(1, 20), things(1, 5));
    const second = await setting.flow.run();
    expect(second.state).toBe('needs-release');
    const older = (await setting.store.documents.get<Run>('runs', first.runId))!;
    expect(older.state).toBe('aborted');
    expect(kindOf(older)).toMatchObject({ state: 'aborted', reason: 'superseded' });
    expect(await setting.flow.resync.release(first.runId)).toBe('aborted');
    setting.source.put('a', things(1, 20));
    expect((await setting.flow.run()).state).toBe('completed');
    expect((await setting.store.documents.get<Run>('runs', second.runId))!.state).toBe('aborted');
    expect(await identifiersOf(setting.store)).toHaveLength(20);
  });

  test('a release waits for the run that is running, and nobody joins the released one', async () => {
    const setting = await begin({}, on());
    const held = await change(setting, things(1, 20), things(1, 5));
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    let reach = (): void => undefined;
    const reached = new Promise<void>((resolve) => (reach = resolve));
    setting.source.onPage = async (_place, page) => {
      reach();
      await gate;
      throw new Error(`the source breaks after ${page.rows.length} rows`);
    };
    const running = await setting.flow.resync.request({ identifier: 'entry', cause: 'rest' });
    await reached;
    expect(await setting.flow.resync.release(held.runId)).toBe('released');
    expect((await setting.store.documents.get<Run>('runs', held.runId))!.state).toBe('queued');
    const later = await setting.flow.resync.request({ identifier: 'entry', cause: 'rest' });
    expect([held.runId, running.runId]).not.toContain(later.runId);
    setting.source.onPage = (_place, page) => page;
    go();
    expect((await setting.flow.resync.ended(running.runId)).state).toBe('failed');
    expect((await setting.flow.resync.ended(held.runId)).state).toBe('completed');
    expect((await setting.flow.resync.ended(later.runId)).state).toBe('completed');
    expect(await identifiersOf(setting.store)).toEqual(things(1, 5).map((thing) => thing.id));
  });
});

describe('how absence is proven', () => {
  test.each([
    [{ paging: 'stable' }, 'immediate'],
    [{ paging: 'drifting', gettable: true }, 'verify'],
    [{ paging: 'drifting' }, 'never'],
    [{ paging: 'stable', gettable: true, member: (): boolean => true }, 'verify'],
    [{ paging: 'stable', member: (): boolean => true }, 'immediate'],
    [{ paging: 'drifting', member: (): boolean => true }, 'never'],
  ] as const satisfies readonly (readonly [KindOptions, string])[])('%o: %s', (options: KindOptions, policy: string) => {
    expect(sweepPolicy(createSource({ a: options }).integration.kinds![0]!)).toBe(policy);
  });

  test('a drifting list only raises the question: what get still finds stays, what it does not find goes', async () => {
    const setting = await begin({ paging: 'drifting', gettable: true });
    setting.source.put('a', things(1, 5));
    await setting.flow.run();
    setting.source.put('a', things(1, 4));
    setting.source.onPage = (_place, page) => ({ ...page, rows: page.rows.filter((row) => row.id !== 'a002') });
    const run = await setting.flow.run();
    expect([...setting.source.asked].sort()).toEqual(['a002', 'a005']);
    expect(kindOf(run)).toMatchObject({ state: 'completed', rows: { gone: 1 } });
    expect(await identifiersOf(setting.store)).toEqual(['a001', 'a002', 'a003', 'a004']);
  });

  test('a question that the source does not answer stays open, makes the kind fail, and deletes nothing', async () => {
    const setting = await begin({ paging: 'drifting', gettable: true });
    setting.source.put('a', things(1, 4));
    await setting.flow.run();
    setting.source.put('a', things(1, 2));
    setting.source.onGet = (_kind, key) => {
      if (key === 'a004') throw new Error('get breaks');
    };
    const run = await setting.flow.run();
    expect(kindOf(run)).toMatchObject({ state: 'failed', reason: expect.stringContaining('get breaks') as string, rows: { gone: 1 } });
    expect(await setting.store.rows.find({ integration: 'entry', asking: true, limit: 9 })).toMatchObject([{ key: 'a004', gone: false }]);
    expect(await identifiersOf(setting.store)).toContain('a004');
    setting.source.onGet = () => undefined;
    expect((await setting.flow.run()).state).toBe('completed');
    expect(await identifiersOf(setting.store)).toEqual(['a001', 'a002']);
  });

  test('a drifting kind that cannot be asked is never swept, and says so', async () => {
    const setting = await begin({ paging: 'drifting' });
    const run = await change(setting, things(1, 3), things(1, 1));
    expect(kindOf(run)).toMatchObject({ state: 'completed', rows: { gone: 0 }, reason: expect.stringContaining('nothing is ever swept') as string });
    expect(await identifiersOf(setting.store)).toHaveLength(3);
  });

  test('a thing that left the selection exists, and goes: member is asked with the selectors of the mapping', async () => {
    const seen: unknown[] = [];
    const setting = await begin(
      {
        gettable: true,
        selects: (_selector, thing) => thing['open'] === true,
        member(context, thing): boolean {
          seen.push(context.selectors);
          return thing['open'] === true;
        },
      },
      undefined,
      { state: 'open' },
    );
    const run = await change(setting, [{ id: 'a1', open: true }, { id: 'a2', open: true }], [{ id: 'a1', open: true }, { id: 'a2', open: false }]);
    expect(kindOf(run).rows.gone).toBe(1);
    expect(seen).toEqual([[{ state: 'open' }]]);
    expect(await identifiersOf(setting.store)).toEqual(['a1']);
  });
});

test('what an event says while the run goes on is not swept by it (I5)', async () => {
  const setting = await begin({ gettable: true, versioned: true });
  setting.source.put('a', things(1, 3).map((thing) => ({ ...thing, version: 1 })));
  await setting.flow.run();
  // The list was read before a003 came back; an event tells of it meanwhile.
  setting.source.put('a', things(1, 2).map((thing) => ({ ...thing, version: 1 })));
  setting.source.onPage = async (_place, page) => {
    const back = { id: 'a003', n: 5, version: 2 };
    setting.source.put('a', [...setting.source.all('a'), back]);
    const text = toJson(back);
    const stamp = await createTicks(setting.store, systemClock).next(scope);
    await setting.store.rows.claim({ scope, truth: 'listed', claims: [{ key: 'a003', stamp, is: 'present', version: 2, text, hash: hashText(text) }], mapping: '', at: Date.now() });
    return page;
  };
  const run = await setting.flow.run();
  expect(kindOf(run).rows.gone).toBe(0);
  expect(setting.source.asked).toEqual(['a003']);
  expect(JSON.parse((await setting.store.catalog.get('a', 'a003'))!.properties)).toEqual({ n: 5 });
});
