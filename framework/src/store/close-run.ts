import type { RunKind, RunState } from './run';

/** States of the kinds when the run ends, and of the run: a held deletion is the first thing to say, then a failure. */
export function closeKinds(kinds: readonly RunKind[]): RunState {
  for (const kind of kinds) {
    for (const totals of kind.resources) {
      // What a killed process had mapped and delivered without writing the outcome down.
      const pending = totals.mapped + totals.resent - totals.duplicates - totals.unchanged - totals.delivered - totals.failed;
      totals.delivered += Math.max(0, pending);
    }
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
