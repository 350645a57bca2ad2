import { ConfigError, FatalError } from '../../contract';
import { invariants, type Status } from './machine';
import { hang, HOUR, MINUTE, comparesNothing, stage, START, stop, type Stage, type StageOptions } from './test/stage';
import { settle } from './test/timeline';

const { I1, I2, I3, I4, I5, I6, I7, I8, I9 } = invariants;
const named = (id: string, text: string): string => `${id}: ${text}`;
test(named('I1', I1), async () => {
  const given: unknown[] = [];
  const on = stage({
    make: () => ({
      initialize: (instanceId) => void given.push(instanceId),
      setAuditLog: () => undefined,
      setConnectorName: (name) => void given.push(name),
      setContext: () => undefined,
      start: async () => undefined,
      refresh: async () => undefined,
    }),
  });
  await settle();
  expect(on.calls.map(({ method }) => method)).toEqual(['initialize', 'setAuditLog', 'setConnectorName', 'setContext', 'start', 'refresh']);
  expect(given).toEqual(['instance-1', 'sales']);
  const before = on.connector.status();
  on.calls.length = 0;
  on.connector.restart();
  await settle();
  const after = on.connector.status();
  expect(on.calls.map(({ method }) => method)).toEqual(['initialize', 'setAuditLog', 'setConnectorName', 'setContext', 'start', 'refresh']);
  expect(new Set(on.calls.map(({ instanceId }) => instanceId))).toEqual(new Set(['instance-2']));
  expect([before.instanceId, after.instanceId]).toEqual(['instance-1', 'instance-2']);
  expect([before.connectorId, after.connectorId]).toEqual(['connector-1', 'connector-1']);
});

describe(named('I2', I2), () => {
  test('requests during a run', async () => {
    let end: () => void = () => undefined;
    let inside = 0;
    let most = 0;
    const on = stage({
      make: () => ({
        async refresh() {
          most = Math.max(most, ++inside);
          await new Promise<void>((resolve) => (end = resolve));
          inside--;
        },
      }),
    });
    await settle();
    expect(on.connector.request('rest')).toEqual({ status: 'queued', joined: false });
    expect(on.connector.request('rest')).toEqual({ status: 'queued', joined: true });
    expect(on.connector.request('event')).toEqual({ status: 'queued', joined: true });
    await on.clock.advance(3 * HOUR);
    expect(on.runs.map(({ cause }) => cause)).toEqual(['start']);
    end();
    await settle();
    expect(on.runs.map(({ cause }) => cause)).toEqual(['start', 'rest']);
    end();
    await on.clock.advance(MINUTE);
    expect(on.runs.map(({ cause }) => cause)).toEqual(['start', 'rest']);
    expect(most).toBe(1);
    await stop(on);
  });

  test('runs that others hand over wait for each other', async () => {
    let inside = 0;
    let most = 0;
    const on = stage({
      schedule: { atStart: false },
      make: () => ({
        async refresh() {
          most = Math.max(most, ++inside);
          await on.clock.sleep(MINUTE);
          inside--;
        },
      }),
    });
    await settle();
    const { signal } = new AbortController();
    const all = Promise.all(['a', 'b', 'c'].map((runId) => on.connector.refresh({ runId, cause: 'kafka', signal, ...comparesNothing })));
    on.connector.request('rest');
    await on.clock.advance(5 * MINUTE);
    expect((await all).flat().map(({ is }) => is)).toEqual(['completed', 'completed', 'completed']);
    expect(on.named('refresh').length).toBe(4);
    expect(most).toBe(1);
  });

  test('of several targets none begins a run while another is still in the one before', async () => {
    const on = stage({ schedule: { atStart: false }, targets: [{ name: 'slow' }, { name: 'quick' }], make: ({ target }) => ({ refresh: () => on.clock.sleep(target.name === 'slow' ? 10 * MINUTE : MINUTE) }) });
    await settle();
    const { signal } = new AbortController();
    for (const runId of ['a', 'b']) void on.connector.refresh({ runId, cause: 'kafka', signal, ...comparesNothing });
    await on.clock.advance(30 * MINUTE);
    expect(on.named('refresh').map(({ at, target }) => [(at - START) / MINUTE, target])).toEqual([[0, 'slow'], [0, 'quick'], [10, 'slow'], [10, 'quick']]);
  });

  test('one that ignores its signal, and whose context is closed, no longer counts', async () => {
    let first = true;
    const on = stage({ make: () => ({ refresh: () => (first ? ((first = false), hang()) : Promise.resolve()) }) });
    await settle();
    on.connector.restart();
    await on.clock.advance(19_000);
    expect(on.named('refresh').length).toBe(1);
    await on.clock.advance(2_000);
    expect(on.runs.map(({ cause, outcomes }) => [cause, outcomes?.[0]?.is])).toEqual([
      ['start', 'aborted'],
      ['start', 'completed'],
    ]);
  });
});

