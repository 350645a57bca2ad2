import { testSink, useDeclared, type DeclaredOptions } from './declared';
import { expectSums, resource } from './flow';
import { createLiveSource, type LiveKind, type LiveSource } from './live-source';
import { createPortal } from './portal';
import type { Processor } from '../../src/pipeline/processors';
import type { Run } from '../../src/store';

const told = { a: { told: true } } as const;
const listed = { a: { gettable: true, versioned: true } } as const;

describe('the rows feed', () => {
  const declared = useDeclared();
  const { open, restart } = declared;
  const sourceOf = (kinds: Readonly<Record<string, LiveKind>> = told): LiveSource => createLiveSource(kinds);
  const n = (of: { readonly held: ReadonlyMap<string, unknown> }): unknown => Object.fromEntries([...of.held].map(([id, value]) => [id, (value as { n?: unknown }).n]).sort());
  const mapN = { type: 'mapper', outputEvent: { n: '{{ thing.n }}' } };

  it('a discarded event leaves the sink as it is, also one that deletes', async () => {
    const source = sourceOf();
    const sink = testSink('s');
    const flow = await open(source, [{ name: 'p', sinks: [sink], processors: [{ type: 'filter', celExpression: 'data.thing.n < 5' }, mapN] }]);
    await source.send({ thing: { id: '1', n: 1 } });
    await flow.rest();
    await source.send({ thing: { id: '1', n: 7 } }, { thing: { id: '2', n: 7 } });
    await flow.rest();
    await source.send({ type: 'removed', thing: { id: '1', n: 7 } });
    await flow.rest();
    expect([n(sink), sink.calls]).toEqual([{ 'test.a:1': 1 }, [['write test.a:1']]]);
    expect(await flow.counters('p', 's')).toMatchObject({ accepted: 4, delivered: 1, filtered: 3, pending: 0 });
    expect(await flow.letters()).toEqual([]);
  });

  it.each([
    ['an entity each', 9_000],
    ['two of each', 4_500],
  ])('a flood counts each event once, also where more waits than memory takes (%s)', async (_name, entities) => {
    const source = sourceOf();
    const sink = testSink('s');
    const count = 9_000;
    const sends = 16;
    let next = 0;
    let sent = false;
    /** It takes nothing before memory is full; then more comes in all the while. */
    const slow: Processor = {
      type: 'slow',
      async process(event) {
        while (next < 5_000) await new Promise((resolve) => setImmediate(resolve));
        return { is: 'event', event };
      },
    };
    const flow = await open(source, [{ name: 'p', sinks: [sink], processors: [slow, mapN] }]);
    const sender = async (): Promise<void> => {
      while (next < count) await source.send(...Array.from({ length: Math.min(4, count - next) }, () => ({ thing: { id: String(next % entities), n: next++ } })));
    };
    const sending = Promise.all(Array.from({ length: sends }, sender)).then(() => (sent = true));
    await flow.until(() => sent);
    await sending;
    await flow.rest();
    const { accepted, pending, ...ended } = await flow.counters('p', 's');
    expect({ accepted, pending, ended: Object.values(ended).reduce((sum, one) => sum + one, 0) }).toEqual({ accepted: count, pending: 0, ended: count });
    expect(sink.held.size).toBe(entities);
  });

  it('with onFalse: delete what leaves the selection leaves the sink, and comes back', async () => {
    const source = sourceOf();
    const sink = testSink('s');
    const flow = await open(source, [{ name: 'p', sinks: [sink], processors: [{ type: 'filter', celExpression: 'data.thing.n < 5', onFalse: 'delete' }, mapN] }]);
    for (const value of [1, 7, 8, 2]) {
      await source.send({ thing: { id: '1', n: value } });
      await flow.rest();
    }
    await source.send({ thing: { id: '2', n: 9 } });
    await flow.rest();
    expect([n(sink), sink.calls]).toEqual([{ 'test.a:1': 2 }, [['write test.a:1'], ['delete test.a:1'], ['write test.a:1']]]);
    // To delete what the sink never had, or has not any more, changes nothing.
    expect(await flow.counters('p', 's')).toMatchObject({ accepted: 5, delivered: 3, unchanged: 2 });
  });

  it('a removal by a sweep carries the last envelope, and the type of a row that was read', async () => {
    const source = sourceOf(listed);
    const sink = testSink('s');
    const flow = await open(source, [{ name: 'p', sinks: [sink] }]);
    source.put('a', [{ id: '1', n: 1, version: 1 }, { id: '2', n: 1, version: 1 }]);
    await flow.run();
    await flow.rest();
    await source.send({ thing: { id: '1', n: 2, version: 2 }, note: 'from a delivery' });
    source.put('a', []);
    await flow.rest();
    await flow.run();
    await flow.rest();
    const removals = sink.taken.filter(({ operation }) => operation === 'delete').map(({ canonicalId, eventType, data: last, keys, eventId }) => ({ canonicalId, eventType, last, keys, eventId }));
    const keys = (id: string): object => ({ keys: [{ name: 'id', value: id, identity: true }], eventId: id });
    expect(removals).toEqual([
      { canonicalId: 'test.a:1', eventType: 'import', last: { type: 'changed', kind: 'a', thing: { id: '1', n: 2, version: 2 }, note: 'from a delivery' }, ...keys('1') },
      { canonicalId: 'test.a:2', eventType: 'import', last: { type: 'read', kind: 'a', thing: { id: '2', n: 1, version: 1 } }, ...keys('2') },
    ]);
    expect(sink.held.size).toBe(0);
  });

  it('a delivery with an equal row and another envelope makes the row due; where that shows in no output, nothing is written', async () => {
    const source = sourceOf();
    const [whole, mapped] = [testSink('whole'), testSink('mapped')];
    const flow = await open(source, [{ name: 'whole', sinks: [whole] }, { name: 'mapped', sinks: [mapped], processors: [mapN] }]);
    for (const note of ['one', 'two']) {
      await source.send({ thing: { id: '1', n: 1 }, note });
      await flow.rest();
    }
    expect([whole.calls.length, mapped.calls.length]).toEqual([2, 1]);
    expect(whole.held.get('test.a:1')).toMatchObject({ note: 'two' });
    expect(await flow.counters('mapped', 'mapped')).toMatchObject({ accepted: 2, delivered: 1, unchanged: 1 });
    // The same again is no news for anybody.
    await source.send({ thing: { id: '1', n: 1 }, note: 'two' });
    await flow.rest();
    expect([whole.calls.length, mapped.calls.length]).toEqual([2, 1]);
  });

  it('a page with an equal row leaves the envelope of the delivery; one with another row brings that of a read row', async () => {
    const source = sourceOf(listed);
    const sink = testSink('s');
    const flow = await open(source, [{ name: 'p', sinks: [sink] }]);
    source.put('a', [{ id: '1', n: 1, version: 1 }]);
    await flow.run();
    await source.send({ thing: { id: '1', n: 2, version: 2 } });
    source.put('a', [{ id: '1', n: 2, version: 2 }]);
    await flow.rest();
    await flow.run();
    await flow.rest();
    expect(sink.taken.map(({ eventType, data: given }) => [eventType, (given as { type: string }).type])).toEqual([['import', 'read'], ['changed', 'changed']]);
    source.put('a', [{ id: '1', n: 3, version: 3 }]);
    await flow.run();
    await flow.rest();
    expect(sink.taken.at(-1)).toMatchObject({ eventType: 'import', data: { type: 'read', thing: { n: 3 } } });
  });

  it('a burst on one entity collapses while its sink is slow; the last state stands', async () => {
    const source = sourceOf();
    let go = (): void => undefined;
    const sink = Object.assign(testSink('s'), { answer: () => new Promise<undefined>((resolve) => (go = () => resolve(undefined))) });
    const flow = await open(source, [{ name: 'p', sinks: [sink], processors: [mapN] }]);
    await source.send({ thing: { id: '1', n: 0 } });
    await flow.until(() => sink.calls.length === 1);
    for (let value = 1; value <= 50; value++) await source.send({ thing: { id: '1', n: value } });
    await flow.until(async () => {
      go();
      return (await flow.counters('p', 's'))['pending'] === 0;
    });
    expect(n(sink)).toEqual({ 'test.a:1': 50 });
    expect(sink.calls.length).toBeLessThan(10);
    const { accepted, delivered, superseded } = await flow.counters('p', 's');
    expect([accepted, delivered! + superseded!]).toEqual([51, 51]);
    expect(superseded).toBeGreaterThan(40);
  });

  it('a run ends while events keep coming: it waits for what was on its way, not for rest', async () => {
    const source = sourceOf({ a: { versioned: true, gettable: true } });
    const sink = Object.assign(testSink('s', { batchItems: 5 }), { answer: () => new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 1)) });
    const flow = await open(source, [{ name: 'p', sinks: [sink], processors: [mapN] }]);
    const ids = Array.from({ length: 30 }, (_, at) => String(at));
    source.put('a', ids.map((id) => ({ id, n: 1, version: 1 })));
    let version = 1;
    let ended = false;
    const running = flow.run({ force: true }).finally(() => (ended = true));
    while (!ended) {
      version++;
      await source.send(...ids.map((id) => ({ thing: { id, n: version, version } })));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(await running).toBe('completed');
    source.put('a', ids.map((id) => ({ id, n: version, version })));
    await flow.rest();
    expect(n(sink)).toEqual(Object.fromEntries(ids.map((id) => [`test.a:${id}`, version]).sort()));
    const [run] = await declared.store.documents.list<Run>('runs', { limit: 1 });
    expectSums(run!);
  });

  describe('stored rows', () => {
    const begun = async (pipelines: (sink: ReturnType<typeof testSink>) => DeclaredOptions['pipelines']) => {
      const source = sourceOf(listed);
      source.put('a', [1, 2, 3].map((id) => ({ id: String(id), n: id, version: 1 })));
      const sink = testSink('s');
      const flow = await open(source, pipelines(sink));
      await flow.run();
      await flow.rest();
      await source.send({ thing: { id: '1', n: 10, version: 2 } });
      await flow.rest();
      source.reads.length = 0;
      return { source, sink, flow };
    };

    it('go through a changed processor, and the source is not asked', async () => {
      const { source, sink } = await begun((s) => [{ name: 'p', sinks: [s], processors: [mapN] }]);
      const flow = await restart(source, [{ name: 'p', sinks: [sink], processors: [{ type: 'mapper', outputEvent: { n: '{{ thing.n }}', new: true } }] }]);
      await flow.until(() => [...sink.held.values()].every((value) => (value as { new?: boolean }).new));
      await flow.rest();
      expect([n(sink), source.reads, source.asked]).toEqual([{ 'test.a:1': 10, 'test.a:2': 2, 'test.a:3': 3 }, [], []]);
      expect(sink.taken.slice(-3).map(({ eventType }) => eventType).sort()).toEqual(['changed', 'import', 'import']);
    });

    it('fill a new sink and a new pipeline, and what was there is not written again', async () => {
      const { source, sink } = await begun((s) => [{ name: 'p', sinks: [s] }]);
      const before = sink.calls.length;
      const [added, other] = [testSink('added'), testSink('other')];
      const flow = await restart(source, [{ name: 'p', sinks: [sink, added] }, { name: 'q', sinks: [other], processors: [mapN] }]);
      await flow.until(() => added.held.size === 3 && other.held.size === 3);
      await flow.rest();
      expect([sink.calls.length - before, source.reads]).toEqual([0, []]);
      expect(added.held).toEqual(sink.held);
    });

    it('go to a sink again that writes otherwise now, and to it alone', async () => {
      const { source, sink } = await begun((s) => [{ name: 'p', sinks: [s] }]);
      const same = testSink('same');
      let flow = await restart(source, [{ name: 'p', sinks: [sink, same] }]);
      await flow.until(() => same.held.size === 3);
      await flow.rest();
      const [first, second] = [sink.calls.length, same.calls.length];
      flow = await restart(source, [{ name: 'p', sinks: [testSinkAs(sink, 'another shape'), same] }]);
      await flow.rest();
      expect([sink.calls.slice(first).flat().sort(), same.calls.length - second]).toEqual([['write test.a:1', 'write test.a:2', 'write test.a:3'], 0]);
    });

    it('stay at a sink and a pipeline that left, and what was pending for them is forgotten', async () => {
      const { source, sink, flow: before } = await begun((s) => [{ name: 'p', sinks: [s, testSink('other')] }, { name: 'q', sinks: [testSink('q')] }]);
      sink.away = true;
      await source.send({ thing: { id: '2', n: 20, version: 2 } });
      await before.until(async () => (await before.counters('p', 's'))['pending'] === 1);
      const calls = sink.calls.length;
      sink.away = false;
      const other = testSink('other');
      let flow = await restart(source, [{ name: 'p', sinks: [other] }]);
      await flow.rest();
      expect(await declared.store.outputs.counts('q')).toMatchObject({ stored: 0 });
      await source.send({ type: 'removed', thing: { id: '3', n: 3, version: 2 } });
      await flow.until(() => other.calls.flat().includes('delete test.a:3'));
      await flow.rest();
      expect([sink.calls.length - calls, sink.held.size]).toEqual([0, 3]);
      // It comes back as a new one: filled, and told nothing of what went meanwhile.
      flow = await restart(source, [{ name: 'p', sinks: [other, sink] }]);
      await flow.rest();
      expect(sink.calls.slice(calls).flat().sort()).toEqual(['write test.a:1', 'write test.a:2']);
    });

    it('of a kill between accepting and mapping are mapped by the next process', async () => {
      const source = sourceOf();
      const never = Object.assign(testSink('s'), { answer: () => new Promise<undefined>(() => undefined) });
      await open(source, [{ name: 'p', sinks: [never], processors: [{ type: 'stuck', process: () => new Promise<never>(() => undefined) }] }]);
      await source.send({ thing: { id: '1', n: 1 } });
      const sink = testSink('s');
      const flow = await restart(source, [{ name: 'p', sinks: [sink], processors: [mapN] }]);
      await flow.rest();
      expect(n(sink)).toEqual({ 'test.a:1': 1 });
    });
  });

  describe('the truth of a kind', () => {
    it('told: late and repeated events change nothing, and a removal stays', async () => {
      const source = sourceOf({ a: { told: true, versioned: true } });
      const sink = testSink('s');
      const flow = await open(source, [{ name: 'p', sinks: [sink], processors: [mapN] }]);
      await source.send({ thing: { id: '1', n: 2, version: 2 } });
      await source.send({ thing: { id: '1', n: 1, version: 1 } });
      await source.send({ thing: { id: '1', n: 2, version: 2 }, delivery: 'd1' }, { thing: { id: '1', n: 2, version: 2 }, delivery: 'd1' });
      await flow.rest();
      expect(n(sink)).toEqual({ 'test.a:1': 2 });
      await source.send({ type: 'removed', thing: { id: '1', version: 3 } });
      await source.send({ thing: { id: '1', n: 2, version: 2 } });
      await flow.rest();
      expect([n(sink), sink.calls.flat().filter((call) => call.startsWith('delete')).length]).toEqual([{}, 1]);
      const [{ received }] = (await flow.operations.pipelines()) as unknown as [{ received: object }];
      expect(received).toEqual({ received: 6, accepted: 5, duplicate: 1, ignored: 0, dead: 0 });
      expect(await flow.counters('p', 's')).toMatchObject({ stale: 2 });
    });

    it('listed: what cannot be ordered asks the source, also after a restart; the answer supersedes the event', async () => {
      const source = sourceOf({ a: { gettable: true, claims: 'ask' } });
      const sink = testSink('s');
      let flow = await open(source, [{ name: 'p', sinks: [sink], processors: [mapN] }]);
      source.put('a', [{ id: '1', n: 5 }]);
      await source.send({ thing: { id: '1', n: 1 } });
      await flow.until(() => sink.held.size === 1);
      await flow.rest();
      expect([n(sink), source.asked]).toEqual([{ 'test.a:1': 5 }, ['1']]);
      expect(await flow.counters('p', 's')).toMatchObject({ accepted: 2, superseded: 1, delivered: 1, pending: 0 });
      source.onGet = () => {
        throw new Error('the source is away');
      };
      await source.send({ thing: { id: '1', n: 1 } }, { type: 'removed', thing: { id: '2' } });
      await flow.until(() => flow.log.lines.some(({ message }) => message.includes('did not answer')));
      expect((await flow.counters('p', 's'))['pending']).toBe(2);
      source.onGet = () => undefined;
      source.put('a', [{ id: '1', n: 6 }]);
      flow = await restart(source, [{ name: 'p', sinks: [sink], processors: [mapN] }]);
      await flow.until(() => (sink.held.get('test.a:1') as { n: number }).n === 6);
      source.put('a', []);
      await source.send({ thing: { id: '1', n: 1 } });
      await flow.until(() => sink.held.size === 0);
      await flow.rest();
      expect(await flow.counters('p', 's')).toMatchObject({ pending: 0 });
    });

    it('mixed: events decide, and a run that began later corrects them', async () => {
      const source = sourceOf({ a: { claims: 'decide' } });
      const sink = testSink('s');
      const flow = await open(source, [{ name: 'p', sinks: [sink], processors: [mapN] }], { entry: { incoming: { import: { path: '/import', authentication: 'none' } } } });
      await source.send({ thing: { id: '1', n: 1 } }, { thing: { id: '2', n: 1 } });
      await flow.rest();
      expect(n(sink)).toEqual({ 'test.a:1': 1, 'test.a:2': 1 });
      source.put('a', [{ id: '1', n: 9 }]);
      await flow.run();
      await flow.rest();
      expect(n(sink)).toEqual({ 'test.a:1': 9 });
    });
  });

  it('a mapping step makes entities for the portal and documents for other sinks; what a row gives no more is deleted', async () => {
    const source = sourceOf();
    const sink = testSink('s');
    const portal = createPortal();
    const mapping = { resources: [resource('a', { entity: { identifier: '.id', blueprint: '"thing"', properties: { n: '.n' } } }), resource('a', { query: '.n > 1', entity: { identifier: '.id + "/big"', blueprint: '"big thing"', properties: {} } })] };
    const flow = await open(source, [{ name: 'p', sinks: ['port', sink], mapping }], { portal });
    await source.send({ thing: { id: '1', n: 1 } }, { thing: { id: '2', n: 2 } });
    await flow.rest();
    expect([...portal.entities.keys()].sort()).toEqual(['big thing/2/big', 'thing/1', 'thing/2']);
    expect([...sink.held.keys()].sort()).toEqual(['big%20thing:2%2Fbig', 'thing:1', 'thing:2']);
    expect(sink.taken.find(({ kind }) => kind === 'big thing')).toMatchObject({ eventId: '2/big', data: { blueprint: 'big thing', identifier: '2/big' } });
    await source.send({ thing: { id: '2', n: 1 } }, { type: 'removed', thing: { id: '1' } });
    await flow.rest();
    expect([...portal.entities.keys()]).toEqual(['thing/2']);
    expect([...sink.held.keys()]).toEqual(['thing:2']);
    expect(await flow.counters('p', 's')).toMatchObject({ accepted: 4, delivered: 4, pending: 0 });
  });

  it('what the portal has to name comes to other sinks under that name, after the portal', async () => {
    const source = sourceOf();
    const sink = testSink('s');
    const portal = createPortal();
    const query = { combinator: '"and"', rules: [{ property: '"owner"', operator: '"="', value: '.id' }] };
    const flow = await open(source, [{ name: 'p', sinks: [sink, 'port'], mapping: { resources: [resource('a', { entity: { identifier: query, blueprint: '"thing"' } })] } }], { portal });
    portal.names.set(JSON.stringify({ combinator: 'and', rules: [{ property: 'owner', operator: '=', value: '1' }] }), 'found');
    await source.send({ thing: { id: '1', n: 1 } });
    await flow.until(() => sink.taken.length > 0);
    await flow.rest();
    expect([sink.calls, [...portal.entities.keys()]]).toEqual([[['write thing:found']], ['thing/found']]);
  });
});

const testSinkAs = (sink: ReturnType<typeof testSink>, shape: string): ReturnType<typeof testSink> => Object.defineProperties({ ...sink, shape }, { write: { value: sink.write }, answer: { get: () => sink.answer, set: (answer) => (sink.answer = answer) } }) as ReturnType<typeof testSink>;
