import { backoff, limiter, type Clock } from '../../../shared';
import type { Sent } from './send';

/** What a vendor knows of a thing. */
export type Found<T> = { readonly is: 'found'; readonly value: T } | { readonly is: 'absent' } | { readonly is: 'refused'; readonly message: string };
export type Answer<T> = Found<T> | { readonly is: 'retry'; readonly message: string; readonly afterMs?: number } | { readonly is: 'failed'; readonly message: string };
export type Outcome<T> = Found<T> | { readonly is: 'failed'; readonly message: string };

export interface Question<T> {
  readonly key: string;
  /** When the event was received, epoch ms. */
  readonly receivedAt: number;
  ask(): Promise<Answer<T>>;
}

const TRIES = 3;
const KEPT_MS = 60_000;
const AT_A_TIME = 4;
const BACKOFF = { initialMs: 500, factor: 2, maxMs: 5_000 };
/** A vendor that asks for more is asked again after this: a longer wait is what dead letters and replay are for. */
const MAX_WAIT_MS = 10_000;

/** What an answer that is no success means; undefined where its status tells the vendor's own story. */
export function troubleOf({ status, headers }: Sent, who: string): Extract<Answer<never>, { is: 'retry' | 'refused' }> | undefined {
  const message = `${who} answered ${status}`;
  if (status === 401 || status === 403) return { is: 'refused', message };
  if (status !== 408 && status !== 429 && status < 500) return undefined;
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  return { is: 'retry', message, ...(seconds >= 0 && { afterMs: Math.min(seconds * 1_000, MAX_WAIT_MS) }) };
}

/**
 * Asks a few things at a time, each up to three times. An answer is kept for a minute, for events that were received before it was asked for: one that came later may
 * tell of a change that the answer does not have.
 */
export function createLookUps<T>({ clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal }): (question: Question<T>) => Promise<Outcome<T>> {
  const limited = limiter(AT_A_TIME);
  const kept = new Map<string, { readonly askedAt: number; readonly outcome: Promise<Outcome<T>> }>();

  async function tryOnce(ask: Question<T>['ask']): Promise<Answer<T>> {
    try {
      signal.throwIfAborted();
      return await ask();
    } catch (err) {
      signal.throwIfAborted();
      return { is: 'retry', message: err instanceof Error ? err.message : String(err) };
    }
  }

  async function tryAll(ask: Question<T>['ask']): Promise<Outcome<T>> {
    for (let tried = 1; ; tried++) {
      const answer = await tryOnce(ask);
      if (answer.is !== 'retry') return answer;
      if (tried === TRIES) return { is: 'failed', message: `${answer.message}, ${TRIES} times` };
      await clock.sleep(answer.afterMs ?? backoff(BACKOFF, tried), signal);
    }
  }

  function forget(now: number): void {
    for (const [key, { askedAt }] of kept) {
      if (now - askedAt < KEPT_MS) return;
      kept.delete(key);
    }
  }

  return ({ key, receivedAt, ask }) => {
    const now = clock.now();
    forget(now);
    const known = kept.get(key);
    if (known && known.askedAt >= receivedAt) return known.outcome;
    const outcome = limited(() => tryAll(ask));
    const entry = { askedAt: now, outcome };
    kept.delete(key); // to the end: the oldest stand first
    kept.set(key, entry);
    const drop = (): void => void (kept.get(key) === entry && kept.delete(key));
    outcome.then(({ is }) => is === 'failed' && drop(), drop);
    return outcome;
  };
}
