import { ConfigError, ContextClosed, FatalError, ServiceNotDeclared, type IntegrationConnector, type LifecycleContext, type Service } from '../../contract';
import { JITTER } from './due';
import { gateContext } from './gate-context';
import { setUpSteps, statuses, type Status } from './machine';
import { hang, HOUR, MINUTE, obey, stage, START, stop, type StageOptions, type Tools } from './test/stage';
import { settle } from './test/timeline';

// Named as the rows of the coverage table, as far as they need no store.

test('3 connector interface: an object with any of eight optional methods', async () => {
  const whole: Required<Omit<IntegrationConnector<Service>, 'statistics'>> = {
    initialize: () => undefined,
    setAuditLog: () => undefined,
    setConnectorName: () => undefined,
    setContext: () => undefined,
    start: async () => undefined,
    engage: async () => undefined,
    refresh: async () => undefined,
    disconnect: async () => undefined,
  };
  for (const name of Object.keys(whole) as (keyof typeof whole)[]) {
    const on = stage({ engage: name === 'engage', make: () => ({ [name]: whole[name] }) });
    await settle();
    await stop(on);
    expect([name, on.named(name).length]).toEqual([name, 1]);
  }
  const none = stage({ make: () => ({}) });
  await none.clock.advance(3 * HOUR);
  expect(none.connector.status()).toMatchObject({ status: 'WAITING', pollState: 'OFF', engageState: 'OFF' });
  expect(none.runs).toEqual([]);
  await stop(none);
  let rows = 3;
  const all = stage({ engage: true, make: () => ({ ...whole, statistics: () => ({ rows }) }) });
  await settle();
  expect(all.connector.status().statistics).toEqual({ rows: 3 });
  rows = 4;
  await stop(all);
  rows = 5;
  expect(all.connector.status().statistics).toEqual({ rows: 4 });
  expect(all.calls.filter(({ method }) => method !== 'statistics').map(({ method }) => method)).toEqual([...setUpSteps, 'start', 'engage', 'refresh', 'disconnect']);
});

test('5 listen on a blocking call: engage(signal) in a loop of its own', async () => {
  const on = stage({ engage: true, make: () => ({ engage: obey, refresh: async () => undefined }) });
  await on.clock.advance(HOUR + 10 * MINUTE);
  expect(on.named('engage').length).toBe(1);
  expect(on.named('refresh').length).toBe(2);
  expect(await stop(on)).toBeLessThanOrEqual(2_000);
});

test('11 base class per service: use of an undeclared service is refused', async () => {
  const gate = gateContext({ database: { create: () => 1 }, files: { create: () => 2 } }, { name: 'sales', services: ['database'] });
  const context = gate.context as { database: { create(): number }; files: { create(): number } };
  expect(context.database.create()).toBe(1);
  expect(() => context.files.create()).toThrow(ServiceNotDeclared);
  expect('files' in context).toBe(false);
  gate.close();
  expect(() => context.database.create()).toThrow(ContextClosed);
});

test('12 initialize with connection and unique id: another one after each restart, the connector id stays', async () => {
  const given: unknown[] = [];
  const on = stage({ connection: { endpoint: { address: 'pg://db' }, config: { schema: 'a' } }, make: () => ({ initialize: (id, connection) => void given.push([id, connection]) }) });
  await settle();
  on.connector.restart();
  await settle();
  const connection = { endpoint: { address: 'pg://db' }, config: { schema: 'a' } };
  expect(given).toEqual([
    ['instance-1', connection],
    ['instance-2', connection],
  ]);
  expect(on.connector.status().connectorId).toBe('connector-1');
});

test('14 setAuditLog: the log of component and instance, also in the deps of the factory', async () => {
  const logs: unknown[] = [];
  const on = stage({ make: () => ({ setAuditLog: (log) => void logs.push(log) }) });
  await settle();
  expect(logs).toEqual([expect.objectContaining({ log: expect.any(Function), logException: expect.any(Function) })]);
  const steps = on.records.filter(({ is }) => is === 'step');
  expect(steps.map((record) => 'method' in record && record.method)).toEqual([...setUpSteps, 'start']);
  for (const step of steps) expect(step).toMatchObject({ instanceId: 'instance-1', identifier: 'sales' });
});

