import type { Json } from '../../../shared';
import { endJq } from '../engine/engine';
import { ENGINES, run, type Result } from '../test/both-engines';

/** Vectors of mapping-semantics.md; every one runs through both engines. */
type Vector = readonly [expression: string, expected: Result | Json, input?: Json];

const ERROR = 'error' as const;
const value = (json: Json): Result => ({ value: json });
const isResult = (expected: Result | Json): expected is Result =>
  ['none', 'error', 'budget', 'invalid'].includes(expected as string) || (typeof expected === 'object' && expected !== null && 'value' in expected);

afterAll(endJq);

function check(vectors: readonly Vector[], usual: Json): void {
  describe.each(ENGINES)('in %s', (engine) => {
    it.each(vectors.map(([expression, expected, input]) => [expression, expected, input === undefined ? usual : input] as const))('%s', async (expression, expected, input) => {
      expect(await run(engine, expression, input)).toEqual(isResult(expected) ? expected : value(expected));
    });
  });
}

describe('first output (3.1)', () => {
  check(
    [
      ['.arr[]', 'a'],
      ['.nested[].v', 1],
      ['"a", error("x")', 'a'],
      ['null, "x"', null],
      ['empty', 'none'],
      ['limit(0; 1,2)', 'none'],
      ['first(empty)', 'none'],
      ['[.arr[]]', ['a', 'b']],
    ],
    { arr: ['a', 'b'], nested: [{ v: 1 }, { v: 2 }] },
  );
});

describe('what mappings cannot reach (3.1)', () => {
  check(
    [
      ['env', {}],
      ['$ENV', {}],
      ['env.HOME', null],
      ['$ENV.HOME', null],
      ['import "a" as a; 1', 'invalid'],
      ['include "a"; 1', 'invalid'],
      ['input', ERROR],
      ['[inputs]', []],
      ['debug', { a: 1 }],
      ['stderr', { a: 1 }],
      ['halt', 'none'],
      ['1, halt', 1],
      ['"x" | halt_error', ERROR],
      ['input_filename', null],
      ['input_line_number', ERROR],
      ['now | type', 'number'],
      ['{b: 1, a: 2} | keys', ['a', 'b']],
      ['{b: 1, a: 2} | to_entries | map(.key)', ['b', 'a']],
      ['{b: 1, a: 2} | tojson', '{"b":1,"a":2}'],
    ],
    { a: 1 },
  );
  it.each(ENGINES)('reads listed variables in %s', async (engine) => {
    expect(await run(engine, '[env.HOME, $ENV.HOME, env.PATH]', {}, { HOME: '/home' })).toEqual(value(['/home', '/home', null]));
  });
});

describe('numbers (3.3)', () => {
  const big = 12345678901234567890n;
  const odd = 9007199254740993n;
  check(
    [
      ['.big', 12345678901234567000, { big }],
      ['.m', 9007199254740992, { m: odd }],
      ['.m | tostring', '9007199254740992', { m: odd }],
      ['"\\(.m)"', '9007199254740992', { m: odd }],
      ['.m | tojson', '9007199254740992', { m: odd }],
      ['tojson', '{"big":12345678901234567000}', { big }],
      ['.m == 9007199254740992', true, { m: odd }],
      ['.m == 9007199254740993', true, { m: odd }],
      ['[.m] == [9007199254740992]', true, { m: odd }],
      ['.m // 1', 9007199254740992, { m: odd }],
      ['{x: [.m]}', { x: [9007199254740992] }, { m: odd }],
      ['.int_f', 3, { int_f: 3.0 }],
      ['.int_f | tostring', '3', { int_f: 3.0 }],
      ['3.0 | tostring', '3'],
      ['1e1000', 1.7976931348623157e308],
      ['infinite', 1.7976931348623157e308],
      ['[infinite, -infinite]', [1.7976931348623157e308, -1.7976931348623157e308]],
      ['infinite | tostring', '1.7976931348623157e+308'],
      ['nan', null],
      ['{a: [nan]}', { a: [null] }],
      ['[0.0001, 1e15, 123456.789, 0.1 + 0.2] | map(tostring)', ['0.0001', '1000000000000000', '123456.789', '0.30000000000000004']],
    ],
    null,
  );
  it('writes computed numbers beyond these bounds as JavaScript does', async () => {
    expect(await run('closures', '[1e17 + 0, 0.00001 + 0] | map(tostring)', null)).toEqual(value(['100000000000000000', '0.00001']));
  });
});

