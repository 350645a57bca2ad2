import { compileExpression, coverage } from './compile-expression';

it('tells which engine runs an expression', () => {
  const engineOf = (text: string): string => {
    const compiled = compileExpression(text);
    return 'problem' in compiled ? 'invalid' : compiled.engine;
  };
  const frequent = [
    '.a.b', '"lit"', '.a | .b', '.a // "x"', '.a + "-" + .b', '[.a[].b]', '.a == "x"', '.a[] | select(.b)', 'if .a then 1 elif .b then 2 else 3 end', 'map(.a)', 'tostring', 'gsub("a"; "b")', '.a / 2', '.a?', 'split(",")',
    '.a != 1', '.a and .b', 'todate', '.a[1:2]', 'sub("a"; "b")', '.a - 1', 'length', 'startswith("a")', 'tonumber', 'empty', '.a as $x | $x', '. as {a: $x} | $x', '. as [$x] | $x', 'strftime("%Y-%m-%d")', 'sort_by(.a)',
    'contains("a")', '{a: .b}', 'add', 'floor', 'strptime("%Y-%m-%dT%H:%M:%SZ")', '.a or .b', 'join(",")', 'group_by(.a)', 'fromdate', '"\\(.a)-b"', 'fromjson', 'has("a")', 'unique', 'to_entries', 'ascii_downcase',
    'ascii_upcase', '.a > 1', 'last', 'max_by(.a)', 'mktime', 'capture("(?<x>a)")', 'test("a")', 'any', 'all', 'now', 'keys', 'todateiso8601', '.a * 2', 'first', 'first(.a)', 'IN("a")', 'not', 'endswith("a")', 'values',
    'flatten', 'with_entries(.value)', 'from_entries', 'tojson', '.a[]?', 'env.HOME', '$ENV.HOME', '$__loc__',
  ];
  expect(frequent.filter((text) => engineOf(text) !== 'closures')).toEqual([]);
  const rare = ['reduce .[] as $x (0; . + $x)', 'foreach .[] as $x (0; 1)', 'def f: 1; f', 'try error catch .', '. as [$a] ?// $a | $a', '@base64', '@uri "a\\(.)"', '.a |= 1', '.a += 1', '..', 'del(.a)', 'walk(.)', 'test(.a)', 'label $x | break $x'];
  expect(rare.filter((text) => engineOf(text) !== 'jq')).toEqual([]);
  // One rare construct takes the whole program along.
  expect(engineOf('.a | map(.b) | .[0] |= 1')).toBe('jq');
});

it('counts how many expressions compile', () => {
  expect(coverage(['.a', '"x"', '.a |= 1', '.a.', 'foo'])).toEqual({ compiled: 2, fallback: 1, invalid: 2 });
});

it('runs an expression over inputs', async () => {
  const compiled = compileExpression('.a | tonumber');
  if ('problem' in compiled) throw new Error(compiled.problem.message);
  expect(compiled.first({ a: '5' })).toBe(5);
  expect(await compiled.run([{ a: '1' }, { a: 'x' }, { a: 2 }])).toEqual([{ value: 1 }, { error: expect.stringContaining('not a number') }, { value: 2 }]);
});
