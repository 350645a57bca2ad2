import { AGENT, serve, stillClock, stopAll, withBlueprints, type Served } from './test/serve';

afterEach(stopAll);

const NOW = '2026-01-01T00:00:00.000Z';
const BULK = '/blueprints/service/entities/bulk?upsert=true&create_missing_related_entities=true';

/** a → core; b → a; c → b. d stands alone. */
const filled = async (clock = stillClock()): Promise<Served> => {
  const served = await withBlueprints(await serve({ clock }));
  await served.call('POST', BULK, {
    entities: [
      { identifier: 'a', title: 'Alpha', team: ['red', 'blue'], properties: { status: 'up', score: 1, live: true, tags: ['x', 'y'], since: '2026-01-01T02:00:00+02:00', ends: '2025-12-31T00:00:00Z', note: 'some text' }, relations: { owner: 'core' } },
      { identifier: 'b', title: 'Beta', team: 'red', properties: { status: 'down', score: 2.5, live: false, tags: [], since: '2025-12-24T00:00:00Z', ends: '2026-06-01T00:00:00Z', note: null }, relations: { uses: ['a'] } },
      { identifier: 'c', properties: { score: 10, meta: { k: 1 } }, relations: { uses: ['b'] } },
      { identifier: 'd' },
    ],
  });
  return served;
};

const service = { property: '$blueprint', operator: '=', value: 'service' };
const search = async ({ call }: Served, rules: unknown[], combinator = 'and'): Promise<string[]> => {
  const { status, body } = await call('POST', '/entities/search?include=identifier', { combinator, rules });
  if (status !== 200) throw new Error(body.message);
  return body.entities.map((e: { identifier: string }) => e.identifier);
};

test('every operator', async () => {
  const served = await filled();
  const cases: [string, unknown, unknown, string][] = [
    ['$identifier', '=', 'a', 'a'],
    ['$identifier', '!=', 'a', 'bcd'],
    ['$identifier', 'in', ['a', 'c', 'zz'], 'ac'],
    ['$identifier', 'notIn', ['a', 'c'], 'bd'],
    ['$title', '=', null, 'cd'],
    ['$title', 'contains', 'lph', 'a'],
    ['$title', 'containsAny', ['lph', 'eta'], 'ab'],
    ['$title', 'doesNotContains', 'lph', 'bcd'],
    ['$title', 'beginsWith', 'Al', 'a'],
    ['$title', 'doesNotBeginsWith', 'Al', 'bcd'],
    ['$title', 'endsWith', 'ta', 'b'],
    ['$title', 'doesNotEndsWith', 'ta', 'acd'],
    ['$team', '=', 'red', 'b'],
    ['$team', 'contains', 'red', 'ab'],
    ['$team', 'containsAny', ['blue', 'none'], 'a'],
    ['$team', 'isEmpty', undefined, 'cd'],
    ['$datasource', 'contains', '/git/', 'abcd'],
    ['$datasource', 'contains', 'k8s', ''],
    ['$createdAt', '=', { preset: 'today' }, 'abcd'],
    ['$updatedAt', '<', NOW, ''],
    ['$updatedAt', '<=', NOW, 'abcd'],
    ['status', '=', 'up', 'a'],
    ['status', 'matchAny', ['up', 'down'], 'ab'],
    ['score', '=', 2.5, 'b'],
    ['score', '>', 1, 'bc'],
    ['score', '>=', 1, 'abc'],
    ['score', '<', 2.5, 'a'],
    ['score', '<=', 2.5, 'ab'],
    ['live', '=', false, 'b'],
    ['tags', 'contains', 'x', 'a'],
    ['tags', 'contains', ['x', 'y'], 'a'],
    ['tags', 'contains', ['x', 'z'], ''],
    ['tags', 'matchAny', ['z', 'y'], 'a'],
    ['tags', 'isNotEmpty', undefined, 'a'],
    ['meta', 'isNotEmpty', undefined, 'c'],
    ['since', '=', NOW, 'a'],
    ['since', '>', '2025-12-31T00:00:00Z', 'a'],
    ['since', 'between', { from: '2025-12-20T00:00:00Z', to: '2025-12-31T00:00:00Z' }, 'b'],
    ['since', 'notBetween', { from: '2025-12-20T00:00:00Z', to: '2025-12-31T00:00:00Z' }, 'acd'],
    ['since', 'between', { preset: 'lastDay' }, 'a'],
    ['since', 'between', { preset: 'lastMonth' }, 'ab'],
    ['since', 'between', { preset: 'tomorrow' }, ''],
    ['ends', 'isExpired', undefined, 'a'],
    ['ends', 'isNotExpired', undefined, 'b'],
    ['note', 'isEmpty', undefined, 'bcd'],
    ['owner', '=', 'core', 'a'],
    ['uses', 'contains', 'a', 'b'],
    ['uses', 'isEmpty', undefined, 'ad'],
    ['no-such-property', '=', null, 'abcd'],
  ];
  for (const [property, operator, value, expected] of cases) {
    const rule = { property, operator, ...(value === undefined ? {} : { value }) };
    expect({ rule, found: await search(served, [service, rule]) }).toEqual({ rule, found: [...expected] });
  }
});

