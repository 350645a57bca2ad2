import type { GuardSettings } from '../config';
import type { GuardReport } from '../store';

/**
 * May a sweep remove this many rows? Undefined = yes. Nothing seen at all, or more than max(atLeast, share × alive): it is held until an operator
 * releases it (I8), because a source that lost its data looks just like a source whose data was deleted.
 */
export function guardSweep(guard: GuardSettings, of: { readonly candidates: number; readonly alive: number; readonly anySeen: boolean }): GuardReport | undefined {
  if (!guard.on || of.candidates === 0) return undefined;
  if (!of.anySeen) return { candidates: of.candidates, alive: of.alive, rule: 'nothing-seen' };
  if (of.candidates > Math.max(guard.atLeast, guard.share * of.alive)) return { candidates: of.candidates, alive: of.alive, rule: 'share' };
  return undefined;
}

/** May this many outputs of a kind be deleted (mapping-semantics 13.3)? `stored` = its outputs when the run was planned; 0 means never, 1 always. */
export function guardDeletion(threshold: number, of: { readonly stale: number; readonly stored: number }): GuardReport | undefined {
  if (of.stale === 0) return undefined;
  const share = of.stored === 0 ? 1 : of.stale / of.stored;
  return threshold > 0 && share <= threshold ? undefined : { candidates: of.stale, alive: of.stored, rule: 'threshold' };
}
