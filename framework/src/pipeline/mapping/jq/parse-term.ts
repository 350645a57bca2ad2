import type { Member, Node } from './ast';
import type { Cursor } from './cursor';
import { LOCATION } from './lexer';
import { parsePatterns } from './parse-pattern';
import { checkKey, parseString, wordNode, type Parts } from './parse-string';

const CONSTANTS: ReadonlyMap<string, null | boolean> = new Map([
  ['null', null],
  ['true', true],
  ['false', false],
]);

/** A term with the accessors that follow it. */
export function parseTerm(cursor: Cursor, parts: Parts): Node {
  let node = parsePrimary(cursor, parts);
  for (;;) {
    const next = parseSuffix(cursor, node, parts);
    if (next === undefined) return node;
    node = next;
  }
}

function parseSuffix(cursor: Cursor, target: Node, parts: Parts): Node | undefined {
  const { at, type } = cursor.peek();
  if (type === 'field') {
    const key = wordNode(cursor.take().value, at);
    return { type: 'index', target, key, quiet: cursor.accept('?'), at };
  }
  if (cursor.accept('.')) {
    if (isString(cursor)) return parseQuoted(cursor, target, parts);
    if (!cursor.at('[')) throw cursor.unexpected('a name directly after the dot, or ["name"] for names with other characters');
    return parseBrackets(cursor, target, { parts, slices: false });
  }
  if (cursor.at('[')) return parseBrackets(cursor, target, { parts, slices: true });
  if (cursor.accept('?')) return { type: 'optional', body: target, at };
  return undefined;
}

const isString = (cursor: Cursor): boolean => cursor.isType('quote') || cursor.isType('format');

function parseQuoted(cursor: Cursor, target: Node, parts: Parts): Node {
  const at = cursor.peek().at;
  const key = parseString(cursor, parts);
  return { type: 'index', target, key, quiet: cursor.accept('?'), at };
}

function parseBrackets(cursor: Cursor, target: Node, options: { readonly parts: Parts; readonly slices: boolean }): Node {
  const { at } = cursor.take();
  const close = (): boolean => {
    cursor.expect(']', 'to close the [');
    return cursor.accept('?');
  };
  if (cursor.at(']')) return { type: 'each', target, quiet: close(), at };
  const from = options.slices && cursor.at(':') ? undefined : options.parts.program(cursor);
  if (!options.slices || !cursor.accept(':')) return { type: 'index', target, key: from!, quiet: close(), at };
  const to = from !== undefined && cursor.at(']') ? undefined : options.parts.program(cursor);
  return { type: 'slice', target, ...(from ? { from } : {}), ...(to ? { to } : {}), quiet: close(), at };
}

function parsePrimary(cursor: Cursor, parts: Parts): Node {
  const token = cursor.peek();
  const { at } = token;
  switch (token.type) {
    case 'number':
      return { type: 'literal', value: clamp(Number(cursor.take().value)), at };
    case 'field':
      return parseSuffix(cursor, { type: 'identity', at }, parts)!;
    case 'binding':
      return { type: 'variable', name: cursor.take().value, at };
    case 'name':
      return parseCall(cursor, parts);
    case 'quote':
      return parseString(cursor, parts);
    case 'format':
      return parseFormat(cursor, parts);
    case 'keyword':
      return parseKeyword(cursor, parts);
    default:
      return parseSymbol(cursor, parts);
  }
}

/** JSON has no infinity: a number that is too large stands for the largest one. */
const clamp = (value: number): number => Math.min(value, Number.MAX_VALUE);

/** `@base64 "…"` is a string, `@base64` alone a filter. */
function parseFormat(cursor: Cursor, parts: Parts): Node {
  if (cursor.peekNext().type === 'quote') return parseString(cursor, parts);
  const { at, value } = cursor.take();
  return { type: 'format', name: value, at };
}

function parseCall(cursor: Cursor, parts: Parts): Node {
  const { at, value: name } = cursor.take();
  const args: Node[] = [];
  if (cursor.accept('(')) {
    do args.push(parts.program(cursor));
    while (cursor.accept(';'));
    cursor.expect(')', `after the arguments of ${name}`);
  }
  const constant = args.length === 0 ? CONSTANTS.get(name) : undefined;
  if (constant !== undefined) return { type: 'literal', value: constant, at };
  return { type: 'call', name, args, at };
}

