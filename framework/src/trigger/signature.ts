import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export interface SignedCall {
  /** The body as it came. */
  readonly body: Buffer;
  /** `x-port-timestamp`: epoch seconds. */
  readonly timestamp: string | undefined;
  /** `x-port-signature`: `v1,` and base64. */
  readonly signature: string | undefined;
}

export interface SignatureCheck {
  readonly secret: string;
  /** Epoch ms. */
  readonly now: number;
  readonly toleranceMs?: number;
}

const TOLERANCE_MS = 5 * 60_000;

/** Compares in constant time, whatever the lengths: digests are compared, so neither length nor content shows in the time. */
export function sameText(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** The portal's signature of a text (port-contract 14). */
export const sign = (text: string | Buffer, timestamp: string, secret: string): string =>
  `v1,${createHmac('sha256', secret).update(`${timestamp}.`).update(text).digest('base64')}`;

/**
 * Was this call signed with our client secret, at most five minutes from now? The raw bytes come first; only when they do not fit, the compact text is tried,
 * without and then with `\u` escapes: a forwarder may sign the compact text and send it with blanks, or escaped.
 */
export function verifySignature(call: SignedCall, check: SignatureCheck): boolean {
  const { timestamp, signature } = call;
  if (timestamp === undefined || signature === undefined || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(check.now - Number(timestamp) * 1_000) > (check.toleranceMs ?? TOLERANCE_MS)) return false;
  const fits = (text: string | Buffer): boolean => sameText(signature, sign(text, timestamp, check.secret));
  if (fits(call.body)) return true;
  const compact = compactJson(call.body.toString('utf8'));
  return compact !== undefined && (fits(compact) || fits(escapeNonAscii(compact)));
}

/**
 * JSON text without blanks and without needless escapes, everything else as it was written: numbers keep their digits and members their order, which
 * parsing and serialising would not promise. Undefined for what is not JSON.
 */
function compactJson(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return text.replace(/"(?:[^"\\]|\\.)*"|\s+/g, (token) => (token.startsWith('"') ? unescapeText(token) : ''));
}

const unescapeText = (quoted: string): string =>
  quoted.replace(/\\(u[0-9a-fA-F]{4}|.)/g, (whole, escape: string) => {
    if (escape === '/') return '/';
    const code = escape.length === 5 ? Number.parseInt(escape.slice(1), 16) : 0;
    return code >= 0x80 ? String.fromCharCode(code) : whole;
  });

const escapeNonAscii = (text: string): string => text.replace(/[\u0080-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
