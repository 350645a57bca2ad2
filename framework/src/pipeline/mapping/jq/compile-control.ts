import type { Json } from '../../../shared';
import type { NodeOf } from './ast';
import type { Context } from './context';
import { Failure } from './failure';
import { identity, many, single, type Filter } from './filter';
import { isTrue } from './values';

export function compileIf(node: NodeOf<'if'>, context: Context): Filter {
  const condition = context.compile(node.condition);
  const then = context.compile(node.then);
  const otherwise = node.otherwise ? context.compile(node.otherwise) : identity;
  if (!condition.single) {
    return many((input, env, emit) => condition.each(input, env, (value) => (isTrue(value) ? then : otherwise).each(input, env, emit)));
  }
  const decide = condition.first;
  const [thenFirst, otherwiseFirst] = [then.first, otherwise.first];
  const first = (input: Json, env: Parameters<typeof decide>[1]): Json | undefined => {
    const value = decide(input, env);
    return value === undefined ? undefined : isTrue(value) ? thenFirst(input, env) : otherwiseFirst(input, env);
  };
  if (then.single && otherwise.single) return single(first);
  return many((input, env, emit) => {
    const value = decide(input, env);
    return value !== undefined && (isTrue(value) ? then : otherwise).each(input, env, emit);
  }, first);
}

export function compileAnd(node: NodeOf<'binary'>, context: Context): Filter {
  return compileLogic(node, context, false);
}

export function compileOr(node: NodeOf<'binary'>, context: Context): Filter {
  return compileLogic(node, context, true);
}

/** `decisive` on the left settles the result without the right side. */
function compileLogic(node: NodeOf<'binary'>, context: Context, decisive: boolean): Filter {
  const left = context.compile(node.left);
  const right = context.compile(node.right);
  if (!left.single || !right.single) {
    return many((input, env, emit) =>
      left.each(input, env, (value) => (isTrue(value) === decisive ? emit(decisive) : right.each(input, env, (other) => emit(isTrue(other))))),
    );
  }
  const [leftFirst, rightFirst] = [left.first, right.first];
  return single((input, env) => {
    const value = leftFirst(input, env);
    if (value === undefined) return undefined;
    if (isTrue(value) === decisive) return decisive;
    const other = rightFirst(input, env);
    return other === undefined ? undefined : isTrue(other);
  });
}

/** `left // right`: an error on the left is an error. */
export function compileAlternative(node: NodeOf<'binary'>, context: Context): Filter {
  const left = context.compile(node.left);
  const right = context.compile(node.right);
  if (left.single) {
    const [leftFirst, rightFirst] = [left.first, right.first];
    const first: Filter['first'] = (input, env) => {
      const value = leftFirst(input, env);
      return value !== undefined && isTrue(value) ? value : rightFirst(input, env);
    };
    if (right.single) return single(first);
    return many((input, env, emit) => {
      const value = leftFirst(input, env);
      return value !== undefined && isTrue(value) ? emit(value) : right.each(input, env, emit);
    }, first);
  }
  return many((input, env, emit) => {
    let found = false;
    const stopped = left.each(input, env, (value) => {
      if (!isTrue(value)) return false;
      found = true;
      return emit(value);
    });
    return stopped || (!found && right.each(input, env, emit));
  });
}

/** `body?`: errors of the body end its outputs; those of whoever takes the outputs, and an exhausted budget, do not stop here. */
export function compileOptional(node: NodeOf<'optional'>, context: Context): Filter {
  const body = context.compile(node.body);
  const first: Filter['first'] = (input, env) => {
    try {
      return body.first(input, env);
    } catch (err) {
      if (isError(err)) return undefined;
      throw err;
    }
  };
  if (body.single) return single(first);
  return many((input, env, emit) => {
    let outside = false;
    try {
      return body.each(input, env, (value) => {
        outside = true;
        const stopped = emit(value);
        outside = false;
        return stopped;
      });
    } catch (err) {
      if (outside || !isError(err)) throw err;
      return false;
    }
  }, first);
}

const isError = (err: unknown): boolean => err instanceof Failure && err.reason === 'error';
