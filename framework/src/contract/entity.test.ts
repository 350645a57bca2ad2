import { canonicalEntity } from './entity';
import { hashText, parseJson, type JsonObject } from '../shared';

const entity = (more: JsonObject): JsonObject => ({ blueprint: 'bp', identifier: 'e', properties: {}, relations: {}, ...more });
const same = (a: JsonObject, b: JsonObject): boolean => canonicalEntity(entity(a)) === canonicalEntity(entity(b));

/** mapping-semantics 12, line by line. */
test.each<readonly [string, JsonObject, JsonObject, boolean]>([
  ['icons differ', { icon: 'A' }, { icon: 'B' }, false],
  ['teams in another order', { team: ['a', 'b'] }, { team: ['b', 'a'] }, true],
  ['a team and the list with just it', { team: 'a' }, { team: ['a'] }, true],
  ['no team, null', { team: null }, { team: [] }, true],
  ['no team, missing', {}, { team: [] }, true],
  ['a team named twice', { team: ['a', 'b', 'a'] }, { team: ['a', 'b'] }, true],
  ['teams differ', { team: ['a'] }, { team: ['a', 'b'] }, false],
  ['a team query', { team: { combinator: 'and', rules: [] } }, { team: { rules: [], combinator: 'and' } }, true],
  ['a property null and missing', { properties: { x: null } }, { properties: {} }, true],
  ['a property null and a value', { properties: { x: null } }, { properties: { x: 5 } }, false],
  ['null inside a property value', { properties: { x: { y: null } } }, { properties: { x: {} } }, false],
  ['1 and 1.0', { properties: { x: 1 } }, parseJson('{"properties":{"x":1.0}}') as JsonObject, true],
  ['integers that are one double', { properties: { x: 9007199254740993n } }, { properties: { x: 9007199254740992 } }, true],
  ['numbers differ', { properties: { x: 1 } }, { properties: { x: 1.5 } }, false],
  ['a number and its text', { properties: { x: 1 } }, { properties: { x: '1' } }, false],
  ['keys in another order', { properties: { a: 1, b: { c: 1, d: 2 } } }, { properties: { b: { d: 2, c: 1 }, a: 1 } }, true],
  ['a list in another order', { properties: { x: [1, 2] } }, { properties: { x: [2, 1] } }, false],
  ['relations in another order', { relations: { t: ['a', 'b'] } }, { relations: { t: ['b', 'a'] } }, false],
  ['a relation and the list with just it', { relations: { t: 'a' } }, { relations: { t: ['a'] } }, false],
  ['relations of another name', { relations: { t: 'a' } }, { relations: { u: 'a' } }, false],
  ['a relation null and missing', { relations: { t: null } }, {}, true],
  ['title null and missing', { title: null }, {}, true],
  ['title empty and missing', { title: '' }, {}, false],
  ['an emoji', { title: '😀' }, { title: '😀' }, true],
  ['instants written in two ways', { properties: { x: '2024-01-01T00:00:00Z' } }, { properties: { x: '2024-01-01T00:00:00.000Z' } }, false],
  ['a property and a relation', { properties: { x: 'a' } }, { relations: { x: 'a' } }, false],
  ['false, zero and the empty text', { properties: { x: false } }, { properties: { x: 0 } }, false],
  ['another blueprint', { blueprint: 'other' }, {}, false],
  ['a property named __proto__', parseJson('{"properties":{"__proto__":1}}') as JsonObject, {}, false],
])('%s', (_, a, b, expected) => {
  expect(same(a, b)).toBe(expected);
  expect(same(b, a)).toBe(expected);
});

test('the text of a plain entity is its JSON, keys sorted: hashes that are stored stay valid', () => {
  const text = canonicalEntity(entity({ title: 'T', icon: null, team: 'b', properties: { z: [1, null], a: { k: 'v' } } }));
  expect(text).toBe('{"blueprint":"bp","identifier":"e","properties":{"a":{"k":"v"},"z":[1,null]},"team":["b"],"title":"T"}');
  expect(hashText(text)).toBe(hashText(canonicalEntity(parseJson(text) as JsonObject)));
});
