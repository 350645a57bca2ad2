import { ConfigError, FatalError, type Target } from '../../contract';
import { aggregateStatus } from './aggregate';
import { configuredTargets, endpointMode, learnedTarget, matchesEndpoint, type LearnedSelector } from './endpoint-mode';
import type { Status } from './machine';
import { diffTargets } from './targets';
import { testFeed } from './test/feed';
import { hang, HOUR, MINUTE, stage, stop, type Stage, type StageOptions, type Tools } from './test/stage';
import { deferred } from '../../shared';
import { settle } from './test/timeline';

const http: LearnedSelector = { blueprint: 'endpoint', match: { protocol: ['http', 'https'] } };
const endpoint = { address: 'http://a', protocol: 'http' };
/** Notes the address that each call would go to. */
const calling = (addresses: string[]) => (tools: Tools): ReturnType<NonNullable<StageOptions['make']>> => ({
  initialize: (_, connection) => void addresses.push(connection.endpoint?.address ?? 'none'),
  refresh: async () => undefined,
  disconnect: async () => void tools,
});
const names = (on: Stage): readonly string[] => on.connector.status().targets.map(({ name }) => name);

describe('25 explicit endpoint', () => {
  test('that address is called, nothing else', async () => {
    const addresses: string[] = [];
    const feed = testFeed();
    feed.put('other', endpoint);
    const on = stage({ connection: { endpoint: { address: 'pg://db' }, config: {} }, learned: http, feed, make: calling(addresses) });
    await on.clock.advance(3 * HOUR);
    feed.put('another', endpoint);
    await settle();
    expect(addresses).toEqual(['pg://db']);
    expect(on.connector.status()).toMatchObject({ endpointMode: 'explicit', targets: [{ name: 'default' }] });
  });
});

describe('26 learned endpoints', () => {
  const learning = (more: StageOptions = {}): { on: Stage; feed: ReturnType<typeof testFeed>; addresses: string[] } => {
    const feed = testFeed();
    feed.put('a', endpoint);
    feed.put('ftp', { address: 'ftp://x', protocol: 'ftp' });
    const addresses: string[] = [];
    return { on: stage({ learned: http, feed, make: calling(addresses), ...more }), feed, addresses };
  };

  test('one created later is picked up without restart, set up, started and refreshed at once; a deleted one is disconnected', async () => {
    const { on, feed, addresses } = learning();
    await on.clock.advance(MINUTE);
    expect([names(on), addresses]).toEqual([['a'], ['http://a']]);
    feed.put('b', { address: 'https://b', protocol: 'https' });
    await settle();
    expect(names(on)).toEqual(['a', 'b']);
    expect(on.runs.at(-1)).toMatchObject({ cause: 'target', targets: ['b'], at: MINUTE });
    expect(on.named('refresh').at(-1)).toMatchObject({ target: 'b' });
    feed.remove('a');
    await settle();
    expect(names(on)).toEqual(['b']);
    expect(on.named('disconnect')).toMatchObject([{ target: 'a' }]);
    await on.clock.advance(3 * HOUR);
    expect(on.runs.slice(-2).map(({ cause, outcomes }) => [cause, outcomes!.map(({ target }) => target)])).toEqual([['interval', ['b']], ['interval', ['b']]]);
  });

  test('a changed one is disconnected and set up again', async () => {
    const { on, feed, addresses } = learning();
    await settle();
    feed.put('a', { ...endpoint, address: 'http://elsewhere' });
    await settle();
    expect(addresses).toEqual(['http://a', 'http://elsewhere']);
    expect(on.calls.filter(({ method }) => method !== 'refresh').map(({ method, instanceId }) => [method, instanceId])).toEqual([['initialize', 'instance-1'], ['disconnect', 'instance-1'], ['initialize', 'instance-2']]);
    expect(on.runs.at(-1)).toMatchObject({ cause: 'target' });
    feed.put('a', { ...endpoint, address: 'http://elsewhere', note: 'nothing that matters' });
    await settle();
    expect(addresses.length).toBe(2);
    feed.put('a', { ...endpoint, protocol: 'gopher' });
    await settle();
    expect(names(on)).toEqual([]);
  });

  test('what the feed missed comes with the next refresh', async () => {
    const { on, feed } = learning();
    await settle();
    feed.silently(() => {
      feed.put('b', endpoint);
      feed.remove('a');
    });
    await on.clock.advance(30 * MINUTE);
    expect(names(on)).toEqual(['a']);
    await on.clock.advance(HOUR);
    expect(names(on)).toEqual(['b']);
  });

  test('and also where there was none at all', async () => {
    const feed = testFeed();
    const on = stage({ learned: http, feed });
    await settle();
    expect(on.connector.status()).toMatchObject({ status: 'WAITING', targets: [] });
    feed.silently(() => feed.put('b', endpoint));
    await on.clock.advance(70 * MINUTE);
    expect(names(on)).toEqual(['b']);
    expect(on.named('refresh').length).toBeGreaterThan(0);
  });

  test('what is heard during a list is newer than the list', async () => {
    const { on, feed } = learning();
    await settle();
    const held = deferred<void>();
    feed.before = () => held.promise;
    on.connector.request('rest');
    await settle();
    feed.remove('a');
    feed.put('b', endpoint);
    held.resolve();
    await settle();
    expect(names(on)).toEqual(['b']);
  });

  test('a list that fails, or never answers, is tried again and holds up nothing', async () => {
    const { on, feed } = learning();
    await settle();
    feed.before = () => Promise.reject(new Error('catalog away'));
    on.connector.request('rest');
    await settle();
    expect(on.runs.at(-1)).toMatchObject({ cause: 'rest', outcomes: [{ is: 'completed' }] });
    expect(names(on)).toEqual(['a']);
    feed.before = hang;
    on.connector.request('rest');
    await on.clock.advance(61_000);
    expect(on.runs.filter(({ cause }) => cause === 'rest').length).toBe(2);
    const { on: late, feed: away } = learning();
    away.before = () => Promise.reject(new Error('catalog away'));
    await late.clock.advance(MINUTE);
    expect(names(late)).toEqual([]);
    away.before = () => undefined;
    await late.clock.advance(5 * MINUTE);
    expect(names(late)).toEqual(['a']);
    expect(await stop(late)).toBeLessThanOrEqual(30_000);
  });
});

