import { ConfigError, FatalError, FrameworkError, SourceError } from '../../contract';
import { classify, describeError, statedWait } from './classify';
import { firstDue, nextDue } from './due';
import { gateContext } from './gate-context';
import { hang, HOUR, MINUTE, comparesNothing, obey, stage, START, stop } from './test/stage';
import { settle } from './test/timeline';

// Named as the rows of "Time, errors, restart, stop".

const network = (code = 'ECONNREFUSED'): Error => Object.assign(new Error(`connect ${code}`), { code });
const DAY = 24 * HOUR;

describe('due', () => {
  const half = (): number => 0.5;
  test('directly after start, then end of last run + every', async () => {
    const on = stage({ seed: 3, make: () => ({ refresh: () => on.clock.sleep(10 * MINUTE) }) });
    await on.clock.advance(3 * HOUR);
    const [first, second] = on.times('refresh');
    expect(first).toBe(0);
    expect(second! - 10 * MINUTE).toBeGreaterThanOrEqual(54 * MINUTE);
    expect(second! - 10 * MINUTE).toBeLessThanOrEqual(66 * MINUTE);
  });

  test('no every: only at start and on request', async () => {
    const on = stage({ schedule: { atStart: true } });
    await on.clock.advance(30 * DAY);
    expect(on.runs.map(({ cause }) => cause)).toEqual(['start']);
    expect(on.connector.request('rest')).toEqual({ status: 'running', joined: false });
    await on.clock.advance(DAY);
    expect(on.runs.map(({ cause }) => cause)).toEqual(['start', 'rest']);
  });

  test('cron, and the earlier of both', () => {
    const at = new Date(2026, 0, 1, 10, 7).getTime();
    expect(nextDue({ atStart: true, cron: '*/30 * * * *' }, at, half)).toBe(new Date(2026, 0, 1, 10, 30).getTime());
    expect(nextDue({ atStart: true, cron: '*/30 * * * *', everyMs: 10 * MINUTE }, at, half)).toBe(at + 10 * MINUTE);
    expect(nextDue({ atStart: true }, at, half)).toBeUndefined();
  });

  test('what was planned is kept over a restart, unless the interval became shorter', () => {
    const at = { now: START, random: half };
    expect(firstDue({ atStart: false, everyMs: HOUR }, { nextDueAt: START + 40 * MINUTE }, at)).toBe(START + 40 * MINUTE);
    expect(firstDue({ atStart: false, everyMs: 10 * MINUTE }, { nextDueAt: START + 40 * MINUTE }, at)).toBe(START + 11 * MINUTE);
    expect(firstDue({ atStart: false, everyMs: HOUR }, { nextDueAt: START - DAY }, at)).toBe(START - DAY);
    expect(firstDue({ atStart: false }, { nextDueAt: START + 40 * MINUTE }, at)).toBeUndefined();
  });

  test('a pattern that is none is a wrong configuration', async () => {
    const on = stage({ schedule: { atStart: true, cron: 'every now and then' } });
    await settle();
    expect(on.connector.status()).toMatchObject({ status: 'CONFIG_FAILED', state: 'config-failed', failing: { code: 'CONNECTOR_CONFIG' } });
    expect(() => on.connector.request('rest')).toThrow(/config-failed/);
    await expect(on.connector.refresh({ runId: 'r', cause: 'rest', signal: new AbortController().signal, ...comparesNothing })).rejects.toThrow(/config-failed/);
    await stop(on);
  });

  test('nextDueAt is saved', async () => {
    const on = stage();
    await settle();
    expect(on.saved?.nextDueAt).toBe(on.connector.status().nextDueAt);
    expect(on.saved).toMatchObject({ lastAttemptAt: START, lastSuccessAt: START });
  });
});

test('window: runs only between startDate and stopDate; at stopDate it is disconnected', async () => {
  const on = stage({ startAt: START + 2 * HOUR, stopAt: START + 4 * HOUR + 1, schedule: { atStart: true, everyMs: HOUR }, make: () => ({ initialize: () => undefined, refresh: async () => undefined, disconnect: async () => undefined }) });
  await on.clock.advance(HOUR);
  expect(on.connector.status()).toMatchObject({ status: 'STOPPED', state: 'stopped' });
  expect(on.calls).toEqual([]);
  expect(() => on.connector.request('rest')).toThrow(/stopped/);
  await on.clock.advance(DAY);
  const times = on.times('refresh');
  expect(times[0]).toBe(2 * HOUR);
  expect(times.length).toBeGreaterThanOrEqual(2);
  expect(times.at(-1)).toBeLessThanOrEqual(4 * HOUR);
  expect(on.times('disconnect')).toEqual([4 * HOUR + 1]);
  expect(on.connector.status().status).toBe('STOPPED');
  await stop(on);
});

