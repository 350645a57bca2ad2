import type { Json } from '../../shared';
import { runInJq, type EngineLimits, type Outcome } from './engine/engine';
import { evaluateAll, type Evaluator } from './evaluate';
import { Failure, newBudget } from './jq/failure';
import { makeProgram, type ProgramProblem } from './program';

/** One expression outside a mapping. */
export interface CompiledExpression {
  /** `closures`, or `jq` when the whole program runs there. */
  readonly engine: 'closures' | 'jq';
  /** The first output by closures alone; undefined without one. Throws for errors, and for what only jq can judge. */
  first(input: Json): Json | undefined;
  /** The first output for each input, by whichever engine. */
  run(inputs: readonly Json[]): Promise<readonly Outcome[]>;
}

const LIMITS = { steps: 100_000, bytes: 8 * 2 ** 20, timeoutMs: 1_000, env: {} };

/** Compiles an expression of a mapping, quotes rewritten. Gives a problem instead when it is not correct. */
export function compileExpression(
  text: string,
  limits: EngineLimits & { readonly steps: number; readonly force?: Evaluator['force'] } = LIMITS,
): CompiledExpression | { readonly problem: ProgramProblem } {
  let problem: ProgramProblem | undefined;
  const budget = newBudget(limits);
  const program = makeProgram('expression', text, { budget, environment: limits.env as Json, report: (found) => (problem = found) });
  if (problem) return { problem };
  const evaluator: Evaluator = { budget, limits, ...(limits.force && { force: limits.force }) };
  return {
    engine: program.filter ? 'closures' : 'jq',
    first(input) {
      if (!program.filter) throw new Failure('the program runs in jq', 'engine');
      budget.left = budget.steps;
      return program.filter.first(input, undefined);
    },
    async run(inputs) {
      if (limits.force === 'jq') return runInJq(program.text, inputs, limits);
      // Whole values leave here, so that parts of the input are looked through as well.
      const results = await evaluateAll([{ ...program, plain: false }], inputs.map((value) => ({ value })), evaluator);
      return results.map(([value]) => (value instanceof Failure ? { error: value.message } : { value }));
    },
  };
}

/** How many expressions run as closures, how many in jq, and how many are not correct. */
export function coverage(expressions: readonly string[]): { readonly compiled: number; readonly fallback: number; readonly invalid: number } {
  const counts = { compiled: 0, fallback: 0, invalid: 0 };
  for (const text of expressions) {
    const expression = compileExpression(text);
    counts['problem' in expression ? 'invalid' : expression.engine === 'closures' ? 'compiled' : 'fallback']++;
  }
  return counts;
}
