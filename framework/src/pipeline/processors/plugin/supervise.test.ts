import { recordedLog, type RecordedLog } from '../../../testkit/recorded-log';
import { deferred, type JsonObject } from '../../../shared';
import { event } from '../test/event';
import { manualClock, until, type ManualClock } from '../test/manual-clock';
import type { PipelineEvent, Processed } from '../types';
import type { Answer, Method, PluginLine } from './protocol';
import { supervise } from './supervise';

/** A plugin made of answers: what arrives is listed, and answered by the test. */
interface FakeLine {
  readonly line: PluginLine;
  readonly ends: ('shutdown' | 'terminate')[];
  /** What its end waits for. */
  ended: Promise<void>;
  /** Names of the events that wait for their answer. */
  flying(): readonly string[];
  answer(event: string, answer: Answer): void;
  answerTo(method: Method, answer: Answer): void;
  /** Exits: everything in flight breaks. */
  crash(): void;
}

const result = (members: JsonObject = {}): Answer => ({ is: 'result', result: members });
const changed = (data: string): Answer => result({ event: { data } });

function fakeLine(init: Answer | undefined): FakeLine {
  const requests: { readonly method: Method; readonly event: string; settle(answer: Answer): void }[] = [];
  const gone = deferred<string>();
  const ends: ('shutdown' | 'terminate')[] = [];
  const settleAll = (answer: Answer): void => requests.splice(0).forEach((request) => request.settle(answer));
  const take = (found: (request: (typeof requests)[number]) => boolean): ((answer: Answer) => void) => {
    const at = requests.findIndex(found);
    return at < 0 ? () => undefined : requests.splice(at, 1)[0]!.settle;
  };
  const fake: FakeLine = {
    ends,
    ended: Promise.resolve(),
    line: {
      gone: gone.promise,
      call: ({ method, params, signal }) =>
        new Promise((resolve) => {
          if (method === 'init' && init) return resolve(init);
          const name = String((params?.['event'] as { readonly data?: string } | undefined)?.data ?? '');
          const request = { method, event: name, settle: resolve };
          requests.push(request);
          signal.addEventListener('abort', () => {
            if (requests.includes(request)) requests.splice(requests.indexOf(request), 1);
          });
        }),
      async end(how) {
        ends.push(how);
        settleAll({ is: 'away', cause: 'we ended it' });
        await fake.ended;
      },
    },
    flying: () => requests.filter(({ method }) => method === 'process').map((request) => request.event),
    answer: (name, answer) => take((request) => request.event === name)(answer),
    answerTo: (method, answer) => take((request) => request.method === method)(answer),
    crash() {
      settleAll({ is: 'broken', cause: 'it exited with code 1' });
      gone.resolve('it exited with code 1');
    },
  };
  return fake;
}

interface Setup {
  readonly clock: ManualClock;
  readonly log: RecordedLog;
  readonly lines: readonly FakeLine[];
  readonly plugin: ReturnType<typeof supervise>;
  last(): FakeLine;
  send(name: string): Promise<Processed>;
}

function setup(options: { readonly concurrency?: number; readonly init?: (n: number) => Answer | undefined } = {}): Setup {
  const clock = manualClock();
  const log = recordedLog();
  const lines: FakeLine[] = [];
  const plugin = supervise({
    connect() {
      const line = fakeLine(options.init ? options.init(lines.length) : result({ name: 'fake', version: '1' }));
      lines.push(line);
      return line.line;
    },
    init: { protocol: 1 },
    timeoutMs: 5_000,
    initTimeoutMs: 10_000,
    concurrency: options.concurrency ?? 1,
    clock,
    log,
    clean: (text) => text,
  });
  return { clock, log, lines, plugin, last: () => lines.at(-1)!, send: (name) => plugin.process(event(name)) as Promise<Processed> };
}

const flies = (of: Setup, ...names: readonly string[]): Promise<void> =>
  until(() => of.lines.length > 0 && JSON.stringify(of.last().flying()) === JSON.stringify(names), `${names.join(', ')} in flight`);
/** Waits for a wait of this length, and lets it pass. */
const pass = async (of: Setup, ms: number): Promise<void> => {
  await until(() => of.clock.asleep().includes(ms), `a wait of ${ms} ms`);
  of.clock.advance(ms);
};
const outOf = (processed: Processed): PipelineEvent => {
  if (processed.is !== 'event') throw new Error(JSON.stringify(processed));
  return processed.event;
};

