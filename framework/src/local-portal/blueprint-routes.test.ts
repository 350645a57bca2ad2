import { serve, stopAll, withBlueprints, type Served } from './test/serve';

afterEach(stopAll);

const minimal = (identifier: string, more: object = {}) => ({ identifier, title: 'T', schema: { properties: {} }, ...more });

test('creates, reads, lists, replaces, patches, deletes', async () => {
  const { call } = await serve();
  const made = await call('POST', '/blueprints?create_catalog_page=false', minimal('a/b', { schema: { properties: { p: { type: 'string' } } }, relations: { r: { target: 'a/b' } } }));
  expect(made).toMatchObject({ status: 201, body: { ok: true, blueprint: { identifier: 'a/b', schema: { properties: { p: { type: 'string' } }, required: [] }, relations: { r: { target: 'a/b', many: false, required: false } }, mirrorProperties: {}, createdAt: '2026-01-01T00:00:00.000Z' } } });
  expect((await call('GET', '/blueprints/a%2Fb')).body.blueprint).toEqual(made.body.blueprint);
  expect((await call('GET', '/blueprints/a/b')).body.blueprint).toEqual(made.body.blueprint);
  expect((await call('POST', '/blueprints', minimal('a/b'))).status).toBe(409);
  const patched = await call('PATCH', '/blueprints/a%2Fb', { title: 'New' });
  expect(patched.body.blueprint).toMatchObject({ title: 'New', schema: { properties: { p: {} } }, relations: { r: {} } });
  const replaced = await call('PUT', '/blueprints/a%2Fb', minimal('a/b'));
  expect(replaced.body.blueprint).toMatchObject({ title: 'T', schema: { properties: {} }, relations: {} });
  expect((await call('GET', '/blueprints')).body.blueprints.map((b: { identifier: string }) => b.identifier)).toEqual(['_team', '_user', 'a/b']);
  expect((await call('DELETE', '/blueprints/a%2Fb')).body).toEqual({ ok: true });
  expect(await call('GET', '/blueprints/a%2Fb')).toMatchObject({ status: 404, body: { ok: false, error: 'not_found' } });
});

test.each([
  ['identifier', minimal('has blank')],
  ['identifier', minimal('..')],
  ['identifier', minimal('x'.repeat(101))],
  ['title', { identifier: 'a', schema: { properties: {} } }],
  ['title', minimal('a', { title: '' })],
  ['description', minimal('a', { description: 'x'.repeat(201) })],
  ['schema', { identifier: 'a', title: 'A' }],
  ['schema.properties.p q', minimal('a', { schema: { properties: { 'p q': { type: 'string' } } } })],
  ['schema.properties.p.type', minimal('a', { schema: { properties: { p: { type: 'text' } } } })],
  ['schema.properties.p.format', minimal('a', { schema: { properties: { p: { type: 'string', format: 'color' } } } })],
  ['schema.properties.p.pattern', minimal('a', { schema: { properties: { p: { type: 'string', pattern: '(' } } } })],
  ['schema.required', minimal('a', { schema: { properties: {}, required: ['p'] } })],
  ['relations.r.target', minimal('a', { relations: { r: {} } })],
  ['relations.r.many', minimal('a', { relations: { r: { target: 'a', many: 'yes' } } })],
])('422 names %s', async (field, blueprint) => {
  const { call } = await serve();
  expect(await call('POST', '/blueprints', blueprint)).toMatchObject({ status: 422, body: { ok: false, details: { field } } });
});

test('a relation to an unknown blueprint is 404 and creates nothing', async () => {
  const { call } = await serve();
  expect(await call('POST', '/blueprints', minimal('a', { relations: { r: { target: 'b' } } }))).toMatchObject({ status: 404, body: { error: 'not_found', details: { withValue: 'b' } } });
  expect((await call('GET', '/blueprints/a')).status).toBe(404);
});

test("Port's own blueprints are there and cannot be written", async () => {
  const { call } = await serve();
  expect((await call('POST', '/blueprints', minimal('a', { relations: { who: { target: '_user' } } }))).status).toBe(201);
  for (const [method, below] of [['PATCH', '/blueprints/_user'], ['DELETE', '/blueprints/_user']] as const) {
    expect(await call(method, below, method === 'PATCH' ? { title: 'x' } : undefined)).toMatchObject({ status: 403, body: { ok: false, error: 'forbidden' } });
  }
});

describe('deleting', () => {
  const fill = async (served: Served): Promise<void> => {
    await served.call('POST', '/blueprints/team/entities?upsert=true', { identifier: 'core' });
    await served.call('POST', '/blueprints/service/entities?upsert=true', { identifier: 's', relations: { owner: 'core' } });
  };

  test('a blueprint with entities, or one that others relate to, stays', async () => {
    const served = await withBlueprints(await serve());
    await fill(served);
    expect(await served.call('DELETE', '/blueprints/service')).toMatchObject({ status: 422, body: { error: 'blueprint_has_entities' } });
    expect(await served.call('DELETE', '/blueprints/team')).toMatchObject({ status: 422, body: { error: 'blueprint_has_dependents' } });
  });

  test('all entities: gives a migration that has completed; what pointed to them stays without the relation', async () => {
    const served = await withBlueprints(await serve());
    await fill(served);
    const { body } = await served.call('DELETE', '/blueprints/team/all-entities?delete_blueprint=false');
    expect(body).toEqual({ ok: true, migrationId: expect.any(String) });
    expect((await served.call('GET', `/migrations/${body.migrationId}`)).body).toMatchObject({ ok: true, migration: { id: body.migrationId, sourceBlueprint: 'team', status: 'COMPLETED' } });
    expect((await served.call('GET', '/blueprints/team/entities-count')).body.count).toBe(0);
    expect((await served.call('GET', '/blueprints/service/entities/s')).body.entity.relations).toEqual({ owner: null });
  });

  test('all entities and the blueprint', async () => {
    const served = await withBlueprints(await serve());
    await fill(served);
    expect((await served.call('DELETE', '/blueprints/service/all-entities?delete_blueprint=true')).status).toBe(200);
    expect((await served.call('GET', '/blueprints/service')).status).toBe(404);
    expect((await served.call('GET', '/blueprints/team/entities/core')).status).toBe(200);
  });
});
