import { parseJson, type Json } from '../shared';
import { eventCatalogue, type CatalogueRule } from './event-catalogue';
import type { Change } from './live';
import { identityOf } from './read-delivery';

const verify = { scheme: 'hmac', header: 'X-Hub-Signature' } as const;
const catalogue = (...rules: readonly CatalogueRule[]) => eventCatalogue({ verify, eventType: [{ member: 'type' }], at: 'time', rules });
const tell = (rule: CatalogueRule, type: string, body: Json): Change => catalogue(rule).changes({ type, headers: {}, body }, {})[0]!;

describe('keys', () => {
  test.each<[string, readonly string[], Json, readonly [string, unknown, boolean][]]>([
    ['the last segment is the name', ['issue.id*'], { issue: { id: '1' } }, [['id', '1', true]]],
    ['two that collide: the whole path in camel case', ['issue.id*', 'repository.id'], { issue: { id: 1 }, repository: { id: 2 } }, [['id', 1, true], ['repositoryId', 2, false]]],
    ['words of a path that collides', ['a.id*', 'pull_request.id'], { a: { id: 1 }, pull_request: { id: 2 } }, [['id', 1, true], ['pullRequestId', 2, false]]],
    ['a name of its own', ['tenantId*=payload.tenant.id'], { payload: { tenant: { id: 't' } } }, [['tenantId', 't', true]]],
    ['the first that is there', ['page.id* or blog.id'], { blog: { id: 5 } }, [['id', 5, true]]],
    ['an empty one is not there', ['page.id* or blog.id'], { page: { id: '' }, blog: { id: 5 } }, [['id', 5, true]]],
    ['at the root', ['ref*'], { ref: 'v1' }, [['ref', 'v1', true]]],
    ['absent', ['a.b*', 'c'], { c: 1 }, [['b', undefined, true], ['c', 1, false]]],
    ['no text and no number', ['a*'], { a: { x: 1 } }, [['a', undefined, true]]],
    ['inherited members are absent', ['constructor.name*'], {}, [['name', undefined, true]]],
    ['beyond 53 bits', ['id*'], parseJson('{"id":9007199254740995}'), [['id', 9007199254740995n, true]]],
  ])('%s', (_, keys, body, expected) => {
    const change = tell({ kind: 'k', write: ['w'], keys }, 'w', body);
    expect(change.is === 'ignored' ? [] : change.keys.map(({ name, value, identity }) => [name, value, identity])).toEqual(expected);
  });

  test('identity: in order, complete or not there', () => {
    const keys = (body: Json) => catalogue({ kind: 'k', write: ['w'], keys: ['url', 'b*', 'a*'] }).keys!('k', body, {});
    expect(identityOf(keys({ a: 1, b: 2 }))).toEqual([2, 1]);
    expect(identityOf(keys({ a: 1, url: 'u' }))).toBeUndefined();
    expect(catalogue().keys!('other', {}, {})).toEqual([]);
  });
});

test('rowPlaces: by kind, where the first member of the identity stands, else the object that is named', () => {
  const places = catalogue(
    { kind: 'issue', write: ['a'], keys: ['repository.id', 'issue.id*'] },
    { kind: 'page', write: ['b'], keys: ['page.id* or blog.id'] },
    { kind: 'tag', write: ['c'], keys: ['ref*'] },
    { kind: 'issue', write: ['d'], keys: ['repository.id', 'issue.id*'], object: 'old.issue' },
  ).rowPlaces;
  expect(places).toEqual({ issue: ['issue', 'old.issue'], page: ['page', 'blog'], tag: [''] });
});

describe('changes', () => {
  const rule: CatalogueRule = { kind: 'thing', write: ['made', 'acted'], delete: ['removed'], deleteWhen: { action: ['deleted', 'moved'], 'a.b': ['x'] }, keys: ['thing.id*'] };

  test.each<[string, string, Json, 'changed' | 'gone']>([
    ['write', 'made', {}, 'changed'],
    ['delete', 'removed', {}, 'gone'],
    ['delete by a member', 'acted', { action: 'moved' }, 'gone'],
    ['delete by an inner member', 'acted', { a: { b: 'x' } }, 'gone'],
    ['another value', 'acted', { action: 'closed', a: { b: 'y' } }, 'changed'],
  ])('%s', (_, type, body, is) => {
    expect(tell(rule, type, body)).toMatchObject({ is, kind: 'thing' });
  });

  test('the row is the object that holds the first member of the identity', () => {
    expect(tell(rule, 'made', { thing: { id: 1, x: 2 } })).toMatchObject({ row: { id: 1, x: 2 } });
    expect(tell({ ...rule, keys: ['project.id*'], object: '' }, 'made', { project: { id: 1 }, x: 2 })).toMatchObject({ row: { project: { id: 1 }, x: 2 } });
    expect(tell({ ...rule, keys: ['id*'] }, 'made', { id: 1, x: 2 })).toMatchObject({ row: { id: 1, x: 2 } });
    expect(tell({ ...rule, keys: ['a.id* or b.id'] }, 'made', { b: { id: 1 } })).toMatchObject({ row: { id: 1 } });
    expect(tell(rule, 'made', { thing: 'text' })).not.toHaveProperty('row');
  });

  test('a rule may shape the row and say where it is found', () => {
    const shaped: CatalogueRule = { ...rule, row: ({ id }, { project }) => ({ id: id!, project: project! }), locate: ({ id }) => ({ number: Number(id) }) };
    expect(tell(shaped, 'made', { thing: { id: 3, heavy: 'x' }, project: 'p' })).toMatchObject({ row: { id: 3, project: 'p' }, locate: { number: 3 } });
  });

  test.each<[Json, number | undefined]>([
    [1_700_000_000_000, 1_700_000_000_000],
    ['2026-01-01T00:00:00Z', Date.UTC(2026, 0, 1)],
    ['soon', undefined],
    [null, undefined],
  ])('time of the delivery: %s', (time, at) => {
    const change = tell(rule, 'made', { time });
    expect('at' in change ? change.at : undefined).toBe(at);
  });

  test('a body that is no object has no keys', () => {
    expect(tell(rule, 'made', [1])).toMatchObject({ keys: [{ name: 'id', value: undefined, identity: true }] });
  });

  test('it knows its names', () => {
    expect(catalogue(rule).events).toEqual(['made', 'acted', 'removed']);
    expect(catalogue(rule).changes({ type: 'other', headers: {}, body: {} }, {})).toEqual([]);
  });
});

test.each<[string, readonly CatalogueRule[]]>([
  ['stands in two rules', [{ kind: 'a', write: ['w'], keys: ['a*'] }, { kind: 'b', delete: ['w'], keys: ['a*'] }]],
  ['has no identity', [{ kind: 'a', write: ['w'], keys: ['a'] }]],
  ["two keys of the name 'a'", [{ kind: 'a', write: ['w'], keys: ['a*', 'a=b'] }]],
])('a table that contradicts itself is refused: %s', (message, rules) => {
  expect(() => catalogue(...rules)).toThrow(message);
});