describe('27 switch dynamically', () => {
  test('explicit if and only if an endpoint is configured; no run is lost over the restart between', async () => {
    const feed = testFeed();
    feed.put('a', endpoint);
    const learned = stage({ learned: http, feed, schedule: { atStart: false }, make: () => ({ start: hang }) });
    await settle();
    expect(learned.connector.status()).toMatchObject({ endpointMode: 'learned', targets: [{ name: 'a' }] });
    learned.connector.request('rest');
    await stop(learned);
    const explicit = stage({ connection: { endpoint: { address: 'http://a' }, config: {} }, feed, learned: http, schedule: { atStart: false }, marks: learned.saved! });
    await settle();
    expect(explicit.connector.status()).toMatchObject({ endpointMode: 'explicit', targets: [{ name: 'default' }] });
    expect(explicit.runs.map(({ cause }) => cause)).toEqual(['rest']);
  });

  test.each<[string, Parameters<typeof endpointMode>[0], string]>([
    ['explicit', { connection: { endpoint: { address: 'x' }, config: {} }, learned: http }, 'explicit'],
    ['learned', { connection: { config: {} }, learned: http }, 'learned'],
    ['none', { connection: { config: {} } }, 'none'],
    ['an empty address is none', { connection: { endpoint: { address: '' }, config: {} } }, 'none'],
    ['none, though the integration learns', { connection: { config: {} }, endpoints: 'learned' }, 'none'],
  ])('%s', (_, given, mode) => expect(endpointMode(given)).toBe(mode));

  test('a mode that the integration lacks is CONFIG_FAILED', async () => {
    for (const options of [{ endpoints: 'learned', connection: { endpoint: { address: 'x' }, config: {} } }, { endpoints: 'explicit', learned: http, feed: testFeed() }] as const) {
      const on = stage(options);
      await settle();
      expect(on.connector.status()).toMatchObject({ status: 'CONFIG_FAILED', failing: { code: 'CONNECTOR_CONFIG' }, targets: [] });
    }
  });
});

