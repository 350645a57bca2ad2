import { setMaxListeners } from 'node:events';
import type { Clock } from '../shared';

/** Of one thing this far apart at least: what happens all the time must not fill the audit log. */
const EVERY_MS = 60_000;

/** Says the first of a thing at once, and of each minute after it one more with the number of those that came. `information`: lines for the record. */
export type Damped = (thing: string, say: (information: readonly string[]) => void) => void;

/** `ofWhat`: of what the counted ones are, such as `this route`. */
export function damp({ clock, ofWhat, ...given }: { readonly clock: Clock; readonly signal: AbortSignal; readonly ofWhat: string }): Damped {
  // However many things are counted at once.
  const signal = AbortSignal.any([given.signal]);
  setMaxListeners(0, signal);
  /** How many came since it was last spoken of. */
  const counts = new Map<string, number>();

  async function watch(thing: string, say: (information: readonly string[]) => void): Promise<void> {
    for (let more = 1; more > 0; ) {
      await clock.sleep(EVERY_MS, signal).catch(() => undefined);
      more = counts.get(thing) ?? 0;
      if (more > 0) say([`${more} more since the last record of ${ofWhat}`]);
      counts.set(thing, 0);
      // What still comes while the process stops is counted and no more.
      if (signal.aborted) return;
    }
    counts.delete(thing);
  }

  return (thing, say) => {
    const more = counts.get(thing);
    if (more !== undefined) return void counts.set(thing, more + 1);
    counts.set(thing, 0);
    say([]);
    void watch(thing, say);
  };
}
