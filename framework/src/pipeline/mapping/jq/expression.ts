import type { Json } from '../../../shared';
import type { Node } from './ast';
import { compileNode } from './compile';
import { Failure, type Budget } from './failure';
import type { Filter } from './filter';
import { parseProgram } from './parser';
import { checkNames } from './scope';
import { JqSyntaxError } from './syntax-error';

/** A program that is known to be correct. */
export interface Expression {
  /** As it is compiled: quotes rewritten. */
  readonly text: string;
  readonly ast: Node;
  /** Its closures; undefined: the whole program runs in jq. */
  readonly filter?: Filter;
}

/** Parses, checks and compiles. Throws JqSyntaxError. */
export function compileProgram(text: string, options: { readonly budget: Budget; readonly environment: Json }): Expression {
  const ast = parseProgram(text);
  checkNames(ast);
  try {
    return { text, ast, filter: compileNode(ast, { ...options, source: text }) };
  } catch (err) {
    if (err instanceof Failure && err.reason === 'engine') return { text, ast };
    if (err instanceof RangeError) throw new JqSyntaxError('the expression is nested too deeply', 0);
    throw err;
  }
}
