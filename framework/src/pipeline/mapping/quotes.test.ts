import { compileExpression } from './compile-expression';
import { rewriteQuotes } from './quotes';

const compiles = (text: string): boolean => !('problem' in compileExpression(text));

describe('single quotes', () => {
  it.each([
    [`'lit'`, `"lit"`, true],
    [`.a == 'x'`, `.a == "x"`, true],
    [`.a == 'x' or .b == 'y'`, `.a == "x" or .b == "y"`, true],
    [`'a' + .s`, `"a" + .s`, true],
    [`.s + '/' + .s`, `.s + "/" + .s`, true],
    [`if .a == 'x' then 'y' else 'z' end`, `if .a == "x" then "y" else "z" end`, true],
    [`[ 'a' , 'b' ]`, `[ "a" , "b" ]`, true],
    [`{ a: 'x' }`, `{ a: "x" }`, true],
    [`'a b'`, `"a b"`, true],
    [`' x'`, `" x"`, true],
    [`'it''s'`, `"it''s"`, true],
    [`[ 'a', 'b' ]`, `[ "a', "b" ]`, false],
    [`''`, `""`, true],
    [`"it's"`, `"it's"`, true],
    [`'say "hi"'`, `"say "hi"'`, false],
    [`.a=='x'`, `.a=='x"`, false],
    [`{a: 'x'}`, `{a: "x'}`, false],
    [`test('x')`, `test('x')`, false],
    [`startswith('1')`, `startswith('1')`, false],
    [`split('/')`, `split('/')`, false],
    [`['a','b']`, `['a','b']`, false],
    [`.a['b']`, `.a['b']`, false],
    [`split( '/' )`, `split( "/" )`, true],
    [`select(.x == 'y')`, `select(.x == "y')`, false],
    [`"the dogs' bed"`, `"the dogs" bed"`, false],
    [`"a 'b' c"`, `"a "b" c"`, false],
    [`'a' 'b'`, `"a" 'b"`, false],
    [`' '`, `" '`, false],
  ])('%s is read as %s', (written, rewritten, correct) => {
    expect(rewriteQuotes(written)).toBe(rewritten);
    expect(compiles(written)).toBe(correct);
  });

  it('says in a problem how the text reads after the rewrite, and to use double quotes', () => {
    const compiled = compileExpression(`select(.x == 'y')`);
    expect(compiled).toMatchObject({ problem: { line: 1, message: expect.stringMatching(/select\(\.x == "y'\) : use " inside expressions/) } });
  });
});
