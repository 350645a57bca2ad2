import type { Json } from '../../../shared';
import { Failure, spend, type Budget } from './failure';
import { countCharacters, isEqual, isList, isMembers, kindOf, memberOf, sliceText, type JsonList } from './values';

/** `value[key]` */
export function index(value: Json, key: Json): Json {
  if (typeof key === 'string') return member(value, key);
  if (typeof key === 'number' && (value === null || isList(value))) return value === null ? null : element(value, key);
  if (isList(key) && isList(value)) return positionsOf(value, key);
  if (isMembers(key) && value === null) return null;
  if (isMembers(key)) throw new Failure('a slice given as an object', 'engine');
  throw new Failure(`cannot index ${kindOf(value)} with ${kindOf(key)}`);
}

export function member(value: Json, key: string): Json {
  if (isMembers(value)) return memberOf(value, key);
  if (value === null) return null;
  throw new Failure(`cannot read .${key} of ${kindOf(value)}`);
}

/** Counted from the end when negative; fractions are cut. */
function element(list: JsonList, at: number): Json {
  if (Number.isNaN(at)) return null;
  const position = Math.trunc(at);
  return list[position < 0 ? position + list.length : position] ?? null;
}

/** Where `part` begins in `list`. */
export function positionsOf(list: JsonList, part: JsonList): number[] {
  const found: number[] = [];
  if (part.length === 0) return found;
  for (let i = 0; i + part.length <= list.length; i++) if (part.every((wanted, offset) => isEqual(list[i + offset]!, wanted))) found.push(i);
  return found;
}

/** `value[from:to]`; null stands for an open end. */
export function slice(value: Json, from: Json, to: Json): Json {
  if (value === null) return null;
  if (typeof value === 'string') {
    const bounds = boundsOf(from, to, countCharacters(value));
    return sliceText(value, bounds.from, bounds.to);
  }
  if (isList(value)) {
    const bounds = boundsOf(from, to, value.length);
    return value.slice(bounds.from, bounds.to);
  }
  throw new Failure(`cannot take a slice of ${kindOf(value)}`);
}

function checkBounds(from: Json, to: Json): void {
  for (const bound of [from, to])
    if (bound !== null && typeof bound !== 'number') throw new Failure(`a slice begins and ends at numbers, not at ${kindOf(bound)}`);
}

function boundsOf(from: Json, to: Json, length: number): { readonly from: number; readonly to: number } {
  checkBounds(from, to);
  const start = clamp(Math.floor(fromEnd(numberOr(from, 0), length)), length);
  const end = clamp(Math.ceil(fromEnd(numberOr(to, length), length)), length);
  return { from: start, to: Math.max(start, end) };
}

const numberOr = (bound: Json, open: number): number => (typeof bound === 'number' && !Number.isNaN(bound) ? bound : open);
const fromEnd = (bound: number, length: number): number => (bound < 0 ? bound + length : bound);
const clamp = (bound: number, length: number): number => Math.max(0, Math.min(bound, length));

/** Elements of a list, values of an object. */
export function valuesOf(value: Json, budget: Budget): JsonList {
  const values = isList(value) ? value : isMembers(value) ? Object.values(value) : undefined;
  if (values === undefined) throw new Failure(`cannot iterate over ${kindOf(value)}`);
  spend(budget, values.length);
  return values;
}
