import { BLANKS, literal, UnknownPattern, type Reader } from './reader';

const SETS: Readonly<Record<string, string>> = { s: BLANKS, n: '\\n', t: '\\t', r: '\\r', f: '\\f', v: '\\v' };
const ASCII_SETS: Readonly<Record<string, string>> = { d: '0-9', w: 'a-zA-Z0-9_' };
const POSIX: Readonly<Record<string, string>> = {
  alpha: 'a-zA-Z',
  digit: '0-9',
  alnum: 'a-zA-Z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  xdigit: '0-9a-fA-F',
  space: BLANKS,
};

interface Item {
  readonly source: string;
  /** It can be the end of a range. */
  readonly character: boolean;
}

/** A class from behind its `[` to its `]`, as a class of JavaScript. */
export function readClass(reader: Reader): string {
  const { pattern } = reader;
  let source = '[';
  if (pattern[reader.at] === '^') {
    source += '^';
    reader.at++;
  }
  const start = reader.at;
  for (;;) {
    if (pattern[reader.at] === undefined) throw new UnknownPattern('an open class');
    if (pattern[reader.at] === ']') {
      if (reader.at === start) throw new UnknownPattern('a class that begins with ]');
      reader.at++;
      return `${source}]`;
    }
    source += readItem(reader, start);
  }
}

function readItem(reader: Reader, start: number): string {
  const { pattern } = reader;
  if (pattern[reader.at] === '-' && reader.at !== start && pattern[reader.at + 1] !== ']') throw new UnknownPattern('a - in the middle of a class');
  const from = readCharacter(reader);
  if (pattern[reader.at] !== '-' || pattern[reader.at + 1] === ']') return from.source;
  reader.at++;
  const to = readCharacter(reader);
  if (!from.character || !to.character) throw new UnknownPattern('a range of sets');
  return `${from.source}-${to.source}`;
}

function readCharacter(reader: Reader): Item {
  const { pattern } = reader;
  if (pattern.startsWith('&&', reader.at)) throw new UnknownPattern('an intersection');
  const character = String.fromCodePoint(pattern.codePointAt(reader.at) ?? 0);
  if (character === '[') return readPosix(reader);
  reader.at += character.length;
  if (character !== '\\') return { source: /[\^\-/]/.test(character) ? `\\${character}` : character, character: true };
  const letter = pattern[reader.at++] ?? '';
  if (SETS[letter] !== undefined) return { source: SETS[letter], character: letter !== 's' };
  if (ASCII_SETS[letter] !== undefined) {
    reader.ascii = true;
    return { source: ASCII_SETS[letter], character: false };
  }
  return { source: letter === '-' ? '\\-' : literal(letter), character: true };
}

function readPosix(reader: Reader): Item {
  const match = /^\[:([a-z]+):\]/.exec(reader.pattern.slice(reader.at));
  const set = match ? POSIX[match[1]!] : undefined;
  if (match === null || set === undefined) throw new UnknownPattern('a class in a class');
  reader.at += match[0].length;
  if (match[1] !== 'space') reader.ascii = true;
  return { source: set, character: false };
}
