import { deflateSync, inflateSync } from 'node:zlib';
import type { Binary } from 'mongodb';

/** JSON text as stored: as it is, or deflated where it is long. */
export type StoredBody = string | Binary;

const DEFLATE_ABOVE = 1_048_576;
/** User-defined by the specification of BSON: none of the server's own meanings. */
const SUBTYPE = 128;

export interface Bodies {
  encode(text: string): StoredBody;
}

/** The driver's own type for bytes comes with the driver, which is loaded late. */
export const createBodies = (BinaryType: typeof Binary): Bodies => ({
  encode: (text) => (text.length <= DEFLATE_ABOVE / 4 || Buffer.byteLength(text) <= DEFLATE_ABOVE ? text : new BinaryType(deflateSync(text), SUBTYPE)),
});

export const isDeflated = (value: unknown): value is Binary => (value as { _bsontype?: unknown } | null | undefined)?._bsontype === 'Binary';

export const decodeBody = (body: StoredBody): string => (typeof body === 'string' ? body : inflateSync(body.buffer).toString());
