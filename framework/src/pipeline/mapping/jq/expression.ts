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
  try {
    const ast = parseProgram(text);
    checkNames(ast);
    const filter = tryCompile(ast, { ...options, source: text });
    return { text, ast, ...(filter && { filter }) };
  } catch (err) {
    if (err instanceof RangeError) throw new JqSyntaxError('the expression is nested too deeply', 0);
    throw err;
  }
}

/** Undefined for a program that has to run in jq. */
function tryCompile(ast: Node, options: Parameters<typeof compileNode>[1]): Filter | undefined {
  try {
    return compileNode(ast, options);
  } catch (err) {
    if (err instanceof Failure && err.reason === 'engine') return undefined;
    throw err;
  }
}
