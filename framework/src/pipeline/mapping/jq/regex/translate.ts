import { readClass } from './read-class';
import { BLANKS, literal, UnknownPattern, type Reader } from './reader';

/** A pattern of jq's regular expressions (Oniguruma) as one of JavaScript that is known to match the same. */
export interface Translation {
  readonly source: string;
  /** Names of the capturing groups in order; undefined for one without. */
  readonly groups: readonly (string | undefined)[];
  /** It is the same for texts of ASCII only: it has classes or word edges that the engines fill differently beyond. */
  readonly ascii: boolean;
  /** Largest power of the text's length that a search may cost. */
  readonly power: number;
}

interface Part {
  readonly source: string;
  readonly empty: boolean;
  readonly captures: boolean;
  readonly unbounded: boolean;
  /** An anchor or a look-around, which nothing may repeat. */
  readonly zeroWidth?: boolean;
}

/** Just before the end, or before a line break at the end. */
const END = '(?=\\n?(?![^]))';
const SIMPLE: Readonly<Record<string, string>> = { n: '\\n', t: '\\t', r: '\\r', f: '\\f', v: '\\v', s: `[${BLANKS}]`, S: `[^${BLANKS}]` };
const ASCII_ONLY: Readonly<Record<string, string>> = { d: '[0-9]', D: '[^0-9]', w: '[a-zA-Z0-9_]', W: '[^a-zA-Z0-9_]' };
const EDGES: Readonly<Record<string, string>> = { b: '\\b', B: '\\B' };
const ANCHORS: Readonly<Record<string, string>> = { A: '^', z: '$', Z: END };

/** Undefined when the pattern has something whose meaning might differ: real jq has to run it. */
export function translateRegex(pattern: string, ignoreCase: boolean): Translation | undefined {
  if (ignoreCase && !isAscii(pattern)) return undefined;
  const reader: Reader = { pattern, at: 0, ignoreCase, ascii: ignoreCase, groups: [], unbounded: 0 };
  try {
    const { source } = readAlternatives(reader);
    if (reader.at < pattern.length) return undefined;
    new RegExp(source, 'u');
    const anchored = /^(?:\^|\\A)/.test(pattern) && !pattern.includes('|');
    return { source, groups: reader.groups, ascii: reader.ascii, power: reader.unbounded + (anchored ? 0 : 1) };
  } catch (err) {
    if (err instanceof UnknownPattern || err instanceof SyntaxError) return undefined;
    throw err;
  }
}

export const isAscii = (text: string): boolean => !/[^\p{ASCII}]/u.test(text);

function readAlternatives(reader: Reader): Part {
  const parts = [readSequence(reader)];
  while (accept(reader, '|')) parts.push(readSequence(reader));
  return {
    source: parts.map(({ source }) => source).join('|'),
    empty: parts.some(({ empty }) => empty),
    captures: parts.some(({ captures }) => captures),
    unbounded: parts.some(({ unbounded }) => unbounded),
  };
}

function readSequence(reader: Reader): Part {
  const parts: Part[] = [];
  while (reader.at < reader.pattern.length && !/[|)]/.test(reader.pattern[reader.at]!)) parts.push(readQuantified(reader));
  return {
    source: parts.map(({ source }) => source).join(''),
    empty: parts.every(({ empty }) => empty),
    captures: parts.some(({ captures }) => captures),
    unbounded: parts.some(({ unbounded }) => unbounded),
  };
}

