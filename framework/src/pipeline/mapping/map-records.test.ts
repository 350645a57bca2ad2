import type { Json } from '../../shared';
import { endJq } from './engine/engine';
import { newMapReport } from './report';
import { ENGINES } from './test/both-engines';
import { compile, mappingOf, mapWith } from './test/map-one';

afterAll(endJq);

const item = { id: '1', s: 'str', n: 1, arr: [true, false] };

describe.each(ENGINES)('selector (4) in %s', (engine) => {
  it.each([
    ['true', { mapped: 1 }],
    ['.id == "1"', { mapped: 1 }],
    [`.id == '1'`, { mapped: 1 }],
    ['.arr[]', { mapped: 1 }],
    ['false', { filtered: 1, selectorNull: 0 }],
    ['null', { filtered: 1, selectorNull: 1 }],
    ['.missing', { filtered: 1, selectorNull: 1 }],
    ['.a.b.c', { filtered: 1, selectorNull: 1 }],
    ['empty', { filtered: 1, selectorNull: 1 }],
    ['.s', { invalid: { selectorNotBoolean: 1 } }],
    ['.n', { invalid: { selectorNotBoolean: 1 } }],
    ['error("boom")', { invalid: { selectorError: 1 } }],
    ['def f: f; f', { invalid: { selectorError: 1 } }],
  ] as const)('%s', async (selector, counters) => {
    const mapped = await mapWith({ selector, engine }, [item]);
    expect(mapped.counters).toMatchObject({ raw: 1, items: 1, mapped: 0, filtered: 0, ...counters });
    expect(mapped.bodies).toHaveLength(mapped.counters.mapped);
  });

  it('counts a bad item once, whatever the fields', async () => {
    const entity = { properties: { a: '.x', b: '.s | tonumber' } };
    const { counters } = await mapWith({ selector: '.ok', entity, engine }, [{ id: '1', ok: true }, { id: '2' }]);
    expect(counters).toMatchObject({ items: 2, mapped: 1, filtered: 1, selectorNull: 1, invalid: {}, fieldNull: { 'properties.a': 1 }, fieldError: { 'properties.b': 1 } });
  });
});

it.each(['.x.', 'foo', `startswith('1')`])('a selector %s that does not compile stops the resource', async (selector) => {
  const { mapping, records } = await mapWith({ selector }, [item]).catch(() => ({ mapping: compile(mappingOf({ selector })), records: [] }));
  expect(mapping.resources[0]!.runs).toBe(false);
  expect(mapping.problems).toMatchObject([{ resource: 0, field: 'selector.query', severity: 'error' }]);
  expect(records.flatMap(({ entities }) => entities)).toEqual([]);
});

describe.each(ENGINES)('identity (5) in %s', (engine) => {
  it.each([null, '', 0, false, [], {}])('id %j gives no entity, noIdentifier', async (id: Json) => {
    const { counters, records } = await mapWith({ engine }, [{ id }]);
    expect(counters).toMatchObject({ mapped: 0, invalid: { noIdentifier: 1 } });
    expect(records[0]).toEqual({ entities: [], protected: [] });
  });
  it.each([
    [123, '123'],
    [12.5, '12.5'],
    ['a b/ç', 'a b/ç'],
  ])('id %j gives the identifier %j', async (id, identifier) => {
    expect((await mapWith({ engine }, [{ id }])).records[0]!.entities).toMatchObject([{ identifier, blueprint: 'bp', search: false }]);
  });
  it.each([[['a']], [true], [{ a: 1 }]])('id %j is a badIdentifier', async (id: Json) => {
    expect((await mapWith({ engine }, [{ id }])).counters.invalid).toEqual({ badIdentifier: 1 });
  });
  it.each([null, '', true, ['a'], { a: 1 }])('blueprint %j gives no entity, noBlueprint', async (bp: Json) => {
    expect((await mapWith({ engine, entity: { blueprint: '.bp' } }, [{ id: '1', bp }])).counters.invalid).toEqual({ noBlueprint: 1 });
  });
  it('takes a number as blueprint', async () => {
    expect((await mapWith({ engine, entity: { blueprint: '.bp' } }, [{ id: '1', bp: 5 }])).bodies).toMatchObject([{ blueprint: '5' }]);
  });
  it('an identifier that fails makes deletion uncertain', async () => {
    const { counters, records } = await mapWith({ engine, entity: { identifier: '.id | tonumber' } }, [{ id: 'x' }]);
    expect(counters.invalid).toEqual({ noIdentifier: 1 });
    expect(records[0]!.uncertain).toMatch(/identifier: /);
  });
});

it('a number beyond 2^53 as identifier loses digits, with a warning', async () => {
  const { bodies, report } = await mapWith({}, [{ id: 12345678901234567890n }]);
  expect(bodies).toMatchObject([{ identifier: '12345678901234567000' }]);
  expect(report.examples.get('0/identifier/digits')).toMatch(/2\^53/);
});

