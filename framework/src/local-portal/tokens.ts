import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../shared';
import type { Credentials } from './credentials';
import type { Documents } from './documents';

export const TOKEN_SECONDS = 10_800;

export interface Tokens {
  /** The token of these credentials, the same one while it is active; undefined when they are wrong. */
  mint(clientId: string, clientSecret: string): { readonly accessToken: string; readonly expiresIn: number } | undefined;
  /** Is this the `Authorization` header of an active token? */
  accepts(authorization: string | undefined): boolean;
}

/**
 * JWT, HS256. Only the time of issue is stored: the token follows from it and from the secret, so that it survives a restart,
 * ends when the secret changes, and stands in no file.
 */
export function tokens(parts: { readonly credentials: Credentials; readonly settings: Documents; readonly clock: Clock }): Tokens {
  const { credentials, settings, clock } = parts;
  const seconds = (): number => Math.floor(clock.now() / 1_000);
  const key = createHmac('sha256', credentials.clientSecret.reveal()).update('local-portal access token').digest();
  const stored = settings.get('token')?.['issuedAt'];
  let issuedAt = typeof stored === 'number' ? stored : undefined;

  let last = { issued: -1, token: '' };
  const tokenOf = (issued: number): string => {
    if (last.issued !== issued) last = { issued, token: sign(issued) };
    return last.token;
  };
  const sign = (issued: number): string => {
    const text = [{ alg: 'HS256', typ: 'JWT' }, { orgId: 'local', isMachine: true, iat: issued, exp: issued + TOKEN_SECONDS }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
  };
  const active = (): number | undefined => (issuedAt !== undefined && seconds() < issuedAt + TOKEN_SECONDS && seconds() >= issuedAt ? issuedAt : undefined);

  return {
    mint(clientId, clientSecret) {
      // Both are compared, always, so that the time taken does not tell which one is wrong.
      const right = [sameText(clientId, credentials.clientId), sameText(clientSecret, credentials.clientSecret.reveal())];
      if (right.includes(false)) return undefined;
      let issued = active();
      if (issued === undefined) {
        issued = issuedAt = seconds();
        settings.put('token', { issuedAt });
      }
      return { accessToken: tokenOf(issued), expiresIn: issued + TOKEN_SECONDS - seconds() };
    },
    accepts(authorization) {
      const issued = active();
      const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
      return issued !== undefined && token !== undefined && sameText(token, tokenOf(issued));
    },
  };
}

/** In a time that does not depend on where they differ. */
function sameText(left: string, right: string): boolean {
  const digest = (text: string): Buffer => hash('sha256', text, 'buffer');
  return timingSafeEqual(digest(left), digest(right));
}