describe('properties (6)', () => {
  const sub = { subViews: [{ qualifier: 'SVW', key: 1 }, { qualifier: 'SVW', key: 2 }, { qualifier: 'APP', key: 3 }] };
  check(
    [
      ['.arr[]', 'a'],
      ['.nested[].v', 1],
      ['.arr', ['a', 'b']],
      ['.o', { k: 1 }],
      ['.missing', null],
      ['.o.x.y', null],
      ['nan', null],
      ['.s.x', ERROR],
      ['.s | tonumber', ERROR],
      ['input', ERROR],
      ['halt', 'none'],
      ['.bad.', 'invalid'],
      ['not_a_func', 'invalid'],
      ['.k-y', 'invalid'],
      ['.f', false],
      ['.z', 0],
      ['.e', ''],
      ['.ea', []],
      ['.eo', {}],
      [`'lit'`, 'lit'],
      ['"lit"', 'lit'],
      [`'a' + .s`, 'astr'],
      [`.s + '/' + .s`, 'str/str'],
      [`test('x')`, 'invalid'],
      [`"it's"`, `it's`],
      ['(.d // "def")', 'def'],
      ['{"a":.s,"b":null}', value({ a: 'str', b: null })],
      ['.subViews | map(select((.qualifier | IN("VW","SVW"))) | .key)', [1, 2], sub],
      ['.s.x // "d"', ERROR],
      ['.s.x? // "d"', 'd'],
    ],
    { s: 'str', n: 1, arr: ['a', 'b'], o: { k: 1 }, nested: [{ v: 1 }, { v: 2 }], f: false, z: 0, e: '', ea: [], eo: {} },
  );
});

