import type { Clock } from '../../../shared';

export interface ManualClock extends Clock {
  /** Waits that are going on, in milliseconds as they were asked for, in order. */
  asleep(): readonly number[];
  /** Lets time pass. */
  advance(ms: number): void;
}

/** Time that stands still until a test moves it. */
export function manualClock(): ManualClock {
  const sleepers = new Set<{ readonly ms: number; readonly at: number; wake(): void }>();
  let now = Date.UTC(2026, 0, 1);
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        const stop = (): void => {
          sleepers.delete(sleeper);
          reject(signal?.reason as Error);
        };
        const wake = (): void => {
          signal?.removeEventListener('abort', stop);
          resolve();
        };
        const sleeper = { ms, at: now + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', stop);
      }),
    asleep: () => [...sleepers].map(({ ms }) => ms),
    advance(ms) {
      now += ms;
      for (const sleeper of sleepers) {
        if (sleeper.at > now) continue;
        sleepers.delete(sleeper);
        sleeper.wake();
      }
    },
  };
}

/** Resolves when the condition holds; fails when it does not within ten seconds. */
export async function until(condition: () => boolean, what = 'the condition'): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`${what} did not come true`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
