import type { HttpAnswer } from '../contract';

// A wait beyond a day is a clock or a unit that went wrong; asking again after a day finds out.
const MAX_WAIT_MS = 24 * 60 * 60 * 1000;

/** Delta seconds, epoch seconds, epoch milliseconds or a date, as vendors write them, in milliseconds from now. */
function untilReset(text: string, now: number): number | undefined {
  const value = Number(text);
  if (!Number.isFinite(value)) {
    const date = Date.parse(text);
    return Number.isNaN(date) ? undefined : date - now;
  }
  if (value > 1e12) return value - now;
  return value > 1e9 ? value * 1_000 - now : value * 1_000;
}

/** Is this the answer of a limit? Some say it with 403. */
export const isLimited = ({ status, headers }: Pick<HttpAnswer, 'status' | 'headers'>): boolean =>
  status === 429 || (status === 403 && (headers['x-ratelimit-remaining'] === '0' || headers['retry-after'] !== undefined));

/** How long the source asks us to wait, in milliseconds: Retry-After (seconds or date), else the reset of its limit. Undefined when it does not say. */
export function statedWait(answer: Pick<HttpAnswer, 'status' | 'headers'>, now: number): number | undefined {
  const { headers } = answer;
  const after = headers['retry-after'];
  const reset = isLimited(answer) ? (headers['x-ratelimit-reset'] ?? headers['ratelimit-reset']) : undefined;
  const text = after ?? reset;
  if (text === undefined) return undefined;
  const wait = untilReset(text.trim(), now);
  return wait === undefined ? undefined : Math.min(Math.max(wait, 0), MAX_WAIT_MS);
}