function parseSymbol(cursor: Cursor, parts: Parts): Node {
  const { at } = cursor.peek();
  if (cursor.accept('..')) return { type: 'recurse', at };
  if (cursor.accept('.')) return isString(cursor) ? parseQuoted(cursor, { type: 'identity', at }, parts) : parseDot(cursor, at);
  if (cursor.accept('(')) {
    const body = parts.program(cursor);
    cursor.expect(')', 'to close the (');
    return { type: 'group', body, at };
  }
  if (cursor.accept('[')) {
    if (cursor.accept(']')) return { type: 'collect', at };
    const body = parts.program(cursor);
    cursor.expect(']', 'to close the [');
    return { type: 'collect', body, at };
  }
  if (cursor.accept('{')) return parseObject(cursor, parts, at);
  throw cursor.unexpected('a value, such as .name, "text" or 1');
}

function parseDot(cursor: Cursor, at: number): Node {
  if (cursor.isType('name') || cursor.isType('number')) throw cursor.unexpected('a name directly after the dot, or ["name"] for names with other characters');
  return { type: 'identity', at };
}

function parseObject(cursor: Cursor, parts: Parts, at: number): Node {
  const members: Member[] = [];
  while (!cursor.at('}')) {
    members.push(parseMember(cursor, parts));
    if (!cursor.accept(',')) break;
  }
  cursor.expect('}', 'to close the {');
  return { type: 'object', members, at };
}

function parseMember(cursor: Cursor, parts: Parts): Member {
  const { at, type, value } = cursor.peek();
  if (type === 'binding' || (type === 'keyword' && value === LOCATION)) {
    cursor.take();
    const name = value.replace('$', '');
    const variable: Node = { type: 'variable', name, at };
    if (type === 'binding' && cursor.accept(':')) return { key: variable, value: parts.memberValue(cursor) };
    return { key: wordNode(name, at), value: variable };
  }
  if (type === 'name' || type === 'keyword' || type === 'quote' || type === 'format') {
    const key = type === 'name' || type === 'keyword' ? wordNode(cursor.take().value, at) : parseString(cursor, parts);
    if (cursor.accept(':')) return { key, value: parts.memberValue(cursor) };
    return { key, value: { type: 'index', target: { type: 'identity', at }, key, quiet: false, at } };
  }
  if (cursor.accept('(')) {
    const key = checkKey(parts.program(cursor));
    cursor.expect(')', 'after the key');
    cursor.expect(':', 'and a value after the key');
    return { key, value: parts.memberValue(cursor) };
  }
  throw cursor.unexpected('a key: a word, a string, or a program in parentheses');
}

function parseKeyword(cursor: Cursor, parts: Parts): Node {
  const { at } = cursor.peek();
  if (cursor.accept(LOCATION)) return { type: 'variable', name: '__loc__', at };
  if (cursor.accept('if')) return parseIf(cursor, parts, at);
  if (cursor.accept('try')) {
    const body = parts.unary(cursor);
    return cursor.accept('catch') ? { type: 'try', body, handler: parts.unary(cursor), at } : { type: 'try', body, at };
  }
  if (cursor.accept('break')) return { type: 'break', name: cursor.expectType('binding', 'the label to break to').value, at };
  if (cursor.at('reduce') || cursor.at('foreach')) return parseLoop(cursor, parts);
  throw cursor.unexpected('a value, such as .name, "text" or 1');
}

function parseIf(cursor: Cursor, parts: Parts, at: number): Node {
  const condition = parts.program(cursor);
  cursor.expect('then', 'after the condition');
  const then = parts.program(cursor);
  const elseAt = cursor.peek().at;
  if (cursor.accept('elif')) return { type: 'if', condition, then, otherwise: parseIf(cursor, parts, elseAt), at };
  const otherwise = cursor.accept('else') ? { otherwise: parts.program(cursor) } : {};
  cursor.expect('end', 'to close the if');
  return { type: 'if', condition, then, ...otherwise, at };
}

function parseLoop(cursor: Cursor, parts: Parts): Node {
  const { at, value } = cursor.take();
  const source = parts.operators(cursor);
  cursor.expect('as', 'and a variable');
  const patterns = parsePatterns(cursor, parts);
  cursor.expect('(', 'before the start value');
  const start = parts.program(cursor);
  cursor.expect(';', 'between the start value and the step');
  const step = parts.program(cursor);
  const extract = value === 'foreach' && cursor.accept(';') ? { extract: parts.program(cursor) } : {};
  cursor.expect(')', `to close the ${value}`);
  if (value === 'reduce') return { type: 'reduce', source, patterns, start, step, at };
  return { type: 'foreach', source, patterns, start, step, ...extract, at };
}
