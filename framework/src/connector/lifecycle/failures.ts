import { backoff } from '../../shared';
import { classify, describeError, statedWait, type ErrorClass } from './classify';
import type { Failure } from './machine';

/** What stands in the status of a connector that fails. */
export interface Failing {
  readonly code: string;
  readonly message: string;
  /** Of the first failure in a row, epoch ms. */
  readonly since: number;
  readonly attempts: number;
}

/** What is to be done about a failure. */
export type Verdict = { readonly is: 'retry'; readonly waitMs: number } | { readonly is: 'config' | 'fatal' | 'exhausted' };

export interface Failures {
  /** `repeated`: the same was said the last time. */
  note(failure: Failure | 'setUp', thrown: unknown): { readonly verdict: Verdict; readonly failing: Failing; readonly repeated: boolean };
  succeeded(...which: readonly (Failure | 'setUp')[]): void;
  /** A restart begins with a clean sheet. */
  forget(): void;
  /** The last one noted among those that still fail. */
  worst(): Failing | undefined;
}

export const BACKOFF = { initialMs: 1_000, factor: 2, maxMs: 300_000 } as const;

export interface FailureRules {
  /** How many other than transient ones in a row end in FAILED. */
  readonly maxFailures: number;
  now(): number;
  readonly random: () => number;
  /** Takes secrets out of a message. */
  withhold(text: string): string;
}

/** Counts failures in a row, for each method by itself, and says what is next. */
export function countFailures(rules: FailureRules): Failures {
  const rows = new Map<string, { failing: Failing; unknown: number }>();
  return {
    note(failure, thrown) {
      const before = rows.get(failure);
      const kind = classify(thrown);
      const described = describeError(thrown);
      const message = rules.withhold(described.message);
      const failing = { code: described.code, message, since: before?.failing.since ?? rules.now(), attempts: (before?.failing.attempts ?? 0) + 1 };
      const unknown = (before?.unknown ?? 0) + (kind === 'unknown' ? 1 : 0);
      rows.delete(failure);
      rows.set(failure, { failing, unknown });
      const repeated = before !== undefined && before.failing.code === failing.code && before.failing.message === message;
      return { verdict: judge(kind, failure !== 'setUp' && unknown >= rules.maxFailures, () => waitFor(failing.attempts, thrown)), failing, repeated };
    },
    succeeded(...which) {
      for (const failure of which) rows.delete(failure);
    },
    forget: () => rows.clear(),
    worst: () => [...rows.values()].at(-1)?.failing,
  };

  function waitFor(attempt: number, thrown: unknown): number {
    return Math.max(backoff(BACKOFF, attempt, rules.random), statedWait(thrown, rules.now()) ?? 0);
  }
}

function judge(kind: ErrorClass, tooMany: boolean, wait: () => number): Verdict {
  if (kind === 'config' || kind === 'fatal') return { is: kind };
  return tooMany ? { is: 'exhausted' } : { is: 'retry', waitMs: wait() };
}