test("15 setConnectorName: the entry's identifier", async () => {
  const names: string[] = [];
  stage({ identifier: 'warehouse', make: () => ({ setConnectorName: (name) => void names.push(name) }) });
  await settle();
  expect(names).toEqual(['warehouse']);
});

describe('16 setContext: valid until disconnect', () => {
  test('a kept timer calls it afterwards: ContextClosed', async () => {
    const seen: unknown[] = [];
    const on = stage({
      make: () => {
        const kept: { context?: ReturnType<Tools['context']> } = {};
        return {
          setContext: (given) => void (kept.context = given as unknown as ReturnType<Tools['context']>),
          async start() {
            void on.clock.sleep(HOUR).then(() => kept.context!.database.create('late').then(undefined, (err: unknown) => seen.push(err)), undefined).catch((err: unknown) => seen.push(err));
            await kept.context!.database.create('in time');
          },
        };
      },
    });
    await settle();
    await stop(on);
    await on.clock.advance(2 * HOUR);
    expect(on.writes).toEqual(['in time']);
    expect(seen).toEqual([expect.any(ContextClosed)]);
  });

  test('deps.context before that step: refused, with where to read it', async () => {
    const seen: unknown[] = [];
    const on = stage({
      make: ({ context }) => {
        try {
          context();
        } catch (err) {
          seen.push(err);
        }
        return { start: async () => void seen.push((context() as LifecycleContext).isActive()) };
      },
    });
    await settle();
    expect(seen).toEqual([expect.objectContaining({ code: 'CONTEXT_EARLY' }), true]);
    expect(on.connector.status().status).toBe('WAITING');
  });

  test('store not reachable: INITIALIZE_FAILED, tried again with a new instance', async () => {
    let away = 3;
    const on = stage({ openContext: () => (away-- > 0 ? Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' })) : undefined), make: () => ({ initialize: () => undefined, disconnect: async () => undefined, refresh: async () => undefined }) });
    await settle();
    expect(on.connector.status()).toMatchObject({ status: 'INITIALIZE_FAILED', state: 'degraded', failing: { code: 'ECONNREFUSED', attempts: 1 } });
    await on.clock.advance(10_000);
    expect(on.connector.status()).toMatchObject({ status: 'WAITING', instanceId: 'instance-4' });
    expect(on.connector.status().failing).toBeUndefined();
    expect(on.named('disconnect').map(({ instanceId }) => instanceId)).toEqual(['instance-1', 'instance-2', 'instance-3']);
  });
});

describe('17 start: configuration complete, registrations allowed', () => {
  test('it throws: no half registration stays', async () => {
    let fails = 2;
    const heard: string[] = [];
    const on = stage({
      make: ({ context }) => ({
        async start() {
          context().listeners.register((text) => void heard.push(text));
          if (fails-- > 0) throw new Error('the second topic is not there');
        },
      }),
    });
    await settle();
    expect(on.listeners.size).toBe(0);
    expect(on.connector.status()).toMatchObject({ status: 'DEGRADED', failing: { attempts: 1 }, instanceId: 'instance-1' });
    await on.clock.advance(5_000);
    expect(on.connector.status()).toMatchObject({ status: 'WAITING', instanceId: 'instance-1' });
    expect(on.named('start').length).toBe(3);
    expect(on.listeners.size).toBe(1);
    await Promise.all([...on.listeners].map((listener) => listener('news')));
    expect(heard).toEqual(['news']);
  });

  test('60 s, then its signal aborts and it counts as a timeout', async () => {
    const on = stage({ make: () => ({ start: obey }) });
    await on.clock.advance(59_000);
    expect(on.connector.status().status).toBe('INITIALIZED');
    await on.clock.advance(1_000);
    expect(on.connector.status()).toMatchObject({ status: 'DEGRADED', failing: { code: 'CONNECTOR_TIMEOUT' } });
    await on.clock.advance(1_000);
    expect(on.connector.status().instanceId).toBe('instance-1');
    expect(on.named('start').length).toBe(2);
  });

  test('one that ignores even that is replaced, and shows DEGRADED', async () => {
    const on = stage({ make: () => ({ start: hang, disconnect: async () => undefined }) });
    await on.clock.advance(81_000);
    expect(on.connector.status()).toMatchObject({ status: 'DEGRADED', instanceId: 'instance-2', failing: { code: 'CONNECTOR_TIMEOUT' } });
    expect(on.named('disconnect').map(({ instanceId }) => instanceId)).toEqual(['instance-1']);
  });
});

test('18 engage returns, pause, again: also after an error, with backoff', async () => {
  let count = 0;
  const on = stage({ engage: true, make: () => ({ engage: () => (++count % 3 === 0 ? Promise.reject(new Error('poison')) : Promise.resolve()) }) });
  await on.clock.advance(20_000);
  const times = on.times('engage');
  expect(times.slice(0, 3)).toEqual([0, 1_000, 2_000]);
  for (const [n, at] of times.slice(1).entries()) expect(at - times[n]!).toBeGreaterThanOrEqual(1_000);
});

test('19 refresh when the connector first starts: run 1 has cause start', async () => {
  const on = stage();
  await settle();
  expect(on.runs[0]).toMatchObject({ cause: 'start', at: 0 });
  const later = stage({ schedule: { atStart: false, everyMs: HOUR }, marks: { lastAttemptAt: START - 20 * MINUTE, nextDueAt: START + 40 * MINUTE, targets: { default: { lastSuccessAt: START - 20 * MINUTE } } } });
  await settle();
  expect(later.runs).toEqual([]);
  expect(later.connector.status().nextDueAt).toBe(START + 40 * MINUTE);
  await later.clock.advance(41 * MINUTE);
  expect(later.runs).toMatchObject([{ cause: 'interval', at: 40 * MINUTE }]);
  const never = stage({ schedule: { atStart: false, everyMs: HOUR } });
  await settle();
  expect(never.runs).toMatchObject([{ cause: 'interval', at: 0 }]);
});

test('20 refresh at intervals: no overlap, jitter; a slow run delays only itself', async () => {
  const slow = stage({ make: () => ({ refresh: () => slow.clock.sleep(2 * HOUR) }) });
  const quick = stage({ clock: slow.clock, seed: 7 });
  await slow.clock.advance(24 * HOUR);
  const times = quick.times('refresh');
  const gaps = times.slice(1).map((at, n) => at - times[n]!);
  for (const gap of gaps) {
    expect(gap).toBeGreaterThanOrEqual(HOUR * (1 - JITTER));
    expect(gap).toBeLessThanOrEqual(HOUR * (1 + JITTER));
  }
  expect(new Set(gaps).size).toBeGreaterThan(10);
  expect(slow.named('refresh').length).toBeLessThanOrEqual(9);
  expect(slow.named('refresh').length).toBeGreaterThanOrEqual(7);
});

test('22 disconnect: once for each successful initialize, with a deadline, then forced, from every status', async () => {
  const on = stage({ make: () => ({ disconnect: hang }) });
  await settle();
  expect(await stop(on)).toBeLessThanOrEqual(30_000 / 5 + 1_000);
  expect(on.records).toContainEqual(expect.objectContaining({ is: 'disconnected', forced: true }));
  const reached: string[] = [];
  const cases: Partial<Record<Status, StageOptions['make']>> = {
    WAITING: () => ({}),
    REFRESHING: () => ({ refresh: hang }),
    FAILED: () => ({ refresh: () => Promise.reject(new FatalError('over')) }),
    CONFIG_FAILED: () => ({ refresh: () => Promise.reject(new ConfigError('wrong')) }),
    INITIALIZED: () => ({ start: hang }),
  };
  for (const [status, make] of Object.entries(cases)) {
    const one = stage({ make: (tools) => ({ initialize: () => undefined, disconnect: async () => undefined, ...make?.(tools) }) });
    await settle();
    reached.push(one.connector.status().status);
    await stop(one);
    expect([status, one.named('disconnect').length]).toEqual([status, 1]);
    expect(one.contexts).toMatchObject({ opened: 1, closed: 1 });
  }
  expect(reached).toEqual(Object.keys(cases));
  expect(Object.keys(statuses)).toEqual(expect.arrayContaining(reached));
});

