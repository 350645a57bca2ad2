import type { Clock } from '../shared';

export interface RateLimitOptions {
  /** Calls in a period; also the size of the bucket. */
  readonly limit: number;
  readonly periodSeconds: number;
  /** How `x-ratelimit-reset` is written: epoch seconds (default), or seconds until then. */
  readonly reset?: 'epoch' | 'seconds';
}

export interface RateLimit {
  /** Takes one call from the bucket; false: over the limit. */
  take(): boolean;
  /** For every answer. */
  headers(): Record<string, string>;
}

// Without a configured limit the headers still tell one, because clients read them.
const OPEN: RateLimitOptions = { limit: 35_000, periodSeconds: 300 };

/** Token bucket: refills evenly, `limit` in each period. Without options nothing is refused. */
export function rateLimit(options: RateLimitOptions | undefined, clock: Clock): RateLimit {
  const { limit, periodSeconds, reset = 'epoch' } = options ?? OPEN;
  const perMs = limit / (periodSeconds * 1_000);
  let tokens = limit;
  let at = clock.now();
  const refill = (): void => {
    const now = clock.now();
    tokens = Math.min(limit, tokens + Math.max(0, now - at) * perMs);
    at = now;
  };
  return {
    take() {
      if (!options) return true;
      refill();
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
    headers() {
      const fullInMs = options ? (limit - tokens) / perMs : periodSeconds * 1_000;
      return {
        'x-ratelimit-limit': String(limit),
        'x-ratelimit-period': String(periodSeconds),
        'x-ratelimit-remaining': String(Math.floor(tokens)),
        'x-ratelimit-reset': String(Math.ceil((reset === 'epoch' ? clock.now() + fullInMs : fullInMs) / 1_000)),
      };
    },
  };
}