function readQuantified(reader: Reader): Part {
  const part = readAtom(reader);
  const match = /^(?:[*+?]|\{([0-9]{1,4})(?:(,)([0-9]{1,4})?)?\})/.exec(reader.pattern.slice(reader.at));
  if (match === null) return part;
  const [text, least, comma, most] = match;
  reader.at += text.length;
  const exact = least !== undefined && comma === undefined;
  const lazy = !exact && accept(reader, '?');
  if (/[*+?{]/.test(reader.pattern[reader.at] ?? '')) throw new UnknownPattern('a quantifier after a quantifier');
  if (part.zeroWidth || part.empty) throw new UnknownPattern('a repeated part that can be empty');
  const max = text === '?' ? 1 : exact ? Number(least) : most === undefined ? Infinity : Number(most);
  if (least !== undefined && max < Number(least)) throw new UnknownPattern('a backward interval');
  // JavaScript forgets what a group captured in an earlier turn; and repeated repetitions may take for ever.
  if (max > 1 && part.captures) throw new UnknownPattern('a repeated capture');
  if (max > 1 && part.unbounded) throw new UnknownPattern('a repeated repetition');
  if (max === Infinity) reader.unbounded++;
  const min = text === '+' ? 1 : text === '*' || text === '?' ? 0 : Number(least);
  return { source: `${part.source}${text}${lazy ? '?' : ''}`, empty: min === 0, captures: part.captures, unbounded: part.unbounded || max === Infinity };
}

const one = (source: string): Part => ({ source, empty: false, captures: false, unbounded: false });
const nothing = (source: string): Part => ({ source, empty: true, captures: false, unbounded: false, zeroWidth: true });

function readAtom(reader: Reader): Part {
  const character = String.fromCodePoint(reader.pattern.codePointAt(reader.at)!);
  reader.at += character.length;
  switch (character) {
    case '.':
      return one('[^\\n]');
    case '^':
      return nothing('^');
    case '$':
      return nothing(END);
    case '(':
      return readGroup(reader);
    case '[':
      return one(readClass(reader));
    case '\\':
      return readEscape(reader);
    case ']':
      return one('\\]');
    case '*':
    case '+':
    case '?':
    case '{':
    case '}':
      throw new UnknownPattern(character);
    default:
      return one(character === '/' ? '\\/' : character);
  }
}

function readGroup(reader: Reader): Part {
  const look = /^\?[=!]/.exec(reader.pattern.slice(reader.at, reader.at + 2))?.[0];
  const name = /^\?<([a-zA-Z_][a-zA-Z0-9_]*)>/.exec(reader.pattern.slice(reader.at));
  if (look !== undefined) reader.at += 2;
  else if (name) reader.at += name[0].length;
  else if (reader.pattern.startsWith('?:', reader.at)) reader.at += 2;
  else if (reader.pattern[reader.at] === '?') throw new UnknownPattern('a special group');
  else return capture(reader, undefined);
  if (name) return capture(reader, name[1]);
  const body = readAlternatives(reader);
  close(reader);
  if (look === undefined) return { ...body, source: `(?:${body.source})` };
  if (body.captures) throw new UnknownPattern('a capture in a look-ahead');
  return nothing(`(${look}${body.source})`);
}

function capture(reader: Reader, name: string | undefined): Part {
  if (name !== undefined && reader.groups.includes(name)) throw new UnknownPattern('two groups of one name');
  reader.groups.push(name);
  const body = readAlternatives(reader);
  close(reader);
  return { ...body, source: `(${body.source})`, captures: true };
}

function close(reader: Reader): void {
  if (!accept(reader, ')')) throw new UnknownPattern('an open group');
}

function accept(reader: Reader, character: string): boolean {
  if (reader.pattern[reader.at] !== character) return false;
  reader.at++;
  return true;
}

function readEscape(reader: Reader): Part {
  const letter = reader.pattern[reader.at++];
  if (letter === undefined) throw new UnknownPattern('a backslash at the end');
  if (ANCHORS[letter] !== undefined) return nothing(ANCHORS[letter]);
  if (SIMPLE[letter] !== undefined) return one(SIMPLE[letter]);
  if (EDGES[letter] !== undefined) {
    reader.ascii = true;
    return nothing(EDGES[letter]);
  }
  if (ASCII_ONLY[letter] !== undefined) {
    reader.ascii = true;
    return one(ASCII_ONLY[letter]);
  }
  return one(literal(letter));
}
