import { FrameworkError, SourceError, type Mapping } from '../contract';
import { rowId, scansOf, type Run, type RunKind, type Scan } from '../store';
import { createPortal } from '../../test/flow/portal';
import { createSource, type KindOptions, type Source, type Thing } from '../../test/flow/source';
import { entryOf, expectSums, identifiersOf, resource, useStore, type Flow } from '../../test/flow/flow';
import { handClock } from '../../test/flow/hand-clock';
import type { Store } from '../store';

const data = useStore();
const things = (from: number, to: number, more: Partial<Thing> = {}): Thing[] => Array.from({ length: to - from + 1 }, (_, at) => ({ id: `a${from + at}`, n: 1, ...more }));
const kindOf = (run: Run, name: string): RunKind => run.kinds.find((kind) => kind.kind === name)!;
const scope = { integration: 'entry', kind: 'a' };

interface Setting {
  readonly store: Store;
  readonly source: Source;
  readonly flow: Flow;
  mapping: Mapping;
}
async function begin(kinds: Readonly<Record<string, KindOptions>>, mapping: Mapping = { entityDeletionThreshold: 1, resources: Object.keys(kinds).map((kind) => resource(kind)) }): Promise<Setting> {
  const store = await data.open();
  const source = createSource(kinds);
  const setting = { store, source, mapping } as Setting;
  return Object.assign(setting, { flow: await data.flow({ store, portal: createPortal(), entry: entryOf(source.integration, { guard: { on: false, share: 0, atLeast: 0 } }), mapping: () => setting.mapping }) });
}
/** Resolves once the source is about to give this page; the page is given when `go` is called. */
function holdPage(source: Source, at: (place: { readonly partition: string; readonly page: number }) => boolean): { readonly reached: Promise<void>; go(): void } {
  let reach = (): void => undefined;
  let go = (): void => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const gate = new Promise<void>((resolve) => (go = resolve));
  source.onPage = async (place, page) => {
    if (!at(place)) return page;
    reach();
    await gate;
    return page;
  };
  return { reached, go };
}

test('a position is stored only after all rows of its page (I3)', async () => {
  const setting = await begin({ a: { pageSize: 2 } });
  setting.source.put('a', things(1, 5));
  const seen: { readonly position: unknown; readonly rows: number }[] = [];
  setting.source.onPage = async (_place, page) => {
    const [scan] = await scansOf(setting.store.documents, scope, 1);
    seen.push({ position: scan!.position, rows: await setting.store.rows.alive(scope) });
    return page;
  };
  await setting.flow.run();
  expect(seen).toEqual([
    { position: undefined, rows: 0 },
    { position: { after: 'a2' }, rows: 2 },
    { position: { after: 'a4' }, rows: 4 },
  ]);
});

test('a stop leaves the scan open after the page in flight; the next process goes on from there in the same generation (I4)', async () => {
  const setting = await begin({ a: { pageSize: 2 } });
  setting.source.put('a', things(1, 6));
  const held = holdPage(setting.source, ({ page }) => page === 1);
  const { runId } = await setting.flow.resync.request({ identifier: 'entry', cause: 'rest' });
  await held.reached;
  const stopped = setting.flow.stop();
  held.go();
  await stopped;
  const [scan] = await scansOf(setting.store.documents, scope, 1);
  expect(scan).toMatchObject({ state: 'open', position: { after: 'a4' }, pages: 2, rows: { received: 4 } });
  expect(await setting.store.documents.get<Run>('runs', runId)).toMatchObject({ state: 'running' });

  setting.source.reads.length = 0;
  setting.source.onPage = (_place, page) => page;
  const next = await data.flow({ store: setting.store, portal: createPortal(), entry: entryOf(setting.source.integration), mapping: () => setting.mapping });
  await next.resync.start();
  const run = await next.resync.ended(runId);
  expect(setting.source.reads).toEqual(['a/all']);
  expectSums(run);
  expect(kindOf(run, 'a')).toMatchObject({ state: 'completed', generation: 1, rows: { received: 6, stored: 6 } });
  expect(await identifiersOf(setting.store)).toEqual(['a1', 'a2', 'a3', 'a4', 'a5', 'a6']);
});

test('a page that ends by the abort of the run leaves the scan open, not incomplete', async () => {
  const setting = await begin({ a: { pageSize: 2 } });
  setting.source.put('a', things(1, 4));
  let reach = (): void => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  setting.source.onPage = (place, page) =>
    place.page === 0
      ? page
      : new Promise((_, reject) => {
          place.signal.addEventListener('abort', () => reject(place.signal.reason as Error));
          reach();
        });
  await setting.flow.resync.request({ identifier: 'entry', cause: 'rest' });
  await reached;
  await setting.flow.stop();
  expect((await scansOf(setting.store.documents, scope, 1))[0]).toMatchObject({ state: 'open', position: { after: 'a2' } });
});

