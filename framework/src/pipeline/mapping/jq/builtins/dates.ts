import type { Json } from '../../../../shared';
import { Failure } from '../failure';
import { mapOutputs, single, type Filter } from '../filter';
import { isList, kindOf } from '../values';
import { plain, type Build, type Table } from './table';

/** Years that every date function writes and reads with four digits. */
const FIRST_YEAR = 1000;
const LAST_YEAR = 9999;
const DAY_MS = 86_400_000;
const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const ISO = '%Y-%m-%dT%H:%M:%SZ';

const unsure = (what: string): Failure => new Failure(what, 'engine');

/** Day of the year, from 0. */
const dayOfYear = (date: Date): number => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS);

/** Year, month from 0, day, hour, minute, second, day of the week from Sunday, day of the year from 0. */
const partsOf = (date: Date, fraction = 0): Json => [
  date.getUTCFullYear(),
  date.getUTCMonth(),
  date.getUTCDate(),
  date.getUTCHours(),
  date.getUTCMinutes(),
  date.getUTCSeconds() + fraction,
  date.getUTCDay(),
  dayOfYear(date),
];

function checked(date: Date): Date {
  const year = date.getUTCFullYear();
  if (!(year >= FIRST_YEAR && year <= LAST_YEAR)) throw unsure('a date beyond four digits');
  return date;
}

function fromSeconds(seconds: number): Date {
  if (seconds < 0 && !Number.isInteger(seconds)) throw unsure('fractions before 1970');
  return checked(new Date(Math.floor(seconds) * 1000));
}

/** A date given as seconds or as its parts. */
function dateOf(input: Json, what: string): Date {
  if (typeof input === 'number') return fromSeconds(input);
  if (isList(input)) return fromParts(input);
  throw new Failure(`${what} needs a number of seconds or the parts of a date, not ${kindOf(input)}`);
}

/** Eight numbers that belong together, as `gmtime` and `strptime` make them; others are left to jq. */
function fromParts(parts: readonly Json[]): Date {
  const numbers = parts.filter((part) => typeof part === 'number');
  if (numbers.length !== 8 || parts.length !== 8) throw unsure('incomplete parts of a date');
  const [year, month, day, hour, minute, second] = numbers as [number, number, number, number, number, number];
  if (!(year >= FIRST_YEAR)) throw unsure('a date beyond four digits');
  const date = checked(new Date(Date.UTC(year, month, day, hour, minute, Math.floor(second))));
  const own = partsOf(date) as readonly number[];
  if (own.some((part, at) => part !== Math.floor(numbers[at]!))) throw unsure('parts of a date that do not belong together');
  return date;
}

const two = (value: number): string => String(value).padStart(2, '0');

const WRITE: Readonly<Record<string, (date: Date) => string>> = {
  Y: (date) => String(date.getUTCFullYear()),
  m: (date) => two(date.getUTCMonth() + 1),
  d: (date) => two(date.getUTCDate()),
  e: (date) => String(date.getUTCDate()).padStart(2, ' '),
  H: (date) => two(date.getUTCHours()),
  I: (date) => two(date.getUTCHours() % 12 || 12),
  M: (date) => two(date.getUTCMinutes()),
  S: (date) => two(date.getUTCSeconds()),
  p: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  j: (date) => String(dayOfYear(date) + 1).padStart(3, '0'),
  y: (date) => two(date.getUTCFullYear() % 100),
  B: (date) => MONTHS[date.getUTCMonth()]!,
  b: (date) => MONTHS[date.getUTCMonth()]!.slice(0, 3),
  A: (date) => DAYS[date.getUTCDay()]!,
  a: (date) => DAYS[date.getUTCDay()]!.slice(0, 3),
  u: (date) => String(date.getUTCDay() || 7),
  w: (date) => String(date.getUTCDay()),
  '%': () => '%',
};
const SHORTHANDS: Readonly<Record<string, string>> = { '%T': '%H:%M:%S', '%F': '%Y-%m-%d', '%R': '%H:%M', '%D': '%m/%d/%y' };
const spelled = (format: string): string => format.replace(/%[TFRD]/g, (shorthand) => SHORTHANDS[shorthand]!);