describe('items that the selector could not judge (13.2)', () => {
  it('are protected when they can be identified', async () => {
    const { records } = await mapWith({ selector: '.s' }, [item]);
    expect(records[0]).toEqual({ entities: [], protected: [{ blueprint: 'bp', identifier: '1' }] });
  });
  it('make deletion uncertain when they cannot', async () => {
    const { records } = await mapWith({ selector: 'error("x")' }, [{ id: null }]);
    expect(records[0]).toMatchObject({ protected: [], uncertain: expect.stringContaining('neither selected nor identified') });
  });
  it('a null selector protects nothing', async () => {
    expect((await mapWith({ selector: '.missing' }, [item])).records[0]).toEqual({ entities: [], protected: [] });
  });
  it.each([[[1]], ['text'], [null], [5]])('a record %j that is not an object is invalid and uncertain', async (record: Json) => {
    const { counters, records } = await mapWith({}, [record]);
    expect(counters).toMatchObject({ raw: 1, items: 0, invalid: { notObject: 1 } });
    expect(records[0]!.uncertain).toBeDefined();
  });
});

describe.each(ENGINES)('relations and search queries (7) in %s', (engine) => {
  const query = { combinator: `'"and"'`.slice(1, -1), rules: [{ property: '"email"', operator: '"="', value: '.mail' }] };

  it.each([null, ['a', 'b'], ['a', null], [], 5, { k: 1 }, 'x'])('relation %j passes unchanged', async (r: Json) => {
    const { bodies, records } = await mapWith({ engine, entity: { relations: { t: '.r' } } }, [{ id: '1', r }]);
    expect(bodies[0]!['relations']).toEqual({ t: r });
    expect(records[0]!.entities[0]!.search).toBe(false);
  });
  it('a missing relation is null', async () => {
    expect((await mapWith({ engine, entity: { relations: { t: '.r' } } }, [{ id: '1' }])).bodies[0]!['relations']).toEqual({ t: null });
  });
  it('a query is evaluated leaf by leaf', async () => {
    const nested = { combinator: '"or"', rules: [query, { property: '"a"', operator: '"in"', value: '[.mail]' }] };
    const { bodies, records } = await mapWith({ engine, entity: { relations: { owner: nested } } }, [{ id: '1', mail: 'a@b' }]);
    const rule = { property: 'email', operator: '=', value: 'a@b' };
    expect(bodies[0]!['relations']).toEqual({ owner: { combinator: 'or', rules: [{ combinator: 'and', rules: [rule] }, { property: 'a', operator: 'in', value: ['a@b'] }] } });
    expect(records[0]!.entities[0]!.search).toBe(true);
  });
  it('a null leaf is reported, the entity is still made', async () => {
    const { bodies, counters } = await mapWith({ engine, entity: { relations: { owner: query } } }, [{ id: '1' }]);
    expect(bodies[0]!['relations']).toEqual({ owner: { combinator: 'and', rules: [{ property: 'email', operator: '=', value: null }] } });
    expect(counters.fieldNull).toEqual({ 'relations.owner.rules.value': 1 });
  });
  it('an identifier given as query is a search, named by its values', async () => {
    const { bodies, records, counters } = await mapWith({ engine, entity: { identifier: query } }, [{ mail: 'a' }, { mail: 'a' }, { mail: 'b' }, {}]);
    const names = records.map(({ entities }) => entities[0]!.identifier);
    expect(names[0]).toMatch(/^\?[\w-]+$/);
    expect(names[1]).toBe(names[0]);
    expect(new Set(names).size).toBe(3);
    expect(bodies[0]!['identifier']).toEqual({ combinator: 'and', rules: [{ property: 'email', operator: '=', value: 'a' }] });
    expect(records.every(({ entities }) => entities[0]!.search)).toBe(true);
    expect(counters).toMatchObject({ mapped: 4, fieldNull: { 'identifier.rules.value': 1 } });
  });
  it('an identifier computed in the form of a query is a search too', async () => {
    const { records } = await mapWith({ engine, entity: { identifier: '{combinator: "and", rules: []}' } }, [{}]);
    expect(records[0]!.entities[0]).toMatchObject({ search: true });
  });
  it('a team given as query is sent as query', async () => {
    const { bodies, records } = await mapWith({ engine, entity: { team: query } }, [{ id: '1', mail: 'x' }]);
    expect(bodies[0]!['team']).toMatchObject({ combinator: 'and' });
    expect(records[0]!.entities[0]!.search).toBe(true);
  });
});

describe.each(ENGINES)('title, icon, team (8) in %s', (engine) => {
  const left = Symbol('left out');
  it.each([
    ['title', 'text', 'text'],
    ['title', null, null],
    ['title', 5, '5'],
    ['title', true, 'true'],
    ['title', { a: 1 }, left],
    ['title', ['a'], left],
    ['icon', 'text', 'text'],
    ['icon', null, null],
    ['icon', 5, '5'],
    ['icon', { a: 1 }, left],
    ['icon', ['a'], left],
    ['team', 'core', 'core'],
    ['team', ['a', 'b'], ['a', 'b']],
    ['team', [], []],
    ['team', 5, '5'],
    ['team', null, null],
    ['team', { a: 1 }, left],
  ] as const)('%s %j', async (field, given, sent) => {
    const { bodies, counters } = await mapWith({ engine, entity: { [field]: '.v' } }, [{ id: '1', v: given as unknown as Json }]);
    expect(field in bodies[0]!).toBe(sent !== left);
    if (sent !== left) expect(bodies[0]![field]).toEqual(sent);
    expect(counters.fieldDropped).toEqual(sent === left ? { [field]: 1 } : {});
  });
});

