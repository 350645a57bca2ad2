import type { Node } from './ast';
import type { Cursor } from './cursor';
import { JqSyntaxError } from './syntax-error';

/** The levels of the grammar that a term contains; given by the parser, so that the files need not import each other. */
export interface Parts {
  program(cursor: Cursor): Node;
  operators(cursor: Cursor): Node;
  unary(cursor: Cursor): Node;
  memberValue(cursor: Cursor): Node;
}

export const wordNode = (text: string, at: number): Node => ({ type: 'text', parts: [text], at });

/** `"text \(program)"`, with `@format` before it or without. */
export function parseString(cursor: Cursor, parts: Parts): Node {
  const at = cursor.peek().at;
  const format = cursor.isType('format') ? { format: cursor.take().value } : {};
  cursor.expectType('quote', 'a string');
  const pieces: (string | Node)[] = [];
  while (!cursor.isType('quoteEnd')) {
    if (cursor.isType('text')) pieces.push(cursor.take().value);
    else {
      cursor.expectType('embed', 'the rest of a string');
      pieces.push(parts.program(cursor));
      cursor.expectType('embedEnd', '")" after the program in a string');
    }
  }
  cursor.take();
  return { type: 'text', ...format, parts: pieces, at };
}

/** A key that can never be a string is an error of the program, not of its data. */
export function checkKey(key: Node): Node {
  const constant = key.type === 'literal' || (key.type === 'collect' && key.body === undefined) || (key.type === 'object' && key.members.length === 0);
  if (constant) throw new JqSyntaxError('only a string can be the key of an object', key.at);
  return key;
}
