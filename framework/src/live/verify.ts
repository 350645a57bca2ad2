import { createHash, createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { Secret, Verifier } from '../contract';

/** A call as it came in. */
export interface IncomingCall {
  /** Names and values in turn, as node gives them: a repeated header is seen as repeated. */
  readonly rawHeaders: readonly string[];
  /** The bytes of the body, before anything read them. */
  readonly body: Buffer;
}

/** What `authentication` of an entry says. */
export interface Credentials {
  /** Any of them is accepted. */
  readonly secret: readonly Secret[];
  readonly headerName?: string | undefined;
  readonly username?: string | undefined;
}

const HEX_DIGEST = /^(?:sha256=)?([0-9a-f]{64})$/i;
const BASIC = /^basic +([a-z0-9+/]+={0,2})$/i;

/**
 * Did somebody send this who knows one of the secrets? False for a header that is absent, empty, repeated or malformed, and for a secret that is empty. All secrets are
 * compared, each in constant time.
 */
export function verify(verifier: Verifier, call: IncomingCall, credentials: Credentials): boolean {
  const value = headerOf(verifier, call, credentials);
  const given = value === undefined ? undefined : proofOf(verifier, value);
  if (given === undefined) return false;
  let accepted = 0;
  for (const secret of credentials.secret) {
    const text = secret.reveal();
    const expected = text === '' ? undefined : expectedProof(verifier, call.body, { text, username: credentials.username });
    // `|` and not `||`: that one was accepted must not show in the time that the others take.
    accepted |= Number(expected !== undefined && isSame(verifier, given, expected));
  }
  return accepted === 1;
}

function headerOf(verifier: Verifier, call: IncomingCall, { headerName }: Credentials): string | undefined {
  const configured = verifier.fixedHeader ? undefined : headerName;
  const values = valuesOf(call.rawHeaders, configured ?? verifier.header);
  const found = values.length === 0 && configured === undefined && verifier.fallbackHeader !== undefined ? valuesOf(call.rawHeaders, verifier.fallbackHeader) : values;
  return found.length === 1 && found[0] !== '' ? found[0] : undefined;
}

function valuesOf(rawHeaders: readonly string[], name: string): readonly string[] {
  const wanted = name.toLowerCase();
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]!.toLowerCase() === wanted);
}

/** What the sender gave, in the form in which it is compared; undefined when malformed. */
function proofOf({ scheme }: Verifier, value: string): Buffer | undefined {
  switch (scheme) {
    case 'hmac':
    case 'suffix-hash': {
      const hex = HEX_DIGEST.exec(value)?.[1];
      return hex === undefined ? undefined : Buffer.from(hex, 'hex');
    }
    case 'token':
      return Buffer.from(value, 'latin1'); // the bytes as they came: node reads headers so
    case 'basic': {
      const encoded = BASIC.exec(value)?.[1];
      return encoded === undefined ? undefined : Buffer.from(encoded, 'base64');
    }
  }
}

function expectedProof({ scheme }: Verifier, body: Buffer, secret: { readonly text: string; readonly username: string | undefined }): Buffer | undefined {
  switch (scheme) {
    case 'hmac':
      return createHmac('sha256', secret.text).update(body).digest();
    case 'suffix-hash':
      return createHash('sha256').update(body).update(secret.text).digest();
    case 'token':
      return Buffer.from(secret.text);
    case 'basic':
      return secret.username === undefined ? undefined : Buffer.from(`${secret.username}:${secret.text}`);
  }
}

const digest = (bytes: Buffer): Buffer => hash('sha256', bytes, 'buffer');

/** What is no digest by itself is compared over digests, so that neither length nor content shows in the time. */
const isSame = ({ scheme }: Verifier, given: Buffer, expected: Buffer): boolean =>
  scheme === 'hmac' || scheme === 'suffix-hash' ? timingSafeEqual(given, expected) : timingSafeEqual(digest(given), digest(expected));
