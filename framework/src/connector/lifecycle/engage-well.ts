import type { Clock } from '../../shared';
import { OVER } from './wait';

/** A call of `engage` that has not failed for so long is well: one that waits for news may take hours to return. */
const WELL_MS = 60_000;

export interface EngageWell {
  /** A call begins; `work` ends with its instance. Gives what is to be told when it is over. */
  begins(isFailing: boolean, work: AbortSignal): (ended: { readonly failed: boolean }) => void;
}

/** Notices that `engage` is well again before it returns. One that fails late, after a time limit of its own, has to last twice as long as it did then. */
export function watchEngage({ clock, well }: { readonly clock: Clock; well(): void }): EngageWell {
  let failedAfterMs = 0;
  return {
    begins(isFailing, work) {
      const from = clock.now();
      const over = new AbortController();
      const signal = AbortSignal.any([over.signal, work]);
      if (isFailing) void clock.sleep(Math.max(WELL_MS, 2 * failedAfterMs), signal).then(() => signal.aborted || well(), () => undefined);
      return ({ failed }) => {
        over.abort(OVER);
        if (failed) failedAfterMs = clock.now() - from;
      };
    },
  };
}
