import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import type { Secret } from '@integration-framework/framework';

/** The RSA key of a GitHub App; undefined when the text is none. Environment variables often hold line ends as `\n`. */
export function privateKeyOf(pem: Secret): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem.reveal().replaceAll('\\n', '\n'));
    return key.asymmetricKeyType === 'rsa' ? key : undefined;
  } catch {
    return undefined;
  }
}

// GitHub takes ten minutes at most. A minute into the past, and one kept of the ten, leave room for clocks that differ.
const BACKDATED_S = 60;
const LASTS_S = 9 * 60;

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What a GitHub App proves itself with: a JSON web token, RS256. `issuer` is its id or its client id, `now` epoch ms. */
export function appToken(issuer: string, key: KeyObject, now: number): string {
  const at = Math.floor(now / 1_000);
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iat: at - BACKDATED_S, exp: at + LASTS_S, iss: issuer })}`;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}