describe(named('I3', I3), () => {
  test('a blocked engage', async () => {
    const on = stage({ engage: true, make: () => ({ engage: hang, refresh: async () => undefined }) });
    await on.clock.advance(2 * HOUR + 30 * MINUTE);
    expect(on.named('refresh').length).toBe(3);
    expect(on.connector.status()).toMatchObject({ status: 'RUNNING', pollState: 'WAITING', engageState: 'ENGAGED' });
    on.connector.restart();
    await on.clock.advance(25_000);
    expect(on.connector.status().instanceId).toBe('instance-2');
    expect(await stop(on)).toBeLessThanOrEqual(30_000);
  });

  test('a blocked refresh', async () => {
    const on = stage({ engage: true, make: () => ({ engage: async () => undefined, refresh: hang }) });
    await on.clock.advance(10_500);
    expect(on.times('engage')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((second) => second * 1_000));
    expect(on.connector.status()).toMatchObject({ status: 'RUNNING', pollState: 'REFRESHING' });
    expect(await stop(on)).toBeLessThanOrEqual(30_000);
  });
});

test(named('I4', I4), async () => {
  let inside = 0;
  let most = 0;
  const returned: number[] = [];
  let fails = false;
  const on = stage({
    engage: true,
    make: () => ({
      async engage() {
        most = Math.max(most, ++inside);
        await on.clock.sleep(300);
        inside--;
        returned.push(on.clock.now() - START);
        if (fails) throw Object.assign(new Error('no route'), { code: 'ECONNREFUSED' });
      },
    }),
  });
  await on.clock.advance(5_000);
  expect(on.times('engage')).toEqual([0, 1_300, 2_600, 3_900]);
  fails = true;
  await on.clock.advance(HOUR);
  const pauses = on.times('engage').slice(1).map((at, n) => at - returned[n]!);
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(1_000);
  // After errors they grow with the backoff, up to its five minutes.
  expect(Math.max(...pauses)).toBeGreaterThan(60_000);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(300_000);
  expect(on.connector.status()).toMatchObject({ status: 'DEGRADED', failing: { code: 'ECONNREFUSED' } });
  fails = false;
  await on.clock.advance(301_000);
  expect(on.connector.status().status).toBe('RUNNING');
  expect(most).toBe(1);
});

describe(named('I5', I5), () => {
  const unreachable = Object.assign(new Error('store away'), { code: 'ECONNREFUSED' });
  test.each<[Status, StageOptions, (on: Stage) => Promise<void> | void]>([
    ['CREATED', { openContext: hang }, () => undefined],
    ['INITIALIZED', { make: () => ({ start: hang }) }, () => undefined],
    ['WAITING', {}, () => undefined],
    ['REFRESHING', { make: () => ({ refresh: hang }) }, () => undefined],
    ['RUNNING', { engage: true, make: () => ({ engage: hang }) }, () => undefined],
    ['DEGRADED', { make: () => ({ refresh: () => Promise.reject(unreachable) }) }, () => undefined],
    ['CONFIG_FAILED', { make: () => ({ start: () => Promise.reject(new ConfigError('no such schema')) }) }, () => undefined],
    ['INITIALIZE_FAILED', { openContext: () => Promise.reject(unreachable) }, () => undefined],
    ['FAILED', { make: () => ({ refresh: () => Promise.reject(new FatalError('license ended')) }) }, () => undefined],
    ['STOPPING', { make: () => ({ refresh: hang }) }, (on) => on.connector.restart()],
  ])('from %s', async (status, options, before) => {
    const wrap = options.make ?? (() => ({}));
    const on = stage({ ...options, make: (tools) => ({ initialize: () => undefined, disconnect: () => hang(), statistics: () => ({}), ...wrap(tools) }) });
    await on.clock.advance(0);
    await before(on);
    await settle();
    expect(on.connector.status().targets[0]?.status).toBe(status);
    expect(await stop(on)).toBeLessThanOrEqual(30_000);
    await on.clock.advance(HOUR);
    on.connector.status();
    expect(on.connector.status().status).toBe('STOPPED');
    for (const { instanceId } of on.named('initialize')) {
      const own = on.calls.filter((call) => call.instanceId === instanceId).map(({ method }) => method);
      expect({ instanceId, times: own.filter((method) => method === 'disconnect').length, last: own.at(-1) }).toEqual({ instanceId, times: 1, last: 'disconnect' });
    }
    expect(on.named('initialize').length).toBeGreaterThan(0);
  });

  test('an initialize that threw is owed none', async () => {
    const on = stage({
      make: () => ({
        initialize: () => {
          throw new Error('no');
        },
        disconnect: async () => undefined,
      }),
    });
    await settle();
    expect(on.connector.status().status).toBe('CONFIG_FAILED');
    await stop(on);
    expect(on.named('disconnect')).toEqual([]);
  });
});

