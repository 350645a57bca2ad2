import { compileExpression } from '../../compile-expression';
import { endJq, runInJq } from '../../engine/engine';
import { LIMITS, resultOf } from '../../test/both-engines';
import { compileSearch } from './search';
import { translateRegex } from './translate';

afterAll(endJq);

const PATTERNS = [
  'a', 'abc', '', 'a|b', 'a|', '(a|b)c', '(?:a|b)c', '(?<x>a)(?<y>b)?', '(a)(?<x>b)', '^a', 'a$', '^$', '$', '^', 'a.b', '.', '.*', '.+?', 'a{2}', 'a{1,2}', 'a{1,2}?', 'a{2,}',
  'x*', 'x?a', 'a+', 'a+?', '[abc]', '[^abc]', '[a-c]+', '[-a]', '[a-]', '[a\\-c]', '[.]', '[\\]a]', '[\\d]', '[^\\w]', '[\\s,]', '[[:alpha:]]', '[[:digit:][:space:]]', '[^[:upper:]]',
  '\\d+', '\\D', '\\w+', '\\W', '\\s', '\\S+', '\\bb', '\\Bb', '\\Aa', 'b\\z', 'b\\Z', '\\.', '\\/', 'a\\/b', '\\-', '\\n', '\\t', 'a(?=b)', 'a(?!b)', '(?=a)a', '\\..*Z$', '[^/]*$', '^(?<p>[^-]+)-(?<n>\\d+)$',
  ']', 'a]', '/', 'é', '[é😀]', '😀', '(?:ab){2}', '()b', '(?<e>)b', ',', 'a b', '"', '#', '@', '(a)|b', 'b|(a)',
];
const TEXTS = ['', 'a', 'b', 'ab', 'abc', 'aab', 'aaa', 'abab', 'a b', 'a-b', 'a.b', 'a/b', 'a]b', 'x-12', 'A', 'AbC', 'a\nb', 'a\n', '\n', 'é', 'aéb', '😀', 'a😀b', '\u017f', '\u212a', '2020-01-01T00:00:00.123Z', 'org/team/repo', '  a\tb ', ',a,b,,', '\uff11', '"#@'];

describe.each(['', 'i'])('with the flags %j', (flags) => {
  it.each(PATTERNS)('%s matches the same in both engines', async (pattern) => {
    const program = `[test($p; $f), [match($p; "g" + $f)], [scan($p; $f)], split($p; $f), sub($p; "-"; $f), gsub($p; "-"; $f), [capture($p; $f)]]`
      .replaceAll('$p', JSON.stringify(pattern))
      .replaceAll('$f', JSON.stringify(flags))
      .replaceAll(/"g" \+ "(i?)"/g, '"g$1"');
    const compiled = compileExpression(program, { ...LIMITS, force: 'closures' });
    if ('problem' in compiled) throw new Error(compiled.problem.message);
    const inJq = await runInJq(program, TEXTS, LIMITS);
    expect((await compiled.run(TEXTS)).map(resultOf)).toEqual(inJq.map(resultOf));
  });

  it('most of them are searched by JavaScript', () => {
    const translated = PATTERNS.filter((pattern) => translateRegex(pattern, flags === 'i') !== undefined);
    expect(translated.length / PATTERNS.length).toBeGreaterThan(0.9);
  });
});

it.each([
  '(a)*', '(?:a*)*', '(a+)+', '(?:a|b+)+', 'a++', 'a*+', '(?>a)', '(?i)a', '(?<=a)b', '(?<!a)b', '\\1', '(a)\\1', '\\k<x>', '\\h', '\\R', '\\X', '\\G', '\\p{L}', '\\u0041', '\\x41', 'a{,2}', 'a{', '{', 'a**', '^*', '[a&&b]',
  '[[a]b]', '[]a]', '[a', '(', ')', '(?#c)a', '[[:punct:]]', '(?<x>a)(?<x>b)', '\\', '[a-\\d]', '(?=(a))', '\\<', "\\'", 'a{2}+', '[a-c-e]', 'a{3,1}', '(?:a?){2}',
])('%s is left to jq', (pattern) => {
  expect(translateRegex(pattern, false)).toBeUndefined();
});

it.each(['x', 'n', 'l', 'p', 's', 'gz'])('the flag %s is left to jq', (flag) => {
  expect(() => compileSearch('a', flag)).toThrow(expect.objectContaining({ reason: 'engine' }));
});

it('classes that the engines fill differently are searched by JavaScript in ASCII only', () => {
  expect(compileSearch('\\w', '').test('a')).toBe(true);
  expect(() => compileSearch('\\w', '').test('é')).toThrow(expect.objectContaining({ reason: 'engine' }));
  expect(() => compileSearch('k', 'i').test('\u212a')).toThrow(expect.objectContaining({ reason: 'engine' }));
  expect(compileSearch('\\s', '').test(' ')).toBe(true);
});

it('a search that could take long is left to jq, where it can be stopped', () => {
  expect(compileSearch('\\s+$', '').test(' '.repeat(5_000))).toBe(true);
  expect(() => compileSearch('\\s+$', '').test(' '.repeat(50_000))).toThrow(expect.objectContaining({ reason: 'engine' }));
});
