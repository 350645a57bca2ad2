import type { SinkResult } from '../../src/deliver';
import type { Store } from '../../src/store';
import { expectClosed, testSink, useDeclared, type DeclaredOptions, type TestSink } from './declared';
import { createLiveSource, type LiveKind, type LiveSource } from './live-source';

const told = { a: { told: true, versioned: true } } as const;

/** What a sink that wants every event took: `operation type n` by entity, in order. */
function history(sink: TestSink): Record<string, string[]> {
  const events: Record<string, string[]> = {};
  for (const { canonicalId, operation, eventType, data } of sink.taken) (events[canonicalId] ??= []).push(`${operation} ${eventType} ${String((data as { thing?: { n?: unknown } } | undefined)?.thing?.n)}`);
  return events;
}
const n = (of: TestSink): unknown => Object.fromEntries([...of.held].map(([id, value]) => [id, (value as { thing: { n?: unknown } }).thing.n]).sort());

describe('the events feed', () => {
  const declared = useDeclared();
  const { open, restart } = declared;
  const sourceOf = (kinds: Readonly<Record<string, LiveKind>> = told): LiveSource => createLiveSource(kinds);

  it('every event goes to a sink that wants all, in order of each row; a state sink ends with the last', async () => {
    const source = sourceOf();
    const [states, every] = [testSink('states'), testSink('every', { insertOnly: true })];
    const flow = await open(source, [{ name: 'p', sinks: [states, every] }]);
    for (let value = 1; value <= 40; value++) {
      await source.send(...['1', '2', '3'].map((id) => ({ thing: { id, n: value, version: value } })));
    }
    await source.send({ type: 'removed', thing: { id: '2', n: 41, version: 41 } });
    await flow.rest();
    const changes = Array.from({ length: 40 }, (_, at) => `write changed ${at + 1}`);
    expect(history(every)).toEqual({ 'test.a:1': changes, 'test.a:2': [...changes, 'delete removed 41'], 'test.a:3': changes });
    expect(n(states)).toEqual({ 'test.a:1': 40, 'test.a:3': 40 });
    expect(new Set(every.taken.map(({ event }) => event!.id)).size).toBe(121);
    expect(await flow.counters('p', 'every')).toMatchObject({ accepted: 121, delivered: 121 });
    expect((await flow.counters('p', 'states'))['accepted']).toBe(121);
    await expectClosed(flow);
    expect(await declared.store.events.count('entry', 'p')).toBe(0);
  });

  it('an event that came late is stale for states, and goes to who wants all; one that came before does nothing', async () => {
    const source = sourceOf();
    const [states, every] = [testSink('states'), testSink('every', { insertOnly: true })];
    const flow = await open(source, [{ name: 'p', sinks: [states, every] }]);
    await source.send({ thing: { id: '1', n: 2, version: 2 }, delivery: 'x' });
    await source.send({ thing: { id: '1', n: 1, version: 1 } }, { thing: { id: '1', n: 2, version: 2 }, delivery: 'x' });
    await flow.rest();
    expect([n(states), history(every)]).toEqual([{ 'test.a:1': 2 }, { 'test.a:1': ['write changed 2', 'write changed 1'] }]);
    expect(states.calls.flat()).toEqual(['write test.a:1']);
    expect(await flow.counters('p', 'states')).toMatchObject({ accepted: 2, delivered: 1, stale: 1 });
    const [{ received }] = (await flow.operations.pipelines()) as unknown as [{ received: object }];
    expect(received).toEqual({ received: 3, accepted: 2, duplicate: 1, ignored: 0, dead: 0 });
  });

  it('an event that asks waits for its answer, which supersedes it; who wants all has the event, and an answer only when it buries the row', async () => {
    const source = sourceOf({ a: { gettable: true, claims: 'ask' } });
    const [states, every] = [testSink('states'), testSink('every', { insertOnly: true })];
    const flow = await open(source, [{ name: 'p', sinks: [states, every] }]);
    source.put('a', [{ id: '1', n: 5 }]);
    let answers = false;
    source.onGet = () => {
      if (!answers) throw new Error('the source is away');
    };
    await source.send({ thing: { id: '1', n: 1 } });
    await flow.until(() => every.taken.length === 1);
    expect([n(states), (await flow.counters('p', 'states'))['pending'], (await flow.counters('p', 'every'))['pending']]).toEqual([{}, 1, 0]);
    answers = true;
    await flow.until(() => states.held.size === 1);
    await flow.rest();
    expect([n(states), history(every)]).toEqual([{ 'test.a:1': 5 }, { 'test.a:1': ['write changed 1'] }]);
    expect(await flow.counters('p', 'states')).toMatchObject({ accepted: 2, superseded: 1, delivered: 1, pending: 0 });
    source.put('a', []);
    await source.send({ type: 'renamed', thing: { id: '1', n: 2 } });
    await flow.until(() => states.held.size === 0);
    await flow.rest();
    expect(history(every)['test.a:1']).toEqual(['write changed 1', 'write renamed 2', 'delete import 5']);
    await expectClosed(flow);
  });

  it('pages that change rows and removals by sweeps are events, once each', async () => {
    const source = sourceOf({ a: {} });
    const [states, every] = [testSink('states'), testSink('every', { insertOnly: true })];
    const flow = await open(source, [{ name: 'p', sinks: [states, every] }]);
    const rounds = [[1, 1], [1, 1], [2, 1], [1, 1], [1], [1, 1]];
    for (const values of rounds) {
      source.put('a', values.map((value, at) => ({ id: String(at + 1), n: value })));
      await flow.run();
      await flow.rest();
    }
    expect(history(every)).toEqual({ 'test.a:1': ['write import 1', 'write import 2', 'write import 1'], 'test.a:2': ['write import 1', 'delete import 1', 'write import 1'] });
    expect([n(states), new Set(every.taken.map(({ event }) => event!.id)).size]).toEqual([{ 'test.a:1': 1, 'test.a:2': 1 }, 6]);
    await expectClosed(flow);
  });

  it('a run and events about the same rows never undo each other', async () => {
    const source = sourceOf({ a: { gettable: true, versioned: true, pageSize: 5 } });
    const [states, every] = [testSink('states'), testSink('every', { insertOnly: true })];
    const flow = await open(source, [{ name: 'p', sinks: [states, every] }]);
    const ids = Array.from({ length: 20 }, (_, at) => String(at));
    const versions = new Map(ids.map((id) => [id, 1]));
    const put = (): void => source.put('a', ids.map((id) => ({ id, n: versions.get(id)!, version: versions.get(id)! })));
    put();
    let running = true;
    const runs = (async () => {
      for (let count = 0; count < 4; count++) await flow.run();
      running = false;
    })();
    for (let at = 0; running; at++) {
      const id = ids[(at * 7) % ids.length]!;
      versions.set(id, versions.get(id)! + 1);
      put();
      await source.send({ thing: { id, n: versions.get(id)!, version: versions.get(id)! } });
    }
    await runs;
    await flow.rest();
    expect(n(states)).toEqual(Object.fromEntries([...versions].map(([id, value]) => [`test.a:${id}`, value]).sort()));
    for (const [id, events] of Object.entries(history(every))) {
      const values = events.map((event) => Number(event.split(' ')[2]));
      expect({ id, values }).toEqual({ id, values: [...values].sort((a, b) => a - b) });
    }
    await expectClosed(flow);
  });

  it('numbers ascend as rows took their events: a page that is mapped while a delivery is being stored does not overtake it', async () => {
    const source = sourceOf({ a: { versioned: true, gettable: true } });
    const [states, every] = [testSink('states'), testSink('every', { insertOnly: true })];
    let gate: Promise<void> = Promise.resolve();
    const { store } = declared;
    const slow: Store = { ...store, accept: (batch) => gate.then(() => store.accept(batch)) };
    const flow = await open(source, [{ name: 'p', sinks: [states, every] }], { store: slow });
    source.put('a', [{ id: '1', n: 1, version: 1 }]);
    await flow.run();
    await flow.rest();
    let go = (): void => undefined;
    gate = new Promise((resolve) => (go = resolve));
    const sending = source.send({ thing: { id: '1', n: 3, version: 3 } });
    source.put('a', [{ id: '1', n: 2, version: 2 }]);
    const running = flow.run();
    await flow.until(async () => (await declared.store.rows.get(['entry/a/1']))[0]!.version === 2);
    for (let round = 0; round < 20; round++) await flow.until(async () => true);
    go();
    await Promise.all([sending, running]);
    source.put('a', [{ id: '1', n: 3, version: 3 }]);
    await flow.rest();
    expect([n(states), history(every)['test.a:1']!.at(-1)]).toEqual([{ 'test.a:1': 3 }, 'write changed 3']);
    await expectClosed(flow);
  });

  it('an event whose state was replaced waits no more, also when the sink has the newer state before whoever wrote it knows', async () => {
    const { outputs } = declared.store;
    let hold: Promise<void> | undefined;
    const rewrite: Store['outputs']['rewrite'] = async (batch) => {
      const held = hold;
      const rewritten = await outputs.rewrite(batch);
      await held;
      return rewritten;
    };
    const source = sourceOf();
    const states = testSink('states');
    const flow = await open(source, [{ name: 'p', sinks: [states], feed: 'events' }], { store: { ...declared.store, outputs: { ...outputs, rewrite } } });
    const stored = async () => (await outputs.find({ pipeline: 'p', limit: 1 }))[0];
    states.away = true;
    await source.send({ thing: { id: '1', n: 1, version: 1 } });
    await flow.until(async () => (await stored())?.due !== undefined && states.pings > 0);
    let letGo = (): void => undefined;
    hold = new Promise((resolve) => (letGo = resolve));
    await source.send({ thing: { id: '1', n: 2, version: 2 } });
    await flow.until(async () => (await stored())!.parts[0]!.body.includes('"n":2'));
    states.away = false;
    await flow.until(async () => (await stored())!.due === undefined);
    expect(n(states)).toEqual({ 'test.a:1': 2 });
    hold = undefined;
    letGo();
    await flow.rest();
    expect(await flow.counters('p', 'states')).toMatchObject({ superseded: 1, pending: 0 });
    await expectClosed(flow);
  });

  it('a row that is read again after a stop waits for nobody who was served the first time', async () => {
    const source = sourceOf({ a: {} });
    const [states, every] = [testSink('states'), testSink('every', { insertOnly: true })];
    const pipelines: DeclaredOptions['pipelines'] = [{ name: 'p', sinks: [states, every] }];
    every.away = true;
    const { store } = declared;
    const stop = new AbortController();
    const stopped = new Promise<never>((_resolve, reject) => stop.signal.addEventListener('abort', () => reject(stop.signal.reason as Error), { once: true }));
    // The events of a page are stored, and then the process is stopped before its rows are marked as mapped.
    const rewrite: Store['outputs']['rewrite'] = (batch) => (batch.rows.every((row) => row.keep) ? stopped : store.outputs.rewrite(batch));
    const first = await open(source, pipelines, { stop, store: { ...store, outputs: { ...store.outputs, rewrite } } });
    source.put('a', [{ id: '1', n: 1 }]);
    const run = first.run().catch(() => 'stopped');
    await first.until(async () => states.held.size === 1 && (await store.events.count('entry', 'p')) === 0);
    // The row is read again before anybody finds the event that is there.
    await first.operations.pause('p');
    const flow = await restart(source, pipelines);
    await run;
    await flow.until(async () => (await store.rows.find({ integration: 'entry', dueBy: Number.MAX_SAFE_INTEGER, limit: 1 })).length === 0);
    await flow.operations.resume('p');
    expect([(await flow.counters('p', 'states'))['pending'], (await flow.counters('p', 'every'))['pending']]).toEqual([0, 1]);
    every.away = false;
    await flow.rest();
    expect(history(every)).toEqual({ 'test.a:1': ['write import 1'] });
    await expectClosed(flow);
  });

  it('a changed pipeline begins with the last event of each row, and does not tell it to who wants all', async () => {
    const source = sourceOf({ a: { versioned: true, gettable: true }, b: { told: true } });
    const [states, every] = [testSink('states'), testSink('every', { insertOnly: true })];
    source.put('a', [{ id: '1', n: 1, version: 1 }, { id: '2', n: 1, version: 1 }]);
    let flow = await open(source, [{ name: 'p', sinks: [states, every] }]);
    await flow.run();
    await source.send({ thing: { id: '1', n: 2, version: 2 } }, { kind: 'b', thing: { id: '1', n: 3 } });
    await flow.rest();
    const [before, reads] = [every.taken.length, source.reads.length];
    flow = await restart(source, [{ name: 'p', sinks: [states, every], processors: [{ type: 'mapper', outputEvent: { thing: { n: '{{ thing.n }}' }, type: '{{ type }}' } }] }]);
    await flow.until(() => [...states.held.values()].every((value) => Object.keys(value as object).length === 2));
    await flow.rest();
    expect(Object.fromEntries(states.held)).toEqual({ 'test.a:1': { type: 'changed', thing: { n: 2 } }, 'test.a:2': { type: 'read', thing: { n: 1 } }, 'test.b:1': { type: 'changed', thing: { n: 3 } } });
    expect([every.taken.length - before, source.reads.length - reads]).toEqual([0, 0]);
    expect(states.taken.slice(-3).map(({ eventType }) => eventType).sort()).toEqual(['changed', 'changed', 'import']);
    // An event that comes now is the next, in order.
    await source.send({ kind: 'b', thing: { id: '1', n: 4 } });
    await flow.rest();
    expect([n(states), history(every)['test.b:1']]).toMatchObject([{ 'test.b:1': 4 }, ['write changed 3', 'write changed 4']]);
    await expectClosed(flow);
  });

  it('a new state sink is filled; a new sink that wants all begins with the next event; a changed feed writes nothing twice', async () => {
    const source = sourceOf();
    const states = testSink('states');
    let flow = await open(source, [{ name: 'p', sinks: [states] }]);
    await source.send({ thing: { id: '1', n: 1, version: 1 } });
    await flow.rest();
    const [added, every] = [testSink('added'), testSink('every', { insertOnly: true })];
    flow = await restart(source, [{ name: 'p', sinks: [states, added, every] }]);
    await flow.until(() => added.held.size === 1);
    await flow.rest();
    await source.send({ thing: { id: '1', n: 2, version: 2 } });
    await flow.rest();
    expect([n(states), n(added), history(every), states.calls.length]).toEqual([{ 'test.a:1': 2 }, { 'test.a:1': 2 }, { 'test.a:1': ['write changed 2'] }, 2]);
  });

  describe('a sink that fails', () => {
    const retry = (more: Partial<SinkResult & { is: 'retry' }> = {}): SinkResult => ({ is: 'retry', error: 'try later', ...more });
    const begun = async (answer: TestSink['answer'], delivery: DeclaredOptions['pipelines'][number]['delivery'] = {}, insertOnly = true) => {
      const source = sourceOf();
      const sink = Object.assign(testSink('s', { insertOnly }), { answer });
      const flow = await open(source, [{ name: 'p', feed: 'events', sinks: [sink], delivery }]);
      return { source, sink, flow };
    };

    it('for one item of a batch: later events of its row wait, the others go on, and the order stands', async () => {
      let fails = true;
      const { source, sink, flow } = await begun(({ canonicalId, data: given }) => {
        if (!fails || canonicalId !== 'test.a:1' || (given as { thing: { n: number } }).thing.n !== 2) return undefined;
        // So much time goes by that it might be tried again before the next batch of this look.
        flow.clock.advance(10_000);
        return retry();
      }, { batchItems: 2 });
      await source.send(...[1, 2, 3, 4].flatMap((value) => ['1', '2'].map((id) => ({ thing: { id, n: value, version: value } }))));
      await flow.until(() => history(sink)['test.a:2']?.length === 4);
      for (let round = 0; round < 10; round++) await flow.until(async () => true);
      expect(history(sink)['test.a:1']).toEqual(['write changed 1']);
      expect((await flow.counters('p', 's'))['pending']).toBe(3);
      fails = false;
      await flow.rest();
      expect(history(sink)['test.a:1']).toEqual([1, 2, 3, 4].map((value) => `write changed ${value}`));
    });

    it.each([true, false])('is given up after maxAttempts, a dead letter; what comes later goes on (every event: %s)', async (insertOnly) => {
      const { source, sink, flow } = await begun(({ data: given }) => ((given as { thing: { n: number } }).thing.n === 1 ? retry() : undefined), { maxAttempts: 3 }, insertOnly);
      await source.send({ thing: { id: '1', n: 1, version: 1 } });
      await flow.until(async () => (await flow.letters()).length === 1);
      expect(await flow.letters()).toMatchObject([{ pipeline: 'p', sink: 's', stage: 'sink', code: 'SINK_GAVE_UP', message: 'try later', row: 'entry/a/1', kind: 'a', attempts: 1 }]);
      expect(sink.calls).toHaveLength(3);
      await source.send({ thing: { id: '1', n: 2, version: 2 } });
      await flow.rest();
      expect(sink.taken).toHaveLength(1);
      expect(await flow.counters('p', 's')).toMatchObject({ accepted: 2, dead: 1, delivered: 1 });
      // A state that passed takes the letter of the row away; an event of its own stays dead.
      expect((await flow.letters()).length).toBe(insertOnly ? 1 : 0);
    });

    it.each([true, false])('is given up after maxAge (every event: %s)', async (insertOnly) => {
      const { source, sink, flow } = await begun(() => retry(), { maxAgeMs: 20_000 }, insertOnly);
      const begin = flow.clock.now();
      await source.send({ thing: { id: '1', n: 1, version: 1 } });
      await flow.until(async () => (await flow.letters()).length === 1);
      expect(sink.calls.length).toBeGreaterThan(1);
      expect(flow.clock.now() - begin).toBeGreaterThanOrEqual(20_000);
    });

    it.each([true, false])('is not tried again before it said (every event: %s)', async (insertOnly) => {
      const times: number[] = [];
      const { source, flow } = await begun(() => {
        times.push(flow.clock.now());
        return times.length === 1 ? retry({ afterMs: 60_000 }) : undefined;
      }, {}, insertOnly);
      await source.send({ thing: { id: '1', n: 1, version: 1 } });
      await flow.rest();
      expect(times).toHaveLength(2);
      expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(60_000);
    });

    it.each([true, false])('and does not answer its ping either gets pings and nothing else, and nothing counts (every event: %s)', async (insertOnly) => {
      const { source, sink, flow } = await begun(() => undefined, { maxAttempts: 2, maxAgeMs: 60_000 }, insertOnly);
      sink.away = true;
      await source.send({ thing: { id: '1', n: 1, version: 1 } }, { thing: { id: '2', n: 1, version: 1 } });
      await flow.until(() => sink.pings > 0);
      const [calls, until] = [sink.calls.length, flow.clock.now() + 600_000];
      await source.send({ thing: { id: '1', n: 2, version: 2 } });
      await flow.until(() => flow.clock.now() > until);
      expect([sink.calls.length, await flow.letters()]).toEqual([calls, []]);
      expect(sink.pings).toBeGreaterThan(10);
      const [{ sinks, backlog }] = (await flow.operations.pipelines()) as unknown as [{ sinks: readonly object[]; backlog: number }];
      expect(sinks).toMatchObject([{ state: 'down', error: 'the sink is away', counters: { pending: insertOnly ? 3 : 2 } }]);
      expect(backlog).toBe(insertOnly ? 3 : 2);
      sink.away = false;
      await flow.rest();
      expect([await flow.letters(), n(sink)]).toEqual([[], { 'test.a:1': 2, 'test.a:2': 1 }]);
      await expectClosed(flow);
    });

    it('keeps its backlog over a restart', async () => {
      const { source, sink } = await begun(() => undefined);
      sink.away = true;
      await source.send(...[1, 2, 3].map((value) => ({ thing: { id: '1', n: value, version: value } })));
      const flow = await restart(source, [{ name: 'p', feed: 'events', sinks: [sink] }]);
      await flow.until(() => sink.pings > 1);
      expect(await flow.counters('p', 's')).toMatchObject({ accepted: 3, pending: 3 });
      sink.away = false;
      await flow.rest();
      expect(history(sink)).toEqual({ 'test.a:1': ['write changed 1', 'write changed 2', 'write changed 3'] });
      expect(await flow.counters('p', 's')).toMatchObject({ accepted: 3, delivered: 3, pending: 0 });
    });
  });

  it.each(['rows', 'events'] as const)('a paused pipeline sends nothing, also after a restart, and everything when it goes on (%s)', async (feed) => {
    const source = sourceOf();
    const shapes = (sinks: readonly TestSink[]): DeclaredOptions['pipelines'] => [{ name: 'p', feed, sinks }];
    const sinks = [testSink('states'), ...(feed === 'events' ? [testSink('every', { insertOnly: true })] : [])];
    let flow = await open(source, shapes(sinks));
    expect([await flow.operations.pause('p'), await flow.operations.pause('nobody')]).toEqual([true, false]);
    await source.send({ thing: { id: '1', n: 1, version: 1 } });
    const later = (): Promise<unknown> => {
      const end = flow.clock.now() + 120_000;
      return flow.until(() => flow.clock.now() > end);
    };
    await later();
    flow = await restart(source, shapes(sinks));
    await source.send({ thing: { id: '1', n: 2, version: 2 } });
    await later();
    expect(sinks.map(({ calls }) => calls.length)).toEqual(sinks.map(() => 0));
    expect(await flow.operations.pipelines()).toMatchObject([{ state: 'paused' }]);
    await flow.operations.resume('p');
    await flow.rest();
    expect(sinks.map((sink) => [n(sink), sink.taken.length])).toEqual([[{ 'test.a:1': 2 }, 1], ...(feed === 'events' ? [[{ 'test.a:1': 2 }, 2]] : [])]);
    await expectClosed(flow);
  });
});
