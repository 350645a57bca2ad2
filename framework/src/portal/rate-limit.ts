import { isAbort } from '../contract';
import type { Clock } from '../shared';
import { parseWait } from './retry';
import type { Priority } from './types';
import { waiting } from './waiting';

type Headers = Readonly<Record<string, string>>;

/** What the portal still grants this credential, learnt from its headers (port-contract 5). */
export interface RateLimit {
  /** Resolves when a request may be sent. Call what it gives with the headers of the answer, or with nothing when none came. */
  pass(priority: Priority, signal?: AbortSignal): Promise<(headers?: Headers) => void>;
}

// Below this share of the limit requests are spread over the time that is left.
const LOW = 0.1;
// A reset further away than this is a clock that differs from ours; the portal's periods are five minutes.
const FARTHEST_MS = 300_000;

export function openRateLimit(clock: Clock, closing: AbortSignal): RateLimit {
  const queue = waiting();
  let known: { readonly limit: number; readonly remaining: number; readonly resetAt: number } | undefined;
  let inFlight = 0;
  let lastSent = 0;
  let wakeAt = Infinity;

  /** Milliseconds until the next request may go; Infinity: an answer that is under way will tell. */
  const delay = (): number => {
    const now = clock.now();
    if (known === undefined || now >= known.resetAt) return 0;
    // What is in flight may or may not be counted in `remaining`; counting it twice for a moment costs nothing, overshooting costs a 429.
    const free = known.remaining - inFlight;
    if (free <= 0) return known.remaining > 0 && inFlight > 0 ? Infinity : known.resetAt - now;
    if (free >= known.limit * LOW) return 0;
    return Math.max(0, lastSent + (known.resetAt - now) / free - now);
  };

  const wake = (ms: number): void => {
    const at = clock.now() + ms;
    if (at >= wakeAt) return;
    wakeAt = at;
    clock.sleep(Math.ceil(ms), closing).then(
      () => {
        if (wakeAt === at) wakeAt = Infinity;
        pump();
      },
      (err: unknown) => {
        if (!isAbort(err) && !closing.aborted) throw err;
      },
    );
  };

  const send = (): void => {
    inFlight++;
    lastSent = clock.now();
  };

  const pump = (): void => {
    while (queue.size > 0) {
      const ms = delay();
      if (ms > 0) {
        if (ms !== Infinity) wake(ms);
        return;
      }
      send();
      queue.next();
    }
  };

  const learn = (headers: Headers): void => {
    const limit = Number(headers['x-ratelimit-limit']);
    const remaining = Number(headers['x-ratelimit-remaining']);
    if (headers['x-ratelimit-remaining'] === undefined || !Number.isFinite(limit) || !Number.isFinite(remaining)) return;
    const period = Number(headers['x-ratelimit-period']);
    const farthest = period > 0 ? Math.min(period * 1_000, FARTHEST_MS) : FARTHEST_MS;
    const resetMs = parseWait(headers['x-ratelimit-reset'], clock.now()) ?? (period > 0 ? period * 1_000 : undefined);
    known = resetMs === undefined ? undefined : { limit, remaining, resetAt: clock.now() + Math.min(resetMs, farthest) };
  };

  return {
    pass: async (priority, signal) => {
      signal?.throwIfAborted();
      if (queue.size === 0 && delay() === 0) send();
      else {
        const turn = queue.wait(priority, signal);
        pump();
        await turn;
      }
      let open = true;
      return (headers) => {
        if (!open) return;
        open = false;
        inFlight--;
        if (headers !== undefined) learn(headers);
        pump();
      };
    },
  };
}
