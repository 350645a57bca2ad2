import type { SinkResult } from '../../src/deliver';
import type { Processor } from '../../src/pipeline/processors';
import type { DeadLetter } from '../../src/store';
import { expectClosed, testSink, useDeclared, type DeclaredOptions } from './declared';
import { createLiveSource } from './live-source';

const told = { a: { told: true, versioned: true } } as const;
const mapN = { type: 'mapper', outputEvent: { n: '{{ thing.n }}' } };

describe('dead letters', () => {
  const declared = useDeclared();
  const { open, restart } = declared;
  const shown = (letters: readonly DeadLetter[]): { readonly pipeline: string }[] => letters.map(({ id, pipeline, sink, stage, code, row, attempts }) => ({ id, pipeline, stage, code, row, attempts, ...(sink !== undefined && { sink }) }));
  /** Fails where the thing says so. */
  const failing = (type: string, code: string): Processor => ({
    type,
    process: (event) => ((event.data as { thing: { fail?: boolean } }).thing.fail ? { is: 'dead', code: code as 'PLUGIN_FAILED', message: `${code} of the test` } : { is: 'event', event }),
  });
  const refusing = (code?: 'TOO_LARGE' | 'FIELD_NAME'): ((item: { readonly data?: unknown }) => SinkResult | undefined) => (item) =>
    (item.data as { thing?: { fail?: boolean } } | undefined)?.thing?.fail ? { is: 'refused', error: 'refused by the test', ...(code && { code }) } : undefined;

  it.each(['rows', 'events'] as const)('name stage and code of what failed, and leave the sink as it is (%s)', async (feed) => {
    const source = createLiveSource(told);
    const steps: readonly (readonly [string, Processor | { readonly type: string }])[] = [
      ['filter FILTER_FAILED', { type: 'filter', celExpression: 'data.thing.fail == false || data.thing.id + 1 == 2' } as { type: string }],
      ['filter FILTER_NOT_BOOLEAN', { type: 'filter', celExpression: 'data.thing.value' } as { type: string }],
      ['mapper FIELD_MISSING', { type: 'mapper', onMissing: 'error', outputEvent: { is: '{{ thing.ok }}' } } as { type: string }],
      ['plugin PLUGIN_FAILED', failing('rpc-plugin', 'PLUGIN_FAILED')],
      ['plugin PLUGIN_TIMEOUT', failing('rpc-plugin', 'PLUGIN_TIMEOUT')],
      ['plugin PLUGIN_CRASHED', failing('rpc-plugin', 'PLUGIN_CRASHED')],
      ['aggregator LOOKUP_FAILED', failing('cloud-vendor-aggregator', 'LOOKUP_FAILED')],
    ];
    const sinks = steps.map(([name]) => testSink(name));
    const refusals = [Object.assign(testSink('s'), { answer: refusing() }), Object.assign(testSink('s'), { answer: refusing('TOO_LARGE') }), Object.assign(testSink('s'), { answer: refusing('FIELD_NAME') })];
    const flow = await open(source, [
      ...steps.map(([name, step], at) => ({ name, feed, sinks: [sinks[at]!], processors: [step] })),
      ...['sink SINK_REFUSED', 'sink TOO_LARGE', 'sink FIELD_NAME'].map((name, at) => ({ name, feed, sinks: [refusals[at]!] })),
    ]);
    await source.send({ thing: { id: '1', n: 1, version: 1, fail: false, value: true, ok: 1 } });
    await flow.rest();
    const held = [...sinks, ...refusals].map((sink) => [...sink.held]);
    expect(held.every((one) => one.length === 1)).toBe(true);
    await source.send({ thing: { id: '1', n: 2, version: 2, fail: true, value: 'text' } });
    await flow.until(async () => (await flow.letters()).length === 10);
    await flow.rest();
    const letters = await flow.letters();
    expect(letters.map(({ pipeline, stage, code }) => [pipeline, `${stage} ${code}`]).sort()).toEqual(letters.map(({ pipeline }) => [pipeline, pipeline]).sort());
    expect(letters.map(({ row, kind, integration }) => [row, kind, integration])).toEqual(letters.map(() => ['entry/a/1', 'a', 'entry']));
    for (const { payload } of letters) expect(JSON.stringify(JSON.parse(payload!))).toContain('fail');
    expect([...sinks, ...refusals].map((sink) => [...sink.held])).toEqual(held);
    for (const { name, sinks: of } of await flow.operations.pipelines()) expect([name, of[0]!.counters]).toMatchObject([name, { accepted: 2, delivered: 1, dead: 1, pending: 0 }]);
  });

  it('on the rows feed there is one of a row, pipeline and sink: a later failure replaces it, a later success removes it', async () => {
    const source = createLiveSource(told);
    const [one, two] = [Object.assign(testSink('one'), { answer: refusing() }), testSink('two')];
    const flow = await open(source, [{ name: 'p', sinks: [one, two] }, { name: 'q', sinks: [testSink('q')], processors: [failing('filter', 'FILTER_FAILED')] }]);
    for (const version of [1, 2, 3]) {
      await source.send({ thing: { id: '1', version, fail: true } });
      await flow.rest();
    }
    expect(shown(await flow.letters()).sort((a, b) => (a.pipeline < b.pipeline ? -1 : 1))).toMatchObject([
      { pipeline: 'p', sink: 'one', stage: 'sink', code: 'SINK_REFUSED', row: 'entry/a/1', attempts: 3 },
      { pipeline: 'q', stage: 'filter', code: 'FILTER_FAILED', row: 'entry/a/1', attempts: 3 },
    ]);
    const [letter] = await flow.letters();
    expect(letter!.lastAt).toBeGreaterThan(letter!.firstAt);
    expect(two.held.size).toBe(1);
    await source.send({ thing: { id: '1', version: 4, fail: false } });
    await flow.rest();
    expect(await flow.letters()).toEqual([]);
    await expectClosed(flow);
  });

  it('a row whose thing goes takes its letters along', async () => {
    const source = createLiveSource(told);
    const sink = Object.assign(testSink('s'), { answer: refusing() });
    const flow = await open(source, [{ name: 'p', sinks: [sink] }]);
    await source.send({ thing: { id: '1', version: 1, fail: true } });
    await flow.until(async () => (await flow.letters()).length === 1);
    await source.send({ type: 'removed', thing: { id: '1', version: 2 } });
    await flow.rest();
    expect(await flow.letters()).toEqual([]);
  });

  it('with a mapping, one refused entity of a row keeps its letter while another of the row passes', async () => {
    const source = createLiveSource(told);
    const entity = (identifier: string): object => ({ kind: 'a', selector: { query: 'true' }, port: { entity: { mappings: { identifier, blueprint: '"b"', properties: { n: '.n' } } } } });
    let refuse = true;
    const sink = Object.assign(testSink('s'), { answer: ({ canonicalId }: { readonly canonicalId: string }): SinkResult | undefined => (refuse && canonicalId === 'b:1x' ? { is: 'refused', error: 'no' } : undefined) });
    const mapping = { resources: [entity('.id + "x"'), entity('.id + "y"')] } as never;
    const flow = await open(source, [{ name: 'p', sinks: [sink], mapping }]);
    await source.send({ thing: { id: '1', version: 1, n: 1 } });
    await flow.rest();
    await source.send({ thing: { id: '1', version: 2, n: 2 } });
    await flow.rest();
    expect(await flow.letters()).toMatchObject([{ row: 'entry/a/1', sink: 's', output: 'p/b/1x' }]);
    expect(await flow.counters('p', 's')).toMatchObject({ accepted: 2, dead: 2, delivered: 0 });
    refuse = false;
    await source.send({ thing: { id: '1', version: 3, n: 3 } });
    await flow.rest();
    expect([await flow.letters(), await flow.counters('p', 's')]).toMatchObject([[], { accepted: 3, dead: 2, delivered: 1 }]);
  });

  describe('a replay', () => {
    it('on the rows feed takes the row as it is now; what fails again keeps its number, and counts', async () => {
      const source = createLiveSource(told);
      let works = false;
      const sink = testSink('s');
      const processor: Processor = { type: 'filter', process: (event) => (works ? { is: 'event', event } : { is: 'dead', code: 'FILTER_FAILED', message: 'not yet' }) };
      const flow = await open(source, [{ name: 'p', sinks: [sink], processors: [processor, mapN] }]);
      await source.send({ thing: { id: '1', n: 1, version: 1 } }, { thing: { id: '2', n: 1, version: 1 } });
      await flow.until(async () => (await flow.letters()).length === 2);
      const [first, second] = await flow.letters();
      expect(await flow.operations.replay({ id: first!.id })).toBe(1);
      expect(shown(await flow.letters())).toEqual([{ ...shown([first!])[0], attempts: 2 }, shown([second!])[0]]);
      works = true;
      expect(await flow.operations.replay({ id: first!.id })).toBe(1);
      await flow.rest();
      expect([shown(await flow.letters()), sink.calls.flat()]).toEqual([shown([second!]), [`write test.a:${first!.row!.split('/').at(-1)}`]]);
      expect(await flow.operations.replay({ id: 999 })).toBe(0);
      expect(await flow.counters('p', 's')).toMatchObject({ accepted: 4, dead: 3, delivered: 1 });
      await expectClosed(flow);
    });

    it('of what a sink refused sends the state of now again; by filter, and all', async () => {
      const source = createLiveSource(told);
      let refuse = true;
      const sink = Object.assign(testSink('s'), { answer: (): SinkResult | undefined => (refuse ? { is: 'refused', error: 'no' } : undefined) });
      const flow = await open(source, [{ name: 'p', sinks: [sink], processors: [{ type: 'filter', celExpression: 'data.thing.n < 100 || data.thing.id + 1 == 2' }] }]);
      const many = Array.from({ length: 120 }, (_, at) => ({ thing: { id: String(at), n: at, version: 1 } }));
      await source.send(...many);
      await flow.until(async () => (await flow.letters()).length === 120);
      expect(await flow.operations.replay({ code: 'NOBODY_HAS_IT' })).toBe(0);
      expect(await flow.operations.replay({ stage: 'sink' })).toBe(100);
      await flow.until(async () => (await flow.letters()).filter(({ attempts }) => attempts === 2).length === 100);
      refuse = false;
      expect(await flow.operations.replay({ integration: 'entry', code: 'SINK_REFUSED' })).toBe(100);
      await flow.until(async () => (await flow.letters()).length === 20);
      expect(sink.held.size).toBe(100);
      expect(await flow.operations.replay({ integration: 'nobody' })).toBe(0);
      expect(await flow.operations.replay({})).toBe(20);
      await flow.rest();
      expect((await flow.letters()).every(({ stage, attempts }) => stage === 'filter' && attempts === 2)).toBe(true);
      await expectClosed(flow);
    });

    it('goes through the pipeline as it is after a restart', async () => {
      const source = createLiveSource(told);
      const sink = testSink('s');
      const wrong = { type: 'filter', celExpression: 'data.thing.n + "x" == "1x"' };
      let flow = await open(source, [{ name: 'p', sinks: [sink], processors: [wrong], hash: 'same' }]);
      await source.send({ thing: { id: '1', n: 1, version: 1 } });
      await flow.until(async () => (await flow.letters()).length === 1);
      flow = await restart(source, [{ name: 'p', sinks: [sink], hash: 'same' }]);
      const [letter] = await flow.letters();
      expect(await flow.operations.replay({ id: letter!.id })).toBe(1);
      await flow.rest();
      expect([await flow.letters(), sink.held.size]).toEqual([[], 1]);
    });

    it.each(['before', 'after'] as const)('on the events feed never overwrites what a later event left (restart %s)', async (when) => {
      const source = createLiveSource(told);
      const [states, every] = [testSink('states'), testSink('every', { insertOnly: true })];
      const pipelines = (works: boolean): DeclaredOptions['pipelines'] => [{ name: 'p', sinks: [states, every], processors: works ? [] : [failing('rpc-plugin', 'PLUGIN_FAILED')], hash: 'same' }];
      let flow = await open(source, pipelines(false));
      for (const id of ['later', 'newest', 'gone', 'discarded']) await source.send({ thing: { id, n: 1, version: 1 } });
      await flow.rest();
      for (const id of ['later', 'newest', 'gone', 'discarded']) await source.send({ thing: { id, n: 2, version: 2, fail: true } });
      await source.send({ thing: { id: 'later', n: 3, version: 3 } }, { type: 'removed', thing: { id: 'gone', n: 3, version: 3 } });
      await flow.until(async () => (await flow.letters()).length === 4);
      await flow.rest();
      if (when === 'before') flow = await restart(source, pipelines(true));
      const before = every.taken.length;
      expect(await flow.operations.replay({ stage: 'plugin' })).toBe(4);
      if (when === 'after') {
        // It fails again, and stays as it was.
        await flow.until(async () => (await flow.letters()).every(({ attempts }) => attempts === 2));
        expect((await flow.letters()).length).toBe(4);
        flow = await restart(source, pipelines(true));
        expect(await flow.operations.replay({ stage: 'plugin' })).toBe(4);
      }
      await flow.until(async () => (await flow.letters()).length === 0);
      await flow.rest();
      const n = (id: string): unknown => (states.held.get(`test.a:${id}`) as { thing: { n: number } } | undefined)?.thing.n;
      expect([n('later'), n('newest'), n('gone'), n('discarded')]).toEqual([3, 2, undefined, 2]);
      const replayed = every.taken.slice(before);
      expect(replayed.map(({ canonicalId, data: given }) => [canonicalId, (given as { thing: { n: number } }).thing.n]).sort()).toEqual(['discarded', 'gone', 'later', 'newest'].map((id) => [`test.a:${id}`, 2]));
      expect(replayed.every(({ event }) => !event!.id.includes('~'))).toBe(true);
      expect(await flow.counters('p', 'states')).toMatchObject({ stale: 2, delivered: 2, pending: 0 });
      expect(await flow.counters('p', 'every')).toMatchObject({ accepted: 4, delivered: 4 });
      await expectClosed(flow);
    });

    it('of an event that one sink refused goes to that sink alone, twice asked is once done', async () => {
      const source = createLiveSource(told);
      let refuse = true;
      const [states, one, two] = [testSink('states'), Object.assign(testSink('one', { insertOnly: true }), { answer: (): SinkResult | undefined => (refuse ? { is: 'refused', error: 'no' } : undefined) }), testSink('two', { insertOnly: true })];
      const flow = await open(source, [{ name: 'p', sinks: [states, one, two] }]);
      await source.send({ thing: { id: '1', n: 1, version: 1 } });
      await flow.rest();
      const [letter] = await flow.letters();
      expect(letter).toMatchObject({ sink: 'one', stage: 'sink', code: 'SINK_REFUSED', attempts: 1 });
      await flow.operations.replay({ id: letter!.id });
      await flow.until(async () => (await flow.letters())[0]!.attempts === 2);
      refuse = false;
      await Promise.all([flow.operations.replay({ id: letter!.id }), flow.operations.replay({ id: letter!.id })]);
      await flow.rest();
      expect([await flow.letters(), one.taken.length, two.taken.length, states.taken.length]).toEqual([[], 1, 1, 1]);
      expect(new Set([one.taken[0]!.event!.id, two.taken[0]!.event!.id]).size).toBe(1);
      await expectClosed(flow);
    });

    it('of a raw delivery routes it as if it came now; what cannot be routed yet stays, and counts', async () => {
      const source = createLiveSource(told);
      const sink = testSink('s');
      const flow = await open(source, [{ name: 'p', sinks: [sink] }]);
      const { live } = source.integration;
      const right = live!.changes;
      let broken = true;
      Object.assign(live!, {
        changes: (...given: Parameters<typeof right>) => {
          if (broken) throw new Error('a mistake in the integration');
          return right(...given);
        },
      });
      await source.send({ thing: { id: '1', n: 1, version: 1 }, delivery: 'd1' });
      await source.sendText({ text: 'no JSON', id: 'd2' }, { text: '[1]' });
      const letters = await flow.letters();
      expect(letters.map(({ stage, code, pipeline }) => [stage, code, pipeline]).sort()).toEqual([['source', 'ROUTING_FAILED', ''], ['source', 'UNREADABLE', ''], ['source', 'UNREADABLE', '']]);
      const [letter] = letters.filter(({ code }) => code === 'ROUTING_FAILED');
      await flow.operations.replay({ code: 'ROUTING_FAILED' });
      expect((await flow.letters()).find(({ id }) => id === letter!.id)).toMatchObject({ attempts: 2, code: 'ROUTING_FAILED' });
      broken = false;
      flow.clock.advance(3_600_000);
      expect(await flow.operations.replay({ code: 'ROUTING_FAILED' })).toBe(1);
      await flow.rest();
      expect([(await flow.letters()).length, sink.held.size]).toEqual([2, 1]);
      const [row] = await declared.store.rows.get(['entry/a/1']);
      expect(row!.event!.at).toBeGreaterThanOrEqual(letter!.firstAt + 3_600_000);
      // The vendor's own redelivery does nothing more.
      await source.send({ thing: { id: '1', n: 1, version: 1 }, delivery: 'd1' });
      await flow.rest();
      const [{ received }] = (await flow.operations.pipelines()) as unknown as [{ received: object }];
      expect(received).toEqual({ received: 5, accepted: 1, duplicate: 1, ignored: 0, dead: 3 });
    });
  });
});
