import { parseJson, type Json } from '../../../shared';
import { found, syntaxFault, type Cursor } from './fault';

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// Followed by more of a name it is a path, such as `nullable` or `true.x`.
const WORD = /(?:true|false|null)(?![\w.[\\$-])/y;

function match(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at;
  const hit = pattern.exec(cursor.text)?.[0];
  if (hit !== undefined) cursor.at += hit.length;
  return hit;
}

/** The end of the text in quotes that begins here, past the closing quote. */
function closingQuote(cursor: Cursor): number {
  const quote = cursor.text[cursor.at]!;
  for (let i = cursor.at + 1; i < cursor.text.length; i++) {
    if (cursor.text[i] === '\\') i++;
    else if (cursor.text[i] === quote) return i + 1;
  }
  throw syntaxFault(`the quote ${quote} is not closed`);
}

function closingBracket(cursor: Cursor): number {
  let depth = 0;
  for (const inner: Cursor = { text: cursor.text, at: cursor.at }; inner.at < inner.text.length; ) {
    const char = inner.text[inner.at]!;
    if (char === '"') inner.at = closingQuote(inner);
    else inner.at++;
    if (char === '{' || char === '[') depth++;
    else if ((char === '}' || char === ']') && --depth === 0) return inner.at;
  }
  throw syntaxFault(`the bracket ${cursor.text[cursor.at]!} is not closed`);
}

function json(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    throw syntaxFault('a value is not JSON');
  }
}

/** Text in double quotes (as JSON) or in single ones (`\'` and `\\` are the escapes). */
export function readQuoted(cursor: Cursor): string {
  const start = cursor.at;
  const quote = cursor.text[start];
  if (quote !== '"' && quote !== "'") throw syntaxFault(`a text in quotes was expected, not ${found(cursor)}`);
  cursor.at = closingQuote(cursor);
  const text = cursor.text.slice(start, cursor.at);
  return quote === '"' ? (json(text) as string) : text.slice(1, -1).replace(/\\(['\\])/g, '$1');
}

/** Text, number, true, false or null; undefined when none stands here. */
export function readScalar(cursor: Cursor): Json | undefined {
  const char = cursor.text[cursor.at];
  if (char === '"' || char === "'") return readQuoted(cursor);
  const plain = match(cursor, WORD) ?? match(cursor, NUMBER);
  return plain === undefined ? undefined : json(plain);
}

/** A JSON value or a text in single quotes; undefined when none stands here. */
export function readLiteral(cursor: Cursor): Json | undefined {
  const start = cursor.at;
  if (cursor.text[start] !== '{' && cursor.text[start] !== '[') return readScalar(cursor);
  cursor.at = closingBracket(cursor);
  return json(cursor.text.slice(start, cursor.at));
}
