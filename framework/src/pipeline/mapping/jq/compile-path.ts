import type { Json } from '../../../shared';
import { index, member, slice, valuesOf } from './access';
import { fixedText, type Node, type NodeOf } from './ast';
import type { Context } from './context';
import { Failure } from './failure';
import { identity, many, mapOutputs, mapPairs, pipe, single, type Filter } from './filter';
import { isList, isMembers, kindOf, memberOf, type JsonMembers } from './values';

/** `.a.b`, `.[0]`, `.[expr]`: chains of fixed names become one walk. */
export function compileIndex(node: NodeOf<'index'>, context: Context): Filter {
  const names = namesOf(node);
  if (names !== undefined) return walkNames(context.compile(names.target), names.names);
  const target = context.compile(node.target);
  const name = fixedText(node.key);
  if (name !== undefined) return quietMember(target, name);
  const key = context.compile(node.key);
  if (!node.quiet) return mapPairs(key, target, (at, value) => index(value, at));
  return pipePairs(key, target, (at, value) => quietly(() => index(value, at)));
}

/** The fixed names at the end of a chain, and what they start from. */
function namesOf(node: NodeOf<'index'>): { readonly target: Node; readonly names: readonly string[] } | undefined {
  const names: string[] = [];
  let at: Node = node;
  while (at.type === 'index' && !at.quiet) {
    const name = fixedText(at.key);
    if (name === undefined) break;
    names.unshift(name);
    at = at.target;
  }
  return names.length === 0 ? undefined : { target: at, names };
}

function walkNames(target: Filter, names: readonly string[]): Filter {
  const get = names.some((name) => name in Object.prototype) ? memberOf : readMember;
  // One closure for each name is faster than one loop over the names.
  const walk = names.reduceRight<(value: Json) => Json>((next, name, at) => {
    const isLast = at === names.length - 1;
    return (value) => {
      if (value === null) return null;
      const found = isMembers(value) ? get(value, name) : member(value, name);
      return isLast ? found : next(found);
    };
  }, (value) => value);
  return target === identity ? single(walk) : mapOutputs(target, walk);
}

/** For names that no object inherits. */
const readMember = (object: JsonMembers, name: string): Json => object[name] ?? null;

function quietMember(target: Filter, name: string): Filter {
  return pipe(
    target,
    single((value) => {
      if (isMembers(value)) return memberOf(value, name);
      return kindOf(value) === 'null' ? null : undefined;
    }),
  );
}

/** `mapPairs` for a function that may give nothing. */
function pipePairs(outer: Filter, inner: Filter, apply: (outer: Json, inner: Json) => Json | undefined): Filter {
  return many((input, env, emit) =>
    outer.each(input, env, (left) =>
      inner.each(input, env, (right) => {
        const value = apply(left, right);
        return value !== undefined && emit(value);
      }),
    ),
  );
}

function quietly(run: () => Json): Json | undefined {
  try {
    return run();
  } catch (err) {
    if (err instanceof Failure && err.reason === 'error') return undefined;
    throw err;
  }
}

/** `.[from:to]` */
export function compileSlice(node: NodeOf<'slice'>, context: Context): Filter {
  const target = context.compile(node.target);
  const from = node.from ? context.compile(node.from) : undefined;
  const to = node.to ? context.compile(node.to) : undefined;
  const cut = (value: Json, bounds: { readonly from: Json; readonly to: Json }): Json | undefined =>
    node.quiet ? quietly(() => slice(value, bounds.from, bounds.to)) : slice(value, bounds.from, bounds.to);
  if (target.single && (from === undefined || from.constant !== undefined) && (to === undefined || to.constant !== undefined)) {
    const bounds = { from: from?.constant ?? null, to: to?.constant ?? null };
    return pipe(
      target,
      single((value) => cut(value, bounds)),
    );
  }
  const open: Filter = single(() => null);
  return many((input, env, emit) =>
    (from ?? open).each(input, env, (start) =>
      (to ?? open).each(input, env, (end) =>
        target.each(input, env, (value) => {
          const part = cut(value, { from: start, to: end });
          return part !== undefined && emit(part);
        }),
      ),
    ),
  );
}

/** `.[]` */
export function compileEach(node: NodeOf<'each'>, context: Context): Filter {
  const { budget } = context;
  const { quiet } = node;
  const each = many(
    (value, _env, emit) => {
      if (quiet && isScalar(value)) return false;
      for (const element of valuesOf(value, budget)) if (emit(element)) return true;
      return false;
    },
    (value) => {
      if (isList(value)) return value[0];
      if (quiet && isScalar(value)) return undefined;
      return valuesOf(value, budget)[0];
    },
  );
  const target = context.compile(node.target);
  return target === identity ? each : pipe(target, each);
}

const isScalar = (value: Json): boolean => !['array', 'object'].includes(kindOf(value));
