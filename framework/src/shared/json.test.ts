import { jsonOf, objectOf, parseJson } from './json';

test.each([
  ['{"id":12345678901234567890}', { id: 12345678901234567890n }],
  ['[1]', [1]],
  ['"text"', 'text'],
  ['null', null],
])('the value of %s keeps every digit', (text, value) => {
  expect(jsonOf(text)).toEqual(value);
  expect(parseJson(text)).toEqual(value);
});

test.each(['', '{', 'text'])('%j is no JSON text', (text) => {
  expect(jsonOf(text)).toBeUndefined();
  expect(objectOf(text)).toBeUndefined();
});

test('an object has plain numbers, and nothing else is one', () => {
  expect(objectOf('{"id":12345678901234567890}')).toEqual({ id: 12345678901234567000 });
  expect(['[1]', '"text"', 'null', '1'].map(objectOf)).toEqual([undefined, undefined, undefined, undefined]);
});
