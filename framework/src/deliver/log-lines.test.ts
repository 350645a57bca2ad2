import { listen, type Lines } from '../../test/flow/flow';
import { handClock } from '../../test/flow/hand-clock';
import { tick } from '../../test/flow/delivery';
import type { NewDeadLetter, Output } from '../store';
import { createLetterLog } from './letter-log';
import type { Sink, SinkResult } from './sink';
import { createSinkQueue, PATIENT } from './sink-queue';

const fields = { integration: 'entry', pipeline: 'entry/0' };
const output = (id: string): Output => ({ _id: `entry%2F0/a/${id}`, ...fields, kinds: ['a'], parts: [], cleared: [], hash: 'h', gone: false, again: false, sinks: [], rev: '1' });

interface Way {
  /** Undefined: it cannot be asked. `true`: it answers when asked. */
  readonly ping: boolean | undefined;
}

/** A queue before a sink that takes nothing while `down`. */
function queueOf({ ping }: Way) {
  const clock = handClock();
  const log: Lines = listen();
  const state = { down: false, calls: 0 };
  const sink = {
    name: 'mongo',
    batchItems: 10,
    concurrency: 1,
    needsName: false,
    async write(items: readonly unknown[]): Promise<readonly SinkResult[]> {
      state.calls++;
      return items.map((): SinkResult => (state.down ? { is: 'retry', error: 'connection refused' } : { is: 'ok' }));
    },
    ...(ping !== undefined && {
      async ping() {
        if (state.down && !ping) throw new Error('connection refused');
      },
    }),
  } as unknown as Sink<Output>;
  const settled: string[] = [];
  const queue = createSinkQueue({
    sink,
    item: (of) => of,
    clock,
    log,
    fields,
    signal: new AbortController().signal,
    retry: PATIENT,
    options: () => ({ merge: true, createMissingRelatedEntities: true, deleteDependentEntities: true }),
    settled: (results) => {
      settled.push(...results.map(({ result }) => result));
      queue.landed(results.map((one) => one.output._id));
    },
    released: () => undefined,
    back: () => undefined,
  });
  const offer = async (id: string): Promise<void> => {
    const before = state.calls;
    for (let at = 0; at < 200 && state.calls === before; at++) {
      queue.offer(output(id));
      await tick();
      clock.advance(1_000);
    }
    await tick();
    await tick();
  };
  return { state, log, offer };
}

const lineOf = (lines: Lines['lines']) => lines.map(({ level, fields: of }) => ({ level, ...of }));

test.each<[string, Way]>([
  ['cannot be asked', { ping: undefined }],
  ['does not answer when asked', { ping: false }],
  ['answers when asked, and takes nothing', { ping: true }],
])('a sink that %s: one line when it goes, one when it is back', async (_name, way) => {
  const { state, log, offer } = queueOf(way);
  await offer('1');
  expect(log.lines).toEqual([]);
  state.down = true;
  await offer('2');
  if (way.ping !== false) await offer('3');
  expect(lineOf(log.lines)).toEqual([{ level: 'warn', ...fields, sink: 'mongo', err: 'connection refused' }]);
  state.down = false;
  await offer('4');
  expect(lineOf(log.lines).slice(1)).toEqual([{ level: 'info', ...fields, sink: 'mongo', awayMs: expect.any(Number) as number }]);
  expect(log.lines[1]!.fields['awayMs']).toBeGreaterThan(0);
});

test('dead letters: one line a minute of each pipeline and code, with a count, and never what is in them', () => {
  const clock = handClock();
  const log = listen();
  const tell = createLetterLog({ log, clock });
  const letter: NewDeadLetter = { integration: 'entry', pipeline: 'entry/0', stage: 'sink', sink: 'mongo', code: 'SINK_REFUSED', message: 'secret message', kind: 'a', payload: '{"secret":1}' };
  for (let at = 0; at < 5; at++) tell(letter);
  tell({ ...letter, code: 'SINK_GAVE_UP' });
  expect(log.lines.map(({ fields: of }) => [of['code'], of['count']])).toEqual([['SINK_REFUSED', 1], ['SINK_GAVE_UP', 1]]);
  clock.advance(60_000);
  tell(letter);
  expect(log.lines.map(({ fields: of }) => of['count'])).toEqual([1, 1, 5]);
  expect(log.lines.every(({ level }) => level === 'warn')).toBe(true);
  expect(JSON.stringify(log.lines)).not.toContain('secret');
});
