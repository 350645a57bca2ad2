import { randomBytes } from 'node:crypto';
import { FrameworkError, type Context, type Http, type HttpSpec } from '@integration-framework/framework';
import { authorizationOf, challengeOf, type Challenge } from './digest';
import type { JbossSettings } from './settings';

const pathOf = ({ wildFlyUrl }: JbossSettings): string => new URL(wildFlyUrl).pathname.replace(/\/+$/, '') || '/';

/**
 * The management API takes digest authentication: the nonce that it gave is used, and counted, until it refuses it. Each send counts, also one that is tried again, because
 * a count that comes twice is refused.
 */
export function http(settings: JbossSettings): HttpSpec {
  const { origin, host } = new URL(settings.wildFlyUrl);
  let challenge: Challenge | undefined;
  let count = 0;

  /** Asks for a challenge, by a call without credentials; undefined where none are needed. */
  async function ask(client: Http): Promise<Challenge | undefined> {
    const body = { operation: 'read-attribute', address: [], name: 'server-state' };
    const { status, headers } = await client.send({ method: 'POST', url: pathOf(settings), body, idempotent: true, accept: [401] });
    if (status !== 401) return undefined;
    const found = challengeOf(headers['www-authenticate'] ?? '');
    if (!found) throw new FrameworkError('SOURCE_REFUSED', [host, 'it asks for no digest authentication that can be answered'], { status });
    return found;
  }

  return {
    baseUrl: origin,
    concurrency: 1,
    async auth({ refresh, http: client }) {
      if (refresh || !challenge) {
        challenge = await ask(client);
        count = 0;
      }
      if (!challenge) return {};
      const credentials = { username: settings.username, password: settings.password.reveal() };
      return { authorization: authorizationOf(challenge, { ...credentials, method: 'POST', uri: pathOf(settings), count: ++count, cnonce: randomBytes(16).toString('hex') }) };
    },
  };
}

/** Calls an operation that may be called twice; gives the answer of the server. */
export const manage = async ({ http: client, settings }: Pick<Context<JbossSettings>, 'http' | 'settings'>, operation: Readonly<Record<string, unknown>>): Promise<unknown> =>
  (await client.send({ method: 'POST', url: pathOf(settings), body: operation, idempotent: true })).body;
