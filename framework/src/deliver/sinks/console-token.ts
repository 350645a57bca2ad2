import { FrameworkError, type Secret } from '../../contract';
import { objectOf, type Clock } from '../../shared';
import { failureOf } from './answers';
import { isPassing, isSuccess, type HttpClient } from './http-client';
import { unlessAborted } from './unless-aborted';

export interface ConsoleTokens {
  /** Value of `Authorization`. Rejects with SINK_AWAY when there is none to be had, or with the reason of the signal. */
  get(signal: AbortSignal): Promise<string>;
  /** This value was refused: the next `get` fetches another, unless somebody already did. */
  drop(authorization: string): void;
  /** What was fetched last, so that it stands in no message. */
  readonly current: string | undefined;
}

export interface ConsoleTokenOptions {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly clock: Clock;
  readonly client: HttpClient;
}

const PATH = '/api/m2m/oauth/token';
/** When it does not say how long it lasts. */
const LIFE_MS = 300_000;
/** All callers wait for one token, so the signal of none of them ends the call; its time limit does. */
const SHARED = new AbortController().signal;

/** Tokens of the client credentials grant: one at a time, for everybody, renewed before it expires. */
export function openConsoleTokens(options: ConsoleTokenOptions): ConsoleTokens {
  let held: { readonly authorization: string; readonly until: number } | undefined;
  let flight: Promise<string> | undefined;

  async function fetchToken(): Promise<string> {
    const { client, clock } = options;
    const askedAt = clock.now();
    const answer = await client.send(
      {
        method: 'POST',
        url: `${new URL(options.url).origin}${PATH}`,
        // Revealed for each token: a secret from a file may have been rotated.
        headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded', authorization: basic(options.clientId, options.clientSecret.reveal()) },
        body: 'grant_type=client_credentials',
      },
      SHARED,
    );
    const body = isSuccess(answer.status) ? objectOf(answer.text) : undefined;
    const token = body?.['access_token'];
    if (typeof token !== 'string' || token === '') {
      const said = isSuccess(answer.status) ? `POST ${PATH}: ${answer.status} without a token; is url right?` : failureOf(answer, `POST ${PATH}`, client).error;
      // Whatever it answers to the credentials themselves but a failure of its own is a refusal of them.
      const refused = !isSuccess(answer.status) && !isPassing(answer.status) && answer.status !== 401;
      throw new FrameworkError('SINK_AWAY', [refused ? `${said} (our credentials were refused)` : said], answer.afterMs === undefined ? {} : { waitMs: answer.afterMs });
    }
    const lifeMs = typeof body?.['expires_in'] === 'number' && body['expires_in'] > 0 ? body['expires_in'] * 1_000 : LIFE_MS;
    held = { authorization: `Bearer ${token}`, until: askedAt + lifeMs - Math.min(60_000, lifeMs * 0.1) };
    return held.authorization;
  }

  return {
    async get(signal) {
      signal.throwIfAborted();
      if (held !== undefined && options.clock.now() < held.until) return held.authorization;
      flight ??= fetchToken().finally(() => (flight = undefined));
      return unlessAborted(flight, signal);
    },
    drop(authorization) {
      if (held?.authorization === authorization) held = { authorization, until: 0 };
    },
    get current() {
      return held?.authorization;
    },
  };
}

/** RFC 6749, 2.3.1: both are encoded before they are joined. */
const basic = (id: string, secret: string): string => `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;
