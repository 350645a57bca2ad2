import type { Connection, Integration, Kind } from '../../src/contract';
import { resource } from '../flow/flow';
import { asset, keys, startStage, type Stage, type ThirdParty } from './stage';

let stage: Stage;
/** `name at address`, as long as it is connected. */
let connected: Set<string>;
let called: string[];
beforeEach(() => {
  connected = new Set();
  called = [];
});
afterEach(() => stage.stop());

/** Follows endpoints; each gives one database, named after its target. */
const follower = (connection: Connection, more: Partial<ThirdParty> = {}): ThirdParty => ({
  identifier: 'follower',
  services: ['database'],
  connector: { connection, learned: { blueprint: 'endpoint', match: { protocol: ['http', 'https'], address: '*//*' } } },
  methods: (_context, { target, connection: { endpoint } }) => {
    const name = `${target.name} at ${endpoint?.address}`;
    return {
      start: async () => void connected.add(name),
      async refresh(run) {
        called.push(String(endpoint?.address));
        await run.reconcile({
          blueprint: 'database' as never,
          source$: (async function* () {
            yield [asset(`of ${target.name}`)];
          })(),
        });
      },
      disconnect: async () => void connected.delete(name),
    };
  },
  ...more,
});
const LEARNS: Connection = { config: {} };
const catalog: ThirdParty = { identifier: 'catalog', services: ['database'], methods: () => ({}) };
const endpoint = (identifier: string, protocol: string, address = `${protocol}://${identifier}`): never => ({ identifier, properties: { qualifiedName: identifier, address, protocol } }) as never;
const untilConnected = (...names: string[]): Promise<unknown> => stage.until(() => [...connected].sort().join() === names.sort().join());

describe('26 learned endpoints', () => {
  test('created later by another connector: picked up without restart; changed: set up anew; gone: disconnected, and what it brought stays', async () => {
    stage = await startStage([catalog, follower(LEARNS)]);
    const { database } = await stage.ready('catalog');
    await database.create('endpoint', endpoint('one', 'http'));
    await untilConnected('one at http://one');
    await database.upsert('endpoint', [endpoint('two', 'https'), endpoint('mail', 'smtp')] as never);
    await untilConnected('one at http://one', 'two at https://two');
    await stage.until(() => called.includes('http://one') && called.includes('https://two'));
    await database.update({ blueprint: 'endpoint', identifier: 'two' }, { address: 'https://moved' });
    await untilConnected('one at http://one', 'two at https://moved');
    await database.remove({ blueprint: 'endpoint', identifier: 'one' });
    await untilConnected('two at https://moved');
    await stage.run('follower');
    expect(keys(await stage.catalog('database'))).toEqual(['of one', 'of two']);
    await stage.restart();
    await untilConnected('two at https://moved');
    expect(called).not.toContain('smtp://mail');
  });

  test("entities of another entry's mapping are endpoints like any other", async () => {
    let rows = [{ id: 'one', n: 1 }, { id: 'two', n: 2 }];
    async function* scan() {
      yield { rows, next: undefined };
    }
    const service: Kind<unknown, { id: string; n: number }> = { name: 'service', key: ({ id }) => [id], paging: 'stable', scan };
    const mapping = { resources: [resource('service', { entity: { blueprint: '"endpoint"', properties: { address: '"http://" + .id', protocol: '"http"' } } })] };
    const mapped: ThirdParty = { identifier: 'mapped', services: [], integration: { kinds: [service] as unknown as NonNullable<Integration['kinds']> }, entry: { mapping, guard: { on: false, share: 0, atLeast: 0 } } };
    stage = await startStage([mapped, follower(LEARNS)]);
    await stage.run('mapped');
    await untilConnected('one at http://one', 'two at http://two');
    rows = rows.slice(1);
    await stage.run('mapped');
    await untilConnected('two at http://two');
  });
});

test('25 explicit endpoint: that address is called, nothing else', async () => {
  stage = await startStage([catalog, follower({ config: {}, endpoint: { address: 'http://explicit' } })]);
  await (await stage.ready('catalog')).database.create('endpoint', endpoint('one', 'http'));
  await stage.catalog('endpoint');
  await stage.run('follower');
  expect([[...connected], called]).toEqual([['default at http://explicit'], ['http://explicit']]);
});

describe('27 switch dynamically: explicit if and only if an endpoint is configured', () => {
  test('both ways by a restart; what each brought stays, the home is the same', async () => {
    stage = await startStage([catalog, follower(LEARNS)]);
    await (await stage.ready('catalog')).database.create('endpoint', endpoint('one', 'http'));
    await stage.until(async () => keys(await stage.catalog('database')).includes('of one'));
    await stage.restart([catalog, follower({ config: {}, endpoint: { address: 'http://explicit' } })]);
    await untilConnected('default at http://explicit');
    expect((await stage.run('follower')).state).toBe('completed');
    expect(keys(await stage.catalog('database'))).toEqual(['of default', 'of one']);
    await stage.restart([catalog, follower(LEARNS)]);
    await untilConnected('one at http://one');
    await stage.run('follower');
    const all = (await stage.context('catalog').database.find('database')).elements;
    expect(all.map(({ identifier, header: { origin } }) => [identifier, origin.homeId, origin.sourceServer])).toEqual([['of default', 'party::follower', undefined], ['of one', 'party::follower', 'http://one']]);
  });

  test('a run that was asked for before the restart is not lost', async () => {
    let holds = true;
    const held = follower(LEARNS, {
      methods: (_context, { target }) => ({
        refresh: ({ signal }) => (holds ? new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))) : (called.push(target.name), Promise.resolve())),
      }),
    });
    stage = await startStage([catalog, held]);
    await (await stage.ready('catalog')).database.create('endpoint', endpoint('one', 'http'));
    await stage.ready('follower', 'one');
    await stage.ask('follower');
    const queued = await stage.ask('follower');
    holds = false;
    await stage.restart([catalog, { ...held, connector: { ...held.connector, connection: { config: {}, endpoint: { address: 'http://explicit' } } } }]);
    expect(await stage.flows.resync.ended(queued)).toMatchObject({ state: 'completed' });
    expect(called).toContain('default');
  });

  test('a mode that the integration lacks is a wrong configuration', async () => {
    stage = await startStage([follower({ config: {}, endpoint: { address: 'http://explicit' } }, { integration: { endpoints: 'learned' } })]);
    const shown = await stage.until(async () => {
      const status = await stage.get<{ status: string; failing: { message: string } }>('/api/v1/integrations/follower');
      return status.status === 'CONFIG_FAILED' && status;
    });
    expect(shown.failing.message).toContain('take connection.endpoint out');
    expect([...connected]).toEqual([]);
  });
});
