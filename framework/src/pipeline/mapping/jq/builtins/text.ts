import type { Json } from '../../../../shared';
import { splitText } from '../arithmetic';
import { textOf } from '../compile-value';
import { Failure, fits, spend, type Budget } from '../failure';
import { jsonText } from '../json-text';
import { BLANKS } from '../regex/reader';
import { kindOf } from '../values';
import { costly, plain, withArgument, type Build, type Table } from './table';

/** Unicode's white space, which is not exactly what String.trim takes away. */
const BLANK = `[${BLANKS}]+`;
const LEADING = new RegExp(`^${BLANK}`);
const TRAILING = new RegExp(`${BLANK}$`);

function onText(what: string, apply: (text: string, budget: Budget) => Json): Build {
  return costly((input, budget) => {
    if (typeof input === 'string') return apply(input, budget);
    throw new Failure(`${what} needs a string, not ${kindOf(input)}`);
  });
}

function onTexts(what: string, apply: (text: string, other: string, budget: Budget) => Json): Build {
  return withArgument((input, other, budget) => {
    if (typeof input === 'string' && typeof other === 'string') return apply(input, other, budget);
    throw new Failure(`${what} needs two strings, not ${kindOf(input)} and ${kindOf(other)}`);
  });
}

const withoutStart = (text: string, start: string): string => (text.startsWith(start) ? text.slice(start.length) : text);
const withoutEnd = (text: string, end: string): string => (end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text);

const NUMBER = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
/** `nan`, `infinity` and their like, which jq reads in its own way. */
const WORD_NUMBER = /^[+-]?(?:nan|inf)/i;

function toNumber(input: Json): Json {
  if (typeof input === 'number') return input;
  if (typeof input === 'string' && NUMBER.test(input)) return Number(input);
  if (typeof input === 'string' && WORD_NUMBER.test(input)) throw new Failure('a number given as a word', 'engine');
  throw new Failure(`${kindOf(input)} is not a number`);
}

/** Texts that are strict JSON; jq's own additions (nan, leading zeros) are left to jq. */
function fromJson(text: string, budget: Budget): Json {
  spend(budget, Math.ceil(text.length / 64));
  if (/\\u[dD][89a-fA-F]/.test(text)) throw new Failure('a text with surrogates', 'engine');
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new Failure('a text that is not strict JSON', 'engine');
  }
}

const isCodePoint = (code: Json): boolean =>
  typeof code === 'number' && Number.isInteger(code) && code >= 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);

function implode(input: Json): Json {
  if (!Array.isArray(input)) throw new Failure(`${kindOf(input)} is not a list of code points`);
  const codes = input as readonly Json[];
  if (!codes.every(isCodePoint)) throw new Failure('a list that is not of code points', 'engine');
  return codes.map((code) => String.fromCodePoint(code as number)).join('');
}

/** Strings. */
export const text: Table = {
  'tostring/0': costly(textOf),
  'tojson/0': costly(jsonText),
  'fromjson/0': onText('fromjson', fromJson),
  'tonumber/0': plain(toNumber),
  'ascii_downcase/0': onText('ascii_downcase', (value) => value.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())),
  'ascii_upcase/0': onText('ascii_upcase', (value) => value.replace(/[a-z]+/g, (letters) => letters.toUpperCase())),
  'explode/0': onText('explode', (value, budget) => (spend(budget, value.length), [...value].map((character) => character.codePointAt(0)!))),
  'implode/0': plain(implode),
  'utf8bytelength/0': onText('utf8bytelength', (value) => Buffer.byteLength(value)),
  'trim/0': onText('trim', (value) => value.replace(LEADING, '').replace(TRAILING, '')),
  'ltrim/0': onText('ltrim', (value) => value.replace(LEADING, '')),
  'rtrim/0': onText('rtrim', (value) => value.replace(TRAILING, '')),
  'startswith/1': onTexts('startswith', (value, start) => value.startsWith(start)),
  'endswith/1': onTexts('endswith', (value, end) => value.endsWith(end)),
  'ltrimstr/1': onTexts('ltrimstr', withoutStart),
  'rtrimstr/1': onTexts('rtrimstr', withoutEnd),
  'trimstr/1': onTexts('trimstr', (value, part) => withoutEnd(withoutStart(value, part), part)),
  'split/1': onTexts('split', (value, separator, budget) => (fits(budget, value.length), splitText(value, separator, budget))),
};
