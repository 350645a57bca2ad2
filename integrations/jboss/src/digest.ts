import { createHash } from 'node:crypto';

/** What a server asks for (RFC 7616), as far as it is answered here: with quality `auth`, or without. */
export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque?: string;
  /** As the server writes it; absent: MD5. */
  readonly algorithm?: string;
  readonly hash: string;
  /** The response holds a nonce of ours and a count. */
  readonly isCounted: boolean;
  /** The nonce was too old, the credentials were not wrong. */
  readonly isStale: boolean;
}

const HASHES: Readonly<Record<string, string>> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' };

// `name=value`, `name="value"`, or the word that begins a challenge.
const TOKEN = /([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))|([\w-]+)(?=\s+[\w-]+\s*=)/g;

/** The strongest digest challenge in a `WWW-Authenticate` header, which may hold several of any scheme; undefined when there is none that can be answered. */
export function challengeOf(header: string): Challenge | undefined {
  const challenges: { readonly scheme: string; readonly members: Map<string, string> }[] = [];
  for (const [, name, quoted, plain, scheme] of header.matchAll(TOKEN)) {
    if (scheme !== undefined) challenges.push({ scheme: scheme.toLowerCase(), members: new Map() });
    else if (name !== undefined) challenges.at(-1)?.members.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, '$1') ?? plain ?? '');
  }
  const answerable = challenges.flatMap(({ scheme, members }) => (scheme === 'digest' ? (read(members) ?? []) : []));
  const strength = ({ hash }: Challenge): number => Object.values(HASHES).indexOf(hash);
  return answerable.sort((a, b) => strength(b) - strength(a))[0];
}

function read(members: ReadonlyMap<string, string>): Challenge | undefined {
  const { algorithm, realm, nonce, opaque, qop, stale } = Object.fromEntries(members) as Readonly<Record<string, string | undefined>>;
  const hash = HASHES[(algorithm ?? 'MD5').replace(/-sess$/i, '').toUpperCase()];
  const qualities = qop?.split(',').map((quality) => quality.trim().toLowerCase());
  if (hash === undefined || realm === undefined || nonce === undefined || (qualities && !qualities.includes('auth'))) return undefined;
  return { realm, nonce, hash, isCounted: qualities !== undefined, isStale: stale?.toLowerCase() === 'true', ...(algorithm !== undefined && { algorithm }), ...(opaque !== undefined && { opaque }) };
}

export interface Answer {
  readonly method: string;
  /** Path and query, as it is sent. */
  readonly uri: string;
  readonly username: string;
  readonly password: string;
  /** How often this nonce was used, this time included. */
  readonly count: number;
  /** A nonce of ours. */
  readonly cnonce: string;
}

const quote = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;

/** The `Authorization` header that answers a challenge. It does not hold the password. */
export function authorizationOf(challenge: Challenge, { method, uri, username, password, count, cnonce }: Answer): string {
  const { realm, nonce, opaque, algorithm, isCounted } = challenge;
  const hash = (...parts: readonly string[]): string => createHash(challenge.hash).update(parts.join(':')).digest('hex');
  const nc = count.toString(16).padStart(8, '0');
  const user = hash(username, realm, password);
  const secret = algorithm?.toLowerCase().endsWith('-sess') ? hash(user, nonce, cnonce) : user;
  const request = hash(method, uri);
  const response = isCounted ? hash(secret, nonce, nc, cnonce, 'auth', request) : hash(secret, nonce, request);
  const members = [
    `username=${quote(username)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(uri)}`,
    ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
    `response=${quote(response)}`,
    ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
    ...(isCounted ? ['qop=auth', `nc=${nc}`, `cnonce=${quote(cnonce)}`] : []),
  ];
  return `Digest ${members.join(', ')}`;
}
