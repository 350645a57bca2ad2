import type { Clock } from '../../shared';
import { runAs, type Owner } from './attribute';
import { OVER } from './wait';

/** How a call ended. `aborted`: a signal ended it, whatever it threw. `hung`: it ignored its signal, or never saw one; what it does later is discarded. */
export type Called = { readonly is: 'returned' } | { readonly is: 'threw'; readonly err: unknown } | { readonly is: 'timeout' } | { readonly is: 'aborted' } | { readonly is: 'hung'; readonly by: 'deadline' | 'signal' };

export interface CallOptions {
  readonly clock: Clock;
  readonly owner: Owner;
  /** End the call, whichever aborts first. */
  readonly signals?: readonly AbortSignal[];
  /** Then its signal aborts. */
  readonly deadlineMs?: number;
  /** How long a call may take to obey its signal. */
  readonly patienceMs: number;
  /** Told when a call that was given up ends after all. */
  late?(thrown: unknown): void;
  /** Told when the method computed so long before it first waited that everybody else stood still. */
  blocked?(ms: number): void;
}

/** Of computing without a wait: from here on it is reported. */
export const BLOCKED_MS = 500;

/** Calls one method of a connector. Never throws: a method that throws at once, rejects, hangs or ignores its signal is an answer. */
export async function callMethod(method: (signal: AbortSignal) => unknown, options: CallOptions): Promise<Called> {
  const { clock, signals = [] } = options;
  const own = new AbortController();
  const timers = new AbortController();
  let given: 'up' | undefined;
  const ended = begin(method, own.signal, options);
  void ended.then((called) => {
    if (given === 'up') options.late?.(called.is === 'threw' ? called.err : undefined);
  });
  const [aborted, forget] = firstAbort(signals);
  const after = <T>(ms: number, value: T): Promise<T> => clock.sleep(ms, timers.signal).then(() => value, () => new Promise<never>(() => undefined));
  try {
    const deadline = options.deadlineMs === undefined ? [] : [after(options.deadlineMs, 'deadline' as const)];
    const first = await Promise.race([ended, aborted, ...deadline]);
    if (typeof first === 'object') return first;
    own.abort(first === 'signal' ? new DOMException('the connector ends this call', 'AbortError') : new DOMException('the call took too long', 'TimeoutError'));
    const second = await Promise.race([ended, after(options.patienceMs, 'hung' as const)]);
    if (second === 'hung') {
      given = 'up';
      return { is: 'hung', by: first };
    }
    if (first === 'deadline') return { is: 'timeout' };
    return second.is === 'returned' ? second : { is: 'aborted' };
  } finally {
    forget();
    timers.abort(OVER);
  }
}

async function begin(method: (signal: AbortSignal) => unknown, signal: AbortSignal, options: CallOptions): Promise<{ readonly is: 'returned' } | { readonly is: 'threw'; readonly err: unknown }> {
  const from = options.clock.now();
  try {
    const answer = runAs(options.owner, () => method(signal));
    const ms = options.clock.now() - from;
    if (ms >= BLOCKED_MS) options.blocked?.(ms);
    await answer;
    return { is: 'returned' };
  } catch (err) {
    return { is: 'threw', err };
  }
}

/** Resolves at the first abort; the second member forgets the listeners, so that a signal that lives long does not gather them. */
function firstAbort(signals: readonly AbortSignal[]): readonly [Promise<'signal'>, () => void] {
  let listener: () => void = () => undefined;
  const promise = new Promise<'signal'>((resolve) => {
    listener = () => resolve('signal');
    if (signals.some((signal) => signal.aborted)) listener();
    for (const signal of signals) signal.addEventListener('abort', listener);
  });
  return [promise, () => signals.forEach((signal) => signal.removeEventListener('abort', listener))];
}

/** Waits for the work, but not longer; what it throws later is discarded. */
export async function bounded(work: () => unknown, within: { readonly clock: Clock; readonly ms: number }): Promise<void> {
  const timer = new AbortController();
  const sleep = within.clock.sleep(within.ms, timer.signal).catch(() => undefined);
  await Promise.race([Promise.resolve().then(work).then(() => undefined, () => undefined), sleep]);
  timer.abort(OVER);
}
