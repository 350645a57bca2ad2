import { FrameworkError, type Secret } from '../contract';
import { objectOf, toJson, type Clock } from '../shared';
import { succeeded, type Complaint, type Outcome } from './answer';
import { isTransient } from './retry';

export interface Tokens {
  /** Value of `Authorization`. Throws PORTAL_REFUSED (final) or PORTAL_UNREACHABLE (after the retries). */
  get(signal?: AbortSignal): Promise<string>;
  /** The portal refused this value: the next `get` fetches, unless somebody already did. */
  drop(authorization: string): void;
  /** Last known value, so that messages can be cleaned of it. */
  readonly current: string | undefined;
}

export interface TokenOptions {
  readonly clientId: Secret;
  readonly clientSecret: Secret;
  readonly clock: Clock;
  /** Sends the call for a token, retries included. It is shared by all callers, so no caller's signal ends it. */
  fetch(body: string): Promise<Outcome>;
  readable(outcome: Outcome): Complaint;
}

const LIFE_MS = 10_800_000;

export function openTokens(options: TokenOptions): Tokens {
  let held: { readonly authorization: string; readonly until: number } | undefined;
  let flight: Promise<string> | undefined;

  const fetchToken = async (): Promise<string> => {
    const askedAt = options.clock.now();
    // Revealed for each fetch: a secret from a file may have been rotated.
    const outcome = await options.fetch(toJson({ clientId: options.clientId.reveal(), clientSecret: options.clientSecret.reveal() }));
    if (!succeeded(outcome)) throw failureOf(outcome, options.readable(outcome));
    const { accessToken, expiresIn, tokenType } = objectOf(outcome.text) ?? {};
    if (typeof accessToken !== 'string' || accessToken === '') {
      throw new FrameworkError('PORTAL_UNREACHABLE', [`it answered ${outcome.status} without a token; is port.baseUrl right?`], { status: outcome.status });
    }
    const lifeMs = typeof expiresIn === 'number' && expiresIn > 0 ? expiresIn * 1_000 : LIFE_MS;
    held = {
      authorization: `${typeof tokenType === 'string' && tokenType !== '' ? tokenType : 'Bearer'} ${accessToken}`,
      until: askedAt + lifeMs - Math.min(60_000, lifeMs * 0.1),
    };
    return held.authorization;
  };

  return {
    get: async (signal) => {
      signal?.throwIfAborted();
      if (held !== undefined && options.clock.now() < held.until) return held.authorization;
      flight ??= fetchToken().finally(() => (flight = undefined));
      return signal === undefined ? flight : unlessAborted(flight, signal);
    },
    drop: (authorization) => {
      if (held?.authorization === authorization) held = { authorization, until: 0 };
    },
    get current() {
      return held?.authorization;
    },
  };
}

function failureOf(outcome: Outcome, complaint: Complaint): FrameworkError {
  const { status } = outcome;
  if (status === 0) return new FrameworkError('PORTAL_UNREACHABLE', [complaint.message]);
  // 401 is transient for other calls, where a new token may help; here it is the answer to the credentials themselves.
  if (status !== 401 && isTransient(status)) return new FrameworkError('PORTAL_UNREACHABLE', [`${status} to POST /auth/access_token: ${complaint.message}`], { status });
  return new FrameworkError('PORTAL_REFUSED', [`${status} to POST /auth/access_token: ${complaint.message}`], { status });
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