describe('retryable', () => {
  test.each<[string, () => unknown]>([
    ['network', () => network('ECONNRESET')],
    ['network, as a cause', () => new Error('fetch failed', { cause: network('ENOTFOUND') })],
    ['network, each of several addresses', () => new AggregateError([network(), network()])],
    ['timeout', () => new DOMException('too slow', 'TimeoutError')],
    ['429', () => new FrameworkError('SOURCE_FAILED', ['pg', 429], { status: 429, recovery: 'wait', waitMs: 5 })],
    ['429 of any client', () => Object.assign(new Error('slow down'), { status: 429 })],
    ['5xx', () => Object.assign(new Error('bad gateway'), { response: { status: 502 } })],
    ['store not reachable', () => new FrameworkError('STORE_UNREACHABLE', ['away'])],
  ])('%s never ends in FAILED: it stays DEGRADED and tries at least every 5 min', async (_, error) => {
    expect(classify(error())).toBe('transient');
    const on = stage({ engage: true, make: () => ({ refresh: () => Promise.reject(error() as Error), engage: () => Promise.reject(error() as Error) }) });
    await on.clock.advance(DAY);
    expect(on.connector.status()).toMatchObject({ status: 'DEGRADED', state: 'degraded' });
    for (const method of ['refresh', 'engage']) {
      const times = on.times(method);
      expect(times.length).toBeGreaterThan(200);
      // Nothing beats full jitter but its ceiling: 1 s × 2 … 5 min.
      for (const [n, at] of times.slice(1).entries()) expect(at - times[n]!).toBeLessThanOrEqual(300_000);
    }
    expect(on.runs.slice(1).every(({ cause }) => cause === 'repair' || cause === 'interval')).toBe(true);
  });

  test('start too', async () => {
    const on = stage({ make: () => ({ start: () => Promise.reject(network()) }) });
    await on.clock.advance(DAY);
    expect(on.connector.status()).toMatchObject({ status: 'DEGRADED', instanceId: 'instance-1' });
    expect(on.named('start').length).toBeGreaterThan(200);
  });

  test('the backoff grows from a second to five minutes, and begins anew after a success', async () => {
    let fails = true;
    const on = stage({ make: () => ({ refresh: () => (fails ? Promise.reject(network()) : Promise.resolve()) }) });
    await on.clock.advance(2_000);
    expect(on.named('refresh').length).toBeGreaterThan(1);
    await on.clock.advance(2 * HOUR);
    expect(on.connector.status().failing!.attempts).toBeGreaterThan(10);
    fails = false;
    await on.clock.advance(300_000);
    expect(on.connector.status()).toMatchObject({ status: 'WAITING' });
    fails = true;
    on.connector.request('rest');
    await settle();
    expect(on.connector.status().failing).toMatchObject({ attempts: 1, since: on.clock.now() });
    expect(on.connector.status().nextDueAt! - on.clock.now()).toBeLessThanOrEqual(1_000);
  });

  test('Retry-After is obeyed', async () => {
    const on = stage({ make: () => ({ refresh: () => (on.runs.length > 1 ? Promise.resolve() : Promise.reject(new SourceError('slow down', { recovery: 'wait', waitMs: 20 * MINUTE }))) }) });
    await on.clock.advance(30 * MINUTE);
    expect(on.times('refresh')).toEqual([0, 20 * MINUTE]);
    expect(statedWait(Object.assign(new Error('429'), { response: { status: 429, headers: { 'retry-after': '7' } } }), START)).toBe(7_000);
    expect(statedWait(Object.assign(new Error('429'), { response: { headers: { 'retry-after': new Date(START + 9_000).toUTCString() } } }), START)).toBe(9_000);
  });

  test.each(['start', 'refresh', 'engage'] as const)('other errors of %s: maxFailures in a row, then FAILED until a restart', async (method) => {
    let fails = true;
    const on = stage({ engage: true, maxFailures: 10, make: () => ({ engage: obey, [method]: () => (fails ? Promise.reject(new TypeError('rows is undefined')) : Promise.resolve()), disconnect: async () => undefined }) });
    await on.clock.advance(2 * HOUR);
    expect(on.connector.status()).toMatchObject({ status: 'FAILED', state: 'failed', pollState: 'OFF', engageState: 'OFF', failing: { attempts: 10, message: expect.stringContaining('rows is undefined') } });
    expect(on.named(method).length).toBe(10);
    expect(on.named('disconnect')).toEqual([]);
    // With a clean sheet.
    on.connector.restart();
    await settle();
    expect(on.connector.status()).toMatchObject({ status: 'DEGRADED', failing: { attempts: 1 } });
    fails = false;
    await on.clock.advance(5_000);
    expect(on.connector.status()).toMatchObject({ status: 'RUNNING', instanceId: 'instance-2' });
    expect(on.connector.status().failing).toBeUndefined();
    expect(on.named('disconnect').length).toBe(1);
  });

  test('the same error is reported once, every change of it again', async () => {
    let text = 'first';
    const on = stage({ maxFailures: 100, make: () => ({ refresh: () => Promise.reject(new Error(text)) }) });
    await on.clock.advance(MINUTE);
    text = 'second';
    await on.clock.advance(10 * MINUTE);
    const said = on.records.flatMap((record) => (record.is === 'error' && !record.repeated ? [record.failing.message] : []));
    expect(said).toEqual([expect.stringContaining('first'), expect.stringContaining('second')]);
  });

  test('secrets do not reach the status', async () => {
    const on = stage({ make: () => ({ refresh: () => Promise.reject(new Error('cannot log in as sales:hunter2')) }) });
    await settle();
    expect(JSON.stringify(on.connector.status())).not.toContain('hunter2');
    expect(on.connector.status().failing!.message).toContain('[redacted]');
  });
});

