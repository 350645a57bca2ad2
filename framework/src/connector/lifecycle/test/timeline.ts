import type { Clock } from '../../../shared';

export interface Timeline extends Clock {
  /** Lets time pass: whoever sleeps wakes in order, and everything that follows from it happens before the next wakes. */
  advance(ms: number): Promise<void>;
  /** Time passes while somebody computes: nobody wakes. */
  block(ms: number): void;
}

/** Everything that can happen without time passing has happened. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Time that stands still until the test lets it pass. */
export function timeline(startMs = Date.UTC(2026, 0, 1)): Timeline {
  let now = startMs;
  const sleepers = new Set<{ readonly at: number; wake(): void }>();
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        const end = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', stop);
        };
        const stop = (): void => {
          end();
          reject(signal?.reason as Error);
        };
        const sleeper = {
          at: now + ms,
          wake(): void {
            end();
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', stop);
      }),
    async advance(ms) {
      const end = now + ms;
      await settle();
      for (;;) {
        let at = Infinity;
        for (const sleeper of sleepers) at = Math.min(at, sleeper.at);
        if (at > end) break;
        now = Math.max(now, at);
        for (const sleeper of [...sleepers]) if (sleeper.at <= now) sleeper.wake();
        await settle();
      }
      now = end;
    },
    block(ms) {
      now += ms;
    },
  };
}

/** Numbers in [0, 1) that a seed decides. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
