import type { BinaryOperator, FunctionDefinition, Node } from './ast';
import { cursorOf, type Cursor } from './cursor';
import { tokenize } from './lexer';
import { parsePatterns } from './parse-pattern';
import type { Parts } from './parse-string';
import { parseTerm } from './parse-term';
import { JqSyntaxError } from './syntax-error';

interface Level {
  readonly power: number;
  readonly associates: 'left' | 'right' | 'none';
}

const level = (power: number, associates: Level['associates'], operators: string): readonly (readonly [string, Level])[] =>
  operators.split(' ').map((operator) => [operator, { power, associates }] as const);

const BINARY: ReadonlyMap<string, Level> = new Map([
  ...level(1, 'right', '//'),
  ...level(2, 'none', '= |= += -= *= /= %= //='),
  ...level(3, 'left', 'or'),
  ...level(4, 'left', 'and'),
  ...level(5, 'none', '== != < <= > >='),
  ...level(6, 'left', '+ -'),
  ...level(7, 'left', '* / %'),
]);

/** Parses a program of the whole jq 1.8 language. Throws JqSyntaxError. */
export function parseProgram(source: string): Node {
  const cursor = cursorOf(tokenize(source));
  if (cursor.at('module')) throw new JqSyntaxError('a mapping cannot be a module', cursor.peek().at);
  for (const word of ['import', 'include'])
    if (cursor.at(word)) throw new JqSyntaxError(`"${word}" is not available in mappings; write the definitions into the expression`, cursor.peek().at);
  if (cursor.isType('end')) throw new JqSyntaxError('the expression is empty; "." gives the whole item', cursor.peek().at);
  const node = parsePipe(cursor);
  if (!cursor.isType('end')) throw cursor.unexpected('an operator or the end of the program');
  return node;
}

/** The lowest level: `def`, `as`, `label`, `|` and `,`. */
function parsePipe(cursor: Cursor): Node {
  const left = parseComma(cursor);
  const at = cursor.peek().at;
  if (!cursor.accept('|')) return left;
  return { type: 'pipe', left, right: parsePipe(cursor), at };
}

function parseComma(cursor: Cursor): Node {
  let left = parseItem(cursor);
  for (let at = cursor.peek().at; cursor.accept(','); at = cursor.peek().at) left = { type: 'comma', left, right: parseItem(cursor), at };
  return left;
}

/** What `def`, `as` and `label` bind reaches to the end of the enclosing program. */
function parseItem(cursor: Cursor): Node {
  const at = cursor.peek().at;
  if (cursor.at('def')) {
    const definition = parseDefinition(cursor);
    if (cursor.isType('end')) throw cursor.unexpected('a program after the definition');
    return { type: 'define', definition, body: parsePipe(cursor), at };
  }
  if (cursor.accept('label')) {
    const name = cursor.expectType('binding', 'the name of a label, such as $out').value;
    cursor.expect('|', 'after the label');
    return { type: 'label', name, body: parsePipe(cursor), at };
  }
  const source = parseOperators(cursor, 0);
  if (!cursor.accept('as')) return source;
  const patterns = parsePatterns(cursor, PARTS);
  cursor.expect('|', 'and what to do with the variables');
  return { type: 'as', source, patterns, body: parsePipe(cursor), at };
}

function parseDefinition(cursor: Cursor): FunctionDefinition {
  cursor.take();
  const name = cursor.expectType('name', 'the name of a function').value;
  const parameters: string[] = [];
  if (cursor.accept('('))
    do parameters.push(parseParameter(cursor));
    while (cursor.accept(';'));
  if (parameters.length > 0) cursor.expect(')', 'after the parameters');
  cursor.expect(':', 'before the body of the function');
  const body = parsePipe(cursor);
  cursor.expect(';', 'after the body of the function');
  return { name, parameters, body };
}

function parseParameter(cursor: Cursor): string {
  if (cursor.isType('binding')) return `$${cursor.take().value}`;
  return cursor.expectType('name', 'the name of a parameter').value;
}

function parseOperators(cursor: Cursor, power: number): Node {
  let left = parseUnary(cursor);
  let forbidden: number | undefined;
  for (;;) {
    const token = cursor.peek();
    const operator = token.type === 'symbol' || token.type === 'keyword' ? BINARY.get(token.value) : undefined;
    if (operator === undefined || operator.power < power) return left;
    if (operator.power === forbidden) throw new JqSyntaxError(`"${token.value}" cannot follow another operator of its kind; add parentheses`, token.at);
    cursor.take();
    const right = parseOperators(cursor, operator.associates === 'right' ? operator.power : operator.power + 1);
    left = { type: 'binary', operator: token.value as BinaryOperator, left, right, at: token.at };
    forbidden = operator.associates === 'none' ? operator.power : undefined;
  }
}

function parseUnary(cursor: Cursor): Node {
  const at = cursor.peek().at;
  if (cursor.accept('-')) return { type: 'negate', body: parseUnary(cursor), at };
  return parseTerm(cursor, PARTS);
}

/** `{key: value}`: alternatives and operators, but no `,`, `as` or `def` without parentheses. */
function parseMemberValue(cursor: Cursor): Node {
  const left = parseOperators(cursor, 0);
  const at = cursor.peek().at;
  if (!cursor.accept('|')) return left;
  return { type: 'pipe', left, right: parseMemberValue(cursor), at };
}

const PARTS: Parts = { program: parsePipe, operators: (cursor) => parseOperators(cursor, 0), unary: parseUnary, memberValue: parseMemberValue };
