import type { Json } from '../../../shared';
import { Failure } from './failure';

export type JsonList = readonly Json[];
export type JsonMembers = { readonly [key: string]: Json };
export type Kind = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';

/**
 * jq's name of a value's type: all that messages say of a value, since they reach logs. A BigInt ends the evaluation: JQ reads doubles, and the whole item
 * is converted before the next try.
 */
export function kindOf(value: Json): Kind {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'bigint':
      throw new Failure('an integer beyond 2^53', 'digits');
    default:
      return value === null ? 'null' : Array.isArray(value) ? 'array' : 'object';
  }
}

export const isList = (value: Json): value is JsonList => Array.isArray(value);
export const isMembers = (value: Json): value is JsonMembers => typeof value === 'object' && value !== null && !Array.isArray(value);
export const isTrue = (value: Json): boolean => value !== null && value !== false;

/** Members of Object.prototype are no members of a JSON object, and a member named `__proto__` is one. */
export function memberOf(object: JsonMembers, key: string): Json {
  return Object.hasOwn(object, key) ? (object[key] ?? null) : null;
}

export function setMember(object: Record<string, Json>, key: string, value: Json): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

const ORDER: Readonly<Record<Kind, number>> = { null: 0, boolean: 1, number: 3, string: 4, array: 5, object: 6 };
const SURROGATE = /[\ud800-\udfff]/;

/** By code points, which differs from JavaScript's order where surrogate pairs are involved. */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  if (!SURROGATE.test(a) && !SURROGATE.test(b)) return a < b ? -1 : 1;
  const left = [...a];
  const right = [...b];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const difference = left[i]!.codePointAt(0)! - right[i]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Values that share their parts can be small and take for ever to compare: more than this belongs to the budget. */
const MOST_COMPARED = 1_000_000;

/** jq's order: null, false, true, numbers (nan first), strings, lists, objects. */
export function compare(a: Json, b: Json): number {
  return compareParts(a, b, { left: MOST_COMPARED });
}

interface Walk {
  left: number;
}

function compareParts(a: Json, b: Json, walk: Walk): number {
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  if (typeof a === 'number' && typeof b === 'number') return compareNumbers(a, b);
  const kind = kindOf(a);
  if (a === b) return 0;
  const other = kindOf(b);
  if (kind !== other) return ORDER[kind] - ORDER[other];
  if (kind === 'boolean') return Number(a) - Number(b);
  if (--walk.left < 0) throw new Failure(`budget: a comparison of more than ${MOST_COMPARED} values`, 'budget');
  if (kind === 'array') return compareLists(a as JsonList, b as JsonList, walk);
  return compareObjects(a as JsonMembers, b as JsonMembers, walk);
}

function compareNumbers(a: number, b: number): number {
  if (Number.isNaN(a)) return -1;
  if (Number.isNaN(b)) return 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareLists(a: JsonList, b: JsonList, walk: Walk): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = compareParts(a[i]!, b[i]!, walk);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function compareObjects(a: JsonMembers, b: JsonMembers, walk: Walk): number {
  const keys = sortedKeys(a);
  const difference = compareLists(keys, sortedKeys(b), walk);
  if (difference !== 0) return difference;
  for (const key of keys) {
    const members = compareParts(memberOf(a, key), memberOf(b, key), walk);
    if (members !== 0) return members;
  }
  return 0;
}

export const sortedKeys = (object: JsonMembers): readonly string[] => Object.keys(object).sort(compareTexts);

/** Most comparisons are between texts and need no order. */
export function isEqual(a: Json, b: Json): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a === b;
  return compare(a, b) === 0;
}

/** Length in code points. */
export function countCharacters(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  let count = 0;
  for (const _character of text) count++;
  return count;
}

/** Code points `from` to `to` of a text. */
export function sliceText(text: string, from: number, to: number): string {
  return SURROGATE.test(text) ? [...text].slice(from, to).join('') : text.slice(from, to);
}