describe('answers', () => {
  test('only data and eventType are taken', async () => {
    const one = setup();
    const done = one.send('a');
    await flies(one, 'a');
    one.last().answer('a', result({ event: { id: 'other', kind: 'other', operation: 'delete', eventType: 'new', data: { x: 1 } } }));
    expect(outOf(await done)).toEqual({ ...event('a'), eventType: 'new', data: { x: 1 } });
  });

  test.each<readonly [JsonObject, Processed]>([
    [{ discard: true, reason: 'spam' }, { is: 'discard', reason: 'spam' }],
    [{ discard: true }, { is: 'discard', reason: 'plugin' }],
    [{ discard: true, reason: 'a whole sentence' }, { is: 'discard', reason: 'plugin' }],
    [{}, { is: 'dead', code: 'PLUGIN_FAILED', message: 'the answer has neither event.data nor discard' }],
    [{ event: { eventType: 'x' } }, { is: 'dead', code: 'PLUGIN_FAILED', message: 'the answer has neither event.data nor discard' }],
  ])('%j', async (answer, expected) => {
    const one = setup();
    const done = one.send('a');
    await flies(one, 'a');
    one.last().answer('a', result(answer));
    expect(await done).toEqual(expected);
  });

  test('an error that is not retryable is a dead letter, and shows until an event passes', async () => {
    const one = setup();
    const done = one.send('a');
    await flies(one, 'a');
    one.last().answer('a', { is: 'error', code: 'E1', message: 'no', retryable: false });
    expect(await done).toEqual({ is: 'dead', code: 'PLUGIN_FAILED', message: 'E1 no' });
    expect(one.plugin.trouble()).toBe('E1 no');
    const next = one.send('b');
    await flies(one, 'b');
    one.last().answer('b', changed('b2'));
    expect(outOf(await next).data).toBe('b2');
    expect(one.plugin.trouble()).toBeUndefined();
  });

  test('a retryable error is tried three times, with growing waits or those it asks for', async () => {
    const one = setup();
    const done = one.send('a');
    const no: Answer = { is: 'error', code: '503', message: 'busy', retryable: true };
    for (const [answer, wait] of [[no, 500], [{ ...no, afterMs: 7_000 }, 7_000]] as const) {
      await flies(one, 'a');
      one.last().answer('a', answer);
      await pass(one, wait);
    }
    await flies(one, 'a');
    one.last().answer('a', no);
    expect(await done).toEqual({ is: 'dead', code: 'PLUGIN_FAILED', message: '503 busy' });
    expect(one.lines).toHaveLength(1);
  });
});

describe('concurrency', () => {
  test.each([
    [3, undefined, 3],
    [3, 2, 2],
    [2, 9, 2],
    [3, 0, 1],
  ])('%s configured, the plugin says %s: %s in flight', async (concurrency, said, expected) => {
    const one = setup({ concurrency, init: () => result(said === undefined ? {} : { concurrency: said }) });
    const names = ['a', 'b', 'c', 'd'];
    const all = names.map((name) => one.send(name));
    for (const [index, name] of names.entries()) {
      await flies(one, ...names.slice(index, index + expected));
      one.last().answer(name, changed(name));
      await all[index];
    }
  });
});

describe('time limit', () => {
  test('three tries, then a dead letter and a restart', async () => {
    const one = setup();
    const done = one.send('a');
    for (let n = 0; n < 3; n++) {
      await flies(one, 'a');
      await pass(one, 5_000);
    }
    expect(await done).toEqual({ is: 'dead', code: 'PLUGIN_TIMEOUT', message: 'no answer within 5000 ms, 3 times' });
    expect(one.last().ends).toEqual(['terminate']);
    expect(one.plugin.trouble()).toBe('no answer within 5000 ms, 3 times in a row');
    await pass(one, 500);
    await until(() => one.lines.length === 2);
  });

  test('a restart for timeouts is no try of what flies beside them', async () => {
    const one = setup({ concurrency: 2 });
    const hanging = one.send('hanging');
    await flies(one, 'hanging');
    for (let n = 0; n < 2; n++) await pass(one, 5_000).then(() => flies(one, 'hanging'));
    one.clock.advance(1_000);
    const beside = one.send('beside');
    await flies(one, 'hanging', 'beside');
    one.clock.advance(4_000);
    expect((await hanging).is).toBe('dead');
    await pass(one, 500);
    // Two crashes of its own leave it a third try: the restart was none.
    for (const wait of [1_000, 2_000]) {
      await flies(one, 'beside');
      one.last().crash();
      await pass(one, wait);
    }
    await flies(one, 'beside');
    one.last().answer('beside', changed('ok'));
    expect(outOf(await beside).data).toBe('ok');
  });

  test('an answer in between begins the count anew', async () => {
    const one = setup({ concurrency: 2 });
    const slow = one.send('slow');
    const quick = one.send('quick');
    await flies(one, 'slow', 'quick');
    one.last().answer('quick', changed('1'));
    await quick;
    for (let n = 0; n < 2; n++) await pass(one, 5_000).then(() => flies(one, 'slow'));
    const other = one.send('other');
    await flies(one, 'slow', 'other');
    one.last().answer('other', changed('2'));
    await other;
    await pass(one, 5_000);
    expect((await slow).is).toBe('dead');
    expect(one.lines).toHaveLength(1);
    expect(one.last().ends).toEqual([]);
  });
});

