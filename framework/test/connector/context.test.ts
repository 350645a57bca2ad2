import { ContextClosed, ServiceNotDeclared, type Element, type ElementRef, type NewElement } from '../../src/contract';
import { asset, keys, part, startStage, type AnyContext, type Stage } from './stage';

let stage: Stage;
let context: AnyContext;
beforeEach(async () => {
  stage = await startStage([{ identifier: 'pg', services: ['database', 'lineage'], methods: () => ({}) }]);
  context = await stage.ready('pg');
});
afterEach(() => stage.stop());

const ref = (blueprint: string, identifier: string): ElementRef<never> => ({ blueprint, identifier }) as ElementRef<never>;
const inDatabase = (name: string, more: object = {}): NewElement<never> => part(name, more, { parent: { blueprint: 'database', identifier: 'd1' } });
const column = (name: string, relations: object = {}): NewElement<never> => part(name, { dataType: 'int' }, { parent: { blueprint: 'table', identifier: 't1' }, relations });
const properties = async (identifier: string): Promise<object> => JSON.parse((await stage.catalog('database')).get(identifier)!.properties) as object;

describe('23 create, update, delete, retrieve', () => {
  test('create makes it, and replaces what was said before', async () => {
    expect(await context.database.create('database', asset('d1', { description: 'first', databaseType: 'pg' }))).toEqual(ref('database', 'd1'));
    await context.database.create('database', asset('d1', { description: 'second' }));
    expect(await properties('d1')).toEqual({ qualifiedName: 'd1', name: 'd1', description: 'second', zoneMembership: [] });
    await expect(context.database.create('database', asset('d2', { size: 1 }))).rejects.toMatchObject({ name: 'ElementRefused', message: expect.stringContaining('properties.size') });
    await expect(context.database.create('process' as never, asset('p1'))).rejects.toMatchObject({ name: 'ElementRefused', message: expect.stringContaining('it writes') });
  });

  test('update: merge, replace, null clears', async () => {
    await context.database.create('database', asset('d1', { description: 'first', databaseType: 'pg' }));
    await context.database.update(ref('database', 'd1'), { databaseVersion: '17' } as never);
    expect(await properties('d1')).toMatchObject({ description: 'first', databaseType: 'pg', databaseVersion: '17' });
    await context.database.update(ref('database', 'd1'), { description: null } as never);
    expect(await properties('d1')).not.toHaveProperty('description');
    await context.database.update(ref('database', 'd1'), { qualifiedName: 'd1', name: 'renamed', zoneMembership: [] } as never, { merge: false });
    expect(await properties('d1')).toEqual({ qualifiedName: 'd1', name: 'renamed', zoneMembership: [] });
    await expect(context.database.update(ref('database', 'd1'), { name: null } as never)).rejects.toMatchObject({ name: 'ElementRefused' });
    await expect(context.database.update(ref('database', 'd2'), {} as never)).rejects.toMatchObject({ name: 'ElementMissing' });
  });

  test('upsert says of each what it became, and takes a thousand', async () => {
    await context.database.upsert('database', [asset('d1'), asset('d2')] as never);
    const results = await context.database.upsert('database', [asset('d1'), asset('d2', { description: 'new' }), asset('d3'), asset('d4', { name: 1 })] as never);
    expect(results.map(({ identifier, is }) => `${identifier} ${is}`)).toEqual(['d1 unchanged', 'd2 updated', 'd3 created', 'd4 refused']);
    expect(results[3]!.reason).toContain('properties.name');
    const thousand = Array.from({ length: 1_000 }, (_, n) => asset(`e${n}`));
    expect((await context.database.upsert('database', thousand as never)).every(({ is }) => is === 'created')).toBe(true);
    await expect(context.database.upsert('database', [...thousand, asset('one more')] as never)).rejects.toMatchObject({ name: 'ElementRefused', message: expect.stringContaining('at most 1000') });
  });

  test('remove takes what is a part of it along; confirm is a double check', async () => {
    await context.database.create('database', asset('d1'));
    await context.database.create('table', inDatabase('t1'));
    await context.database.create('column', column('c1'));
    await expect(context.database.remove(ref('database', 'd1'), { confirm: 'd2' })).rejects.toMatchObject({ name: 'ElementRefused', message: expect.stringContaining('nothing was removed') });
    expect(await context.database.remove(ref('database', 'd1'), { method: 'none' })).toBe(false);
    expect((await stage.catalog('column')).size).toBe(1);
    expect(await context.database.remove(ref('database', 'd1'), { confirm: 'd1' })).toBe(true);
    expect(await context.database.remove(ref('database', 'd1'))).toBe(false);
    for (const blueprint of ['database', 'table', 'column']) expect(keys(await stage.catalog(blueprint))).toEqual([]);
  });

  test('get, byName, find by cursor, children, owned: no gap and no double', async () => {
    const names = Array.from({ length: 23 }, (_, n) => `t${n} ü/${String.fromCodePoint(n % 2 ? 0x1f600 + n : 0xfb00 + n)}`);
    await context.database.create('database', asset('d1'));
    await context.database.upsert('table', names.map((name, n) => inDatabase(name, n % 2 ? { description: 'odd' } : {})) as never);
    await context.database.create('table', part('elsewhere', {}, { parent: { blueprint: 'database', identifier: 'd2' } }));
    const walk = async (look: (cursor?: string) => Promise<{ readonly elements: readonly Element[]; readonly next?: string }>): Promise<string[]> => {
      const seen: string[] = [];
      for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
        const page = await look(cursor);
        expect(page.elements.length).toBeLessThanOrEqual(4);
        seen.push(...page.elements.map(({ identifier }) => identifier));
        cursor = page.next;
      }
      return seen.sort();
    };
    const at = (cursor?: string): object => ({ limit: 4, ...(cursor !== undefined && { cursor }) });
    expect(await walk((cursor) => context.database.find('table', {}, at(cursor)))).toEqual([...names, 'elsewhere'].sort());
    expect(await walk((cursor) => context.database.find('table', { description: 'odd' } as never, at(cursor)))).toEqual(names.filter((_, n) => n % 2).sort());
    expect(await walk((cursor) => context.database.children(ref('database', 'd1'), 'table', at(cursor)))).toEqual([...names].sort());
    const owned: string[] = [];
    for await (const { identifier } of context.database.owned('table')) owned.push(identifier);
    expect(owned.sort()).toEqual([...names, 'elsewhere'].sort());
    expect(await context.database.get(ref('table', names[3]!))).toMatchObject({ relations: { databaseSchemaDatabase: 'd1' }, header: { status: 'ACTIVE', origin: { category: 'EXTERNAL_SOURCE', homeId: 'party::pg' } } });
    expect(await context.database.byName('table', names[4]!)).toMatchObject({ identifier: names[4] });
    expect([await context.database.get(ref('table', 'none')), await context.database.byName('table', 'none')]).toEqual([undefined, undefined]);
  });

  test('relations by name, with their fields', async () => {
    await context.database.upsert('column', [column('c1'), column('c2'), column('c3')] as never);
    await context.database.link('foreignKey', ref('column', 'c1'), ref('column', 'c2'), { confidence: 80 });
    await context.database.link('foreignKey', ref('column', 'c1'), ref('column', 'c3'));
    expect(await context.database.get(ref('column', 'c1'))).toMatchObject({ relations: { foreignKey: ['c2', 'c3'], table: 't1' }, relationProperties: { foreignKey: { c2: { confidence: 80 } } } });
    expect(JSON.parse((await stage.catalog('column')).get('c1')!.relations)).toEqual({ foreignKey: ['c2', 'c3'], table: 't1' });
    await context.database.update(ref('column', 'c1'), { description: 'kept' } as never);
    await context.inTopic.send({ id: '1', op: 'upsert', blueprint: 'column', identifier: 'c1', properties: { dataType: 'text' } });
    expect(await context.database.get(ref('column', 'c1'))).toMatchObject({ properties: { description: 'kept', dataType: 'text' }, relationProperties: { foreignKey: { c2: { confidence: 80 } } } });
    await context.database.unlink('foreignKey', ref('column', 'c1'), ref('column', 'c2'));
    expect(await context.database.get(ref('column', 'c1'))).toMatchObject({ relations: { foreignKey: ['c3'] }, relationProperties: {} });
    await expect(context.database.link('foreignKey', ref('column', 'c1'), ref('table', 't1'))).rejects.toMatchObject({ message: expect.stringContaining('leads to column') });
    await expect(context.database.link('foreignKey', ref('column', 'c1'), ref('column', 'c2'), { confidence: 101 })).rejects.toMatchObject({ name: 'ElementRefused' });
  });

  test('links with an open end are kept beside the element', async () => {
    const process = asset('p1');
    await context.lineage.create('process', process);
    await context.database.create('database', asset('d1'));
    await context.lineage.link('dataFlow', ref('process', 'p1'), ref('database', 'd1'), { formula: 'x' });
    await context.lineage.create('process', asset('p1', { description: 'another page' }));
    const links = async (): Promise<unknown> => JSON.parse((await stage.framework.store.rows.find({ integration: 'pg', kind: 'lineage.process', limit: 1 }))[0]!.header!);
    expect(await links()).toEqual({ links: { dataFlow: { 'database/d1': { formula: 'x' } } } });
    await context.lineage.unlink('dataFlow', ref('process', 'p1'), ref('database', 'd1'));
    expect(await links()).toEqual({ links: { dataFlow: {} } });
    await expect(context.database.link('dataFlow', ref('database', 'd1'), ref('process', 'p1'))).rejects.toMatchObject({ message: expect.stringContaining('does not make the link') });
  });

  test('classifications and external ids outlast what pages and calls say of the element', async () => {
    await context.database.create('database', asset('d1'));
    await context.database.classify(ref('database', 'd1'), 'Memento' as never).catch(() => undefined);
    await context.database.classify(ref('database', 'd1'), 'SecurityTags' as never, { securityLabels: ['secret'] });
    await context.externalIds.attach(ref('database', 'd1'), { externalIdentifier: 'oid-7', externalIdentifierName: 'oid' });
    await context.database.update(ref('database', 'd1'), { description: 'changed' } as never);
    await context.database.create('database', asset('d1'));
    const classifications = async (): Promise<unknown> => (await context.database.get(ref('database', 'd1')))!.header.classifications;
    expect(await classifications()).toEqual(expect.arrayContaining([{ name: 'SecurityTags', properties: { securityLabels: ['secret'] } }]));
    expect(await context.externalIds.find('oid-7')).toEqual([ref('database', 'd1')]);
    await context.externalIds.confirm(ref('database', 'd1'), 'oid-7');
    await expect(context.externalIds.confirm(ref('database', 'd1'), 'oid-8')).rejects.toMatchObject({ name: 'ElementMissing', message: expect.stringContaining('oid-8') });
    await context.database.declassify(ref('database', 'd1'), 'SecurityTags' as never);
    expect(await classifications()).not.toEqual(expect.arrayContaining([expect.objectContaining({ name: 'SecurityTags' })]));
    expect(await context.externalIds.find('oid-8')).toEqual([]);
    await expect(context.database.classify(ref('database', 'd1'), 'MadeUp' as never)).rejects.toMatchObject({ name: 'ElementRefused' });
  });
});

test('11 a service that is not declared, 16 a context that is over', async () => {
  expect(() => context.files).toThrow(ServiceNotDeclared);
  const { database, inTopic } = context;
  const late = new Promise((resolve) => {
    const timer = setInterval(() => {
      if (context.isActive()) return;
      clearInterval(timer);
      resolve(Promise.allSettled([(async () => database.create('database', asset('late')))(), (async () => inTopic.send({ id: '1', op: 'delete', blueprint: 'database', identifier: 'd1' }))()]));
    }, 1);
  });
  await stage.restart();
  expect(await late).toEqual([{ status: 'rejected', reason: expect.any(ContextClosed) }, { status: 'rejected', reason: expect.any(ContextClosed) }]);
  expect((await stage.catalog('database')).size).toBe(0);
});
