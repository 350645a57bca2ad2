import { deflateSync, inflateSync } from 'node:zlib';
import type { Binary } from 'mongodb';
import { FrameworkError } from '../../contract';

/** JSON text as stored: as it is, or deflated where it is long. */
export type StoredBody = string | Binary;

const DEFLATE_ABOVE = 1_048_576;
/** User-defined by the specification of BSON: none of the server's own meanings. */
const SUBTYPE = 128;

/** A document may have 16 MiB; the rest is for names, ids and hashes. */
export const LARGEST = 15 * 1_048_576;

export interface Bodies {
  encode(text: string): StoredBody;
}

/** The driver's own type for bytes comes with the driver, which is loaded late. */
export const createBodies = (BinaryType: typeof Binary): Bodies => ({
  encode: (text) => (text.length <= DEFLATE_ABOVE / 4 || Buffer.byteLength(text) <= DEFLATE_ABOVE ? text : new BinaryType(deflateSync(text), SUBTYPE)),
});

export const isDeflated = (value: unknown): value is Binary => (value as { _bsontype?: unknown } | null | undefined)?._bsontype === 'Binary';

export const decodeBody = (body: StoredBody): string => (typeof body === 'string' ? body : inflateSync(body.buffer).toString());

const sizeOf = (body: StoredBody): number => (typeof body === 'string' ? Buffer.byteLength(body) : body.length());

/** Throws FrameworkError TOO_LARGE when one document cannot hold them: said before it is sent, for the driver would refuse the whole bulk. */
export function checkSize(id: string, bodies: readonly StoredBody[]): void {
  if (bodies.reduce((sum, body) => sum + sizeOf(body), 0) > LARGEST) throw new FrameworkError('TOO_LARGE', [id]);
}