/** Format and its directives; throws for one that is not known to be the same. */
function directives(format: Filter, known: (letter: string) => boolean): string {
  const text = format.constant;
  if (typeof text !== 'string') throw unsure('a computed date format');
  const full = spelled(text);
  const letters = full.match(/%[^]?/g) ?? [];
  if (!letters.every((directive) => known(directive.slice(1)))) throw unsure(`the date format ${text}`);
  return full;
}

function writer(format: Filter): (input: Json) => Json {
  const text = directives(format, (letter) => WRITE[letter] !== undefined);
  return (input) => {
    const date = dateOf(input, 'strftime');
    return text.replace(/%([^])/g, (_whole, letter: string) => WRITE[letter]!(date));
  };
}

/** Digits of what strptime reads, in the order of a date's parts. */
const READ: Readonly<Record<string, number>> = { Y: 4, m: 2, d: 2, H: 2, M: 2, S: 2 };

/** Reads texts that have every digit the format asks for; what else strptime would take or refuse is left to jq. */
function reader(format: Filter): (input: Json) => Date {
  const text = directives(format, (letter) => READ[letter] !== undefined);
  const pattern = readPattern(text);
  return (input) => {
    if (typeof input !== 'string') throw new Failure(`strptime needs a string, not ${kindOf(input)}`);
    const found = pattern.exec(input)?.groups;
    if (found === undefined) throw mismatch(input, text);
    const [year, month, day, ...time] = Object.keys(READ).map((letter) => (found[letter] === undefined ? undefined : Number(found[letter])));
    if (year === undefined || month === undefined || day === undefined || year < 1900) throw unsure('a date with missing parts');
    const [hour = 0, minute = 0, second = 0] = time;
    const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
    const kept = [date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes()];
    if (kept.some((part, at) => part !== [month, day, hour, minute][at])) throw unsure('a date that has to be put right');
    return checked(date);
  };
}

function readPattern(format: string): RegExp {
  const letters = format.match(/%./g) ?? [];
  if (/\s/.test(format) || new Set(letters).size !== letters.length) throw unsure(`the date format ${format}`);
  const digits = (letter: string): string => `(?<${letter}>[0-9]{${READ[letter]}})`;
  const source = format.replace(/%(.)|[\^$\\.*+?()[\]{}|/]/g, (sign, letter?: string) => (letter === undefined ? `\\${sign}` : digits(letter)));
  return new RegExp(`^${source}$`);
}

const ALMOST_ISO = /^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+Z?|[+-][0-9:]+)?)?)?$/;

/** Fractions of a second, offsets and dates alone are frequent, and never the format of `fromdate`. */
function mismatch(input: string, format: string): Failure {
  const known = format === ISO && ALMOST_ISO.test(input);
  return known ? new Failure(`the date is not of the form ${format}`) : unsure('a date of another form');
}

const isoFormat: Filter = { ...single(() => ISO), constant: ISO };
const seconds = (date: Date): number => Math.floor(date.getTime() / 1000);

function gmtime(input: Json): Json {
  if (typeof input !== 'number') throw new Failure(`gmtime needs a number of seconds, not ${kindOf(input)}`);
  return partsOf(fromSeconds(input), input - Math.floor(input));
}

function mktime(input: Json): Json {
  if (!isList(input)) throw new Failure(`mktime needs the parts of a date, not ${kindOf(input)}`);
  return seconds(fromParts(input));
}

const todate: Build = () => mapOutputs(single((input) => input), writer(isoFormat));
const fromdate: Build = () => {
  const read = reader(isoFormat);
  return single((input) => seconds(read(input)));
};

/** Dates, all in UTC. */
export const dates: Table = {
  'todate/0': todate,
  'todateiso8601/0': todate,
  'fromdate/0': fromdate,
  'fromdateiso8601/0': fromdate,
  'gmtime/0': plain(gmtime),
  'mktime/0': plain(mktime),
  'strftime/1': ([format]) => mapOutputs(single((input) => input), writer(format!)),
  'strptime/1': ([format]) => {
    const read = reader(format!);
    return single((input) => partsOf(read(input)));
  },
};
