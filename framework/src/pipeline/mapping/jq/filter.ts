import type { Json } from '../../../shared';

/** Variables of an evaluation, innermost first. A place in the list is known when the program is compiled. */
export type Env = { readonly value: Json; readonly parent: Env } | undefined;
/** True stops the enumeration: nobody wants the next output. */
export type Emit = (value: Json) => boolean;
/** The first output, or undefined when there is none. Throws Failure. */
export type First = (input: Json, env: Env) => Json | undefined;
/** Hands every output to `emit`, in order; true when stopped. Throws Failure. */
export type Each = (input: Json, env: Env, emit: Emit) => boolean;

/** A compiled program: two ways to run it, since almost every caller wants the first output only. */
export interface Filter {
  readonly first: First;
  readonly each: Each;
  /** It has at most one output, so `first` tells all. */
  readonly single: boolean;
  /** The value it gives whatever the input. */
  readonly constant?: Json;
}

/** A filter with at most one output. */
export function single(first: First): Filter {
  return {
    first,
    each(input, env, emit) {
      const value = first(input, env);
      return value !== undefined && emit(value);
    },
    single: true,
  };
}

/** A filter with any number of outputs. */
export function many(each: Each, first: First = firstOf(each)): Filter {
  return { first, each, single: false };
}

function firstOf(each: Each): First {
  return (input, env) => {
    let found: Json | undefined;
    each(input, env, (value) => {
      found = value;
      return true;
    });
    return found;
  };
}

export const constant = (value: Json): Filter => ({ ...single(() => value), constant: value });

export const identity: Filter = single((input) => input);
export const empty: Filter = single(() => undefined);

/** A function of the input alone. */
export const fromInput = (apply: (input: Json) => Json): Filter => single((input) => apply(input));

/** A function of each output of `source`. */
export function mapOutputs(source: Filter, apply: (value: Json, input: Json) => Json): Filter {
  const { first, each } = source;
  if (!source.single) return many((input, env, emit) => each(input, env, (value) => emit(apply(value, input))));
  return single((input, env) => {
    const value = first(input, env);
    return value === undefined ? undefined : apply(value, input);
  });
}

/** A function of every pair of outputs; those of `outer` change last. */
export function mapPairs(outer: Filter, inner: Filter, apply: (outer: Json, inner: Json, input: Json) => Json): Filter {
  if (!outer.single || !inner.single) {
    return many((input, env, emit) => outer.each(input, env, (left) => inner.each(input, env, (right) => emit(apply(left, right, input)))));
  }
  const outerFirst = outer.first;
  if (inner.constant !== undefined) {
    const right = inner.constant;
    return mapOutputs(outer, (left, input) => apply(left, right, input));
  }
  const innerFirst = inner.first;
  return single((input, env) => {
    const left = outerFirst(input, env);
    if (left === undefined) return undefined;
    const right = innerFirst(input, env);
    return right === undefined ? undefined : apply(left, right, input);
  });
}

export function pipe(left: Filter, right: Filter): Filter {
  const { first: leftFirst, each: leftEach } = left;
  const { first: rightFirst, each: rightEach } = right;
  if (left.single && right.single) {
    return single((input, env) => {
      const value = leftFirst(input, env);
      return value === undefined ? undefined : rightFirst(value, env);
    });
  }
  if (left.single) {
    return many(
      (input, env, emit) => {
        const value = leftFirst(input, env);
        return value !== undefined && rightEach(value, env, emit);
      },
      (input, env) => {
        const value = leftFirst(input, env);
        return value === undefined ? undefined : rightFirst(value, env);
      },
    );
  }
  return many(
    (input, env, emit) => leftEach(input, env, (value) => rightEach(value, env, emit)),
    (input, env) => {
      let found: Json | undefined;
      leftEach(input, env, (value) => {
        found = rightFirst(value, env);
        return found !== undefined;
      });
      return found;
    },
  );
}

export function both(left: Filter, right: Filter): Filter {
  return many(
    (input, env, emit) => left.each(input, env, emit) || right.each(input, env, emit),
    (input, env) => {
      const value = left.first(input, env);
      return value === undefined ? right.first(input, env) : value;
    },
  );
}