describe('ConfigError, FatalError', () => {
  test.each(['start', 'refresh', 'engage'] as const)('ConfigError of %s: disconnected, CONFIG_FAILED, until a restart', async (method) => {
    const on = stage({ engage: true, make: () => ({ engage: obey, [method]: () => Promise.reject(new ConfigError('no such schema')), disconnect: async () => undefined }) });
    await on.clock.advance(HOUR);
    expect(on.connector.status()).toMatchObject({ status: 'CONFIG_FAILED', state: 'config-failed', failing: { code: 'CONNECTOR_CONFIG', message: 'no such schema' } });
    expect([on.named(method).length, on.named('disconnect').length]).toEqual([1, 1]);
    // Nothing runs until then.
    expect([on.connector.status().nextDueAt, on.connector.status().targets[0]!.nextDueAt]).toEqual([undefined, undefined]);
    on.connector.restart();
    await settle();
    expect(on.named(method).length).toBe(2);
  });

  test.each(['initialize', 'setAuditLog', 'setConnectorName'] as const)('whatever %s throws, at once or later: CONFIG_FAILED', async (method) => {
    for (const fail of [() => { throw new Error('no'); }, () => Promise.reject(new Error('no'))]) {
      const on = stage({ make: () => ({ [method]: fail }) });
      await settle();
      expect(on.connector.status().status).toBe('CONFIG_FAILED');
    }
  });

  test('a factory that throws, or makes nothing: CONFIG_FAILED', async () => {
    for (const make of [() => { throw new Error('no'); }, () => undefined as never]) {
      const on = stage({ make });
      await settle();
      expect(on.connector.status().status).toBe('CONFIG_FAILED');
      await stop(on);
      expect(on.contexts.opened).toBe(0);
    }
  });

  test('FatalError: FAILED at once; the other method is told to end', async () => {
    let told = false;
    const on = stage({ engage: true, make: () => ({ engage: (signal) => obey(signal).catch((err: unknown) => { told = true; throw err; }), refresh: () => Promise.reject(new FatalError('license ended')) }) });
    await on.clock.advance(HOUR);
    expect(on.connector.status()).toMatchObject({ status: 'FAILED', failing: { code: 'CONNECTOR_FATAL', attempts: 1 } });
    expect([told, on.named('refresh').length, on.named('engage').length]).toEqual([true, 1, 1]);
    expect([on.connector.status().nextDueAt, on.connector.status().targets[0]!.nextDueAt]).toEqual([undefined, undefined]);
  });

  test('known by name, too: an integration may bring its own copy of the classes', () => {
    expect(classify(Object.assign(new Error('x'), { name: 'ConfigError' }))).toBe('config');
    expect(classify(Object.assign(new Error('x'), { name: 'FatalError' }))).toBe('fatal');
    const circle = new Error('x') as Error & { cause: unknown };
    circle.cause = circle;
    for (const thrown of [circle, 'text', undefined, null, 7]) expect(classify(thrown)).toBe('unknown');
    expect(describeError('text')).toMatchObject({ code: 'INTEGRATION_FAILED' });
    expect(describeError(circle).message).toBe('the integration failed: x');
  });

  test('what is told names the causes: an operator reads why nothing could be fetched', async () => {
    const answers = await fetch('http://127.0.0.1:1/').catch((err: unknown) => err);
    expect([classify(answers), describeError(answers).message]).toEqual(['unknown', 'the integration failed: fetch failed: bad port']);
    const several = new AggregateError([network(), network('ETIMEDOUT')]);
    expect([classify(several), describeError(several).message]).toEqual(['transient', 'the integration failed: connect ECONNREFUSED']);
    const wrapped = new Error('cannot list hosts: no answer', { cause: new Error('no answer', { cause: network() }) });
    expect(describeError(wrapped).message).toBe('the integration failed: cannot list hosts: no answer: connect ECONNREFUSED');
    const noUrl = ((): unknown => {
      try {
        return new URL('//me:hidden@nowhere');
      } catch (err) {
        return err;
      }
    })();
    expect(describeError(noUrl).message).toMatch(/Invalid URL: \/\/nowhere$/);
  });

  test.each([
    ['is called again when a refresh has succeeded', network(), true],
    ['but not before the time that the third party stated', new SourceError('slow down', { recovery: 'wait', waitMs: HOUR }), false],
  ])('an engage that waits after failures %s', async (_, error, again) => {
    let away = true;
    let calls = 0;
    const on = stage({
      engage: true,
      make: () => ({
        refresh: () => (away ? Promise.reject(network()) : Promise.resolve()),
        engage(signal) {
          calls++;
          return away ? Promise.reject(error) : obey(signal);
        },
      }),
    });
    await on.clock.advance(30 * MINUTE);
    away = false;
    const before = calls;
    on.connector.request('rest');
    await on.clock.advance(2_000);
    expect([on.connector.status().pollState, calls - before]).toEqual(['WAITING', again ? 1 : 0]);
    await stop(on);
  });

  test('a source that is ill is tried again for ever, without a word about how', () => {
    expect(classify(new SourceError('answered 503'))).toBe('transient');
    expect(classify(new SourceError('is gone', { recovery: 'stop' }))).toBe('unknown');
    expect(classify(Object.assign(new Error('of a copy of the framework'), { name: 'SourceError', recovery: 'retry' }))).toBe('transient');
  });
});

