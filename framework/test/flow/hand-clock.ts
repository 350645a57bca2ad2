import type { Clock } from '../../src/shared';

export interface HandClock extends Clock {
  /** Lets this much time pass; whoever slept until then wakes, in order. */
  advance(ms: number): void;
}

/** Time that passes only when the test says so. */
export function handClock(startMs = Date.UTC(2026, 0, 1)): HandClock {
  let now = startMs;
  const sleepers = new Set<{ readonly until: number; wake(): void }>();
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        const sleeper = {
          until: now + ms,
          wake() {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', stop);
            resolve();
          },
        };
        const stop = (): void => {
          sleepers.delete(sleeper);
          reject(signal?.reason as Error);
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', stop, { once: true });
      }),
    advance(ms) {
      now += ms;
      for (const sleeper of [...sleepers].sort((a, b) => a.until - b.until)) if (sleeper.until <= now) sleeper.wake();
    },
  };
}
