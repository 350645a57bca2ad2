import { FrameworkError, type HttpAnswer } from '../contract';
import { backoff, type BackoffShape, type Clock } from '../shared';
import type { Outgoing } from './outgoing';
import { isLimited, statedWait } from './stated-wait';

export interface RetryOptions {
  /** At most this many further sends. */
  readonly retries: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Wait that an answer asks for by other means than status and headers. */
  rateLimit?(answer: HttpAnswer): number | undefined;
  /** Holds all calls, not only this one. */
  pause(ms: number): void;
  onRetry(message: string, fields: { waitMs: number; attempt: number }): void;
  onWait?(ms: number): void;
}

// Half a second is what a restarting server needs at best; half a minute between tries keeps five of them within the time a person waits.
const SHAPE: BackoffShape = { initialMs: 500, factor: 2, maxMs: 30_000 };

const maySucceedLater = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/**
 * Sends again: after network failures, 408, 429 and 5xx, with exponential backoff and full jitter, or when the source says so. What must not be sent twice
 * is sent again only when a limit refused it, because then it was not done. The last answer, or the last failure, is the caller's.
 */
export async function withRetry(outgoing: Outgoing, options: RetryOptions, send: (outgoing: Outgoing) => Promise<HttpAnswer>): Promise<HttpAnswer> {
  const { clock, signal } = options;
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt > options.retries;
    let answer: HttpAnswer;
    try {
      answer = await send(outgoing);
    } catch (err) {
      if (isLast || !outgoing.repeatable || !(err instanceof FrameworkError) || err.code !== 'SOURCE_UNREACHABLE') throw err;
      await sleep(backoff(SHAPE, attempt), err.message, attempt);
      continue;
    }
    const asked = options.rateLimit?.(answer);
    const limited = asked !== undefined || isLimited(answer);
    if (isLast || !(limited || (outgoing.repeatable && maySucceedLater(answer.status)))) return answer;
    const stated = asked ?? statedWait(answer, clock.now());
    const reason = `${outgoing.subject} answered ${answer.status}`;
    if (stated === undefined) await sleep(backoff(SHAPE, attempt), reason, attempt);
    else {
      options.onRetry(reason, { waitMs: stated, attempt });
      options.pause(stated); // the next send waits for it
    }
  }

  async function sleep(ms: number, reason: string, attempt: number): Promise<void> {
    options.onRetry(reason, { waitMs: ms, attempt });
    options.onWait?.(ms);
    await clock.sleep(ms, signal);
  }
}