describe('matching', () => {
  const entity = (properties: Readonly<Record<string, unknown>>): { identifier: string; properties: Readonly<Record<string, unknown>> } => ({ identifier: 'orders-api', properties });
  test.each<[LearnedSelector['match'], Readonly<Record<string, unknown>>, boolean]>([
    [{}, {}, true],
    [{ protocol: 'http' }, { protocol: 'http' }, true],
    [{ protocol: 'http' }, { protocol: 'https' }, false],
    [{ protocol: ['http', 'https'] }, { protocol: 'https' }, true],
    [{ protocol: [] }, { protocol: 'https' }, false],
    [{ address: 'https://*.example.com/*' }, { address: 'https://orders.example.com/v1' }, true],
    [{ address: 'https://*.example.com/*' }, { address: 'https://orders-example.com/v1' }, false],
    [{ address: '*' }, { address: 'a\nb' }, true],
    [{ tags: 'prod*' }, { tags: ['europe', 'production'] }, true],
    [{ tags: 'prod*' }, { tags: ['europe'] }, false],
    [{ protocol: 'http', tags: 'x' }, { protocol: 'http' }, false],
    [{ port: '80*' }, { port: 8080 }, true],
    [{ identifier: 'orders-*' }, {}, true],
    [{ protocol: 'h.tp' }, { protocol: 'http' }, false],
    [{ protocol: '*' }, { protocol: { nested: true } }, false],
  ])('%j and %j: %s', (match, properties, expected) => {
    expect(matchesEndpoint({ blueprint: 'endpoint', match }, entity(properties))).toBe(expected);
  });

  test('a target is named by its identifier; one without address is none', () => {
    expect(learnedTarget(http, entity({ ...endpoint, displayName: 'Orders', encryptionMethod: 7 }))).toEqual({ name: 'orders-api', entity: 'orders-api', connection: { endpoint: { name: 'Orders', address: 'http://a', protocol: 'http' } } });
    expect(learnedTarget(http, entity({ protocol: 'http' }))).toBeUndefined();
  });

  test('what changes is told from what stays', () => {
    const [a, b, c]: Target[] = [{ name: 'a' }, { name: 'b', config: { x: 1 } }, { name: 'c' }];
    expect(diffTargets([a!, b!], [{ name: 'b', config: { x: 2 } }, c!])).toEqual({ added: [c], changed: [{ name: 'b', config: { x: 2 } }], removed: [a] });
    expect(diffTargets([a!, b!], [{ name: 'b', config: { x: 1 } }, { name: 'a' }])).toEqual({ added: [], changed: [], removed: [] });
    expect(() => configuredTargets('none', [a!, a!])).toThrow(ConfigError);
  });
});

