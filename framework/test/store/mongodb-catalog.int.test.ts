import { Decimal128, Long } from 'mongodb';
import { describeWith } from '../../../tools/servers';
import type { CatalogDocument } from '../../src/store';
import { useMongo } from './mongodb-database';

describeWith({ needs: ['mongo'] }, 'the catalog in MongoDB', () => {
  const database = useMongo();

  const entity = (over: Partial<CatalogDocument>): CatalogDocument => ({
    blueprint: 'service',
    identifier: 'x',
    integration: 'one',
    kind: 'issue',
    title: null,
    icon: 'Jira',
    team: [],
    properties: '{"a":null,"big":[-12345678901234567890],"long":9007199254740993}',
    relations: '{"owner":["u"],"none":null}',
    updatedAt: 1_700_000_000_000,
    ...over,
  });

  it('is one collection for each blueprint, with nulls kept and a date', async () => {
    const store = await database.open();
    expect(await store.catalog.write([entity({}), entity({ identifier: 'y' })])).toEqual([
      { ok: true, created: true },
      { ok: true, created: true },
    ]);
    const stored = await database.db.collection('service').findOne({ identifier: 'x' }, { promoteLongs: false });
    expect(stored).toMatchObject({ _id: 'x', blueprint: 'service', title: null, properties: { a: null, long: Long.fromString('9007199254740993'), big: [Decimal128.fromString('-12345678901234567890')] }, relations: { owner: ['u'], none: null }, updatedAt: new Date(1_700_000_000_000) });
    expect(await store.catalog.get('service', 'x')).toEqual(entity({}));
    expect(await store.catalog.write([entity({ integration: 'two' })])).toEqual([{ ok: true, created: false, ownerBefore: 'one' }]);
    await store.catalog.remove([{ blueprint: 'service', identifier: 'x', integration: 'one' }]);
    expect(await store.catalog.blueprints()).toEqual([{ identifier: 'service', count: 2 }]);
  });

  it('refuses one entity for its property names, and writes the others', async () => {
    const store = await database.open();
    const results = await store.catalog.write([
      entity({ identifier: 'zero', properties: JSON.stringify({ deep: [{ 'a\0b': 1 }] }) }),
      entity({ identifier: 'driver', properties: '{"_bsontype":"Long"}' }),
      entity({ identifier: 'dotted', properties: '{"a.b":{"$c":1},"text":"_bsontype"}' }),
      entity({ identifier: 'good' }),
    ]);
    expect(results).toMatchObject([{ ok: false, code: 'FIELD_NAME' }, { ok: false, code: 'FIELD_NAME' }, { ok: true }, { ok: true }]);
    expect((await store.catalog.list({ limit: 10 })).documents.map(({ identifier }) => identifier)).toEqual(['dotted', 'good']);
    expect((await store.catalog.get('service', 'dotted'))!.properties).toBe('{"a.b":{"$c":1},"text":"_bsontype"}');
  });

  it.each(['framework.rows', 'system.users', 'a$b', ''])('refuses the blueprint "%s"', async (blueprint) => {
    const store = await database.open();
    expect(await store.catalog.write([entity({ blueprint })])).toMatchObject([{ ok: false, code: 'BLUEPRINT_NAME' }]);
    expect(await store.catalog.get(blueprint, 'x')).toBeUndefined();
  });

  it('is listed page by page over all blueprints, and nothing else that lies in the database', async () => {
    const store = await database.open();
    await database.db.collection('foreign').insertOne({ identifier: 'no', title: 'x' });
    const all = ['a', 'b'].flatMap((blueprint) => ['1', '2', '3'].map((identifier) => entity({ blueprint, identifier, title: `Title (${identifier})` })));
    await store.catalog.write(all);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.catalog.list({ limit: 2, ...(cursor !== undefined && { cursor }) });
      expect(page.documents.length).toBe(2);
      seen.push(...page.documents.map(({ blueprint, identifier }) => blueprint + identifier));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'b3']);
    const found = await store.catalog.list({ q: 'TITLE (2', limit: 10 });
    expect(found.documents.map(({ blueprint, identifier }) => blueprint + identifier)).toEqual(['a2', 'b2']);
  });
});