test(named('I6', I6), async () => {
  const seen: unknown[] = [];
  const attempt = async (what: string, call: () => unknown): Promise<void> => {
    try {
      await call();
      seen.push(`${what} succeeded`);
    } catch (err) {
      seen.push(`${what} ${(err as Error).name}`);
    }
  };
  const on = stage({
    make: ({ context }) => ({
      async refresh() {
        await context().database.create('a');
        const under = attempt('under way', () => context().database.slow());
        await hang();
        await under;
      },
      async disconnect() {
        await attempt('in disconnect', () => context().database.create('b'));
        await attempt('a cursor', () => context().database.owned()[Symbol.asyncIterator]().next());
        seen.push(`active ${context().isActive()}`);
      },
    }),
  });
  await settle();
  await stop(on);
  expect(on.writes).toEqual(['a']);
  expect(seen).toEqual(['under way ContextClosed', 'in disconnect ContextClosed', 'a cursor ContextClosed', 'active false']);
});

test(named('I7', I7), async () => {
  const on = stage({ openContext: hang, make: () => ({ initialize: () => undefined }) });
  const seen = [on.connector.status().status];
  await settle();
  seen.push(on.connector.status().status);
  const hanging = stage({ engage: true, make: () => ({ start: async () => undefined, engage: hang, refresh: hang, disconnect: hang, statistics: () => { throw new Error('not now'); } }) });
  await settle();
  seen.push(hanging.connector.status().status);
  expect(hanging.connector.status()).toMatchObject({ pollState: 'REFRESHING', engageState: 'ENGAGED', statistics: {} });
  void hanging.connector.stop();
  seen.push(hanging.connector.status().targets[0]!.status);
  await settle();
  seen.push(hanging.connector.status().targets[0]!.status);
  await hanging.clock.advance(30_000);
  seen.push(hanging.connector.status().status);
  expect(seen).toEqual(['CREATED', 'CREATED', 'RUNNING', 'RUNNING', 'STOPPING', 'STOPPED']);
});

test(named('I8', I8), async () => {
  let fails = false;
  const on = stage({ make: () => ({ refresh: () => (fails ? Promise.reject(new TypeError('x is undefined')) : Promise.resolve()) }) });
  await settle();
  const first = on.connector.status();
  expect([first.lastAttemptAt, first.lastSuccessAt]).toEqual([START, START]);
  expect(first.nextDueAt).toBeGreaterThanOrEqual(START + 54 * MINUTE);
  expect(first.nextDueAt).toBeLessThanOrEqual(START + 66 * MINUTE);
  // What falls due while it is paused is skipped.
  on.connector.pause();
  await on.clock.advance(3 * HOUR);
  expect(on.connector.status()).toMatchObject({ lastAttemptAt: START, lastSuccessAt: START, paused: true, state: 'paused' });
  expect(on.connector.status().nextDueAt).toBeUndefined();
  fails = true;
  on.connector.resume();
  await settle();
  const after = on.connector.status();
  expect([after.lastAttemptAt, after.lastSuccessAt]).toEqual([START + 3 * HOUR, START]);
  expect(after.nextDueAt! - on.clock.now()).toBeLessThanOrEqual(1_000);
  // A run that never came to `refresh` is no attempt.
  const away = stage({ beforeRun: () => Promise.reject(Object.assign(new Error('store away'), { code: 'ECONNREFUSED' })) });
  await settle();
  expect(away.connector.status()).toMatchObject({ status: 'DEGRADED', failing: { code: 'ECONNREFUSED' } });
  expect(away.connector.status().lastAttemptAt).toBeUndefined();
});

test(named('I9', I9), async () => {
  const late: (() => void)[] = [];
  const wait = (): Promise<void> => new Promise((resolve) => late.push(resolve));
  const on = stage({
    engage: true,
    targets: [{ name: 'a' }, { name: 'b' }],
    save: hang,
    make: ({ context }) => ({
      engage: wait,
      async refresh() {
        await wait();
        await context().database.create('late');
      },
      disconnect: hang,
    }),
  });
  await settle();
  expect(on.connector.status().pollState).toBe('REFRESHING');
  expect(await stop(on)).toBeLessThanOrEqual(30_000);
  const stopped = on.connector.status();
  for (const end of late) end();
  await settle();
  expect(on.writes).toEqual([]);
  expect(on.connector.status()).toEqual(stopped);
  expect(stopped.lastSuccessAt).toBeUndefined();
  expect(on.runs.map(({ outcomes }) => outcomes?.map(({ is }) => is))).toEqual([['aborted', 'aborted']]);
  expect(on.records.filter(({ is }) => is === 'late').map((record) => 'method' in record && record.method).sort()).toEqual(['engage', 'engage', 'refresh', 'refresh']);
});