test('an incomplete partition contributes no tombstone, and blocks none elsewhere (I6)', async () => {
  const setting = await begin({ a: { partitions: ['p', 'q', 'r'] } });
  setting.source.put('a', [...things(1, 2, { part: 'p' }), ...things(3, 4, { part: 'q' }), ...things(5, 6, { part: 'r' })]);
  await setting.flow.run();
  setting.source.put('a', [...things(1, 1, { part: 'p' }), ...things(3, 3, { part: 'q' }), ...things(5, 5, { part: 'r' })]);
  setting.source.onPage = (place, page) => (place.partition === 'q' ? { ...page, incomplete: 'capped at 1,000' } : page);
  const run = await setting.flow.run();
  expectSums(run);
  expect(run.state).toBe('completed');
  expect(kindOf(run, 'a')).toMatchObject({ state: 'incomplete', reason: 'capped at 1,000', rows: { received: 3, gone: 2 } });
  expect(await identifiersOf(setting.store)).toEqual(['a1', 'a3', 'a4', 'a5']);
});

test.each([
  ['without a key', { n: 1 }, 'a record has no key'],
  ['that are no objects', 'text', 'a record is not a JSON object'],
])('records %s are skipped, and their partition proves nothing', async (_name, odd, reason) => {
  const setting = await begin({ a: { pageSize: 5 } });
  setting.source.put('a', things(1, 3));
  await setting.flow.run();
  setting.source.put('a', things(1, 2));
  setting.source.onPage = (_place, page) => ({ ...page, rows: [...page.rows, odd as unknown as Thing] });
  const run = await setting.flow.run();
  expectSums(run);
  expect(kindOf(run, 'a')).toMatchObject({ state: 'incomplete', reason, rows: { received: 3, skipped: 1, unchanged: 2, gone: 0 } });
  expect(await identifiersOf(setting.store)).toEqual(['a1', 'a2', 'a3']);
});

test('of a key that a page holds twice the last one counts', async () => {
  const setting = await begin({ a: { pageSize: 5 } });
  setting.source.put('a', things(1, 2));
  setting.source.onPage = (_place, page) => ({ ...page, rows: [{ id: 'a1', n: 7 }, ...page.rows, { id: 'a1', n: 9 }] });
  const run = await setting.flow.run();
  expectSums(run);
  expect(kindOf(run, 'a')).toMatchObject({ state: 'completed', rows: { received: 4, skipped: 2, stored: 2 } });
  expect(JSON.parse((await setting.store.catalog.get('a', 'a1'))!.properties)).toEqual({ n: 9 });
});

test('a scan that is no generator fails its kind and no other', async () => {
  const setting = await begin({ a: {}, b: {} });
  setting.source.put('b', [{ id: 'b1' }]);
  Object.assign(setting.source.integration.kinds![0]!, { scan: () => Promise.reject(new Error('not a generator')) });
  const run = await setting.flow.run();
  expect(kindOf(run, 'a')).toMatchObject({ state: 'failed', reason: expect.stringContaining('not a generator') as string });
  expect(await identifiersOf(setting.store)).toEqual(['b1']);
});

test('a page without a list of rows fails its kind and no other', async () => {
  const setting = await begin({ a: {}, b: {} });
  setting.source.put('a', things(1, 2));
  setting.source.put('b', [{ id: 'b1' }]);
  setting.source.onPage = (place, page) => (place.kind === 'a' ? ({ next: undefined } as never) : page);
  const run = await setting.flow.run();
  expect([kindOf(run, 'a').state, kindOf(run, 'b').state, run.state]).toEqual(['failed', 'completed', 'failed']);
  expect(kindOf(run, 'a').reason).toContain('has no list of rows');
  expect(await identifiersOf(setting.store)).toEqual(['b1']);
});