test('nesting, or, no rules, a rule about the caller', async () => {
  const served = await filled();
  const is = (value: string) => ({ property: '$identifier', operator: '=', value });
  expect(await search(served, [is('a'), { combinator: 'and', rules: [is('b'), { property: 'live', operator: '=', value: false }] }], 'or')).toEqual(['a', 'b']);
  expect(await search(served, [is('a'), is('b')], 'and')).toEqual([]);
  expect(await search(served, [{ combinator: 'or', rules: [is('a'), is('core')] }])).toEqual(['a', 'core']);
  expect(await search(served, [])).toEqual(['a', 'b', 'c', 'd', 'core']);
  expect(await search(served, [{ property: '$team', operator: 'containsAny', value: { property: '$team', context: 'userTeams' } }])).toEqual([]);
});

test('relatedTo, in both directions, over any distance, by required relations', async () => {
  const served = await filled();
  const related = (more: object) => search(served, [{ operator: 'relatedTo', blueprint: 'service', value: 'b', ...more }]);
  expect(await related({})).toEqual(['a', 'c', 'core']);
  expect(await related({ direction: 'upstream' })).toEqual(['a', 'core']);
  expect(await related({ direction: 'downstream' })).toEqual(['c']);
  expect(await related({ value: ['core'], blueprint: 'team' })).toEqual(['a', 'b', 'c']);
  expect(await related({ required: true })).toEqual([]);
  expect(await related({ required: false })).toEqual(['a', 'c', 'core']);
  expect(await related({ value: 'nobody' })).toEqual([]);
});

test.each([
  ['query.combinator', { combinator: 'xor', rules: [] }],
  ['query.rules', { combinator: 'and' }],
  ['query.rules[0].operator', { combinator: 'and', rules: [{ property: 'a', operator: '~', value: 1 }] }],
  ['query.rules[0].operator', { combinator: 'and', rules: [{ property: 'a', operator: 'toString', value: 1 }] }],
  ['query.rules[0].property', { combinator: 'and', rules: [{ operator: '=', value: 1 }] }],
  ['query.rules[0].value', { combinator: 'and', rules: [{ property: 'a', operator: 'in', value: 'x' }] }],
  ['query.rules[0].value', { combinator: 'and', rules: [{ property: 'a', operator: 'between', value: { preset: 'lastCentury' } }] }],
  ['query.rules[0].rules[0].operator', { combinator: 'and', rules: [{ combinator: 'or', rules: [{ property: 'a' }] }] }],
])('422 names %s', async (field, body) => {
  const { call } = await serve();
  expect(await call('POST', '/entities/search', body)).toMatchObject({ status: 422, body: { ok: false, details: { field } } });
});

test('include and exclude', async () => {
  const { call } = await filled();
  const body = { combinator: 'and', rules: [{ property: '$identifier', operator: '=', value: 'a' }] };
  const first = async (query: string) => (await call('POST', `/entities/search?exclude_calculated_properties=true${query}`, body)).body.entities[0];
  expect(await first('&include=blueprint&include=identifier')).toEqual({ identifier: 'a', blueprint: 'service' });
  expect(await first('&include=identifier&include=properties.score&include=properties.absent&include=relations.owner&include=team')).toEqual({ identifier: 'a', team: ['red', 'blue'], properties: { score: 1 }, relations: { owner: 'core' } });
  expect(await first('&include=properties&exclude=properties.note')).toEqual({ properties: expect.not.objectContaining({ note: expect.anything() }) });
  expect(await first('&exclude=properties&exclude=relations&exclude=title')).toEqual({ identifier: 'a', team: ['red', 'blue'], blueprint: 'service', createdAt: NOW, updatedAt: NOW, createdBy: 'machine', updatedBy: 'machine' });
  expect((await call('POST', '/entities/search', body)).body).toMatchObject({ ok: true, matchingBlueprints: ['service'] });
});