describe('targets of file, REST and connector', () => {
  const on2 = (more: StageOptions = {}): Stage => stage({ targets: [{ name: 'sales' }, { name: 'stock' }], ...more });

  test('each has its own status, errors, and part of the report; one in trouble does not stop the others', async () => {
    const on = on2({ make: ({ target }) => ({ refresh: () => (target.name === 'stock' ? Promise.reject(Object.assign(new Error('no route'), { code: 'ECONNREFUSED' })) : Promise.resolve()), statistics: () => ({ rows: target.name === 'stock' ? 1 : 2, at: 'x' }) }) });
    await settle();
    const status = on.connector.status();
    expect(status).toMatchObject({ status: 'DEGRADED', failing: { code: 'ECONNREFUSED' }, statistics: { rows: 3 }, targets: [{ name: 'sales', status: 'WAITING' }, { name: 'stock', status: 'DEGRADED' }] });
    expect(status.instanceId).toBeUndefined();
    await on.clock.advance(5_000);
    expect(on.runs.slice(1, 2)).toMatchObject([{ cause: 'repair', targets: ['stock'] }]);
    expect(on.named('refresh').filter(({ target }) => target === 'sales').length).toBe(1);
    await on.clock.advance(HOUR + 10 * MINUTE);
    expect(on.runs.filter(({ cause }) => cause === 'interval')).toMatchObject([{ outcomes: [{ target: 'sales', is: 'completed' }, { target: 'stock', is: 'failed' }] }]);
  });

  test('FAILED or CONFIG_FAILED of one leaves the schedule of the others', async () => {
    const on = on2({ make: ({ target }) => ({ refresh: () => (target.name === 'stock' ? Promise.reject(new FatalError('over')) : Promise.resolve()) }) });
    await on.clock.advance(5 * HOUR);
    expect(on.named('refresh').filter(({ target }) => target === 'sales').length).toBeGreaterThanOrEqual(5);
    on.connector.restart('stock');
    await settle();
    expect(on.connector.status().targets.map(({ instanceId }) => instanceId)).toEqual(['instance-1', 'instance-3']);
  });

  test('added by REST: set up, started and refreshed at once, without restart, and kept', async () => {
    const on = on2();
    await on.clock.advance(MINUTE);
    expect(on.connector.addTarget({ name: 'new', config: { a: 1 } }, 'rest')).toBe('added');
    await settle();
    expect(on.runs.at(-1)).toMatchObject({ cause: 'target', targets: ['new'] });
    expect(on.connector.addTarget({ name: 'new', config: { a: 1 } }, 'rest')).toBe('unchanged');
    expect(on.connector.addTarget({ name: 'new', config: { a: 2 } }, 'rest')).toBe('changed');
    expect(() => on.connector.addTarget({ name: 'stock' }, 'rest')).toThrow(/by the file/);
    await settle();
    expect(on.runs.filter(({ cause }) => cause === 'target').length).toBe(2);
    await stop(on);
    const again = on2({ marks: on.saved! });
    await settle();
    expect(names(again)).toEqual(['sales', 'stock', 'new']);
    expect(again.connector.removeTarget('new')).toBe(true);
    expect(again.connector.removeTarget('stock')).toBe(false);
    await settle();
    expect(names(again)).toEqual(['sales', 'stock']);
    expect(again.saved?.added).toEqual([]);
  });

  test('added by a connector that found it', async () => {
    const on = stage({ make: ({ context, target }) => ({ refresh: async () => (target.name === 'default' ? context().targets.add({ name: 'found' }) : undefined) }) });
    await settle();
    expect(names(on)).toEqual(['default', 'found']);
    expect(on.runs.map(({ cause }) => cause)).toEqual(['start', 'target']);
    await on.clock.advance(3 * HOUR);
    expect(on.named('refresh').filter(({ target }) => target === 'found').length).toBeGreaterThanOrEqual(3);
  });

  test('removed while it hangs: gone from the status at once, disconnected within the grace time', async () => {
    const on = stage({ make: ({ target }) => ({ refresh: () => (target.name === 'new' ? hang() : Promise.resolve()), disconnect: async () => undefined }) });
    await settle();
    on.connector.addTarget({ name: 'new' }, 'rest');
    await settle();
    on.connector.removeTarget('new');
    on.connector.addTarget({ name: 'new' }, 'rest');
    expect(names(on)).toEqual(['default', 'new']);
    await on.clock.advance(25_000);
    expect(on.times('disconnect')).toEqual([20_000]);
    on.connector.removeTarget('new');
    expect(await stop(on)).toBeLessThanOrEqual(30_000);
    expect(on.named('disconnect').length).toBe(3);
  });

  test('one that hangs in refresh holds the run, not its own restart', async () => {
    const on = on2({ make: ({ target, instanceId }) => ({ refresh: () => (target.name === 'stock' && instanceId === 'instance-2' ? hang() : Promise.resolve()) }) });
    await on.clock.advance(3 * HOUR);
    expect(on.runs.length).toBe(1);
    on.connector.restart('stock');
    await on.clock.advance(21_000);
    expect(on.runs[0]).toMatchObject({ outcomes: [{ is: 'completed' }, { is: 'aborted' }] });
    await on.clock.advance(2 * HOUR);
    expect(on.runs.length).toBeGreaterThan(2);
  });

  test('settings of a target over those of its connector', async () => {
    const given: unknown[] = [];
    stage({ connection: { userId: 'u', config: { a: 1, b: 1 } }, targets: [{ name: 'x', connection: { endpoint: { address: 'pg://x' } }, config: { b: 2 } }], make: () => ({ initialize: (_, connection) => void given.push(connection) }) });
    await settle();
    expect(given).toEqual([{ userId: 'u', endpoint: { address: 'pg://x' }, config: { a: 1, b: 2 } }]);
  });

  test.each<[readonly Status[], Status]>([
    [[], 'WAITING'],
    [['RUNNING', 'RUNNING'], 'RUNNING'],
    [['WAITING', 'REFRESHING'], 'REFRESHING'],
    [['WAITING', 'FAILED'], 'DEGRADED'],
    [['CREATED', 'INITIALIZE_FAILED'], 'DEGRADED'],
    [['FAILED', 'CONFIG_FAILED'], 'FAILED'],
    [['CONFIG_FAILED', 'STOPPED'], 'CONFIG_FAILED'],
    [['STOPPED', 'STOPPING'], 'STOPPING'],
  ])('%j together are %s', (statuses, expected) => expect(aggregateStatus(statuses)).toBe(expected));
});


test('removed and added again while it still refreshes: the new one waits for the old one', async () => {
  const on = stage({ make: ({ target }) => ({ refresh: () => (target.name === 'x' ? hang() : Promise.resolve()), disconnect: async () => undefined }) });
  on.connector.addTarget({ name: 'x' }, 'rest');
  await settle();
  on.connector.removeTarget('x');
  await settle();
  expect(on.connector.addTarget({ name: 'x', config: { n: 1 } }, 'rest')).toBe('added');
  await on.clock.advance(19_000);
  expect(on.named('refresh').filter(({ target }) => target === 'x').length).toBe(1);
  await on.clock.advance(2_000);
  expect(on.calls.filter(({ target }) => target === 'x').map(({ method }) => method)).toEqual(['refresh', 'disconnect', 'refresh']);
});
