import { FrameworkError, isObject, type AuthOptions, type Http, type HttpSpec, type Secret } from '@integration-framework/framework';
import { appToken, privateKeyOf } from './app-token';
import type { GithubSettings } from './settings';

interface InstallationToken {
  readonly token: string;
  /** Epoch ms from which it is not used any more. */
  readonly until: number;
}

// It lives for an hour. A call that begins with it must end with it, and clocks differ.
const RENEWED_BEFORE_MS = 5 * 60_000;

/** One for each entry, whichever of its clients fetched it; memory only. */
const held = new WeakMap<GithubSettings, InstallationToken>();

/** Headers of the credentials that these settings hold. */
export function credentials(settings: GithubSettings): NonNullable<HttpSpec['auth']> {
  const { token, clientId, clientSecret, privateKey } = settings;
  if (token) return () => ({ authorization: `Bearer ${token.reveal()}` });
  if (privateKey) return installation(settings, privateKey);
  if (clientId === undefined || clientSecret === undefined) return () => ({});
  return () => ({ authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret.reveal()}`).toString('base64')}` });
}

function installation(settings: GithubSettings, privateKey: Secret): NonNullable<HttpSpec['auth']> {
  let fetching: Promise<InstallationToken> | undefined;
  const fetched = async (http: Http): Promise<InstallationToken> => {
    try {
      const fresh = await fetchToken(settings, privateKey, http);
      held.set(settings, fresh);
      return fresh;
    } finally {
      fetching = undefined;
    }
  };
  return async ({ refresh, http }: AuthOptions) => {
    const known = held.get(settings);
    const current = known && !refresh && Date.now() < known.until ? known : await (fetching ??= fetched(http));
    return { authorization: `Bearer ${current.token}` };
  };
}

async function fetchToken({ appId, clientId, installationId }: GithubSettings, privateKey: Secret, http: Http): Promise<InstallationToken> {
  const key = privateKeyOf(privateKey);
  if (!key) throw new FrameworkError('SOURCE_REFUSED', ['GitHub', 'privateKey is not an RSA key in PEM']);
  const answer = await http.send({
    method: 'POST',
    url: `/app/installations/${String(installationId)}/access_tokens`,
    headers: { authorization: `Bearer ${appToken(String(appId ?? clientId), key, Date.now())}` },
    idempotent: true,
  });
  const { token, expires_at: expires } = isObject(answer.body) ? answer.body : {};
  const until = Date.parse(String(expires)) - RENEWED_BEFORE_MS;
  if (typeof token !== 'string' || Number.isNaN(until)) throw new FrameworkError('SOURCE_UNREADABLE', ['GitHub', 'no installation token is in its answer']);
  return { token, until };
}
