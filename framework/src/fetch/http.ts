import { isAbort, type Http, type HttpRequest, type HttpSpec, type Log, type Secret } from '../contract';
import type { Clock } from '../shared';
import { assertAnswer, readAnswer } from './answer';
import { withAuth } from './auth';
import { prepare, type Send } from './outgoing';
import { withPacing } from './pacing';
import { redactor, type Redact } from './redact';
import { withRedirects } from './redirects';
import { withRetry } from './retry';
import { createTransport } from './transport';

export interface HttpOptions {
  /** For one send. */
  readonly timeoutMs: number;
  /** Calls at a time; the spec may ask for fewer. */
  readonly concurrency: number;
  /** At most this many further sends of a call that failed. */
  readonly retries: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Taken out of every message. */
  readonly secrets: readonly Secret[];
  /** Each send, with the status of its answer. */
  onRequest?(status: number | 'network'): void;
  /** Each time that is waited because the source failed or asked for it, in milliseconds. */
  onWait?(ms: number): void;
}

// A run writes two lines; a wait that a person would notice is worth another.
const NOTICEABLE_WAIT_MS = 5_000;

const counted =
  (send: Send, options: HttpOptions): Send =>
  async (outgoing) => {
    try {
      const incoming = await send(outgoing);
      options.onRequest?.(incoming.status);
      return incoming;
    } catch (err) {
      if (!options.signal.aborted && !isAbort(err)) options.onRequest?.('network');
      throw err;
    }
  };

/** The client of one entry: hosts → retry → pacing → redirects → credentials → one send by axios. */
export function createHttp(spec: HttpSpec, options: HttpOptions): Http {
  const redact = redactor(options.secrets);
  const concurrency = Math.max(1, Math.min(options.concurrency, spec.concurrency ?? Infinity));
  const transport = counted(createTransport({ timeoutMs: options.timeoutMs, concurrency, signal: options.signal, redact }), options);
  const clientOf = (calls: number, send: Send): Http => client({ spec, options, redact, concurrency: calls }, withRedirects(spec, send));
  // Paced by itself: the calls that wait for credentials hold every place of the other.
  const bare = clientOf(1, transport);
  return clientOf(concurrency, withAuth(spec, bare, transport));
}

interface ClientOptions {
  readonly spec: HttpSpec;
  readonly options: HttpOptions;
  readonly redact: Redact;
  readonly concurrency: number;
}

function client({ spec, options, redact, concurrency }: ClientOptions, send: Send): Http {
  const { clock, signal, log } = options;
  const onWait = options.onWait && { onWait: options.onWait };
  const pacing = withPacing({ concurrency, clock, signal, ...onWait }, send);
  const retry = {
    retries: options.retries,
    clock,
    signal,
    ...onWait,
    ...(spec.rateLimit && { rateLimit: spec.rateLimit }),
    pause: (ms: number) => pacing.pause(ms),
    onRetry(message: string, fields: { waitMs: number; attempt: number }) {
      if (fields.waitMs >= NOTICEABLE_WAIT_MS) log.warn(`${message}; waiting`, fields);
      else log.debug(`${message}; trying again`, fields);
    },
  };

  const call = async (request: HttpRequest): ReturnType<Http['send']> => {
    const outgoing = prepare(spec, request, redact);
    const answer = await withRetry(outgoing, retry, async (next) => readAnswer(await pacing.send(next), next));
    return assertAnswer(answer, outgoing, { accept: request.accept, redact });
  };
  return {
    send: call,
    get: async (url, query) => (await call({ url, ...(query !== undefined && { query }) })).body,
  };
}
