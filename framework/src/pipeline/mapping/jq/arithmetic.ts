import type { Json } from '../../../shared';
import type { Arithmetic } from './ast';
import { Failure, fits, spend, type Budget } from './failure';
import { countCharacters, isEqual, isList, isMembers, kindOf, memberOf, setMember, type JsonMembers } from './values';

type Apply = (left: Json, right: Json) => Json;

/** The operators of jq on two values. */
export function arithmetic(operator: Arithmetic, budget: Budget): Apply {
  switch (operator) {
    case '+':
      return (left, right) => add(left, right, budget);
    case '-':
      return (left, right) => subtract(left, right, budget);
    case '*':
      return (left, right) => multiply(left, right, budget);
    case '/':
      return (left, right) => divide(left, right, budget);
    case '%':
      return remainder;
  }
}

const refuse = (left: Json, right: Json, verb: string): Failure => new Failure(`${kindOf(left)} and ${kindOf(right)} cannot be ${verb}`);

export function add(left: Json, right: Json, budget: Budget): Json {
  if (typeof left === 'number' && typeof right === 'number') return left + right;
  if (typeof left === 'string' && typeof right === 'string') {
    fits(budget, left.length + right.length);
    return left + right;
  }
  if (left === null) return numeric(right);
  if (right === null) return numeric(left);
  if (isList(left) && isList(right)) {
    spend(budget, left.length + right.length);
    return [...left, ...right];
  }
  if (isMembers(left) && isMembers(right)) {
    const sum = { ...left };
    const entries = Object.entries(right);
    spend(budget, entries.length);
    for (const [key, value] of entries) setMember(sum, key, value);
    return sum;
  }
  throw refuse(left, right, 'added');
}

/** A value that passes through an operator unseen must not be a BigInt either. */
const numeric = (value: Json): Json => (kindOf(value), value);

function subtract(left: Json, right: Json, budget: Budget): Json {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (!isList(left) || !isList(right)) throw refuse(left, right, 'subtracted');
  spend(budget, left.length * Math.max(1, right.length));
  return left.filter((element) => !right.some((other) => isEqual(element, other)));
}

function multiply(left: Json, right: Json, budget: Budget): Json {
  if (typeof left === 'number' && typeof right === 'number') return left * right;
  if (typeof left === 'string' && typeof right === 'number') return repeat(left, right, budget);
  if (typeof left === 'number' && typeof right === 'string') return repeat(right, left, budget);
  if (isMembers(left) && isMembers(right)) return merge(left, right, budget);
  throw refuse(left, right, 'multiplied');
}

function repeat(text: string, times: number, budget: Budget): Json {
  if (Number.isNaN(times) || times < 0) return null;
  fits(budget, text.length * times);
  return text.repeat(Math.trunc(times));
}

function merge(left: JsonMembers, right: JsonMembers, budget: Budget): JsonMembers {
  const merged = { ...left };
  for (const [key, value] of Object.entries(right)) {
    spend(budget, 1);
    const own = memberOf(merged, key);
    setMember(merged, key, isMembers(own) && isMembers(value) ? merge(own, value, budget) : value);
  }
  return merged;
}

function divide(left: Json, right: Json, budget: Budget): Json {
  if (typeof left === 'number' && typeof right === 'number') {
    if (right === 0) throw new Failure(`${kindOf(left)} cannot be divided by zero`);
    return left / right;
  }
  if (typeof left === 'string' && typeof right === 'string') return splitText(left, right, budget);
  throw refuse(left, right, 'divided');
}

/** Pieces between the separators; an empty separator cuts between characters. */
export function splitText(text: string, separator: string, budget: Budget): readonly string[] {
  if (text === '') return [];
  const pieces = separator === '' ? [...text] : text.split(separator);
  spend(budget, pieces.length);
  return pieces;
}

/** Both sides are cut to whole numbers of 64 bits; the sign is that of the left side. */
function remainder(left: Json, right: Json): Json {
  if (typeof left !== 'number' || typeof right !== 'number') throw refuse(left, right, 'divided');
  if (Number.isNaN(left) || Number.isNaN(right)) return NaN;
  const divisor = toInteger(right);
  if (divisor === 0) throw new Failure(`${kindOf(left)} cannot be divided by zero`);
  // Beyond 2^53 the remainder of the 64-bit integer is not that of the double.
  const dividend = toInteger(left);
  if (Number.isSafeInteger(dividend) && Number.isSafeInteger(divisor)) return dividend % Math.abs(divisor) || 0;
  throw new Failure('a remainder beyond 2^53', 'engine');
}

const toInteger = (value: number): number => Math.trunc(value);

export function negate(value: Json): Json {
  if (typeof value === 'number') return -value;
  throw new Failure(`${kindOf(value)} cannot be negated`);
}

/** `length`: characters, elements, members, or the absolute value of a number. */
export function lengthOf(value: Json): number {
  if (typeof value === 'string') return countCharacters(value);
  if (isList(value)) return value.length;
  if (isMembers(value)) return Object.keys(value).length;
  if (typeof value === 'number') return Math.abs(value);
  if (value === null) return 0;
  throw new Failure(`${kindOf(value)} has no length`);
}
