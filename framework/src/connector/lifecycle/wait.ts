import { deferred, type Clock } from '../../shared';

/** A timer beyond 24 days fires at once: nobody sleeps longer than this without looking again. */
const LOOK_MS = 3_600_000;

/** Why a timer that nobody needs any more ends. Made once: a DOMException for each would cost more than the timer. */
export const OVER = new Error('no longer waited for');

/** Something that others wait for, again and again. */
export interface Changes {
  /** Resolves at the next change. */
  next(): Promise<void>;
  tell(): void;
}
export function createChanges(): Changes {
  let coming = deferred<void>();
  return {
    next: () => coming.promise,
    tell() {
      coming.resolve();
      coming = deferred<void>();
    },
  };
}

/** Resolves when the first of them aborts. The second member forgets the listeners. */
function aborted(signals: readonly AbortSignal[]): readonly [Promise<void>, () => void] {
  const first = deferred<void>();
  const stop = (): void => first.resolve();
  if (signals.some((signal) => signal.aborted)) stop();
  for (const signal of signals) signal.addEventListener('abort', stop);
  return [first.promise, () => signals.forEach((signal) => signal.removeEventListener('abort', stop))];
}

/** What the promise gives; throws the reason of whichever signal aborts before that. */
export async function orAbort<T>(promise: Promise<T>, signals: readonly AbortSignal[]): Promise<T> {
  for (const signal of signals) signal.throwIfAborted();
  const [abort, forget] = aborted(signals);
  try {
    const first = await Promise.race([promise.then((value) => ({ value })), abort]);
    for (const signal of signals) signal.throwIfAborted();
    // Without an abort it was the promise.
    return (first as { readonly value: T }).value;
  } finally {
    forget();
  }
}

/** Waits so long, or until the promise resolves or the signal aborts, whichever is first. At most an hour: look again. */
export async function sleepOr(clock: Clock, ms: number, until: { readonly promise?: Promise<void>; readonly signal: AbortSignal }): Promise<void> {
  const timer = new AbortController();
  const [abort, forget] = aborted([until.signal]);
  const sleep = clock.sleep(Math.min(LOOK_MS, Math.max(0, ms)), timer.signal).catch(() => undefined);
  await Promise.race([abort, sleep, ...(until.promise ? [until.promise] : [])]);
  forget();
  timer.abort(OVER);
}
