import type { Clock } from '../shared';

export interface FakeClock extends Clock {
  /** Every wait that was asked for, in milliseconds, in order. */
  readonly waits: readonly number[];
}

/** Time that passes only in `sleep`, and there at once: a wait of an hour takes no time, and is recorded. */
export function fakeClock(startMs = Date.UTC(2026, 0, 1)): FakeClock {
  const waits: number[] = [];
  let now = startMs;
  return {
    waits,
    now: () => now,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      waits.push(ms);
      now += ms;
    },
  };
}
