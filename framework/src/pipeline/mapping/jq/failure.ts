/**
 * Why an evaluation ended without a value: `error` of the program, its `budget`, `digits` (an integer beyond 2^53 was met: evaluate again on doubles),
 * or `engine` (this value is one that only real jq can judge).
 */
export type FailureReason = 'error' | 'budget' | 'digits' | 'engine';

export class Failure extends Error {
  readonly reason: FailureReason;

  constructor(message: string, reason: FailureReason = 'error') {
    super(message);
    this.name = 'Failure';
    this.reason = reason;
  }
}

/** What one evaluation may still cost. One object serves all programs of a mapping: evaluations never overlap. */
export interface Budget {
  readonly steps: number;
  readonly bytes: number;
  left: number;
}

export const newBudget = (limits: { readonly steps: number; readonly bytes: number }): Budget => ({ steps: limits.steps, bytes: limits.bytes, left: limits.steps });

/** Pays for `count` steps. */
export function spend(budget: Budget, count: number): void {
  budget.left -= count;
  if (budget.left < 0) throw new Failure(`budget: more than ${budget.steps} steps`, 'budget');
}

/** Refuses a text that is larger than a value may be. */
export function fits(budget: Budget, length: number): void {
  if (length > budget.bytes) throw new Failure(`budget: a value of more than ${budget.bytes} bytes`, 'budget');
}
