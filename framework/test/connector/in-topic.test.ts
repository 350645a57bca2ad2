import { asset, keys, startStage, type Stage, type ThirdParty } from './stage';

let stage: Stage;
const pg: ThirdParty = { identifier: 'pg', services: ['database'], methods: () => ({}), connector: { zones: { default: ['quarantine'], publish: ['lake'], visible: [] } } };
beforeEach(async () => {
  stage = await startStage([pg, { ...pg, identifier: 'other' }]);
});
afterEach(() => stage.stop());

let ids = 0;
const send = async (event: object, by = 'pg'): Promise<string> => (await stage.ready(by)).inTopic.send({ id: `${++ids}`, blueprint: 'database', identifier: 'd1', ...event } as never);
const given = { qualifiedName: 'd1', name: 'd1' };
const properties = async (): Promise<object> => JSON.parse((await stage.catalog('database')).get('d1')!.properties) as object;

describe('8 In Topic', () => {
  test('upsert makes, merges and replaces; publish, withdraw, delete', async () => {
    expect(await send({ op: 'upsert', properties: { ...given, description: 'first' } })).toBe('applied');
    await send({ op: 'upsert', properties: { databaseType: 'pg' } });
    expect(await properties()).toMatchObject({ description: 'first', databaseType: 'pg', zoneMembership: ['quarantine'] });
    await send({ op: 'publish' });
    expect(await properties()).toMatchObject({ zoneMembership: ['lake'] });
    await send({ op: 'upsert', properties: given, merge: false });
    expect(await properties()).toEqual({ ...given, zoneMembership: ['lake'] });
    await send({ op: 'withdraw' });
    expect(await properties()).toMatchObject({ zoneMembership: ['quarantine'] });
    await send({ op: 'delete' });
    expect(keys(await stage.catalog('database'))).toEqual([]);
  });

  test('the same id does nothing, also after a restart; another connector has ids of its own', async () => {
    await send({ id: 'x', op: 'upsert', properties: given });
    expect(await send({ id: 'x', op: 'delete' })).toBe('duplicate');
    await stage.restart();
    expect(await send({ id: 'x', op: 'delete' })).toBe('duplicate');
    expect(await send({ id: 'x', op: 'upsert', identifier: 'd2', properties: { qualifiedName: 'd2', name: 'd2' } }, 'other')).toBe('applied');
    expect(keys(await stage.catalog('database'))).toEqual(['d1', 'd2']);
  });

  test('two of one id at once are applied once', async () => {
    const is = await Promise.all([1, 2, 3].map(() => send({ id: 'same', op: 'upsert', properties: given })));
    expect(is.sort()).toEqual(['applied', 'duplicate', 'duplicate']);
  });

  test.each([
    ['it is not valid', { op: 'upsert', properties: { name: 'd1' } }, 'qualifiedName'],
    ['it is of a blueprint that the connector does not write', { op: 'upsert', blueprint: 'topic', properties: given }, 'no service'],
    ['there is no such op', { op: 'merge' }, 'merge'],
    ['what it publishes is not there', { op: 'publish' }, 'd1'],
    ['another source has it', { op: 'upsert', identifier: 'theirs', properties: { ...given, name: 'mine' } }, 'party::other'],
  ])('refused, because %s: a dead letter with the reason', async (_, event, reason) => {
    await (await stage.ready('other')).database.create('database', asset('theirs') as never);
    expect(await send(event)).toBe('dead-lettered');
    const { deadLetters } = await stage.get<{ deadLetters: unknown[] }>('/api/v1/dead-letters?integration=pg');
    expect(deadLetters).toEqual([expect.objectContaining({ stage: 'source', message: expect.stringContaining(reason) })]);
    expect(keys(await stage.catalog('database'))).toEqual(['theirs']);
  });
});
