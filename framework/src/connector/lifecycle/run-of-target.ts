import type { RefreshRun, Reconciliation } from '../../contract';
import type { ExecutedRun, RefreshCounts } from './types';

/** A run as one target sees it. */
export interface RunOfTarget {
  /** What `refresh` is given; `signal` is that of the call. */
  given(signal: AbortSignal): RefreshRun;
  readonly counts: RefreshCounts;
  /** `refresh` has ended: a comparison that it did not wait for must not keep the run. */
  over(): void;
}

export function runOfTarget(run: ExecutedRun, target: string): RunOfTarget {
  const returned = new AbortController();
  const counts: Record<string, number> = {};
  const count = (name: string, more: number): void => void (more > 0 && (counts[name] = (counts[name] ?? 0) + more));
  return {
    counts,
    given(signal) {
      const of = { target, signal: AbortSignal.any([signal, returned.signal]) };
      return {
        runId: run.runId,
        cause: run.cause,
        target,
        signal,
        async reconcile(reconciliation) {
          const reconciled = await run.reconcile(of, reconciliation as Reconciliation);
          count(reconciliation.blueprint, reconciled.received);
          count('refused', reconciled.refused);
          return reconciled;
        },
      };
    },
    over: () => returned.abort(new Error('refresh returned before its comparison was through; await run.reconcile')),
  };
}
