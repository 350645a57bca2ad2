import { limiter, type Clock } from '../shared';
import type { Send } from './outgoing';

export interface Pacing {
  /** All calls of this client wait that long: the source said it to one of them and means all. */
  pause(ms: number): void;
  readonly send: Send;
}
export interface PacingOptions {
  readonly concurrency: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Time by which the pause grew; overlapping pauses count once. */
  onWait?(ms: number): void;
}

/** At most `concurrency` calls at a time, and none while the source asks us to wait. */
export function withPacing(options: PacingOptions, send: Send): Pacing {
  const { clock, signal } = options;
  const limit = limiter(options.concurrency);
  let until = 0;
  return {
    pause(ms) {
      const now = clock.now();
      const grown = now + ms - Math.max(until, now);
      if (grown <= 0) return;
      until = now + ms;
      options.onWait?.(grown);
    },
    send: (outgoing) =>
      limit(async () => {
        for (let wait = until - clock.now(); wait > 0; wait = until - clock.now()) await clock.sleep(wait, signal);
        signal.throwIfAborted();
        return send(outgoing);
      }),
  };
}
