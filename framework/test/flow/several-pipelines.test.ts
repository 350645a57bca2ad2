import type { Processor } from '../../src/pipeline/processors';
import { expectClosed, testSink, useDeclared } from './declared';
import { createLiveSource } from './live-source';

const mapN = { type: 'mapper', outputEvent: { n: '{{ thing.n }}' } };
const stuck = (type = 'stuck'): Processor => ({ type, process: () => new Promise<never>(() => undefined) });
const failing: Processor = { type: 'filter', process: () => ({ is: 'dead', code: 'FILTER_FAILED', message: 'it divides by zero' }) };

describe('several pipelines of one entry', () => {
  const declared = useDeclared();
  const { open, restart } = declared;

  it.each(['rows', 'events'] as const)('one that hangs, one that fails and one whose sink is down hold only themselves back (%s)', async (feed) => {
    const source = createLiveSource({ a: { told: true } });
    const [good, hung, dead, down] = [testSink('good'), testSink('hung'), testSink('dead'), testSink('down')];
    down.away = true;
    const flow = await open(source, [
      { name: 'hung', feed, sinks: [hung], processors: [stuck()] },
      { name: 'dead', feed, sinks: [dead], processors: [failing] },
      { name: 'down', feed, sinks: [down, testSink('beside')] },
      { name: 'good', feed, sinks: [good], processors: [mapN] },
    ]);
    // Many batches: each would be behind the one that hangs.
    for (let round = 1; round <= 5; round++) {
      await source.send(...Array.from({ length: 20 }, (_, at) => ({ thing: { id: String(at), n: round } })));
      await flow.until(() => [...good.held.values()].filter((value) => (value as { n: number }).n === round).length === 20, `round ${round}`);
    }
    await flow.until(async () => (await flow.letters()).length === (feed === 'rows' ? 20 : 100));
    expect([hung.calls, dead.calls, down.held.size]).toEqual([[], [], 0]);
    await flow.until(async () => (await flow.counters('down', 'beside'))['pending'] === 0);
    expect((await flow.operations.pipelines()).flatMap(({ sinks }) => sinks.filter(({ state }) => state === 'down').map(({ sink }) => sink))).toEqual(['down']);
    expect((await flow.counters('hung', 'hung'))['pending']).toBe(feed === 'rows' ? 20 : 100);
    await expectClosed(flow);
    down.away = false;
    await flow.until(() => down.held.size === 20);
    await flow.until(async () => (await flow.counters('down', 'down'))['pending'] === 0);
    await expectClosed(flow);
  });

  it('a stop does not wait for a processor that hangs, and what hung goes through the next process', async () => {
    const source = createLiveSource({ a: { told: true } });
    const [good, late] = [testSink('good'), testSink('late')];
    let flow = await open(source, [{ name: 'good', sinks: [good] }, { name: 'hung', sinks: [late], processors: [stuck()] }, { name: 'plugin', feed: 'events', sinks: [testSink('x')], processors: [stuck('rpc-plugin')] }]);
    await source.send({ thing: { id: '1', n: 1 } });
    await flow.until(() => good.held.size === 1);
    flow = await restart(source, [{ name: 'good', sinks: [good] }, { name: 'hung', sinks: [late] }]);
    await flow.until(() => late.held.size === 1);
    await flow.rest();
    expect(good.calls).toHaveLength(1);
  });

  it('a row counts as mapped only when all are done with it: a kill in between loses nothing for any', async () => {
    const source = createLiveSource({ a: { told: true } });
    const [one, two] = [testSink('one'), testSink('two')];
    let flow = await open(source, [{ name: 'one', sinks: [one] }, { name: 'two', sinks: [two], processors: [stuck()] }]);
    await source.send({ thing: { id: '1', n: 1 } });
    await flow.until(() => one.held.size === 1);
    const due = async (): Promise<number> => (await declared.store.rows.find({ integration: 'entry', dueBy: Number.MAX_SAFE_INTEGER, limit: 5 })).length;
    expect(await due()).toBe(1);
    flow = await restart(source, [{ name: 'one', sinks: [one] }, { name: 'two', sinks: [two] }]);
    await flow.until(async () => two.held.size === 1 && (await due()) === 0);
    // Same again for the first: it had it.
    expect(one.calls).toHaveLength(1);
  });

  it('a run goes through all of them, and counts each as a resource', async () => {
    const source = createLiveSource({ a: {} });
    source.put('a', [1, 2, 3].map((id) => ({ id: String(id), n: id })));
    const [rows, events, every, other] = [testSink('rows'), testSink('events'), testSink('every', { insertOnly: true }), testSink('other', { insertOnly: true })];
    const flow = await open(source, [
      { name: 'rows', sinks: [rows], processors: [{ type: 'filter', celExpression: 'data.thing.n != 2' }] },
      { name: 'events', sinks: [events, every] },
      { name: 'more events', sinks: [other] },
    ]);
    expect(await flow.run()).toBe('completed');
    await flow.rest();
    expect([rows.held.size, events.held.size, every.taken.length, other.taken.length]).toEqual([2, 3, 3, 3]);
    await expectClosed(flow);
    const [before, calls] = [every.taken.length, [rows.calls.length, events.calls.length]];
    expect(await flow.run()).toBe('completed');
    await flow.rest();
    expect([every.taken.length, rows.calls.length, events.calls.length]).toEqual([before, ...calls]);
  });

  it('each of two that want every event has what was read, and what a changed pipeline begins with', async () => {
    const source = createLiveSource({ a: {}, b: { told: true } });
    source.put('a', [1, 2, 3].map((id) => ({ id: String(id), n: id })));
    const [a, b, c] = [testSink('a'), testSink('b'), testSink('c')];
    let flow = await open(source, [{ name: 'a', feed: 'events', sinks: [a] }, { name: 'b', feed: 'events', sinks: [b] }]);
    await source.send({ kind: 'b', thing: { id: '1', n: 4 } });
    await flow.run();
    await flow.rest();
    expect([a.held.size, b.held.size]).toEqual([4, 4]);
    await expectClosed(flow);
    flow = await restart(source, [{ name: 'a', feed: 'events', sinks: [a] }, { name: 'b', feed: 'events', sinks: [b], processors: [mapN] }, { name: 'c', feed: 'events', sinks: [c] }]);
    await flow.until(() => c.held.size === 4 && [...b.held.values()].every((value) => Object.keys(value as object).join() === 'n'));
    await flow.rest();
    await expectClosed(flow);
  });
});
