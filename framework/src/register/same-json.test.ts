import { sameJson } from './same-json';

describe('sameJson', () => {
  it.each([
    [{ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }, true],
    [{ a: undefined }, {}, true],
    [{ a: null }, {}, false],
    [[1, 2], [2, 1], false],
    [[1], [1, 2], false],
    [{}, [], false],
    [{ a: 1 }, { a: '1' }, false],
    [12345678901234567890n, 12345678901234567890n, true],
    [undefined, {}, false],
  ])('%p and %p: %s', (left, right, same) => {
    expect(sameJson(left, right)).toBe(same);
    expect(sameJson(right, left)).toBe(same);
  });
});