describe('crashes', () => {
  test('what was in flight is sent one at a time; only the culprit becomes a dead letter', async () => {
    const one = setup({ concurrency: 3 });
    const good = ['a', 'c', 'd'].map((name): readonly [string, Promise<Processed>] => [name, one.send(name)]);
    const bad = one.send('bad');
    await flies(one, 'a', 'c', 'd');
    one.last().answer('a', changed('a'));
    await good[0]![1];
    await flies(one, 'c', 'd', 'bad');
    const later = one.send('later');
    one.last().crash();
    await pass(one, 500);

    for (const name of ['c', 'd']) {
      await flies(one, name);
      one.last().answer(name, changed(name));
    }
    for (const wait of [500, 1_000]) {
      await flies(one, 'bad');
      good.push([`during ${wait}`, one.send(`during ${wait}`)]);
      expect(one.last().flying()).toEqual(['bad']);
      one.last().crash();
      if (wait === 500) await pass(one, wait);
    }
    expect(await bad).toEqual({ is: 'dead', code: 'PLUGIN_CRASHED', message: 'it exited with code 1; 3 times' });
    await pass(one, 1_000);
    await flies(one, 'later', 'during 500', 'during 1000');
    for (const name of one.last().flying()) one.last().answer(name, changed(name));
    for (const [name, done] of [...good, ['later', later] as const]) expect(outOf(await done).data).toBe(name);
    expect(one.lines).toHaveLength(4);
  });

  test('an idle plugin that exits is restarted', async () => {
    const one = setup();
    one.plugin.start();
    await until(() => one.log.lines.some((line) => line.includes('the plugin is ready')));
    one.last().crash();
    await until(() => one.plugin.trouble() === 'it exited with code 1');
    await pass(one, 500);
    await until(() => one.lines.length === 2 && one.plugin.trouble() === undefined);
  });

  test('the next one starts when the last one is gone', async () => {
    const one = setup();
    const done = one.send('a');
    await flies(one, 'a');
    const ended = deferred<void>();
    one.last().ended = ended.promise;
    one.last().crash();
    await until(() => one.last().ends.length === 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(one.clock.asleep()).not.toContain(500);
    ended.resolve();
    await pass(one, 500);
    await flies(one, 'a');
    one.last().answer('a', changed('a'));
    expect(outOf(await done).data).toBe('a');
  });

  test('one that is hung while idle shows by its pings', async () => {
    const one = setup();
    one.plugin.start();
    for (let n = 0; n < 3; n++) {
      await pass(one, 30_000);
      await pass(one, 5_000);
    }
    await until(() => one.last().ends.length === 1);
    await pass(one, 500);
    await until(() => one.lines.length === 2);
    await pass(one, 30_000);
    await until(() => one.clock.asleep().includes(5_000));
    one.last().answerTo('ping', result());
    await until(() => one.clock.asleep().includes(30_000));
    expect(one.last().ends).toEqual([]);
  });
});

describe('start', () => {
  test('it is tried again, with waits from half a second to half a minute, and events wait', async () => {
    const refusal: Answer = { is: 'error', code: 'E0', message: 'no licence', retryable: false };
    const one = setup({ init: (n) => (n < 9 ? refusal : result()) });
    const done = one.send('a');
    for (const wait of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]) {
      await until(() => one.clock.asleep().includes(wait));
      expect(one.plugin.trouble()).toBe('it does not start: E0 no licence');
      expect(one.last().ends).toEqual(['terminate']);
      one.clock.advance(wait);
    }
    await flies(one, 'a');
    one.last().answer('a', changed('a'));
    expect(outOf(await done).data).toBe('a');
  });

  test('init has a time limit', async () => {
    const one = setup({ init: () => undefined });
    one.plugin.start();
    await pass(one, 10_000);
    await until(() => one.plugin.trouble() === 'it does not start: no answer within 10000 ms');
    await one.plugin.close();
  });
});

describe('close', () => {
  test('it is asked to shut down; events in flight and in line are left to the caller', async () => {
    const one = setup();
    const all = ['a', 'b'].map((name) => one.send(name));
    await flies(one, 'a');
    const closing = one.plugin.close();
    for (const done of all) await expect(done).rejects.toMatchObject({ name: 'AbortError' });
    await closing;
    await one.plugin.close();
    expect(one.last().ends).toEqual(['shutdown']);
    await expect(one.send('c')).rejects.toMatchObject({ name: 'AbortError' });
    expect(one.clock.asleep()).toEqual([]);
  });

  test('also in the middle of a start, and of a wait for one', async () => {
    const one = setup({ init: (n) => (n === 0 ? { is: 'away', cause: 'it cannot be started (EACCES)' } : undefined) });
    one.plugin.start();
    await pass(one, 500);
    await until(() => one.lines.length === 2);
    await one.plugin.close();
    expect(one.last().ends).toContain('shutdown');

    const other = setup({ init: () => ({ is: 'away', cause: 'it cannot be started (EACCES)' }) });
    other.plugin.start();
    await until(() => other.clock.asleep().includes(500));
    await other.plugin.close();
    await until(() => other.clock.asleep().length === 0);
  });
});
