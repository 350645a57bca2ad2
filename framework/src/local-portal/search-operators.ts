import { isObject } from '../shared';
import { isInstant } from './formats';

/** Does the property's value (undefined: it has none) satisfy the rule's value? */
export type Operator = (left: unknown, right: unknown, now: number) => boolean;

export const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0) || (isObject(value) && Object.keys(value).length === 0);

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]);

function equal(left: unknown, right: unknown): boolean {
  if (left === undefined || left === null || right === undefined || right === null) return (left ?? null) === (right ?? null);
  if (Array.isArray(left) || Array.isArray(right)) {
    const [a, b] = [list(left), list(right)];
    return a.length === b.length && a.every((entry, index) => equal(entry, b[index]));
  }
  if (typeof left === 'bigint' || typeof right === 'bigint') return compare(left, right) === 0;
  if (typeof left === 'string' && typeof right === 'string' && left !== right) return isInstant(left) && isInstant(right) && Date.parse(left) === Date.parse(right);
  return left === right;
}

const isNumeric = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';

/** Numbers by value, date-times by instant; anything else has no order. */
function compare(left: unknown, right: unknown): number | undefined {
  if (isNumeric(left) && isNumeric(right)) return left < right ? -1 : left > right ? 1 : 0;
  const [a, b] = [instant(left), instant(right)];
  return a === undefined || b === undefined ? undefined : a - b;
}

function instant(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : at;
}

const DAY = 86_400_000;
const startOfDay = (at: number): number => at - (at % DAY);
const monthsBefore = (now: number, months: number): number => {
  const date = new Date(now);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() - months);
  // The last day of a shorter month, not the first ones of the next.
  date.setUTCDate(Math.min(day, new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()));
  return date.getTime();
};

const PRESETS: Readonly<Record<string, (now: number) => readonly [number, number]>> = {
  today: (now) => [startOfDay(now), startOfDay(now) + DAY - 1],
  tomorrow: (now) => [startOfDay(now) + DAY, startOfDay(now) + 2 * DAY - 1],
  yesterday: (now) => [startOfDay(now) - DAY, startOfDay(now) - 1],
  lastDay: (now) => [now - DAY, now],
  lastWeek: (now) => [now - 7 * DAY, now],
  last2Weeks: (now) => [now - 14 * DAY, now],
  lastMonth: (now) => [monthsBefore(now, 1), now],
  last3Months: (now) => [monthsBefore(now, 3), now],
  last6Months: (now) => [monthsBefore(now, 6), now],
  last12Months: (now) => [monthsBefore(now, 12), now],
};

/** Is this `{from, to}` or a known `{preset}`? */
export const isRange = (value: unknown): value is Record<string, unknown> =>
  isObject(value) && (typeof value['preset'] === 'string' ? Object.hasOwn(PRESETS, value['preset']) : instant(value['from']) !== undefined && instant(value['to']) !== undefined);

function between(left: unknown, right: unknown, now: number): boolean {
  const at = instant(left);
  if (at === undefined || !isRange(right)) return false;
  const [from, to] = typeof right['preset'] === 'string' ? PRESETS[right['preset']]!(now) : [instant(right['from'])!, instant(right['to'])!];
  return at >= from && at <= to;
}

const isIn: Operator = (left, right) => list(right).some((candidate) => equal(left, candidate) || list(left).some((entry) => equal(entry, candidate)));

/** A text contains a text; a list contains an entry. */
const containsOne = (left: unknown, wanted: unknown): boolean => (typeof left === 'string' ? typeof wanted === 'string' && left.includes(wanted) : list(left).some((entry) => equal(entry, wanted)));
const contains: Operator = (left, right) => (right === null ? isEmpty(left) : list(right).every((wanted) => containsOne(left, wanted)));
const texts = (test: (left: string, right: string) => boolean): Operator => (left, right) => typeof left === 'string' && list(right).some((wanted) => typeof wanted === 'string' && test(left, wanted));
const ordered = (test: (order: number) => boolean): Operator => (left, right) => {
  const order = compare(left, right);
  return order !== undefined && test(order);
};
const not = (operator: Operator): Operator => (left, right, now) => !operator(left, right, now);

const is: Operator = (left, right, now) => (isRange(right) ? between(left, right, now) : equal(left, right));
const beginsWith = texts((left, right) => left.startsWith(right));
const endsWith = texts((left, right) => left.endsWith(right));
const isExpired: Operator = (left, _right, now) => (instant(left) ?? Infinity) < now;

/** The operators that compare one property with the rule's value; `relatedTo` is not one of them. */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  '=': is,
  '!=': not(is),
  '>': ordered((order) => order > 0),
  '>=': ordered((order) => order >= 0),
  '<': ordered((order) => order < 0),
  '<=': ordered((order) => order <= 0),
  in: isIn,
  notIn: not(isIn),
  contains,
  containsAny: (left, right) => list(right).some((wanted) => containsOne(left, wanted)),
  doesNotContains: not(contains),
  beginsWith,
  doesNotBeginsWith: not(beginsWith),
  endsWith,
  doesNotEndsWith: not(endsWith),
  matchAny: isIn,
  isEmpty: (left) => isEmpty(left),
  isNotEmpty: (left) => !isEmpty(left),
  between,
  notBetween: not(between),
  isExpired,
  isNotExpired: (left, right, now) => instant(left) !== undefined && !isExpired(left, right, now),
};

/** What the rule's value has to be for this operator, in words; undefined when it is. */
export function operandFault(operator: string, value: unknown): string | undefined {
  if (/^(in|notIn|matchAny)$/.test(operator)) return Array.isArray(value) ? undefined : 'must be a list';
  if (/^(between|notBetween)$/.test(operator)) return isRange(value) ? undefined : 'must be {from, to} or a known {preset}';
  if (/^(=|!=)$/.test(operator)) return isObject(value) && !isRange(value) ? 'must be a text, number, boolean, null or range' : value === undefined ? 'is missing' : undefined;
  if (/^(>|>=|<|<=)$/.test(operator)) return isNumeric(value) || instant(value) !== undefined ? undefined : 'must be a number or date-time';
  if (/^(isEmpty|isNotEmpty|isExpired|isNotExpired)$/.test(operator)) return undefined;
  return value === null || typeof value === 'string' || Array.isArray(value) ? undefined : 'must be a text or a list';
}
