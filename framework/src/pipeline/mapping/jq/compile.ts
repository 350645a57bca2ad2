import type { Json } from '../../../shared';
import { placeOf } from './syntax-error';
import { arithmetic, negate } from './arithmetic';
import type { Comparison, Node, NodeOf } from './ast';
import { builtin } from './builtins';
import { compileAs } from './compile-as';
import { compileAlternative, compileAnd, compileIf, compileOptional, compileOr } from './compile-control';
import { compileEach, compileIndex, compileSlice } from './compile-path';
import { compileCollect, compileObject, compileText } from './compile-value';
import type { Context } from './context';
import { Failure, type Budget } from './failure';
import { both, constant, identity, mapOutputs, mapPairs, pipe, single, type Env, type Filter } from './filter';
import { compare, isEqual } from './values';

/**
 * Turns a checked program into closures. Throws Failure `engine` for a program that uses something else than the frequent part of the language: the whole
 * program then runs in real jq.
 */
export function compileNode(node: Node, options: { readonly budget: Budget; readonly source: string; readonly environment: Json }): Filter {
  return contextOf({ ...options, scope: [] }).compile(node);
}

function contextOf(base: Omit<Context, 'compile' | 'within'>): Context {
  const context: Context = {
    ...base,
    compile: (node) => compilePart(node, context),
    within: (variables) => contextOf({ ...base, scope: [...[...variables].reverse(), ...base.scope] }),
  };
  return context;
}

function compilePart(node: Node, context: Context): Filter {
  switch (node.type) {
    case 'identity':
      return identity;
    case 'literal':
      return constant(node.value);
    case 'group':
      return context.compile(node.body);
    case 'text':
      return compileText(node, context);
    case 'variable':
      return compileVariable(node, context);
    case 'index':
      return compileIndex(node, context);
    case 'slice':
      return compileSlice(node, context);
    case 'each':
      return compileEach(node, context);
    case 'optional':
      return compileOptional(node, context);
    case 'collect':
      return compileCollect(node, context);
    case 'object':
      return compileObject(node, context);
    case 'negate':
      return mapOutputs(context.compile(node.body), negate);
    case 'pipe':
      return pipe(context.compile(node.left), context.compile(node.right));
    case 'comma':
      return both(context.compile(node.left), context.compile(node.right));
    case 'binary':
      return compileBinary(node, context);
    case 'if':
      return compileIf(node, context);
    case 'as':
      return compileAs(node, context);
    case 'call':
      return builtin(node, context);
    case 'recurse':
    case 'format':
    case 'try':
    case 'reduce':
    case 'foreach':
    case 'define':
    case 'label':
    case 'break':
      throw new Failure(`"${node.type}" runs in jq`, 'engine');
  }
}

const COMPARE: Readonly<Record<Comparison, (left: Json, right: Json) => boolean>> = {
  '==': isEqual,
  '!=': (left, right) => !isEqual(left, right),
  '<': (left, right) => compare(left, right) < 0,
  '<=': (left, right) => compare(left, right) <= 0,
  '>': (left, right) => compare(left, right) > 0,
  '>=': (left, right) => compare(left, right) >= 0,
};

function compileBinary(node: NodeOf<'binary'>, context: Context): Filter {
  const { operator } = node;
  switch (operator) {
    case 'and':
      return compileAnd(node, context);
    case 'or':
      return compileOr(node, context);
    case '//':
      return compileAlternative(node, context);
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return compilePair(node, context, COMPARE[operator]);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return compilePair(node, context, arithmetic(operator, context.budget));
    default:
      throw new Failure(`"${operator}" runs in jq`, 'engine');
  }
}

/** The right side's outputs change last. */
function compilePair(node: NodeOf<'binary'>, context: Context, apply: (left: Json, right: Json) => Json): Filter {
  const left = context.compile(node.left);
  const right = context.compile(node.right);
  if (left.single && right.constant !== undefined) {
    const fixed = right.constant;
    return mapOutputs(left, (value) => apply(value, fixed));
  }
  return mapPairs(right, left, (outer, inner) => apply(inner, outer));
}

function compileVariable(node: NodeOf<'variable'>, context: Context): Filter {
  if (node.name === '__loc__') return constant({ file: '<top-level>', line: placeOf(context.source, node.at).line });
  const depth = context.scope.indexOf(node.name);
  if (depth < 0) return constant(context.environment);
  return single((_input, env) => {
    let place: Env = env;
    for (let i = 0; i < depth; i++) place = place?.parent;
    return place?.value;
  });
}
