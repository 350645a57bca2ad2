import type { ElementRef } from '../../src/contract';
import { asset, part, startStage, type Elements, type Stage } from './stage';

let stage: Stage;
afterEach(() => stage.stop());

const ref = (blueprint: string, identifier: string): ElementRef<never> => ({ blueprint, identifier }) as ElementRef<never>;
const membership = async (identifier: string): Promise<unknown> => (JSON.parse((await stage.catalog('database')).get(identifier)!.properties) as { zoneMembership: unknown }).zoneMembership;
const zones = { default: ['quarantine'], publish: ['lake', 'sea'], visible: [] };
const reader = (identifier: string, visible: readonly string[]) => ({ identifier, services: ['database' as const], methods: () => ({}), connector: { zones: { default: [], visible }, direction: 'OTHER' as const } });

describe('24 publish, withdraw, zones', () => {
  test('an asset begins in zones.default, publish and withdraw replace the list, and pages do not touch it', async () => {
    const elements: Elements = new Map([['database', [asset('d1'), asset('d2')]]]);
    stage = await startStage([{ identifier: 'pg', services: ['database'], elements, connector: { zones } }]);
    await stage.run('pg');
    expect(await membership('d1')).toEqual(['quarantine']);
    await stage.context('pg').zones.publish(ref('database', 'd1'));
    expect(await membership('d1')).toEqual(['lake', 'sea']);
    elements.set('database', [asset('d1', { description: 'changed' }), asset('d2')]);
    await stage.run('pg');
    await stage.context('pg').database.update(ref('database', 'd1'), { databaseType: 'told' } as never);
    expect(await membership('d1')).toEqual(['lake', 'sea']);
    await stage.restart();
    await stage.run('pg');
    expect([await membership('d1'), await membership('d2')]).toEqual([['lake', 'sea'], ['quarantine']]);
    await (await stage.ready('pg')).zones.withdraw(ref('database', 'd1'));
    expect(await membership('d1')).toEqual(['quarantine']);
    // Other zones in the file: what was never moved follows it.
    await stage.restart([{ identifier: 'pg', services: ['database'], elements, connector: { zones: { ...zones, default: ['new'] } } }]);
    await stage.run('pg');
    expect(await membership('d2')).toEqual(['new']);
  });

  test('where the zones are as they should be, nothing is written and nothing told', async () => {
    stage = await startStage([{ identifier: 'pg', services: ['database'], elements: new Map([['database', [asset('d1')]]]), connector: { zones } }]);
    await stage.run('pg');
    const own = (await stage.ready('pg')).zones;
    /** When nothing is on its way any more, which writes it too. */
    const row = async () => (await stage.catalog('database'), (await stage.framework.store.rows.find({ integration: 'pg', limit: 1 }))[0]!);
    const told = async (messageId: string): Promise<number> => (await stage.get<{ records: unknown[] }>(`/api/v1/audit?messageId=${messageId}`)).records.length;
    const before = await row();
    await own.withdraw(ref('database', 'd1'));
    await own.publish(ref('database', 'd1'));
    const published = await row();
    for (let again = 0; again < 3; again++) await own.publish(ref('database', 'd1'));
    expect([before.header, (await row()).rev]).toEqual([undefined, published.rev]);
    await own.withdraw(ref('database', 'd1'));
    await own.withdraw(ref('database', 'd1'));
    await stage.until(async () => (await told('INTEGRATION-CONTEXT-0006')) > 0);
    expect([await told('INTEGRATION-CONTEXT-0005'), await told('INTEGRATION-CONTEXT-0006')]).toEqual([1, 1]);
  });

  test('a reader of another zone: not before, after publish, not after withdraw; a part follows its asset; REST shows the same', async () => {
    stage = await startStage([{ identifier: 'pg', services: ['database'], methods: () => ({}), connector: { zones } }, reader('lake', ['lake']), reader('all', [])]);
    const { database, zones: own } = await stage.ready('pg');
    await database.create('database', asset('d1'));
    await database.create('table', part('t1', {}, { parent: { blueprint: 'database', identifier: 'd1' } }));
    await database.create('column', part('c1', { dataType: 'int' }, { parent: { blueprint: 'table', identifier: 't1' } }));
    const seenBy = async (name: string): Promise<string> => {
      const { database: calls } = await stage.ready(name);
      const seen = [
        await calls.get(ref('database', 'd1')),
        await calls.byName('database', 'd1'),
        ...(await calls.find('database')).elements,
        await calls.get(ref('column', 'c1')),
        ...(await calls.children(ref('table', 't1'), 'column')).elements,
      ];
      return seen.map((element) => element?.identifier ?? '-').join(' ');
    };
    const rest = async (zone: string): Promise<readonly number[]> => {
      await stage.catalog('database');
      return Promise.all(['database/d1', 'column/c1'].map(async (path) => (await stage.call('GET', `/api/v1/entities/${path}?zone=${zone}`)).status));
    };
    const everything = 'd1 d1 d1 c1 c1';
    expect([await seenBy('lake'), await seenBy('all')]).toEqual(['- - -', everything]);
    expect([await rest('lake'), await rest('quarantine')]).toEqual([[404, 404], [200, 200]]);
    await own.publish(ref('database', 'd1'));
    expect([await seenBy('lake'), await seenBy('all')]).toEqual([everything, everything]);
    expect([await rest('lake'), await rest('quarantine')]).toEqual([[200, 200], [404, 404]]);
    await own.withdraw(ref('database', 'd1'));
    expect(await seenBy('lake')).toBe('- - -');
    expect(await rest('lake')).toEqual([404, 404]);
  });

  test('refused: what is no asset, what is not there, an entry without zones.publish', async () => {
    stage = await startStage([{ identifier: 'pg', services: ['database'], methods: () => ({}), connector: { zones } }, { identifier: 'bare', services: ['database'], methods: () => ({}) }]);
    const { database, zones: own } = await stage.ready('pg');
    await database.create('column', part('c1', { dataType: 'int' }, { parent: { blueprint: 'table', identifier: 't1' } }));
    await expect(own.publish(ref('column', 'c1'))).rejects.toMatchObject({ name: 'NotAnAsset', message: expect.stringContaining('column') });
    await expect(own.withdraw(ref('column', 'c1'))).rejects.toMatchObject({ name: 'NotAnAsset' });
    await expect(own.publish(ref('database', 'none'))).rejects.toMatchObject({ name: 'ElementMissing' });
    const bare = await stage.ready('bare');
    await bare.database.create('database', asset('d9'));
    await expect(bare.zones.publish(ref('database', 'd9'))).rejects.toMatchObject({ name: 'ZonesNotConfigured', message: expect.stringContaining('bare') });
    await bare.zones.withdraw(ref('database', 'd9'));
  });
});