describe('restart', () => {
  test('the run in flight ends aborted, a queued one is kept', async () => {
    let hangs = true;
    const on = stage({ schedule: { atStart: false }, make: () => ({ refresh: (run) => (hangs ? obey(run.signal) : Promise.resolve()), disconnect: async () => undefined }) });
    await settle();
    on.connector.request('rest');
    await settle();
    on.connector.request('rest');
    hangs = false;
    on.connector.restart();
    await settle();
    expect(on.runs.map(({ cause, outcomes }) => [cause, outcomes?.[0]?.is])).toEqual([
      ['rest', 'aborted'],
      ['rest', 'completed'],
    ]);
    expect(on.connector.status().instanceId).toBe('instance-2');
  });

  test('commands during a restart are not lost, and make no instance too many', async () => {
    const on = stage({ make: () => ({ refresh: hang }) });
    await settle();
    for (let n = 0; n < 5; n++) on.connector.restart();
    await on.clock.advance(30_000);
    expect(on.connector.status().instanceId).toBe('instance-2');
    expect(await stop(on)).toBeLessThanOrEqual(30_000);
  });
});

describe('stop of the process', () => {
  test('abort, two thirds of the grace for methods in flight, then a fifth for disconnect', async () => {
    const at: Record<string, number> = {};
    const on = stage({
      make: () => ({
        refresh: ({ signal }) => new Promise(() => signal.addEventListener('abort', () => (at['aborted'] = on.clock.now() - START))),
        disconnect: (signal) => new Promise(() => { at['disconnect'] = on.clock.now() - START; signal.addEventListener('abort', () => (at['forced'] = on.clock.now() - START)); }),
      }),
    });
    await settle();
    expect(await stop(on)).toBeLessThanOrEqual(30_000);
    expect(at).toEqual({ aborted: 0, disconnect: 20_000, forced: 26_000 });
  });

  test('no new runs; what waited for its turn is told', async () => {
    const on = stage({ make: () => ({ refresh: (run) => obey(run.signal) }) });
    await settle();
    const waiting = on.connector.refresh({ runId: 'other', cause: 'kafka', signal: new AbortController().signal, ...comparesNothing });
    const refused = expect(waiting).rejects.toThrow(/stops/);
    await stop(on);
    await refused;
    expect(on.runs.length).toBe(1);
  });

  test('before anything is loaded', async () => {
    const on = stage({ marks: {} });
    expect(await stop(on)).toBe(0);
    expect(on.connector.status().status).toBe('STOPPED');
  });

  test('a request that was not begun outlives the process', async () => {
    const on = stage({ schedule: { atStart: false }, make: () => ({ start: hang }) });
    await settle();
    on.connector.request('kafka');
    await stop(on);
    // Nor is one lost whose run could not be stored because the process ended.
    let end: (err: Error) => void = () => undefined;
    const between = stage({ schedule: { atStart: false }, marks: on.saved!, beforeRun: () => new Promise<void>((_, reject) => (end = reject)) });
    await settle();
    const stopped = between.connector.stop();
    end(new Error('the store is closed'));
    await stopped;
    expect(between.runs).toEqual([]);
    const again = stage({ schedule: { atStart: false }, marks: between.saved! });
    await settle();
    expect(again.runs.map(({ cause }) => cause)).toEqual(['kafka']);
    expect(again.saved?.requested).toBeUndefined();
  });
});

