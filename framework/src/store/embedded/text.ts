import { deflateSync, inflateSync } from 'node:zlib';
import { storable } from '../ids';

/** The greatest code point: what begins with a prefix lies between the prefix and this behind it. */
const LAST = '\u{10FFFF}';
export const prefixRange = (prefix: string): readonly [string, string] => [storable(prefix), storable(prefix) + LAST];

/** Above it a body is worth the time that deflating takes. */
const DEFLATE_ABOVE = 1_048_576;

export type StoredBody = string | ArrayBuffer | null;

export const packBody = (text: string | undefined): string | Buffer | null => {
  if (text === undefined) return null;
  return text.length > DEFLATE_ABOVE ? deflateSync(text) : text;
};

export const unpackBody = (body: StoredBody): string | undefined => {
  if (body === null) return undefined;
  return typeof body === 'string' ? body : inflateSync(body).toString();
};
