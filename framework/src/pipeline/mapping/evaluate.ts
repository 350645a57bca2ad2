import { toJson, type Json } from '../../shared';
import { runInJq, type EngineLimits } from './engine/engine';
import { Failure, type Budget } from './jq/failure';
import { clampNumber } from './jq/json-text';
import { isList, isMembers, setMember } from './jq/values';
import type { Program } from './program';

/** A value; undefined when the expression gave no output; a Failure when it failed. */
export type Evaluated = Json | undefined | Failure;

/** An item under evaluation. JQ reads doubles: the first integer beyond 2^53 that an expression meets turns the whole item into doubles. */
export interface Item {
  value: Json;
  /** The field that met one first. */
  digits?: string;
}

export interface Evaluator {
  readonly budget: Budget;
  readonly limits: EngineLimits;
  /** Tests compare the two engines. */
  readonly force?: 'closures' | 'jq';
}

const IN_JQ = new Failure('this runs in jq', 'engine');

/** The first output of every program for every item, by item and then by program. */
export async function evaluateAll(programs: readonly Program[], items: readonly Item[], evaluator: Evaluator): Promise<readonly (readonly Evaluated[])[]> {
  const results = items.map((item) => programs.map((program) => evaluateOne(program, item, evaluator)));
  for (const [at, program] of programs.entries()) {
    const pending = items.map((_item, row) => row).filter((row) => isForJq(results[row]![at]));
    if (pending.length === 0) continue;
    const outcomes = await runInJq(
      program.text,
      pending.map((row) => items[row]!.value),
      evaluator.limits,
    );
    for (const [place, row] of pending.entries()) {
      const outcome = outcomes[place]!;
      results[row]![at] = 'error' in outcome ? failureOf(outcome.error) : outcome.value;
    }
  }
  return results;
}

const failureOf = (message: string): Failure => new Failure(message, message.startsWith('budget:') ? 'budget' : 'error');
const isForJq = (value: Evaluated): boolean => value instanceof Failure && value.reason === 'engine';

function evaluateOne(program: Program, item: Item, evaluator: Evaluator): Evaluated {
  if (program.broken !== undefined) return new Failure(program.broken);
  const { filter } = program;
  if (filter === undefined || evaluator.force === 'jq') return IN_JQ;
  const { budget } = evaluator;
  budget.left = budget.steps;
  try {
    const value = filter.first(item.value, undefined);
    return program.plain ? settleNumber(value) : settle(value, budget);
  } catch (err) {
    // Closures that recurse too deeply, or make too long a string, are over the budget too.
    if (err instanceof RangeError) return new Failure(`budget: ${err.message}`, 'budget');
    if (!(err instanceof Failure)) throw err;
    if (err.reason !== 'digits' || item.digits !== undefined) return err;
    useDoubles(item, program.field);
    return evaluateOne(program, item, evaluator);
  }
}

export function useDoubles(item: Item, field: string): void {
  item.digits = field;
  item.value = toDoubles(item.value);
}

/** Every integer beyond 2^53 as the nearest double. */
export const toDoubles = (value: Json): Json => JSON.parse(toJson(value)) as Json;

function settleNumber(value: Json | undefined): Json | undefined {
  if (typeof value === 'bigint') throw new Failure('an integer beyond 2^53', 'digits');
  if (typeof value !== 'number') return value;
  return Number.isNaN(value) ? null : clampNumber(value);
}

/** JSON knows neither nan nor infinity; and a value must not be larger than the budget says, however often it shares its parts. */
function settle(value: Json | undefined, budget: Budget): Json | undefined {
  if (typeof value !== 'object' && typeof value !== 'string') return settleNumber(value);
  const walk = { left: budget.bytes, odd: false };
  measure(value, walk);
  if (walk.left < 0) throw new Failure(`budget: a value of more than ${budget.bytes} bytes`, 'budget');
  return walk.odd ? replaceOdd(value) : value;
}

interface Walk {
  /** Bytes that it may still have. */
  left: number;
  /** A number in it is not one of JSON. */
  odd: boolean;
}

/** Looks through a value, at least its punctuation counted, until the bytes are used up. */
function measure(value: Json, walk: Walk): void {
  if (walk.left < 0) return;
  if (typeof value === 'string') walk.left -= value.length + 2;
  else if (typeof value === 'number') {
    walk.left -= 1;
    if (!Number.isFinite(value)) walk.odd = true;
  } else if (typeof value === 'bigint') settleNumber(value);
  else if (isList(value)) {
    walk.left -= 2 + value.length;
    for (const part of value) measure(part, walk);
  } else if (isMembers(value)) {
    walk.left -= 2;
    for (const key in value) {
      walk.left -= key.length + 4;
      measure(value[key]!, walk);
    }
  }
}

function replaceOdd(value: Json): Json {
  if (isList(value)) return value.map(replaceOdd);
  if (!isMembers(value)) return settleNumber(value) ?? null;
  const object: Record<string, Json> = {};
  for (const key of Object.keys(value)) setMember(object, key, replaceOdd(value[key]!));
  return object;
}
