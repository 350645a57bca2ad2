import type { ElementRef } from '../../src/contract';
import { asset, keys, part, startStage, type Elements, type Stage } from './stage';

let stage: Stage;
afterEach(() => stage.stop());

const ref = (identifier: string): ElementRef<never> => ({ blueprint: 'database', identifier }) as ElementRef<never>;
const party = (identifier: string, more: object = {}) => ({ identifier, services: ['database' as const], methods: () => ({}), ...more });

describe('7.3 provenance', () => {
  test("another source's element is NotHome for every call, and so is its qualifiedName", async () => {
    stage = await startStage([party('one'), party('two')]);
    const [one, two] = [await stage.ready('one'), await stage.ready('two')];
    await one.database.create('database', asset('d1'));
    for (const call of [
      () => two.database.create('database', asset('d1')),
      () => two.database.create('database', asset('other', { qualifiedName: 'd1' })),
      () => two.database.update(ref('d1'), { description: 'x' } as never),
      () => two.database.remove(ref('d1')),
      () => two.database.classify(ref('d1'), 'SecurityTags' as never),
      () => two.zones.withdraw(ref('d1')),
    ])
      await expect(call()).rejects.toMatchObject({ name: 'NotHome', message: expect.stringContaining('party::one') });
    expect(await two.database.upsert('database', [asset('d1'), asset('d2')] as never)).toEqual([expect.objectContaining({ is: 'refused', reason: expect.stringContaining('party::one') }), { identifier: 'd2', is: 'created' }]);
    expect(await two.database.get(ref('d1'))).toMatchObject({ header: { origin: { homeId: 'party::one' } } });
    // Once it is gone it is free.
    await one.database.remove(ref('d1'));
    await two.database.create('database', asset('d1'));
    expect((await stage.catalog('database')).get('d1')).toMatchObject({ integration: 'two' });
  });

  test('one metadata source of two entries: either may change it, in the row that is there', async () => {
    const shared = { connector: { metadataSource: { id: 'shared', kind: 'DatabaseManager' } } };
    const elements: Elements = new Map([['database', [asset('d1'), asset('d2')]]]);
    stage = await startStage([{ identifier: 'one', services: ['database'], elements, ...shared }, party('two', shared)]);
    await stage.run('one');
    await (await stage.ready('two')).database.update(ref('d1'), { description: 'by two' } as never);
    const catalog = await stage.catalog('database');
    expect(catalog.get('d1')).toMatchObject({ integration: 'one', properties: expect.stringContaining('by two') });
    elements.set('database', [asset('d2')]);
    await stage.run('one');
    expect(keys(await stage.catalog('database'))).toEqual(['d2']);
  });

  test('owned: false: anybody changes it, nobody owns it, and no comparison removes it', async () => {
    const compared: Elements = new Map([['database', [asset('mine')]]]);
    stage = await startStage([{ identifier: 'one', services: ['database'], elements: compared }, { identifier: 'two', services: ['database'], elements: new Map([['database', [asset('free', { description: 'by two' }), asset('theirs')]]]) }]);
    const one = await stage.ready('one');
    await one.database.create('database', asset('free', {}, { owned: false }));
    await stage.run('one');
    await stage.run('two');
    await stage.run('one');
    const catalog = await stage.catalog('database');
    expect(keys(catalog)).toEqual(['free', 'mine', 'theirs']);
    expect(catalog.get('free')!.properties).toContain('by two');
    for (const name of ['one', 'two']) {
      const context = await stage.ready(name);
      const owned: string[] = [];
      for await (const { identifier } of context.database.owned('database')) owned.push(identifier);
      expect(owned).toEqual([name === 'one' ? 'mine' : 'theirs']);
      expect(await context.database.get(ref('free'))).toMatchObject({ header: { origin: { category: 'LOCAL_COHORT', homeId: '' } } });
    }
    await (await stage.ready('two')).database.remove(ref('free'));
    expect(keys(await stage.catalog('database'))).toEqual(['mine', 'theirs']);
  });

  test('a comparison that gives elements of nobody', async () => {
    const elements: Elements = new Map([['database', [asset('mine'), asset('free', {}, { owned: false })]]]);
    stage = await startStage([{ identifier: 'one', services: ['database'], elements }]);
    await stage.run('one');
    elements.set('database', [asset('mine')]);
    expect((await stage.run('one')).state).toBe('completed');
    expect(keys(await stage.catalog('database'))).toEqual(['free', 'mine']);
  });

  test('made, compared and removed at once by two connectors: one of them has it', async () => {
    stage = await startStage([party('one'), party('two')]);
    const contexts = [await stage.ready('one'), await stage.ready('two')];
    for (let round = 0; round < 20; round++) {
      const made = await Promise.allSettled(contexts.map((context) => context.database.create('database', asset('same'))));
      expect(made.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const winner = contexts[made.findIndex(({ status }) => status === 'fulfilled')]!;
      await winner.database.remove(ref('same'), { method: 'purge' });
    }
    expect(keys(await stage.catalog('database'))).toEqual([]);
  });
});

describe.each(['TO_THIRD_PARTY', 'OTHER'] as const)('7.3 direction %s', (direction) => {
  test('no write of the store, of the element or beside it', async () => {
    stage = await startStage([party('one'), party('two', { connector: { direction, zones: { default: [], visible: [], publish: ['z'] } } })]);
    await (await stage.ready('one')).database.create('database', asset('d1'));
    const two = await stage.ready('two');
    await (await stage.ready('one')).database.create('database', asset('free', {}, { owned: false }));
    for (const call of [
      () => two.database.create('database', asset('d2')),
      () => two.database.upsert('table', [part('t')] as never),
      () => two.database.update(ref('free'), {} as never),
      () => two.database.remove(ref('free')),
      () => two.database.classify(ref('free'), 'SecurityTags' as never),
      () => two.database.declassify(ref('free'), 'SecurityTags' as never),
      () => two.zones.publish(ref('free')),
      () => two.zones.withdraw(ref('free')),
    ])
      await expect(call()).rejects.toMatchObject({ name: 'DirectionNotPermitted', message: expect.stringContaining(direction) });
    expect(await two.inTopic.send({ id: '1', op: 'upsert', blueprint: 'database', identifier: 'd3', properties: { qualifiedName: 'd3', name: 'd3' } })).toBe('dead-lettered');
    const attach = two.externalIds.attach(ref('d1'), { externalIdentifier: 'theirs' });
    if (direction === 'OTHER') return expect(attach).rejects.toMatchObject({ name: 'DirectionNotPermitted' });
    await attach;
    expect(await two.externalIds.find('theirs')).toEqual([ref('d1')]);
    expect(await (await stage.ready('one')).externalIds.find('theirs')).toEqual([]);
  });
});