describe('what to watch (15.2)', () => {
  check(
    [
      ['[(false, null, 1) // 9]', [1]],
      ['[[], "", 0 | . // 9]', [[], '', 0]],
      ['error("x") // 1', ERROR],
      ['.n.x? // "d"', 'd', { n: 1 }],
      ['if null then 1 else 2 end', 2],
      ['if 0 then 1 else 2 end', 1],
      ['if false then 1 end', { n: 1 }, { n: 1 }],
      ['if empty then 1 else 2 end', 'none'],
      ['[(true, false) and (true, false)]', [true, false, false]],
      ['[(true, false) or (true, false)]', [true, true, false]],
      ['false and error("x")', false],
      ['true or error("x")', true],
      ['null | not', true],
      ['.a', null],
      ['.[1:2]', null],
      ['length', 0],
      ['has("a")', false],
      ['[.[]?]', []],
      ['split(",")', ERROR],
      ['startswith("a")', ERROR],
      ['test("a")', ERROR],
      ['contains("b")', ERROR],
      ['ascii_downcase', ERROR],
      ['todate', ERROR],
      ['ltrimstr("a")', ERROR],
      ['length', 2, '😀é'],
      ['.[1:]', 'é', '😀é'],
      ['["￿", "😀"] | sort', ['￿', '😀']],
      ['ascii_downcase', 'Àb', 'ÀB'],
      ['sort', [null, false, true, 1, 'a', [1], { a: 1 }], [{ a: 1 }, [1], 'a', 1, true, false, null]],
      ['[3, 1, 2, 1] | unique', [1, 2, 3]],
      ['[{a: 2}, {a: 1}, {a: 2, b: 1}] | group_by(.a)', [[{ a: 1 }], [{ a: 2 }, { a: 2, b: 1 }]]],
      ['[{a: 1, b: 1}, {a: 1, b: 2}] | max_by(.a)', { a: 1, b: 2 }],
      ['[{a: 1, b: 1}, {a: 1, b: 2}] | min_by(.a)', { a: 1, b: 1 }],
      ['[[] | add, first, last]', [null, null, null]],
      ['["a", null, 1, true] | join("-")', 'a--1-true'],
      ['[[1]] | join(",")', ERROR],
      ['"foobar" | contains("bar")', true],
      ['{a: [1, 2], b: "xyz"} | contains({a: [1], b: "y"})', true],
      ['"a.b" | split(".")', ['a', 'b']],
      ['"a1b" | split("[0-9]"; null)', ['a', 'b']],
      ['"abc" | sub("(?<x>b)"; "[\\(.x)]")', 'a[b]c'],
      ['"aaa" | gsub("^a"; "b")', 'baa'],
      ['"abc" | gsub(""; "-")', '-a-b-c-'],
      ['"abc" | test("[[:alpha:]]+")', true],
      ['"a\\nb" | test("a.b"; "s")', false],
      ['"ABC" | test("b"; "i")', true],
      ['"abc" | capture("(?<x>a)(?<y>z)?")', { x: 'a', y: null }],
      ['" 1" | tonumber', ERROR],
      ['"0x10" | tonumber', ERROR],
      ['"" | tonumber', ERROR],
      ['"+1" | tonumber', 1],
      ['"1e2" | tonumber', 100],
      ['"2015-03-05T23:51:47Z" | fromdate', 1425599507],
      ['"2015-03-05T23:51:47.123Z" | fromdate', ERROR],
      ['"2015-03-05T23:51:47+01:00" | fromdate', ERROR],
      ['"2015-03-05T23:51:47.123Z" | sub("\\\\..*Z$"; "Z") | fromdate', 1425599507],
      ['1425599621.678 | todate', '2015-03-05T23:53:41Z'],
      ['"1" | todate', ERROR],
      ['"2015-03-05T23:51:47Z" | strptime("%Y-%m-%dT%H:%M:%SZ")', [2015, 2, 5, 23, 51, 47, 4, 63]],
      ['1425599621.9 | gmtime | mktime', 1425599621],
      ['-5 % 3', -2],
      ['5.9 % 2.1', 1],
      ['1 % 0', ERROR],
      ['1 / 0', ERROR],
      ['{a: 1, b: 2} | .a |= empty', { b: 2 }],
      ['[limit(-1; 1)]', ERROR],
      ['error(null)', ERROR],
      ['try error(null) catch .', null],
      ['{a: {b: 1}} * {a: {c: 2}}', { a: { b: 1, c: 2 } }],
      ['{a: {b: 1}} + {a: {c: 2}}', { a: { c: 2 } }],
      ['"a,b" / ","', ['a', 'b']],
      ['[1, 2, 1] - [1]', [2]],
    ],
    null,
  );
});

describe('names that objects inherit', () => {
  check(
    [
      ['.constructor', null],
      ['.toString.x', null],
      ['.["__proto__"]', null],
      ['.__proto__', 1, JSON.parse('{"__proto__": 1}') as Json],
      ['has("constructor")', false],
      ['{"__proto__": 5} | to_entries', [{ key: '__proto__', value: 5 }]],
      ['{} + {"__proto__": 5} | keys', ['__proto__']],
      ['[{key: "__proto__", value: 1}] | from_entries | tojson', '{"__proto__":1}'],
    ],
    {},
  );
});

describe('variables keep their values', () => {
  check(
    [
      ['[.[] | . as $x | [1, 2][] | [$x, .]]', [['a', 1], ['a', 2], ['b', 1], ['b', 2]]],
      ['. as [$a, $b] | [$b, $a]', ['b', 'a']],
      ['{a: {b: [1, 2]}} | . as {$a, a: {b: [$c, $d]}} | [$a.b, $c, $d]', [[1, 2], 1, 2]],
      ['{k: {a: "b", b: 3}} | . as {k: {(.a): $x}} | $x', 3],
      ['. as [$a, $a] | $a', 'b'],
      ['1 as $x | 2 as $y | [$x, $y, $__loc__.line]', [1, 2, 1]],
      ['[(1, 2) as $x | (10, 20) as $y | $x + $y]', [11, 21, 12, 22]],
    ],
    ['a', 'b'],
  );
});
