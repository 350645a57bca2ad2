import type { Json } from '../../shared';
import type { Node } from './jq/ast';
import { compileProgram } from './jq/expression';
import type { Budget } from './jq/failure';
import type { Filter } from './jq/filter';
import { JqSyntaxError, placeOf } from './jq/syntax-error';
import { rewriteQuotes } from './quotes';

/** One expression of a mapping. */
export interface Program {
  /** Where it stands: `properties.x`, `relations.owner.rules.value`, `selector.query`. */
  readonly field: string;
  /** As compiled. */
  readonly text: string;
  readonly ast?: Node;
  /** Undefined: it runs in jq. */
  readonly filter?: Filter;
  /** A chain of names: it gives parts of the item, which need no check of their size. */
  readonly plain: boolean;
  /** Set when it does not compile: it gives an error for every item. */
  readonly broken?: string;
}

/** What is wrong with an expression. */
export interface ProgramProblem {
  readonly field: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** The value is no expression at all: the resource cannot run. */
  readonly unusable?: boolean;
}

export interface ProgramMaker {
  readonly budget: Budget;
  readonly environment: Json;
  report(problem: ProgramProblem): void;
}

/** Compiles what stands in a mapping. A scalar that is not text stands for its JSON text; problems are reported and give a program that fails. */
export function makeProgram(field: string, written: unknown, maker: ProgramMaker): Program {
  const broken = (text: string, message: string): Program => ({ field, text, plain: false, broken: message });
  if (typeof written !== 'string' && typeof written !== 'number' && typeof written !== 'boolean') {
    const found = written === null || written === undefined ? 'no value' : Array.isArray(written) ? 'a list' : 'an object';
    const message = `${found}; write a JQ expression, such as .name or '"text"'`;
    maker.report({ field, line: 1, column: 1, message: `${field} has ${message}`, unusable: true });
    return broken('', message);
  }
  const original = typeof written === 'string' ? written : JSON.stringify(written);
  const text = rewriteQuotes(original);
  try {
    const expression = compileProgram(text, maker);
    return { field, plain: isPlain(expression.ast), ...expression };
  } catch (err) {
    if (!(err instanceof JqSyntaxError)) throw err;
    const advice = original.includes("'") ? `; with its ' rewritten it reads ${text} : use " inside expressions` : '';
    maker.report({ field, ...placeOf(text, err.at), message: `the expression ${original} does not compile: ${err.message}${advice}` });
    return broken(text, `the expression does not compile: ${err.message}`);
  }
}

/** A value that the mapping computes without an item. */
export const fixedValue = (program: Program): Json | undefined => program.filter?.constant;

function isPlain(node: Node): boolean {
  if (node.type === 'identity') return true;
  if (node.type === 'group') return isPlain(node.body);
  return node.type === 'index' && node.key.type === 'text' && node.key.parts.every((part) => typeof part === 'string') && isPlain(node.target);
}
