import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { Secret } from '../contract';
import { withhold } from '../shared';
import { showException, showText, showValue } from './show-value';

const SECRET = 'p4"ss\\wörd';
const redact = (text: string): string => withhold(text, [SECRET]);
const show = (value: unknown): unknown => showValue(value, redact);

const cyclic: Record<string, unknown> = { name: 'a' };
cyclic['self'] = { list: [cyclic] };
const shared = { x: 1 };

it.each<[string, unknown, unknown]>([
  ['a text', 'orders', 'orders'],
  ['a number', 1.5, 1.5],
  ['a number that is none', NaN, 'NaN'],
  ['a truth', false, false],
  ['null', null, null],
  ['undefined', undefined, 'undefined'],
  ['a BigInt', 12345678901234567890n, '12345678901234567890'],
  ['a symbol', Symbol('s'), 'Symbol(s)'],
  ['a function', () => 1, '[function]'],
  ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
  ['no date', new Date(NaN), '[no date]'],
  ['an error', new TypeError('no'), 'TypeError: no'],
  ['a URL', new URL('http://a.example/b'), 'http://a.example/b'],
  ['bytes', Buffer.alloc(20), '[20 bytes]'],
  ['a Secret', new Secret(SECRET), '[redacted]'],
  ['a Secret inside', { user: 'u', password: new Secret(SECRET) }, '{"user":"u","password":"[redacted]"}'],
  ['a secret in plain text', `as ${SECRET}`, 'as [redacted]'],
  ['a secret inside', { a: [SECRET] }, '{"a":["[redacted]"]}'],
  ['a secret as a key', { [SECRET]: 1 }, '{"[redacted]":1}'],
  ['a list', ['a', 1n, null], '["a","1",null]'],
  ['a map and a set', { map: new Map([['k', 1]]), set: new Set([2]) }, '{"map":[["k",1]],"set":[2]}'],
  ['a cycle', cyclic, '{"name":"a","self":{"list":["[circular]"]}}'],
  ['one thing in two places', [shared, shared], '[{"x":1},{"x":1}]'],
  ['no prototype', Object.assign(Object.create(null) as object, { a: 1 }), '{"a":1}'],
  ['a getter that throws', Object.defineProperty({ a: 1 }, 'b', { enumerable: true, get: () => { throw new Error('x'); } }), '{"a":1,"b":"[unreadable]"}'],
  ['a toJSON that throws', { toJSON: () => { throw new Error('x'); } }, '[unreadable]'],
  ['a proxy that refuses', new Proxy({}, { ownKeys: () => { throw new Error('x'); } }), '[unreadable]'],
  ['something deep', { a: { b: { c: { d: { e: { f: 1 } } } } } }, '{"a":{"b":{"c":{"d":{"e":"[object]"}}}}}'],
  ['a long list', Array<number>(60).fill(7), `[${Array<number>(50).fill(7).join(',')},"… 10 more"]`],
])('shows %s', (_, value, shown) => expect(show(value)).toBe(shown));

it('a number whose digits are a secret is none any more', () => expect(showValue(123456, (text) => withhold(text, ['123456']))).toBe('[redacted]'));

it('a value of a redactor that fails is not shown', () => {
  const broken = (): string => {
    throw new Error(`cannot read ${SECRET}`);
  };
  expect(showValue('text', broken)).toBe('[unreadable]');
  expect(showValue(7, broken)).toBe('[unreadable]');
  expect(JSON.stringify(showException(new Error(SECRET), broken))).not.toContain('wörd');
});

describe('long texts', () => {
  it('are cut after they are redacted, so that no part of a secret stays at the end', () => {
    for (let before = 4_096 - SECRET.length - 1; before <= 4_097; before++) {
      const shown = showText(`${'x'.repeat(before)}${SECRET}${'y'.repeat(100)}`, redact);
      expect(shown).not.toContain('p4');
      expect(shown.length).toBeLessThan(4_200);
    }
    expect(showText('x'.repeat(5_000), redact)).toBe(`${'x'.repeat(4_096)}… (904 more characters)`);
  });

  it('are named by their length when they are huge, alone, together, and as a number', () => {
    expect(show('x'.repeat(10_000_000))).toBe('[text of 10000000 characters]');
    expect(show({ a: 'x'.repeat(10_000_000) })).toBe('{"a":"[text of 10000000 characters]"}');
    expect(String(show(Array.from({ length: 50 }, () => 'x'.repeat(60_000)))).length).toBeLessThan(6_000);
    expect(String(show(10n ** 70_000n))).toBe('[text of 70001 characters]');
  });
});

describe('exceptions', () => {
  it('have class, message and the stacks of their causes', () => {
    const shown = showException(new TypeError('outer', { cause: new Error(`inner ${SECRET}`) }), redact);
    expect(shown).toMatchObject({ class: 'TypeError', message: 'outer' });
    expect(shown.stack).toMatch(/^TypeError: outer\n\s+at [^]*\ncaused by: Error: inner \[redacted\]\n/);
  });

  it.each<[string, unknown, object]>([
    ['a text', 'boom', { class: 'string', message: 'boom', stack: '' }],
    ['nothing', undefined, { class: 'undefined', message: 'undefined', stack: '' }],
    ['an object', { code: 7 }, { class: 'object', message: '{"code":7}', stack: '' }],
    ['something that refuses every question', new Proxy({}, { getPrototypeOf: () => { throw new Error('x'); } }), { class: 'object', message: '[unreadable]', stack: '' }],
    ['an error that cannot be read', Object.defineProperty(new Error('x'), 'stack', { get: () => { throw new Error('y'); } }), { class: 'Error', message: 'x', stack: '[unreadable]' }],
  ])('%s', (_, thrown, shown) => expect(showException(thrown, redact)).toEqual(shown));

  it('may be their own cause', () => {
    const err = new Error('round');
    err.cause = err;
    expect(showException(err, redact).stack.split('caused by').length).toBe(5);
  });
});

it('whatever a value holds: plain, short, and without secret', () => {
  const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31));
  const hostile = fc.constantFrom<unknown>(cyclic, SECRET, `${SECRET}${SECRET}`, new Secret(SECRET), 2n ** 200n, 'z'.repeat(70_000), 'z'.repeat(5_000), '\ud800', '\0', { toJSON: () => cyclic });
  const value = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true, withNullPrototype: true, withSparseArray: true, withObjectString: true, maxDepth: 7, values: [hostile, fc.string({ unit: 'binary' }), fc.integer()] });
  fc.assert(
    fc.property(value, (given) => {
      const shown = show(given);
      expect(['string', 'number', 'boolean'].includes(typeof shown) || shown === null).toBe(true);
      const text = JSON.stringify(shown);
      expect(text.length).toBeLessThan(60_000);
      expect(text).not.toContain('wörd');
    }),
    { seed, numRuns: 500 },
  );
});