it('keys that are not mapped are not sent, mapped ones are null without a value', async () => {
  const { bodies } = await mapWith({ entity: { properties: { a: '.missing', b: 'empty', c: '.s.x' } } }, [item]);
  expect(bodies).toEqual([{ blueprint: 'bp', identifier: '1', properties: { a: null, b: null, c: null }, relations: {} }]);
});

it('members stand in the body in their order', async () => {
  const { records } = await mapWith({ entity: { relations: { r: '"x"' }, properties: { p: '1' }, team: '"t"', icon: '"i"', title: '"n"' } }, [item]);
  expect(records[0]!.entities[0]!.body).toBe('{"blueprint":"bp","identifier":"1","title":"n","icon":"i","team":"t","properties":{"p":1},"relations":{"r":"x"}}');
});

describe('several resources and mappings (10)', () => {
  const entity = (blueprint: string): { identifier: string; blueprint: string } => ({ identifier: '.id', blueprint });

  it('every resource of the kind is evaluated on its own, in order', async () => {
    const mapping = compile({
      resources: [
        { kind: 'thing', selector: { query: '.n == 1' }, port: { entity: { mappings: entity('"a"') } } },
        { kind: 'other', selector: { query: 'true' }, port: { entity: { mappings: entity('"x"') } } },
        { kind: 'thing', selector: { query: 'true' }, port: { entity: { mappings: [entity('"b"'), entity('.bp')] } } },
      ],
    });
    const report = newMapReport();
    const records = await mapping.map('thing', [{ id: '1', n: 1, bp: 'c' }, { id: '2', n: 2 }], report);
    expect(records.map(({ entities }) => entities.map(({ resource, blueprint }) => `${resource}${blueprint}`))).toEqual([['0a', '2b', '2c'], ['2b']]);
    expect(report.resources.get(0)).toMatchObject({ raw: 2, items: 2, filtered: 1, mapped: 1 });
    expect(report.resources.get(2)).toMatchObject({ raw: 2, items: 2, mapped: 3, invalid: { noBlueprint: 1 } });
    expect(mapping.resources.map(({ blueprints }) => blueprints)).toEqual([['a'], ['x'], ['b', undefined]]);
    expect(mapping.kinds).toEqual(['thing', 'other']);
  });

  it('the last of one identity in one resource wins, the others are duplicates', async () => {
    const { bodies, counters } = await mapWith({ port: { itemsToParse: '.items' }, entity: { identifier: '.item.id', properties: { v: '.item.v' } } }, [
      { items: [{ id: 'a', v: 1 }, { id: 'b', v: 2 }, { id: 'a', v: 3 }] },
    ]);
    expect(bodies.map(({ identifier, properties }) => [identifier, (properties as { v: Json }).v])).toEqual([['b', 2], ['a', 3]]);
    expect(counters).toMatchObject({ items: 3, mapped: 3, duplicates: 1 });
  });

  it('the same identity in two resources stays two parts', async () => {
    const mapping = compile({ resources: [0, 1].map(() => ({ kind: 'thing', port: { entity: { mappings: entity('"a"') } } })) });
    const [record] = await mapping.map('thing', [{ id: '1' }], newMapReport());
    expect(record!.entities.map(({ resource }) => resource)).toEqual([0, 1]);
  });
});

it('rejects when it is aborted, and only then', async () => {
  const mapping = compile(mappingOf({}));
  await expect(mapping.map('thing', [item], newMapReport(), AbortSignal.abort())).rejects.toThrow(/abort/i);
  await expect(mapping.map('unknown', [item], newMapReport())).resolves.toMatchObject([{ entities: [] }]);
});

it('the record is never modified', async () => {
  const record = { id: '1', items: [{ a: { b: 1 } }], big: 12345678901234567890n };
  const before = structuredClone(record);
  await mapWith({ port: { itemsToParse: '.items' }, entity: { properties: { a: '.item | .a.b |= 5', big: '.big + 1' } } }, [record]);
  expect(record).toEqual(before);
});

it('an endless field costs that field only', async () => {
  const entity = { properties: { bad: 'def f: f; if .id == "2" then f else 1 end', good: '.id' } };
  const mapped = compile(mappingOf({ entity }));
  const report = newMapReport();
  const records = await mapped.map('thing', [{ id: '1' }, { id: '2' }, { id: '3' }], report);
  expect(records.map(({ entities }) => (JSON.parse(entities[0]!.body) as { properties: Json }).properties)).toEqual([{ bad: 1, good: '1' }, { bad: null, good: '2' }, { bad: 1, good: '3' }]);
  expect(report.resources.get(0)).toMatchObject({ mapped: 3, fieldError: { 'properties.bad': 1 } });
  expect(report.examples.get('0/properties.bad')).toMatch(/budget/);
});