describe('what a source throws', () => {
  const timed = async () => {
    const clock = handClock();
    const store = await data.open();
    const source = createSource({ a: { pageSize: 2 } });
    source.put('a', things(1, 4));
    const flow = await data.flow({ store, clock, entry: entryOf(source.integration), mapping: () => ({ resources: [resource('a')] }) });
    return { clock, store, source, flow };
  };
  /** Lets time pass until the run has ended. */
  async function runIn({ clock, flow }: { readonly clock: ReturnType<typeof handClock>; readonly flow: Flow }): Promise<Run> {
    let run: Run | undefined;
    void flow.run().then((ended) => (run = ended));
    while (!run) {
      clock.advance(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return run;
  }

  test.each([
    ['retry', undefined],
    ['wait', 60_000],
  ] as const)('%s: it is read again from the position', async (recovery, waitMs) => {
    const setting = await timed();
    let thrown = 0;
    const startedAt = setting.clock.now();
    setting.source.onPage = (place, page) => {
      if (place.position !== undefined && thrown++ < 2) throw new SourceError('busy', { recovery, ...(waitMs !== undefined && { waitMs }) });
      return page;
    };
    const run = await runIn(setting);
    expectSums(run);
    expect(kindOf(run, 'a')).toMatchObject({ state: 'completed', rows: { received: 4 } });
    expect(setting.source.reads).toHaveLength(4);
    if (waitMs !== undefined) expect(setting.clock.now() - startedAt).toBeGreaterThanOrEqual(2 * waitMs);
  });

  test('retry without end: after three tries it has failed', async () => {
    const setting = await timed();
    setting.source.onPage = () => {
      throw new SourceError('busy', { recovery: 'retry' });
    };
    const run = await runIn(setting);
    expect(kindOf(run, 'a')).toMatchObject({ state: 'failed', reason: expect.stringContaining('busy') as string });
    expect(setting.source.reads).toHaveLength(3);
  });

  test.each([
    ['incomplete', new SourceError('capped', { recovery: 'incomplete' }), 'incomplete', 'completed'],
    ['stop', new SourceError('no more', { recovery: 'stop' }), 'failed', 'failed'],
    ['anything else', new TypeError('a bug'), 'failed', 'failed'],
  ] as const)('%s', async (_name, error, state, runState) => {
    const setting = await timed();
    setting.source.onPage = (place, page) => {
      if (place.page === 1) throw error;
      return page;
    };
    const run = await runIn(setting);
    expectSums(run);
    expect(run.state).toBe(runState);
    expect(kindOf(run, 'a')).toMatchObject({ state, reason: expect.stringContaining(error.message) as string, rows: { received: 2 } });
    expect(await identifiersOf(setting.store)).toEqual(['a1', 'a2']);
  });
});

test('several selectors are partitions of one generation; the kind is swept only when all of them are complete', async () => {
  const selects = (selector: Readonly<Record<string, unknown>>, thing: Thing): boolean => (thing['sets'] as string[]).includes(selector['set'] as string);
  const setting = await begin({ a: { selects } }, { entityDeletionThreshold: 1, resources: [resource('a', { selector: { set: 'x' } }), resource('a', { selector: { set: 'y' } })] });
  setting.source.put('a', [
    { id: 'a1', sets: ['x'] },
    { id: 'a2', sets: ['x', 'y'] },
    { id: 'a3', sets: ['y'] },
  ]);
  const first = await setting.flow.run();
  expectSums(first);
  expect(kindOf(first, 'a').rows.received).toBe(4);
  expect((await scansOf(setting.store.documents, scope, 1)).map((scan) => scan.selector)).toEqual(expect.arrayContaining([{ set: 'x' }, { set: 'y' }]));
  expect(await identifiersOf(setting.store)).toEqual(['a1', 'a2', 'a3']);
  setting.source.put('a', [{ id: 'a2', sets: ['x'] }]);
  setting.source.onPage = (place, page) => {
    if (place.selector['set'] === 'y') throw new Error('the source breaks');
    return page;
  };
  const broken = await setting.flow.run();
  expect(kindOf(broken, 'a').rows.gone).toBe(0);
  expect(await identifiersOf(setting.store)).toEqual(['a1', 'a2', 'a3']);
  setting.source.onPage = (_place, page) => page;
  await setting.flow.run();
  expect(await identifiersOf(setting.store)).toEqual(['a2']);
});

describe('partitions from the stored rows of a parent', () => {
  const family = { a: {}, child: { parent: 'a' } };
  const child = (id: string, part: string): Thing => ({ id, part, n: 1 });

  test('the parent comes first, and what hung on a parent that is gone goes too', async () => {
    const setting = await begin(family);
    setting.source.put('a', things(1, 2));
    setting.source.put('child', [child('c1', 'a1'), child('c2', 'a2')]);
    await setting.flow.run();
    expect(setting.source.reads).toEqual(['a/all', 'child/a1', 'child/a2']);
    setting.source.put('a', things(1, 1));
    const run = await setting.flow.run();
    expect(run.state).toBe('completed');
    expect(await identifiersOf(setting.store)).toEqual(['a1', 'c1']);
  });

  test('a parent that failed leaves its child read as far as it is known, and not swept', async () => {
    const setting = await begin(family);
    setting.source.put('a', things(1, 2));
    setting.source.put('child', [child('c1', 'a1'), child('c2', 'a2')]);
    await setting.flow.run();
    setting.source.put('child', [child('c3', 'a1')]);
    setting.source.onPage = (place, page) => {
      if (place.kind === 'a') throw new Error('the source breaks');
      return page;
    };
    const run = await setting.flow.run();
    expect(run.state).toBe('failed');
    expect(kindOf(run, 'child')).toMatchObject({ state: 'incomplete', reason: expect.stringContaining('parent a') as string, rows: { gone: 0 } });
    expect(await identifiersOf(setting.store, 'child')).toEqual(['c1', 'c2', 'c3']);
  });

  test('a parent that the mapping does not name is read all the same', async () => {
    const setting = await begin(family, { resources: [resource('child')] });
    setting.source.put('a', things(1, 1));
    setting.source.put('child', [child('c1', 'a1')]);
    const run = await setting.flow.run();
    expect(run.kinds.map((kind) => [kind.kind, kind.state])).toEqual([['a', 'completed'], ['child', 'completed']]);
    expect(await identifiersOf(setting.store)).toEqual(['c1']);
  });

  test('a kind that cannot say its partitions fails, and is planned anew by the next run', async () => {
    const setting = await begin({ a: { partitions: ['p'] } });
    setting.source.put('a', things(1, 1, { part: 'p' }));
    const kind = setting.source.integration.kinds![0]!;
    const { partitions } = kind;
    Object.assign(kind, {
      async *partitions() {
        throw new Error('no list of partitions');
      },
    });
    const run = await setting.flow.run();
    expect(kindOf(run, 'a')).toMatchObject({ state: 'failed', reason: expect.stringContaining('no list of partitions') as string });
    Object.assign(kind, { partitions });
    expect((await setting.flow.run()).state).toBe('completed');
    expect(await identifiersOf(setting.store)).toEqual(['a1']);
  });
});

test('a run that another process took over in the middle of a page ends once, and is not written by two', async () => {
  const setting = await begin({ a: { pageSize: 2 } });
  setting.source.put('a', things(1, 6));
  const held = holdPage(setting.source, ({ page }) => page === 1);
  const { runId } = await setting.flow.resync.request({ identifier: 'entry', cause: 'rest' });
  await held.reached;
  // Another process believes that this one is dead, and resumes its run.
  const other = await data.flow({ store: setting.store, entry: entryOf(setting.source.integration), mapping: () => setting.mapping });
  setting.source.onPage = (_place, page) => page;
  await other.resync.start();
  const run = await other.resync.ended(runId);
  held.go();
  await setting.flow.stop();
  expect(kindOf(run, 'a')).toMatchObject({ state: 'completed', generation: 1 });
  const after = (await setting.store.documents.get<Run>('runs', runId))!;
  expect(after).toEqual(run);
  expect((await setting.store.rows.get([rowId(scope, 'a6')]))[0]).toMatchObject({ gone: false });
  expect((await setting.store.documents.list<Scan>('scans', { limit: 10 })).map((scan) => scan.state)).toEqual(['done']);
});

test('a row that no document can hold is a dead letter; the others of its page are stored, and nothing of the partition is swept', async () => {
  const setting = await begin({ a: { pageSize: 3 } });
  setting.source.put('a', things(1, 6));
  await setting.flow.run();
  const { rows } = setting.store;
  const observe = rows.observe.bind(rows);
  // As the store does where a document has an upper limit: nothing of the page is written.
  Object.assign(rows, {
    observe: (...[batch, checkpoint]: Parameters<typeof observe>) =>
      batch.rows.some((row) => row.text.length > 500) ? Promise.reject(new FrameworkError('TOO_LARGE', ['a row'])) : observe(batch, checkpoint),
  });
  setting.source.put('a', [...things(1, 1), { id: 'a2', n: 2, more: 'x'.repeat(1_000) }, { id: 'a3', n: 3 }, ...things(4, 5)]);
  const run = await setting.flow.run();
  expect(kindOf(run, 'a')).toMatchObject({ state: 'incomplete', rows: { received: 5, stored: 1, unchanged: 3, deadLettered: 1, gone: 0 } });
  expect(await setting.store.documents.list('dead_letters', { limit: 10 })).toMatchObject([{ code: 'TOO_LARGE', stage: 'source', row: rowId(scope, 'a2') }]);
  expect(JSON.parse((await rows.get([rowId(scope, 'a2')]))[0]!.row!)).toMatchObject({ n: 1 });
  expect(await rows.alive(scope)).toBe(6);
  expectSums(run);
});
