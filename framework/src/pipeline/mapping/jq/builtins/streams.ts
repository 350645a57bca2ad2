import type { Json } from '../../../../shared';
import { valuesOf } from '../access';
import { add } from '../arithmetic';
import { Failure, spend } from '../failure';
import { constant, empty, identity, many, single, type Each, type Filter } from '../filter';
import { isEqual, isTrue, kindOf } from '../values';
import type { Build, Table } from './table';

const MESSAGE = 200;

const elements =
  (spendable: Parameters<Build>[1]): Each =>
  (input, _env, emit) => {
    for (const value of valuesOf(input, spendable.budget)) if (emit(value)) return true;
    return false;
  };

/** Is one output of `generator` such that `condition` is `wanted`? */
function some(generator: Each, condition: Filter, wanted: boolean): Filter {
  return single((input, env) => {
    let found = false;
    generator(input, env, (value) =>
      condition.each(value, env, (outcome) => {
        found = isTrue(outcome) === wanted;
        return found;
      }),
    );
    return found === wanted;
  });
}

function numberOf(value: Json, what: string): number {
  if (typeof value === 'number') return value;
  throw new Failure(`${what} needs a number, not ${kindOf(value)}`);
}

/** `count` outputs of `source` after the first `skipped`. */
const window = (source: Filter, skipped: number, count: number): Each => (input, env, emit) => {
  let seen = 0;
  let stopped = false;
  if (count <= 0) return false;
  source.each(input, env, (value) => {
    seen++;
    if (seen <= skipped) return false;
    stopped = emit(value);
    return stopped || seen >= skipped + count;
  });
  return stopped;
};

const counted =
  (name: string, apply: (source: Filter, count: number) => Each): Build =>
  ([count, source]) =>
    many((input, env, emit) =>
      count!.each(input, env, (value) => {
        if (typeof value !== 'number') throw new Failure('a count of another type', 'engine');
        if (value < 0) throw new Failure(`${name} needs a count of 0 or more`);
        return apply(source!, value)(input, env, emit);
      }),
    );

/** `range(from; to)`: numbers in steps of one. */
const range =
  (from: Filter, to: Filter, spendStep: () => void): Each =>
  (input, env, emit) =>
    from.each(input, env, (start) =>
      to.each(input, env, (end) => {
        const last = numberOf(end, 'range');
        for (let value = numberOf(start, 'range'); value < last; value++) {
          spendStep();
          if (emit(value)) return true;
        }
        return false;
      }),
    );

/** Filters that make, choose or judge outputs. */
export const streams: Table = {
  'empty/0': () => empty,
  'not/0': () => single((input) => !isTrue(input)),
  'select/1': ([condition]) => {
    const { first, each } = condition!;
    if (!condition!.single) return many((input, env, emit) => each(input, env, (value) => isTrue(value) && emit(input)));
    return single((input, env) => {
      const value = first(input, env);
      return value !== undefined && isTrue(value) ? input : undefined;
    });
  },
  'first/1': ([source]) => single(source!.first),
  'last/1': ([source]) =>
    single((input, env) => {
      let last: Json | undefined;
      source!.each(input, env, (value) => {
        last = value;
        return false;
      });
      return last;
    }),
  'limit/2': counted('limit', (source, count) => window(source, 0, count)),
  'skip/2': counted('skip', (source, count) => window(source, count, Infinity)),
  'nth/2': counted('nth', (source, at) => window(source, at, 1)),
  'isempty/1': ([source]) => single((input, env) => source!.first(input, env) === undefined),
  'any/0': (_args, context) => some(elements(context), identity, true),
  'all/0': (_args, context) => some(elements(context), identity, false),
  'any/1': ([condition], context) => some(elements(context), condition!, true),
  'all/1': ([condition], context) => some(elements(context), condition!, false),
  'any/2': ([generator, condition]) => some(generator!.each, condition!, true),
  'all/2': ([generator, condition]) => some(generator!.each, condition!, false),
  'IN/1': ([source]) => single((input, env) => source!.each(input, env, (value) => isEqual(input, value))),
  'IN/2': ([source, others]) => single((input, env) => others!.each(input, env, (other) => source!.each(input, env, (value) => isEqual(value, other)))),
  'range/1': ([to], { budget }) => many(range(constant(0), to!, () => spend(budget, 1))),
  'range/2': ([from, to], { budget }) => many(range(from!, to!, () => spend(budget, 1))),
  'add/0': (_args, { budget }) => single((input) => valuesOf(input, budget).reduce<Json>((sum, value) => add(sum, value, budget), null)),
  'add/1': ([source], { budget }) =>
    single((input, env) => {
      let sum: Json = null;
      source!.each(input, env, (value) => {
        spend(budget, 1);
        sum = add(sum, value, budget);
        return false;
      });
      return sum;
    }),
  'map/1': ([apply], { budget }) => {
    const { first, each } = apply!;
    return single((input, env) => {
      const mapped: Json[] = [];
      for (const value of valuesOf(input, budget)) {
        if (apply!.single) {
          const output = first(value, env);
          if (output !== undefined) mapped.push(output);
        } else
          each(value, env, (output) => {
            spend(budget, 1);
            mapped.push(output);
            return false;
          });
      }
      return mapped;
    });
  },
  'error/0': () =>
    single((input) => {
      throw raised(input);
    }),
  'error/1': ([message]) =>
    single((input, env) => {
      const value = message!.first(input, env);
      if (value === undefined) return undefined;
      throw raised(value);
    }),
  'env/0': (_args, { environment }) => constant(environment),
  'now/0': () => single(() => Date.now() / 1000),
  'input/0': () =>
    single(() => {
      throw new Failure('there is no further input');
    }),
  'inputs/0': () => empty,
  'debug/0': () => identity,
  'stderr/0': () => identity,
  'input_filename/0': () => constant(null),
};

/** A message that the mapping's author wrote, so it may be shown. */
const raised = (value: Json): Failure => new Failure(typeof value === 'string' ? value.slice(0, MESSAGE) : `error(${kindOf(value)})`);
