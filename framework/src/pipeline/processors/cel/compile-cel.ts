import type { ASTNode } from '@marcbachmann/cel-js';
import { isObject } from '../../../shared';
import { environment, functionNames, HAS, JUDGE, type CelNames, type CelOutcome } from './environment';
import { childrenOf } from './reads';

export interface CelProblem {
  readonly code: 'FILTER_SYNTAX' | 'FILTER_UNKNOWN_NAME' | 'FILTER_NOT_BOOLEAN';
  readonly message: string;
}

export type Evaluate = (names: CelNames) => CelOutcome;

interface CelError {
  readonly code?: string;
  readonly summary?: string;
  readonly message: string;
  readonly range?: { readonly start: number };
  readonly node?: unknown;
}

/** `has(…)` as `Has(…)`: the library's own macro throws when a step before the last is missing. */
function withOurHas(expression: string): string {
  const starts: number[] = [];
  const visit = (node: ASTNode): void => {
    if (node.op === 'call' && node.args[0] === 'has') starts.push(node.start);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(environment.parse(expression).ast);
  return starts.reduce((text, start) => text.slice(0, start) + HAS + text.slice(start + HAS.length), expression);
}

function problemOf(err: CelError): CelProblem {
  const call = (err.node as ASTNode | undefined)?.args;
  const name: unknown = Array.isArray(call) ? call[0] : undefined;
  const unknownFunction = err.code === 'no_matching_overload' && typeof name === 'string' && !functionNames.has(name);
  const code = err.code === 'unknown_variable' || unknownFunction ? 'FILTER_UNKNOWN_NAME' : 'FILTER_SYNTAX';
  const message = unknownFunction ? `there is no function ${name}` : (err.summary ?? err.message);
  return { code, message: err.range === undefined ? message : `${message} (at ${err.range.start + 1})` };
}

/** Whether an object in it has a member `constructor`, which the library mistakes for its class. */
function confuses(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(confuses);
  return isObject(value) && (Object.hasOwn(value, 'constructor') || Object.values(value).some(confuses));
}

/** Objects as maps, which have no members but their own. */
function asMaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asMaps);
  return isObject(value) ? new Map(Object.entries(value).map(([key, item]) => [key, asMaps(item)])) : value;
}

/** Compiles an expression that must give true or false. */
export function compileCel(expression: string): { readonly evaluate: Evaluate } | { readonly problem: CelProblem } {
  let text: string;
  try {
    text = withOurHas(expression);
  } catch (err) {
    return { problem: problemOf(err as CelError) };
  }
  const { valid, type, error } = environment.check(text);
  if (!valid) return { problem: problemOf(error as unknown as CelError) };
  if (type !== 'bool' && type?.startsWith('dyn') !== true) return { problem: { code: 'FILTER_NOT_BOOLEAN', message: `the expression gives ${type ?? 'nothing'}, not true or false` } };

  // The line break ends a comment that the expression may end with.
  const judged = environment.parse(`${JUDGE}(${text}\n)`);
  const run: Evaluate = (names) => judged(names as unknown as Record<string, unknown>) as CelOutcome;
  return {
    evaluate(names) {
      const outcome = run(names);
      return outcome.is === 'value' || !confuses(names.data) ? outcome : run({ ...names, data: asMaps(names.data) });
    },
  };
}