test('pages of one blueprint', async () => {
  const { call } = await filled();
  const pages: string[][] = [];
  let from: string | undefined;
  do {
    const { body } = await call('POST', '/blueprints/service/entities/search', { query: { combinator: 'and', rules: [] }, limit: 3, include: ['identifier'], from });
    pages.push(body.entities.map((e: { identifier: string }) => e.identifier));
    from = body.next;
  } while (from);
  expect(pages).toEqual([['a', 'b', 'c'], ['d']]);
  for (const wrong of [{ limit: 0 }, { limit: 1_001 }, { limit: '3' }, { from: 7 }]) expect((await call('POST', '/blueprints/service/entities/search', wrong)).status).toBe(422);
});

describe('what an owner wrote', () => {
  const OWNED = '/blueprints/entities/datasource-entities';
  const mine = { datasource_prefix: 'integration-framework/git/', datasource_suffix: '/repo/exporter' };
  const identifiers = (body: { entities: { identifier: string }[] }): string[] => body.entities.map((e) => e.identifier);

  test('prefix and suffix are plain texts; the version between them does not count; the last writer owns', async () => {
    const served = await filled();
    const { call } = served;
    await call('POST', BULK, { entities: [{ identifier: 'd' }] }, { 'user-agent': 'integration-framework/git/2.0.0/repo/exporter' });
    expect(identifiers((await call('POST', OWNED, mine)).body).sort()).toEqual(['a', 'b', 'c', 'core', 'd']);
    await call('POST', `${BULK}&merge=true`, { entities: [{ identifier: 'a', properties: { score: 3 } }] }, { 'user-agent': 'port-k8s-exporter/0.1 (statekey/key)' });
    await call('POST', BULK, { entities: [{ identifier: 'b' }] }, { 'user-agent': 'integration-framework/git/1.0.0/repo/gitops' });
    expect(identifiers((await call('POST', OWNED, mine)).body).sort()).toEqual(['c', 'core', 'd']);
    const exporter = await call('POST', `${OWNED}?exclude_calculated_properties=true&include=blueprint&include=identifier`, { datasource_prefix: 'port-k8s-exporter', datasource_suffix: '(statekey/key)' });
    expect(exporter.body).toEqual({ ok: true, entities: [{ identifier: 'a', blueprint: 'service' }] });
    expect(await search(served, [{ property: '$datasource', operator: 'contains', value: 'integration-framework/git/' }, { property: '$datasource', operator: 'contains', value: '/repo/exporter' }])).toEqual(['c', 'd', 'core']);
  });

  test('pages, over several versions of one owner', async () => {
    const { call } = await filled();
    await call('POST', BULK, { entities: [{ identifier: 'b' }, { identifier: 'e' }] }, { 'user-agent': 'integration-framework/git/2.0.0/repo/exporter' });
    const seen: string[] = [];
    let from: string | undefined;
    let pages = 0;
    do {
      const { body } = await call('POST', OWNED, { ...mine, limit: 2, ...(from ? { from } : {}) });
      seen.push(...identifiers(body));
      from = body.next;
      pages++;
    } while (from);
    expect(seen.sort()).toEqual(['a', 'b', 'c', 'core', 'd', 'e']);
    expect(pages).toBeGreaterThanOrEqual(3);
  });

  test('only those last updated before an instant, strictly', async () => {
    const clock = stillClock();
    const { call } = await filled(clock);
    clock.move(1_000);
    await call('POST', BULK, { entities: [{ identifier: 'a' }] });
    const owned = async (before: string) => identifiers((await call('POST', OWNED, { ...mine, limit: 5_000, before })).body).sort();
    expect(await owned('2026-01-01T00:00:00.000000+00:00')).toEqual([]);
    expect(await owned('2026-01-01T00:00:00.001000+00:00')).toEqual(['b', 'c', 'core', 'd']);
    expect(await owned('2026-01-01T00:00:01.000999+00:00')).toEqual(['b', 'c', 'core', 'd']);
    expect(await owned('2026-01-01T01:00:02.000000+01:00')).toEqual(['a', 'b', 'c', 'core', 'd']);
    expect((await call('POST', OWNED, { ...mine, before: 'yesterday' })).status).toBe(422);
    expect((await call('POST', OWNED, { datasource_prefix: AGENT })).status).toBe(422);
  });
});
