import { loadJq, type Jq } from 'jq-wasm';
import { compileExpression } from '../compile-expression';
import { parseProgram } from './parser';
import { checkNames } from './scope';

let jq: Jq;
beforeAll(async () => {
  jq = await loadJq();
});

const compiles = (program: string): boolean => {
  try {
    checkNames(parseProgram(program));
    return true;
  } catch (err) {
    if (err instanceof Error && err.name === 'JqSyntaxError') return false;
    throw err;
  }
};

/** One program a line. */
const PROGRAMS = String.raw`
.
..
.a
.a.b
.a?.b?
.a??
.a[0]
.a[]
.a[]?
.a[1:2]
.a[:2]
.a[1:]
.a[:]
.a.[0]
.a.[]
.a.[1:2]
."a"
."a"?
."a"."b"
.a."b"[0]
. "a"
.["a"]
.["a","b"]
.[]."a"?
..[0]?
.."a"
..a
...a
...
. a
. .a
. . a
.a.
.a..b
.a b
.é
.[
.["a"
.if
.e3
.5
5.
1e5
1e
1.5.5
0x10
00012
-1
- - 1
1 - - 1
1 + 2 * 3
1 == 1 == 1
1 < 2 < 3
.a = 1 = 2
.a |= 1 | .b
.a //= 1 // 2
.a == 1 |= 2
1 // 2 // 3
1 and 2 or 3
.[]?//1
.a?// 1
.a? // 1
"abc"
"abc
"a\qb"
"a\u00e9\ud83d\ude00"
"\ud83d"
"\u12"
"\(1)"
"\(1"
"\(1;2)"
"\("a\("b")")"
"a" "b"
"a".b
@base64
@base64 "a\(.)"
@json "x".y
{}
{a}
{"a"}
{a:1}
{a:1,}
{,}
{a b}
{1:2}
{(1):2}
{("a","b"):1}
{"a\(1)":2}
{@base64 "x":1}
{@json}
{if:1, and:2}
{$__loc__}
{$a}
1 as $a | {$a}
"k" as $a | {$a:1}
{a: 1 + 2}
{a: 1 | 2}
{a: 1, b: 2 | 3}
{a: 1 as $x | 2}
{a: (1 as $x | 2)}
{a: def f: 1; f}
{a: label $x | 1}
{a: try 1}
{a: reduce 1 as $x (0; .)}
{a:1}{b:2}
[]
[1,]
[1,2
(1
1)
()
(1).a?
1 2
1;2
;
?
%
&
'x'
1 as $x | $x
1 as $x
1 as $x |
.a as [$x, {b: $y}] | 1
. as {$a, b: [$c]} | 1
. as {"a": $x, ("b"): $y, $z: [$w]} | 1
. as {if: $x} | 1
. as {a} | 1
. as [] | 1
. as {} | 1
. as {(1): $x} | 1
. as {a: $x, ($x): $y} | 1
. as [$a] ?// $b | 1
. as [$a] ?// [$b] | [$a, $b]
1 ?// 2
1 + 2 as $x | $x
.a = 1 as $x | $x
1, 2 as $x | $x
$x
$__loc__
$__prog_args
$ENV
$ x
if . then 1 else 2 end
if . then 1 end
if . then 1 elif 2 then 3 end
if . then 1 elif 2 then 3 else 4 end
if . then 1
if . then end
if 1 else 2 end
if def f: 1; f then 2 else 3 end
elif
try 1
try 1 catch 2
try error("x") catch . + "y"
try -error("x")
try try 1 catch 2 catch 3
try
catch
reduce .[] as $x (0; . + $x)
reduce 1, 2 as $x (0; .)
reduce 1 + 2 as $x (0; .)
reduce .[] as [$a] (0; . + $a)
reduce .[] as $x (0; 1; 2)
reduce
foreach .[] as $x (0; . + $x)
foreach .[] as $x (0; . + $x; [.])
foreach .[] as $x (0)
def f: 1; f
def f: 1;
def f(g): g; f(2)
def f($x; g): $x + g + x; f(1; 2)
def f(): 1; f
def f: 1, f; 2
def f: g; def g: 1; f
def f: def g: 1; g; f
def if: 1; if
def map(f): 5; map(1)
1 | def f: 2; f
1 + def f: 2; f
[def f: 2; f, 3]
label $out | 1, break $out
1 + label $x | 2
break $x
break
label $f | def g: break $f; g
import "a" as a; 1
include "a"; 1
module {}; 1
foo
foo(1)
not
not(1)
map
map(.)
map(1; 2)
map(def f: 1; f)
map(label $x | 1)
limit(1; 2)
limit(1)
splits("a")
toarray
ascii
leaf_paths
halt_error
getpath(["a"])
input_line_number
a::b
true
true.a
null(1)
nullx
# comment
1 # comment
[1, # comment
`
  .split('\n')
  .filter((line) => line !== '');

// Mappings refuse modules, which jq would look for on disk.
const MODULES = /^(?:module|import|include)/;

it.each(PROGRAMS.filter((program) => !MODULES.test(program)))('%s is a program exactly when it is one for jq', (program) => {
  // The blank keeps jq from reading a minus as an option.
  expect(compiles(program)).toBe(jq.raw('null', ` ${program}`).exitCode !== 3);
});

it.each(PROGRAMS.filter((program) => MODULES.test(program)))('%s is refused', (program) => {
  expect(compiles(program)).toBe(false);
});

it.each([['# one\n.a', true], ['# one\\\n.a', false], ['# one\\\\\n.a', true], ['"a\nb"', true], ['.a\r\n', true], ['', false], ['  ', false]])('white space and comments: %j', (program, correct) => {
  expect(compiles(program)).toBe(correct);
  expect(jq.raw('null', program).exitCode !== 3).toBe(correct);
});

it.each([
  ['.a.', 1, 4, 'the program ends; expected a name directly after the dot'],
  ['.a | startswith(1', 1, 18, 'the program ends; expected ")" after the arguments of startswith'],
  ['.a |\n  foo', 2, 3, 'the function foo is not defined; a text needs quotes: "foo"'],
  ['map(1; 2)', 1, 1, 'map takes 1 arguments, not 2'],
  ['.a == $x', 1, 7, 'the variable $x is not defined'],
  ['if .a then 1', 1, 13, 'the program ends; expected "end" to close the if'],
  ['.a == 1 == 2', 1, 9, '"==" cannot follow another operator of its kind; add parentheses'],
  ['"abc', 1, 5, 'a string is not closed; add the missing "'],
  ['[1, 2', 1, 6, 'the program ends; expected "]" to close the ['],
  ['1)', 1, 2, 'unexpected ")": nothing is open that it could close'],
  ['{1: 2}', 1, 2, 'unexpected "1"; expected a key'],
  ['import "a" as a; 1', 1, 1, '"import" is not available in mappings'],
  [`split('/')`, 1, 7, `' does not open or close a string here; use "`],
  ['.a & .b', 1, 4, 'unexpected character "&"'],
  ['', 1, 1, 'the expression is empty'],
])('%j is wrong at line %d, column %d', (program, line, column, message) => {
  expect(compileExpression(program)).toEqual({ problem: { field: 'expression', line, column, message: expect.stringContaining(message) } });
});
