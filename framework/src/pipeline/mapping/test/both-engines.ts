import type { Json } from '../../../shared';
import { compileExpression } from '../compile-expression';
import type { Outcome } from '../engine/engine';

export const LIMITS = { steps: 100_000, bytes: 8 * 2 ** 20, timeoutMs: 1_000, env: {} as Readonly<Record<string, string>> };
export const ENGINES = ['closures', 'jq'] as const;
export type Engine = (typeof ENGINES)[number];

/** What a field would hold: its value, `none`, `error`, `budget`, or `invalid` when it does not compile. */
export type Result = { readonly value: Json } | 'none' | 'error' | 'budget' | 'invalid';

export const resultOf = (outcome: Outcome): Result => {
  if ('error' in outcome) return outcome.error.startsWith('budget') ? 'budget' : 'error';
  return outcome.value === undefined ? 'none' : { value: outcome.value };
};

/** Runs an expression in one engine. Closures that leave a program to jq run it there, as they do in a mapping. */
export async function run(engine: Engine, expression: string, input: Json, env: Readonly<Record<string, string>> = {}): Promise<Result> {
  const compiled = compileExpression(expression, { ...LIMITS, env, force: engine });
  if ('problem' in compiled) return 'invalid';
  return resultOf((await compiled.run([input]))[0]!);
}
