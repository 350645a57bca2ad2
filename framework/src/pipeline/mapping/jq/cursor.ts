import { KEYWORDS, LOCATION, type Token, type TokenType } from './lexer';
import { JqSyntaxError } from './syntax-error';

/** Reads tokens from left to right. */
export interface Cursor {
  /** The next token. */
  peek(): Token;
  /** The one after it. */
  peekNext(): Token;
  take(): Token;
  /** Is the next token this symbol or keyword? */
  at(value: string): boolean;
  isType(type: TokenType): boolean;
  /** Takes the next token when it is this symbol or keyword. */
  accept(value: string): boolean;
  /** Takes this symbol or keyword; throws JqSyntaxError when something else stands there. */
  expect(value: string, why: string): Token;
  expectType(type: TokenType, what: string): Token;
  unexpected(wanted: string): JqSyntaxError;
}

export function cursorOf(tokens: readonly Token[]): Cursor {
  let position = 0;
  const peek = (): Token => tokens[position]!;
  const isWord = (token: Token): boolean => token.type === 'symbol' || token.type === 'keyword' || token.type === 'embedEnd';
  const cursor: Cursor = {
    peek,
    peekNext: () => tokens[position + 1] ?? peek(),
    take: () => tokens[position++]!,
    at: (value) => isWord(peek()) && peek().value === value,
    isType: (type) => peek().type === type,
    accept(value) {
      if (!cursor.at(value)) return false;
      position++;
      return true;
    },
    expect(value, why) {
      if (!cursor.at(value)) throw cursor.unexpected(`"${value}" ${why}`);
      return cursor.take();
    },
    expectType(type, what) {
      if (peek().type !== type) throw cursor.unexpected(what);
      return cursor.take();
    },
    unexpected(wanted) {
      const token = peek();
      const found = token.type === 'end' ? 'the program ends' : `unexpected ${nameOf(token)}`;
      return new JqSyntaxError(`${found}; expected ${wanted}`, token.at);
    },
  };
  return cursor;
}

function nameOf(token: Token): string {
  if (token.type === 'quote' || token.type === 'quoteEnd') return 'string';
  if (token.type === 'field') return `".${token.value}"`;
  if (token.type === 'binding') return `"$${token.value}"`;
  if (token.type === 'format') return `"@${token.value}"`;
  if (KEYWORDS.has(token.value) || token.value === LOCATION) return `keyword "${token.value}"`;
  return `"${token.value}"`;
}
