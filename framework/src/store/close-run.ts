import type { RunKind, RunState } from './run';

/** The sums of an ended run hold: what a killed process had mapped, and whose outcome it did not write down, had been delivered or goes out later. */
export function closeCounters(kinds: readonly RunKind[]): void {
  for (const kind of kinds) {
    for (const totals of kind.resources) {
      const pending = totals.mapped + totals.resent - totals.duplicates - totals.unchanged - totals.delivered - totals.failed;
      totals.delivered += Math.max(0, pending);
    }
  }
}

/** States of the kinds when the run ends, and of the run: a held deletion is the first thing to say, then a failure. */
export function closeKinds(kinds: readonly RunKind[]): RunState {
  closeCounters(kinds);
  for (const kind of kinds) {
    if (kind.state === 'running') kind.state = 'completed';
    if (kind.state === 'completed' && kind.resources.some((totals) => totals.failed > 0)) {
      kind.state = 'failed';
      kind.reason ??= 'a sink did not take some entities; their messages stand at the entities';
    }
  }
  if (kinds.some((kind) => kind.state === 'needs-release')) return 'needs-release';
  if (kinds.some((kind) => kind.state === 'failed')) return 'failed';
  return 'completed';
}

/** The kinds of a run that ends before it is done. */
export function abortKinds(kinds: readonly RunKind[]): void {
  closeCounters(kinds);
  for (const kind of kinds) if (kind.state === 'running') kind.state = 'aborted';
}
