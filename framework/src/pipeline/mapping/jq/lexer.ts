import { JqSyntaxError } from './syntax-error';

export type TokenType = 'symbol' | 'keyword' | 'name' | 'field' | 'binding' | 'number' | 'format' | 'quote' | 'text' | 'embed' | 'embedEnd' | 'quoteEnd' | 'end';

export interface Token {
  readonly type: TokenType;
  /** The symbol, keyword, name without its mark, or decoded text. */
  readonly value: string;
  /** Offset of the token, and of the first character after it. */
  readonly at: number;
  readonly end: number;
}

export const KEYWORDS: ReadonlySet<string> = new Set(
  'def module import include if then else elif as reduce foreach end and or try catch label break'.split(' '),
);
/** The one keyword that begins with `$`. */
export const LOCATION = '$__loc__';
const WORD = '[a-zA-Z_][a-zA-Z_0-9]*';
const TOKENS =
  /(?<blank>[ \n\t\r]+|#(?:\\[\\\r\n]|\\\r\n|[^\r\n\\]|\\)*)/.source +
  '|' +
  [
    `(?<binding>\\$(?:${WORD}::)*${WORD})`,
    `(?<field>\\.${WORD})`,
    `(?<number>(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?)`,
    `(?<name>(?:${WORD}::)*${WORD})`,
    `@(?<format>[a-zA-Z0-9_]+)`,
    `(?<quote>")`,
    `(?<symbol>\\?//|//=|\\.\\.|!=|==|//|\\|=|\\+=|-=|\\*=|/=|%=|<=|>=|[.?=;,:|+\\-*/%$<>\\[\\](){}])`,
  ].join('|');
const CLOSES: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
const ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** Splits a jq program into tokens. Throws JqSyntaxError. */
export function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  const open: string[] = [];
  const pattern = new RegExp(TOKENS, 'y');
  let at = 0;
  const push = (type: TokenType, value: string, end: number): void => {
    tokens.push({ type, value, at, end });
    at = end;
  };

  while (at < source.length) {
    if (open.at(-1) === '"') {
      at = readText(source, at, push, open);
      continue;
    }
    pattern.lastIndex = at;
    const groups = pattern.exec(source)?.groups;
    if (groups === undefined) throw unknownCharacter(source, at);
    const end = pattern.lastIndex;
    if (groups['blank'] !== undefined) at = end;
    else if (groups['binding'] !== undefined) pushBinding(groups['binding'], end);
    else if (groups['field'] !== undefined) push('field', groups['field'].slice(1), end);
    else if (groups['number'] !== undefined) push('number', groups['number'], end);
    else if (groups['name'] !== undefined) push(KEYWORDS.has(groups['name']) ? 'keyword' : 'name', groups['name'], end);
    else if (groups['format'] !== undefined) push('format', groups['format'], end);
    else if (groups['quote'] !== undefined) {
      open.push('"');
      push('quote', '"', end);
    } else symbol(groups['symbol']!, end);
  }
  if (open.includes('"')) throw new JqSyntaxError('a string is not closed; add the missing "', source.length);
  push('end', '', at);
  return tokens;

  function pushBinding(value: string, end: number): void {
    if (value === LOCATION) push('keyword', value, end);
    else push('binding', value.slice(1), end);
  }

  function symbol(value: string, end: number): void {
    if ('([{'.includes(value)) open.push(value);
    const opener = CLOSES[value];
    if (opener !== undefined) {
      const last = open.pop();
      if (last === '\\(' && value === ')') return push('embedEnd', value, end);
      if (last !== opener) throw new JqSyntaxError(`unexpected "${value}": nothing is open that it could close`, at);
    }
    push('symbol', value, end);
  }
}

/** One piece of a string: its end, an embedded program's beginning, or text with its escapes decoded. */
function readText(source: string, start: number, push: (type: TokenType, value: string, end: number) => void, open: string[]): number {
  if (source[start] === '"') {
    open.pop();
    push('quoteEnd', '"', start + 1);
    return start + 1;
  }
  if (source.startsWith('\\(', start)) {
    open.push('\\(');
    push('embed', '\\(', start + 2);
    return start + 2;
  }
  let text = '';
  let at = start;
  while (at < source.length && source[at] !== '"' && !source.startsWith('\\(', at)) {
    if (source[at] !== '\\') {
      text += source[at++];
      continue;
    }
    const escape = readEscape(source, at);
    text += escape.text;
    at = escape.end;
  }
  push('text', text, at);
  return at;
}

function readEscape(source: string, at: number): { readonly text: string; readonly end: number } {
  const letter = source[at + 1];
  const simple = letter === undefined ? undefined : ESCAPES[letter];
  if (simple !== undefined) return { text: simple, end: at + 2 };
  const unit = /^\\u([0-9a-fA-F]{4})/.exec(source.slice(at, at + 6));
  if (unit) {
    const code = parseInt(unit[1]!, 16);
    if (code < 0xd800 || code > 0xdfff) return { text: String.fromCharCode(code), end: at + 6 };
    const low = /^\\u([dD][c-fC-F][0-9a-fA-F]{2})/.exec(source.slice(at + 6, at + 12));
    if (code < 0xdc00 && low) return { text: String.fromCharCode(code, parseInt(low[1]!, 16)), end: at + 12 };
  }
  throw new JqSyntaxError(`"${source.slice(at, at + 2)}" is not an escape in a string; write \\\\ for a backslash`, at);
}

function unknownCharacter(source: string, at: number): JqSyntaxError {
  const character = String.fromCodePoint(source.codePointAt(at)!);
  if (character === "'") return new JqSyntaxError(`' does not open or close a string here; use "`, at);
  return new JqSyntaxError(`unexpected character ${JSON.stringify(character)}`, at);
}
