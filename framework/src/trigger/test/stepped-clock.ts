import type { Clock } from '../../shared';

export interface SteppedClock extends Clock {
  /** Lets time pass: sleepers wake one after another, each only when the one before sleeps again (it must; what ends does so by an abort). */
  advance(ms: number): Promise<void>;
  /** Resolves when at least so many sleep. */
  asleep(count?: number): Promise<void>;
}

/** Time that stands still until the test lets it pass. */
export function steppedClock(startMs = Date.UTC(2026, 0, 1)): SteppedClock {
  let now = startMs;
  const sleepers = new Set<{ readonly at: number; wake(): void }>();
  const asleep = async (count: number): Promise<void> => {
    while (sleepers.size < count) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        const end = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', abort);
        };
        const abort = (): void => {
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
        signal?.addEventListener('abort', abort);
      }),
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        const [first] = [...sleepers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (!first) break;
        const count = sleepers.size;
        now = Math.max(now, first.at);
        first.wake();
        await asleep(count);
      }
      now = end;
    },
    asleep: (count = 1) => asleep(count),
  };
}
