import { backoff } from '../shared';

/** Retries after the first send. */
export const MAX_RETRIES = 10;
// A 500 is more often a fault that stays than one that passes.
const MAX_RETRIES_500 = 3;
const CAP_MS = 300_000;
const BACKOFF = { initialMs: 300, factor: 2, maxMs: CAP_MS };
// An integer above this is an instant, below it a number of seconds: no limit lasts 10 000 s, and no clock shows 1970.
const EPOCH_FROM = 10_000;

/** A call that failed like this may get through later: no answer (0), a refused token, too many requests, a fault of the server. */
export const isTransient = (status: number): boolean => status === 0 || status === 401 || status === 408 || status === 429 || status >= 500;

/**
 * `Retry-After` or `x-ratelimit-reset` as milliseconds from `now` (epoch milliseconds): seconds, epoch seconds, or an instant in the future.
 * Undefined when it is none of these.
 */
export function parseWait(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) {
    const seconds = Number(text);
    return seconds > EPOCH_FROM ? Math.max(0, seconds * 1_000 - now) : seconds * 1_000;
  }
  const ms = Date.parse(text) - now;
  return ms > 0 ? ms : undefined;
}

export interface Failure {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * How long to wait before retry number `retry` (from 1), in milliseconds; undefined: do not retry. `status` 0 is a network error.
 * For calls that may be sent twice; a 401 is not a matter of waiting.
 */
export function retryAfter(failure: Failure, retry: number, now: number): number | undefined {
  const { status, headers } = failure;
  const passing = status === 0 || status === 408 || status === 429 || status === 502 || status === 503 || status === 504;
  if (!passing && status !== 500) return undefined;
  if (retry > (status === 500 ? MAX_RETRIES_500 : MAX_RETRIES)) return undefined;
  // Every answer carries the reset; while requests remain it says nothing about this failure.
  const spent = !(Number(headers['x-ratelimit-remaining'] ?? 0) > 0);
  const asked = parseWait(headers['retry-after'], now) ?? (spent ? parseWait(headers['x-ratelimit-reset'], now) : undefined);
  return Math.min(CAP_MS, asked ?? backoff(BACKOFF, retry));
}
