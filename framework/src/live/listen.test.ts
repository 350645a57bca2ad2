import { FrameworkError, type ListenContext } from '../contract';
import type { Store } from '../store';
import { openDeclared, testSink, type Declared } from '../../test/flow/declared';
import { useStore } from '../../test/flow/flow';
import { handClock, type HandClock } from '../../test/flow/hand-clock';
import { createLiveSource, type LiveSource } from '../../test/flow/live-source';

const abort = (context: ListenContext<unknown>): Promise<never> => new Promise((_resolve, reject) => context.signal.addEventListener('abort', () => reject(context.signal.reason as Error), { once: true }));

describe('listening to a source', () => {
  const data = useStore();
  let store: Store;
  let source: LiveSource;
  let flows: Declared[] = [];
  beforeEach(async () => {
    store = await data.open();
    source = createLiveSource({ a: { told: true, versioned: true } });
  });
  afterEach(async () => {
    await Promise.all(flows.map((flow) => flow.stop()));
    flows = [];
  });
  const open = async (of: { readonly store?: Store; readonly highWater?: number; readonly sink?: ReturnType<typeof testSink>; readonly drop?: Record<string, string[]>; readonly clock?: HandClock } = {}): Promise<Declared> => {
    const flow = await openDeclared({ store: of.store ?? store, source, ...(of.clock && { clock: of.clock }), entry: { drop: of.drop ?? {} }, pipelines: [{ name: 'p', sinks: [of.sink ?? testSink('s')], ...(of.highWater !== undefined && { delivery: { highWater: of.highWater } }) }] });
    flows.push(flow);
    return flow;
  };
  const text = (id: string, version = 1): string => JSON.stringify({ type: 'changed', kind: 'a', thing: { id, version } });
  const health = async (flow: Declared): Promise<object> => (await flow.operations.sources())[0]!;

  it('hands back only what is stored: a message is acknowledged after its row, and again after a store that was away', async () => {
    let away = false;
    const acknowledged: string[] = [];
    const unsure: Store = { ...store, accept: (batch) => (away ? Promise.reject(new FrameworkError('STORE_UNREACHABLE', ['it is closed'])) : store.accept(batch)) };
    const flow = await open({ store: unsure });
    const deliver = async (id: string): Promise<void> => {
      await source.sendText({ text: text(id), id });
      expect(await store.rows.get([`entry/a/${id}`])).toHaveLength(1);
      acknowledged.push(id);
    };
    await deliver('1');
    away = true;
    await expect(deliver('2')).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    expect([acknowledged, await flow.letters()]).toEqual([['1'], []]);
    away = false;
    await deliver('2');
    expect(acknowledged).toEqual(['1', '2']);
  });

  it('keeps what is no JSON object raw, then it counts as taken; so does what no store can hold', async () => {
    const picky: Store = {
      ...store,
      accept: (batch) => (batch.deliveries.some(({ records }) => records.some(({ claim }) => claim.key === 'huge')) ? Promise.reject(new FrameworkError('TOO_LARGE', ['it'])) : store.accept(batch)),
    };
    const flow = await open({ store: picky });
    await source.sendText({ text: '{"type":', headers: { kind: 'x' }, id: 'm1' }, { text: '7' }, { text: text('1') }, { text: text('huge') }, { text: text('2') });
    const letters = await flow.letters();
    expect(letters.map(({ code, stage, pipeline }) => [code, stage, pipeline]).sort()).toEqual([['TOO_LARGE', 'source', ''], ['UNREADABLE', 'source', ''], ['UNREADABLE', 'source', '']]);
    expect(JSON.parse(letters.find(({ payload }) => payload!.includes('m1'))!.payload!)).toMatchObject({ headers: { kind: 'x' }, origin: 'queue', body: '{"type":', id: 'm1' });
    // The others of the batch are not touched by it.
    expect((await store.rows.get(['entry/a/1', 'entry/a/2'])).length).toBe(2);
    const [{ received }] = (await flow.operations.pipelines()) as unknown as [{ received: object }];
    expect(received).toEqual({ received: 5, accepted: 2, duplicate: 0, ignored: 0, dead: 3 });
  });

  it('where members are never kept, a text that cannot be read is not kept either', async () => {
    const flow = await open({ drop: { a: ['secret'] } });
    await source.sendText({ text: '{"secret": 1,' });
    const [letter] = await flow.letters();
    expect(letter).toMatchObject({ code: 'UNREADABLE' });
    expect(letter).not.toHaveProperty('payload');
    expect(await flow.operations.replay({})).toBe(0);
  });

  it('waits while the pipelines behind it have too much to do', async () => {
    const sink = testSink('s');
    sink.away = true;
    const flow = await open({ sink, highWater: 2 });
    await source.send({ thing: { id: '1', version: 1 } }, { thing: { id: '2', version: 1 } });
    let taken = false;
    const third = source.send({ thing: { id: '3', version: 1 } }).then(() => (taken = true));
    const later = flow.clock.now() + 60_000;
    await flow.until(() => flow.clock.now() > later);
    expect([taken, await store.rows.get(['entry/a/3'])]).toEqual([false, []]);
    sink.away = false;
    await flow.until(() => taken);
    await third;
    await flow.until(() => sink.held.size === 3);
  });

  it('after a restart too: what an earlier process left counts', async () => {
    const sink = testSink('s');
    sink.away = true;
    await open({ sink });
    await source.send({ thing: { id: '1', version: 1 } }, { thing: { id: '2', version: 1 } });
    await flows[0]!.until(async () => (await store.outputs.counts('p')).due === 2);
    await flows.pop()!.stop();
    const flow = await open({ sink, highWater: 2 });
    let taken = false;
    const third = source.send({ thing: { id: '3', version: 1 } }).then(() => (taken = true));
    const later = flow.clock.now() + 60_000;
    await flow.until(() => flow.clock.now() > later);
    expect(taken).toBe(false);
    sink.away = false;
    await flow.until(() => taken);
    await third;
  });

  it('begins again when the source fails, further and further apart, and says so until it is well', async () => {
    const times: number[] = [];
    const clock = handClock();
    let fails = 4;
    source.onListen = (context) => {
      times.push(clock.now());
      if (fails === 0) return abort(context);
      return --fails === 1 ? Promise.resolve() : Promise.reject(new Error('the queue is away'));
    };
    const flow = await open({ clock });
    await flow.until(() => times.length === 2);
    expect(await health(flow)).toMatchObject({ state: 'down', error: 'the queue is away' });
    await flow.until(() => times.length === 5);
    expect(flow.log.lines.filter(({ message }) => message.includes('listening to the source failed'))).toHaveLength(4);
    // It has nothing to say, and is well all the same.
    await flow.until(async () => ((await health(flow)) as { state: string }).state === 'up');
    expect(await health(flow)).not.toHaveProperty('error');
    const waits = times.slice(1).map((time, at) => time - times[at]!);
    expect(waits.every((wait) => wait >= 250 && wait <= 16_000)).toBe(true);
  });

  it('a message that comes again does nothing; the same id with another text is another', async () => {
    const sink = testSink('s');
    const flow = await open({ sink });
    await source.sendText({ text: text('1', 1), id: 'm' });
    await source.sendText({ text: text('1', 1), id: 'm' }, { text: text('1', 2), id: 'm' });
    await flow.rest();
    const [{ received }] = (await flow.operations.pipelines()) as unknown as [{ received: object }];
    expect(received).toEqual({ received: 3, accepted: 2, duplicate: 1, ignored: 0, dead: 0 });
  });

  it('a stop ends the waiting, and tells the source to hand back', async () => {
    const sink = testSink('s');
    sink.away = true;
    const flow = await open({ sink, highWater: 1 });
    await source.send({ thing: { id: '1', version: 1 } });
    const waiting = source.send({ thing: { id: '2', version: 1 } });
    waiting.catch(() => undefined);
    await flows.pop()!.stop();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect([await store.rows.get(['entry/a/2']), flow.log.lines.filter(({ level }) => level === 'error')]).toEqual([[], []]);
  });

  it('gives what is stored of a kind', async () => {
    let seen: unknown[] = [];
    source.onListen = async (context) => {
      for await (const row of context.stored('a')) seen = [...seen, row];
      return abort(context);
    };
    await store.rows.claim({ scope: { integration: 'entry', kind: 'a' }, truth: 'told', mapping: '', at: 1, claims: [{ key: '1', stamp: 1, is: 'present', text: '{"id":"1"}', hash: 'h' }, { key: '2', stamp: 2, is: 'gone' }] });
    const flow = await open();
    await flow.until(() => seen.length > 0);
    expect(seen).toEqual([{ id: '1' }]);
  });
});
