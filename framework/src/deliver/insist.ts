import type { Log } from '../contract';
import type { Clock } from '../shared';

const LONGEST_MS = 30_000;

export type Insist = <T>(what: string, work: () => Promise<T>) => Promise<T>;

/** Repeats work until the store took it: a store that is away delays, it loses nothing. Rejects once the signal aborted. */
export function createInsist(of: { readonly clock: Clock; readonly signal: AbortSignal; readonly log: Log; readonly fields: Readonly<Record<string, unknown>> }): Insist {
  const { clock, signal, log, fields } = of;
  return async (what, work) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (err) {
        if (signal.aborted) throw err;
        log.error(`cannot ${what}; trying again`, { ...fields, err });
        await clock.sleep(Math.min(LONGEST_MS, 250 * 2 ** attempt), signal);
      }
    }
  };
}
