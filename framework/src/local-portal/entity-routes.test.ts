import { AGENT, serve, stillClock, stopAll, withBlueprints, type Served } from './test/serve';

afterEach(stopAll);

const BULK = '/blueprints/service/entities/bulk?upsert=true';
const ONE = '/blueprints/service/entities?upsert=true';
const opened = async (): Promise<Served> => withBlueprints(await serve());
const read = async ({ call }: Served, identifier: string, blueprint = 'service') => (await call('GET', `/blueprints/${blueprint}/entities/${encodeURIComponent(identifier)}`)).body.entity;

describe('one entity', () => {
  test('is answered with what was sent, its blueprint and its times', async () => {
    const clock = stillClock();
    const served = await withBlueprints(await serve({ clock }));
    const sent = { identifier: 'a', title: 'A', icon: 'Git', team: 'core', blueprint: 'ignored', extra: 1, properties: { status: 'up', score: 1.5, tags: ['x'], meta: { deep: [null] }, note: null }, relations: { owner: null } };
    const made = await served.call('POST', ONE, sent);
    const entity = {
      identifier: 'a', title: 'A', icon: 'Git', team: ['core'], properties: sent.properties, relations: { owner: null }, blueprint: 'service',
      createdAt: '2026-01-01T00:00:00.000Z', createdBy: 'machine', updatedAt: '2026-01-01T00:00:00.000Z', updatedBy: 'machine',
    };
    expect(made).toMatchObject({ status: 201, body: { ok: true, entity } });
    expect(await read(served, 'a')).toEqual(entity);
    clock.move(1_000);
    await served.call('POST', ONE, sent);
    expect(await read(served, 'a')).toMatchObject({ createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:01.000Z' });
  });

  test('digits beyond 2^53 survive', async () => {
    const served = await opened();
    await served.call('POST', ONE, '{"identifier":"a","properties":{"score":12345678901234567890,"meta":{"n":9007199254740993}}}');
    const { text } = await served.raw('GET', '/blueprints/service/entities/a');
    expect(text).toContain('"score":12345678901234567890');
    expect(text).toContain('{"n":9007199254740993}');
  });

  test('without merge it is replaced; with merge only what is sent changes, and null clears', async () => {
    const served = await opened();
    await served.call('POST', '/blueprints/team/entities?upsert=true', { identifier: 'core' });
    await served.call('POST', ONE, { identifier: 'a', title: 'A', icon: 'Git', team: ['x'], properties: { status: 'up', note: 'n' }, relations: { owner: 'core' } });
    await served.call('POST', `${ONE}&merge=true`, { identifier: 'a', title: null, properties: { status: null } });
    const merged = await read(served, 'a');
    expect(merged).toMatchObject({ icon: 'Git', team: ['x'], properties: { status: null, note: 'n' }, relations: { owner: 'core' } });
    expect(merged).not.toHaveProperty('title');
    await served.call('POST', `${ONE}&merge=true`, { identifier: 'a', team: null, relations: { owner: null } });
    expect(await read(served, 'a')).toMatchObject({ team: [], relations: { owner: null } });
    await served.call('POST', `${ONE}&merge=false`, { identifier: 'a', properties: { score: 1 } });
    expect(await read(served, 'a')).toMatchObject({ team: [], properties: { score: 1 }, relations: {} });
  });

  test('create only: 409 when it is there', async () => {
    const { call } = await opened();
    const create = '/blueprints/service/entities?upsert=false';
    expect((await call('POST', create, { identifier: 'a' })).status).toBe(201);
    expect(await call('POST', create, { identifier: 'a' })).toMatchObject({ status: 409, body: { ok: false } });
  });

  test('validation only writes nothing', async () => {
    const { call } = await opened();
    expect((await call('POST', `${ONE}&validation_only=true`, { identifier: 'a' })).status).toBe(201);
    expect((await call('POST', `${ONE}&validation_only=true`, { identifier: 'a', properties: { score: 'x' } })).status).toBe(422);
    expect((await call('POST', `${BULK}&validation_only=true&create_missing_related_entities=true`, { entities: [{ identifier: 'a', relations: { owner: 't' } }] })).status).toBe(200);
    expect((await call('GET', '/blueprints/service/entities')).body.entities).toEqual([]);
    expect((await call('GET', '/blueprints/team/entities')).body.entities).toEqual([]);
  });

  test('PUT replaces, PATCH merges, both only what is there', async () => {
    const served = await opened();
    expect((await served.call('PATCH', '/blueprints/service/entities/a', { title: 'A' })).status).toBe(404);
    await served.call('POST', ONE, { identifier: 'a', properties: { note: 'n' } });
    expect((await served.call('PATCH', '/blueprints/service/entities/a', { title: 'A' })).body.entity).toMatchObject({ title: 'A', properties: { note: 'n' } });
    expect((await served.call('PUT', '/blueprints/service/entities/a', { title: 'B' })).body.entity).toMatchObject({ title: 'B', properties: {} });
  });
});

test.each([
  ['identifier', { identifier: 5 }],
  ['identifier', {}],
  ['identifier', { identifier: '' }],
  ['identifier', { identifier: 'has blank' }],
  ['identifier', { identifier: '..' }],
  ['identifier', { identifier: 'x'.repeat(1_001) }],
  ['title', { identifier: 'a', title: 5 }],
  ['team', { identifier: 'a', team: [1] }],
  ['properties', { identifier: 'a', properties: [] }],
  ['properties.unknown', { identifier: 'a', properties: { unknown: 1 } }],
  ['properties.__proto__', '{"identifier":"a","properties":{"__proto__":1}}'],
  ['properties.status', { identifier: 'a', properties: { status: 'sideways' } }],
  ['properties.url', { identifier: 'a', properties: { url: 'no url' } }],
  ['properties.score', { identifier: 'a', properties: { score: '1' } }],
  ['properties.live', { identifier: 'a', properties: { live: 'true' } }],
  ['properties.tags', { identifier: 'a', properties: { tags: 'x' } }],
  ['properties.tags', { identifier: 'a', properties: { tags: ['x', 1] } }],
  ['properties.meta', { identifier: 'a', properties: { meta: [] } }],
  ['properties.since', { identifier: 'a', properties: { since: '2026-02-30T00:00:00Z' } }],
  ['relations.unknown', { identifier: 'a', relations: { unknown: 'x' } }],
  ['relations.owner', { identifier: 'a', relations: { owner: ['x'] } }],
  ['relations.uses[0]', { identifier: 'a', relations: { uses: ['has blank'] } }],
])('422 names %s', async (field, entity) => {
  const { call } = await opened();
  expect(await call('POST', ONE, entity)).toMatchObject({ status: 422, body: { ok: false, error: 'invalid_request', message: expect.stringContaining(field), details: { field } } });
});

test('required keys: missing, cleared, and kept by a merge', async () => {
  const { call } = await serve();
  await call('POST', '/blueprints', { identifier: 'b', title: 'B', schema: { properties: { p: { type: 'string' }, q: { type: 'string' } }, required: ['p'] }, relations: { r: { target: 'b', required: true } } });
  const at = '/blueprints/b/entities?upsert=true';
  expect((await call('POST', at, { identifier: 'a', relations: { r: 'a' } })).body.details).toEqual({ field: 'properties.p' });
  expect((await call('POST', at, { identifier: 'a', properties: { p: 'x' } })).body.details).toEqual({ field: 'relations.r' });
  expect((await call('POST', at, { identifier: 'a', properties: { p: 'x' }, relations: { r: 'a' } })).status).toBe(201);
  expect((await call('POST', `${at}&merge=true`, { identifier: 'a', properties: { q: 'y' } })).status).toBe(201);
  expect((await call('POST', `${at}&merge=true`, { identifier: 'a', properties: { p: null } })).status).toBe(422);
});

test('query keys: upsert is required, booleans are words', async () => {
  const { call } = await opened();
  expect((await call('POST', '/blueprints/service/entities', { identifier: 'a' })).body.details).toEqual({ field: 'upsert' });
  expect((await call('POST', '/blueprints/service/entities?upsert=True', { identifier: 'a' })).status).toBe(422);
  expect((await call('POST', `${ONE}&ocean_info_event_type=anything&ocean_info_resync_id=1&run_id=r_1`, { identifier: 'a' })).status).toBe(201);
});

describe('relations', () => {
  test('to what is not there: 404 not_found for one entity, and nothing is written', async () => {
    const { call } = await opened();
    expect(await call('POST', ONE, { identifier: 'a', relations: { owner: 'nobody' } })).toMatchObject({ status: 404, body: { error: 'not_found', details: { withValue: 'nobody' } } });
    expect((await call('GET', '/blueprints/service/entities/a')).status).toBe(404);
    expect(await call('POST', '/blueprints/none/entities?upsert=true', { identifier: 'a' })).toMatchObject({ status: 404, body: { error: 'not_found' } });
  });

  test('missing targets are made bare when asked, titled by their identifier, and belong to the writer', async () => {
    const served = await opened();
    expect((await served.call('POST', `${ONE}&create_missing_related_entities=true`, { identifier: 'a', relations: { owner: 'core', uses: ['b', 'c', 'b', 'a'] } })).status).toBe(201);
    expect(await read(served, 'core', 'team')).toMatchObject({ identifier: 'core', title: 'core', properties: {} });
    expect((await read(served, 'a')).relations).toEqual({ owner: 'core', uses: ['b', 'c', 'b', 'a'] });
    const owned = await served.call('POST', '/blueprints/entities/datasource-entities', { datasource_prefix: AGENT, datasource_suffix: '' });
    expect(owned.body.entities.map((e: { identifier: string }) => e.identifier).sort()).toEqual(['a', 'b', 'c', 'core']);
  });

  test('never made in a blueprint of the portal', async () => {
    const { call } = await serve();
    await call('POST', '/blueprints', { identifier: 'b', title: 'B', schema: { properties: {} }, relations: { who: { target: '_user' } } });
    expect((await call('POST', '/blueprints/b/entities?upsert=true&create_missing_related_entities=true', { identifier: 'a', relations: { who: 'jane' } })).status).toBe(404);
  });

  test('a text for a relation of many is a list of one', async () => {
    const served = await opened();
    await served.call('POST', `${ONE}&create_missing_related_entities=true`, { identifier: 'a', relations: { uses: 'b' } });
    expect((await read(served, 'a')).relations).toEqual({ uses: ['b'] });
  });
});

describe('bulk', () => {
  test('rows see those before them, and later rows of one identifier win', async () => {
    const served = await opened();
    const { status, body } = await served.call('POST', `${BULK}&merge=true`, { entities: [{ identifier: 'a', title: 'first' }, { identifier: 'b', relations: { uses: ['a'] } }, { identifier: 'a', properties: { score: 2 } }] });
    expect({ status, body }).toEqual({
      status: 200,
      body: { ok: true, entities: [{ identifier: 'a', index: 0, created: true }, { identifier: 'b', index: 1, created: true }, { identifier: 'a', index: 2, created: false }], errors: [], maxBulkSize: 20 },
    });
    expect(await read(served, 'a')).toMatchObject({ title: 'first', properties: { score: 2 } });
    // The relation is one that deletes respect.
    expect((await served.call('DELETE', '/blueprints/service/entities/a')).status).toBe(422);
  });

  test('207: each row for itself, joined by index', async () => {
    const served = await opened();
    const { status, body } = await served.call('POST', BULK, {
      entities: [{ identifier: 'a' }, { identifier: 'b', properties: { score: 'x' } }, { identifier: 'c', relations: { owner: 'nobody' } }, { identifier: { combinator: 'and', rules: [{ property: '$identifier', operator: '=', value: 'zzz' }] } }, 7, { identifier: 'f' }],
    });
    expect(status).toBe(207);
    expect(body).toEqual({
      ok: false,
      entities: [{ identifier: 'a', index: 0, created: true }, { identifier: 'f', index: 5, created: true }],
      errors: [
        { identifier: 'b', index: 1, statusCode: 422, error: 'invalid_request', message: expect.stringContaining('properties.score') },
        { identifier: 'c', index: 2, statusCode: 404, error: 'not_found', message: expect.stringContaining('nobody') },
        { identifier: 'unknown', index: 3, statusCode: 404, error: 'not_found', message: expect.any(String) },
        { identifier: 'unknown', index: 4, statusCode: 422, error: 'invalid_request', message: expect.any(String) },
      ],
      maxBulkSize: 20,
    });
    expect((await served.call('GET', '/blueprints/service/entities-count')).body).toEqual({ ok: true, count: 2 });
  });

  test.each([[[]], [Array.from({ length: 21 }, (_, i) => ({ identifier: `e${i}` }))], ['x'], [undefined]])('the whole call is 422 with entities %#', async (entities) => {
    const { call } = await opened();
    expect((await call('POST', BULK, { entities })).body.details).toEqual({ field: 'entities' });
  });

  test('the body is closed', async () => {
    const { call } = await opened();
    expect((await call('POST', BULK, { entities: [{ identifier: 'a' }], more: true })).body.details).toEqual({ field: 'more' });
  });
});

describe('search identifiers and relations', () => {
  const query = (property: string, operator: string, value: unknown) => ({ combinator: 'and', rules: [{ property, operator, value }] });

  test('resolve to the one match, also to a row of the same call', async () => {
    const served = await opened();
    await served.call('POST', '/blueprints/team/entities?upsert=true', { identifier: 'core', title: 'Core' });
    const { body } = await served.call('POST', `${BULK}&merge=true`, {
      entities: [
        { identifier: 'a', properties: { note: 'x1' } },
        { identifier: query('note', '=', 'x1'), title: 'found', relations: { owner: query('$title', '=', 'Core'), uses: query('$identifier', 'in', ['a', 'zz']) } },
      ],
    });
    expect(body).toMatchObject({ ok: true, entities: [{ identifier: 'a', created: true }, { identifier: 'a', index: 1, created: false }] });
    expect(await read(served, 'a')).toMatchObject({ title: 'found', relations: { owner: 'core', uses: ['a'] } });
  });

  test('no match, several matches, too many matches, other operators', async () => {
    const { call } = await opened();
    await call('POST', BULK, { entities: Array.from({ length: 20 }, (_, i) => ({ identifier: `n${i}`, properties: { note: 'same' } })) });
    expect((await call('POST', ONE, { identifier: query('note', '=', 'other') })).status).toBe(404);
    expect((await call('POST', ONE, { identifier: query('note', '=', 'same') })).status).toBe(422);
    expect((await call('POST', ONE, { identifier: query('note', 'beginsWith', 's') })).status).toBe(422);
    for (const identifier of ['t1', 't2']) await call('POST', '/blueprints/team/entities?upsert=true', { identifier, title: 'Twin' });
    expect((await call('POST', ONE, { identifier: 'x', relations: { owner: query('$title', '=', 'Twin') } })).body.details).toEqual({ field: 'relations.owner' });
    expect((await call('POST', ONE, { identifier: 'x', relations: { owner: query('$title', '=', 'nobody') } })).body.entity.relations).toEqual({ owner: null });
    for (let at = 0; at < 100; at += 20) await call('POST', BULK, { entities: Array.from({ length: 20 }, (_, i) => ({ identifier: `m${at + i}`, properties: { note: 'many' } })) });
    expect((await call('POST', ONE, { identifier: 'y', relations: { uses: query('note', '=', 'many') } })).body.entity.relations.uses).toHaveLength(100);
    await call('POST', ONE, { identifier: 'one-more', properties: { note: 'many' } });
    expect((await call('POST', ONE, { identifier: 'y', relations: { uses: query('note', '=', 'many') } })).body.details).toEqual({ field: 'relations.uses' });
  });
});

describe('deleting', () => {
  const DELETE = '/blueprints/service/bulk/entities/delete';
  const chain = async (): Promise<Served> => {
    const served = await opened();
    await served.call('POST', BULK, { entities: [{ identifier: 'a' }, { identifier: 'b', relations: { uses: ['a'] } }, { identifier: 'c', relations: { uses: ['b'] } }, { identifier: 'd' }] });
    return served;
  };
  const left = async ({ call }: Served): Promise<string[]> => (await call('GET', '/blueprints/service/entities')).body.entities.map((e: { identifier: string }) => e.identifier);

  test('gives what was there; what was gone is missing', async () => {
    const served = await chain();
    expect((await served.call('POST', `${DELETE}?delete_dependents=false`, { entities: ['d', 'zzz'] })).body).toEqual({ ok: true, deletedEntities: ['d'] });
    expect(await left(served)).toEqual(['a', 'b', 'c']);
  });

  test('without dependents: one that is pointed to fails the whole call', async () => {
    const served = await chain();
    expect(await served.call('POST', `${DELETE}?delete_dependents=false`, { entities: ['d', 'a'] })).toMatchObject({ status: 422, body: { error: 'entity_has_dependents', details: { dependents: [{ blueprint: 'service', identifier: 'b' }] } } });
    expect(await left(served)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('with dependents: all that point to it, however far', async () => {
    const served = await chain();
    expect((await served.call('POST', `${DELETE}?delete_dependents=true`, { entities: ['a'] })).body).toEqual({ ok: true, deletedEntities: ['a'] });
    expect(await left(served)).toEqual(['d']);
  });

  test('an entity that points to itself, and one whose pointer went away, can go', async () => {
    const served = await chain();
    await served.call('POST', `${ONE}&merge=true`, { identifier: 'd', relations: { uses: ['d'] } });
    await served.call('POST', `${ONE}&merge=true`, { identifier: 'b', relations: { uses: [] } });
    expect((await served.call('POST', `${DELETE}?delete_dependents=false`, { entities: ['a', 'd'] })).status).toBe(200);
  });

  test('one by its path: 404 when gone', async () => {
    const served = await chain();
    expect((await served.call('DELETE', '/blueprints/service/entities/a?delete_dependents=false')).status).toBe(422);
    expect((await served.call('DELETE', '/blueprints/service/entities/a?delete_dependents=true')).body).toEqual({ ok: true });
    expect(await served.call('DELETE', '/blueprints/service/entities/a')).toMatchObject({ status: 404, body: { error: 'not_found' } });
    expect(await left(served)).toEqual(['d']);
  });

  test.each([[`${DELETE}?delete_dependents=false`, { entities: [] }], [`${DELETE}?delete_dependents=false`, { entities: Array.from({ length: 101 }, String) }], [DELETE, { entities: ['a'] }], [`${DELETE}?delete_dependents=false`, { entities: ['a'], more: 1 }], [`${DELETE}?delete_dependents=false`, { entities: [1] }]])('422 %#', async (at, body) => {
    const { call } = await opened();
    expect((await call('POST', at, body)).status).toBe(422);
  });
});
