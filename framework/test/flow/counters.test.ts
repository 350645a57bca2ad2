import { randomInt } from 'node:crypto';
import type { SinkResult } from '../../src/deliver';
import type { Processor } from '../../src/pipeline/processors';
import { expectClosed, openDeclared, testSink, type Declared, type DeclaredOptions, type TestSink } from './declared';
import { useStore } from './flow';
import { createLiveSource, type LiveSource, type ThingEvent } from './live-source';
import type { Thing } from './source';

const ROUNDS = Number(process.env['ROUNDS'] ?? 6);
const STEPS = 60;
const KEYS = 6;

describe('the counters of pipelines', () => {
  const data = useStore();

  /** Everything that can happen, at random; the same for the same seed. */
  async function play(seed: number): Promise<void> {
    let state = seed;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return (state >>> 8) % below;
    };
    const store = await data.open();
    const source: LiveSource = createLiveSource({ told: { told: true, versioned: true }, listed: { gettable: true, versioned: true, pageSize: 3 }, asked: { gettable: true, claims: 'ask' } });
    const sinks = { states: testSink('states'), other: testSink('other'), latest: testSink('latest'), every: testSink('every', { insertOnly: true }) };
    const moods = new Map<TestSink, 'well' | 'refuses' | 'retries'>();
    for (const sink of Object.values(sinks)) {
      sink.answer = async (item): Promise<SinkResult | undefined> => {
        if (random(4) === 0) await new Promise((resolve) => setImmediate(resolve));
        const mood = moods.get(sink) ?? 'well';
        if (mood === 'refuses' && item.canonicalId.endsWith('1')) return { is: 'refused', error: 'no' };
        return mood === 'retries' && random(2) === 0 ? { is: 'retry', error: 'later' } : undefined;
      };
    }
    let processorWorks = true;
    const sometimes: Processor = {
      type: 'filter',
      async process(event) {
        if (random(3) === 0) await new Promise((resolve) => setImmediate(resolve));
        const { n } = (event.data as { thing: { n: number } }).thing;
        if (n % 7 === 3) return { is: 'discard', reason: 'false' };
        return n % 5 === 1 && !processorWorks ? { is: 'dead', code: 'FILTER_FAILED', message: 'no' } : { is: 'event', event };
      },
    };
    let version = 0;
    const pipelines = (): DeclaredOptions['pipelines'] => [
      { name: 'rows', sinks: [sinks.states, sinks.other], processors: [sometimes, { type: 'mapper', outputEvent: { n: '{{ thing.n }}' } }], delivery: { maxAttempts: 5 }, hash: `rows ${version}` },
      { name: 'events', sinks: [sinks.latest, sinks.every], processors: [sometimes], delivery: { maxAttempts: 5 }, hash: `events ${version}` },
    ];
    let flow: Declared | undefined = await openDeclared({ store, source, pipelines: pipelines() });
    const { clock } = flow;
    const now = new Map<string, Thing>();
    let count = 0;
    const put = (): void => {
      for (const kind of ['listed', 'asked']) source.put(kind, [...now].filter(([id]) => id.startsWith(`${kind} `)).map(([, thing]) => thing));
    };
    const happen = (): ThingEvent => {
      const kind = ['told', 'listed', 'asked'][random(3)]!;
      const id = String(random(KEYS));
      const known = now.get(`${kind} ${id}`);
      const thing = { id, n: ++count, ...(kind !== 'asked' && { version: count }) };
      const late = random(5) === 0 && known !== undefined;
      if (late) return { kind, thing: known };
      if (known && random(5) === 0) {
        now.delete(`${kind} ${id}`);
        put();
        return { kind, type: 'removed', thing };
      }
      now.set(`${kind} ${id}`, thing);
      put();
      return { kind, thing };
    };
    const trace: string[] = [];
    try {
      for (let step = 0; step < STEPS; step++) {
        const sink = Object.values(sinks)[random(4)]!;
        const what = random(20);
        trace.push(`${step}:${what}`);
        if (what < 9) await flow.operations.integrations().then(() => source.send(...Array.from({ length: 1 + random(6) }, happen).flatMap((event) => (random(4) === 0 ? [{ ...event, delivery: `d${count}` }, { ...event, delivery: `d${count}` }] : [event]))));
        else if (what < 11) moods.set(sink, (['well', 'refuses', 'retries'] as const)[random(3)]!);
        else if (what < 12) sink.away = !sink.away;
        else if (what < 13) processorWorks = !processorWorks;
        else if (what < 14) await flow.run();
        else if (what < 15) await flow.operations.replay({});
        else if (what < 16) await flow.operations[random(2) === 0 ? 'pause' : 'resume'](['rows', 'events'][random(2)]!);
        else if (what < 17) {
          await flow.stop();
          flow = undefined;
          if (random(2) === 0) version++;
          flow = await openDeclared({ store, source, pipelines: pipelines(), clock });
        } else for (let ticks = random(40); ticks > 0; ticks--) await flow.until(async () => true);
        await expectClosed(flow);
      }
      moods.clear();
      processorWorks = true;
      for (const sink of Object.values(sinks)) sink.away = false;
      for (const name of ['rows', 'events']) await flow.operations.resume(name);
      // What failed is tried again until nothing is left; a refusal may still be on its way.
      for (await flow.rest(); (await flow.letters()).length > 0; await flow.rest()) await flow.operations.replay({});
      await flow.run({ force: true });
      await flow.rest();
      await expectClosed(flow);
      for (const { name, received, sinks: of } of await flow.operations.pipelines()) {
        if (name !== 'rows') continue;
        for (const { sink, counters } of of) expect({ sink, accepted: counters['accepted']! <= received!['accepted']!, pending: counters['pending'] }).toEqual({ sink, accepted: true, pending: 0 });
      }
      const wanted = [...now].filter(([, { n }]) => (n as number) % 7 !== 3).map(([id, { n }]) => [`test.${id.replace(' ', ':')}`, n]);
      for (const held of [sinks.states, sinks.other, sinks.latest]) {
        const there = new Map([...held.held].map(([id, value]) => [id, (value as { n?: number; thing?: { n: number } }).n ?? (value as { thing: { n: number } }).thing.n]));
        expect({ sink: held.name, wrong: wanted.filter(([id, n]) => there.get(id as string) !== n) }).toEqual({ sink: held.name, wrong: [] });
      }
      // What a stop cut off may come twice, as the same event.
      const contents = new Set(sinks.every.taken.map(({ event, operation, data: given }) => `${event!.id} ${operation} ${JSON.stringify(given)}`));
      expect(new Set(sinks.every.taken.map(({ event }) => event!.id)).size).toBe(contents.size);
    } catch (err) {
      throw new Error(`seed ${seed}, after ${trace.join(' ')}: ${(err as Error).message}`, { cause: err });
    } finally {
      await flow?.stop();
    }
  }

  const first = Number(process.env['SEED'] ?? randomInt(2 ** 30));
  it.each(Array.from({ length: ROUNDS }, (_, round) => first + round))('close at every moment, whatever happens, and states end as the source says (seed %s)', play);
});
