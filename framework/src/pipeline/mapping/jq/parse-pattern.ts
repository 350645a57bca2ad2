import type { Node, Pattern, PatternMember } from './ast';
import type { Cursor } from './cursor';
import { LOCATION } from './lexer';
import { checkKey, parseString, wordNode, type Parts } from './parse-string';

/** `$x`, `[$a, $b]`, `{name: $n}`, and alternatives of them with `?//`. */
export function parsePatterns(cursor: Cursor, parts: Parts): readonly Pattern[] {
  const patterns = [parsePattern(cursor, parts)];
  while (cursor.accept('?//')) patterns.push(parsePattern(cursor, parts));
  return patterns;
}

function parsePattern(cursor: Cursor, parts: Parts): Pattern {
  const at = cursor.peek().at;
  if (cursor.isType('binding')) return { type: 'variable', name: cursor.take().value, at };
  if (cursor.accept('[')) {
    const elements = parseList(cursor, () => parsePattern(cursor, parts));
    cursor.expect(']', 'after the variables');
    return { type: 'list', elements, at };
  }
  if (cursor.accept('{')) {
    const members = parseList(cursor, () => parseMember(cursor, parts));
    cursor.expect('}', 'after the variables');
    return { type: 'object', members, at };
  }
  throw cursor.unexpected('a variable such as $x, or [ ] or { } around variables');
}

function parseList<T>(cursor: Cursor, parse: () => T): readonly T[] {
  const elements = [parse()];
  while (cursor.accept(',')) elements.push(parse());
  return elements;
}

function parseMember(cursor: Cursor, parts: Parts): PatternMember {
  const token = cursor.peek();
  if (token.type === 'binding') {
    cursor.take();
    const member = { key: wordNode(token.value, token.at), variable: token.value };
    return cursor.accept(':') ? { ...member, value: parsePattern(cursor, parts) } : member;
  }
  const key = parseKey(cursor, parts);
  cursor.expect(':', 'and the variable for this key');
  return { key, value: parsePattern(cursor, parts) };
}

function parseKey(cursor: Cursor, parts: Parts): Node {
  const token = cursor.peek();
  if (token.type === 'name' || (token.type === 'keyword' && token.value !== LOCATION)) {
    cursor.take();
    return wordNode(token.value, token.at);
  }
  if (token.type === 'quote' || token.type === 'format') return parseString(cursor, parts);
  if (cursor.accept('(')) {
    const key = parts.program(cursor);
    cursor.expect(')', 'after the key');
    return checkKey(key);
  }
  throw cursor.unexpected('a key: a word, a string, or a program in parentheses');
}