describe('pause and resume', () => {
  test('no run and no engage until resumed; a requested run is queued; listeners go on; kept over a restart', async () => {
    const on = stage({ engage: true, make: () => ({ engage: obey, refresh: async () => undefined }) });
    await settle();
    on.connector.pause();
    await settle();
    expect(on.connector.status()).toMatchObject({ paused: true, state: 'paused', pollState: 'OFF', engageState: 'OFF' });
    expect(on.connector.request('rest')).toEqual({ status: 'queued', joined: false });
    await on.clock.advance(3 * HOUR);
    expect([on.named('refresh').length, on.named('engage').length]).toEqual([1, 1]);
    await stop(on);
    const again = stage({ engage: true, marks: on.saved!, make: () => ({ engage: obey, refresh: async () => undefined }) });
    await again.clock.advance(HOUR);
    expect(again.connector.status()).toMatchObject({ paused: true, state: 'paused' });
    expect(again.calls.map(({ method }) => method)).toEqual([]);
    again.connector.resume();
    await settle();
    expect(again.runs.map(({ cause }) => cause)).toEqual(['rest']);
    expect(again.connector.status()).toMatchObject({ paused: false, engageState: 'ENGAGED' });
  });

  test('a cancelled refresh that goes on regardless is replaced, so that the next run meets nobody', async () => {
    const on = stage({ make: () => ({ refresh: hang }) });
    await settle();
    on.runs[0]!.cancel.abort();
    await on.clock.advance(19_000);
    expect(on.connector.status().instanceId).toBe('instance-1');
    await on.clock.advance(2_000);
    expect(on.runs[0]!.outcomes).toMatchObject([{ is: 'aborted' }]);
    expect(on.connector.status().instanceId).toBe('instance-2');
  });
});

test('the gate lets values, frozen contexts and disposers through', async () => {
  const { signal } = new AbortController();
  const gate = gateContext(Object.freeze({ signal, database: Object.freeze({ find: async () => ['a'] }), off: () => () => 'off' }), { name: 'sales', services: ['database'] });
  const context = gate.context as { signal: AbortSignal; database: { find(): Promise<string[]> }; off(): () => string };
  expect(context.signal).toBe(signal);
  expect(await context.database.find()).toEqual(['a']);
  const dispose = context.off();
  gate.close();
  expect(dispose()).toBe('off');
  expect(() => context.off()).toThrow(/closed/);
});
