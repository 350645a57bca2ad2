import { hash } from 'node:crypto';
import { parse as losslessParse, stringify as losslessStringify } from 'lossless-json';

/** A JSON value whose integers beyond 2^53 are BigInt. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

// 16 digits is the shortest run that can exceed 2^53; text with fewer loses nothing in JSON.parse, which is several times faster.
// A number stands at the beginning, or after one of these; the digits of a fraction and most of those inside texts do not.
const LONG_DIGITS = /(?:^|[\s:,[-])\d{16}/;
const INTEGER = /^-?\d+$/;

const exactNumber = (text: string): number | bigint => {
  const value = Number(text);
  return INTEGER.test(text) && !Number.isSafeInteger(value) ? BigInt(text) : value;
};

/** Parses JSON text; integers beyond 2^53 become BigInt, so that no digit is lost. Throws SyntaxError. */
export function parseJson(text: string): Json {
  if (!LONG_DIGITS.test(text)) return JSON.parse(text) as Json;
  return losslessParse(text, undefined, { parseNumber: exactNumber, onDuplicateKey: ({ newValue }: { newValue: unknown }) => newValue }) as Json;
}

/** JSON text of a value that may hold BigInt, all digits kept. */
export function toJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (err) {
    if (!(err instanceof TypeError)) throw err;
    return losslessStringify(value) as string;
  }
}

export const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** SHA-256 of a text, base64url: what rows and outputs are compared by. */
export const hashText = (text: string): string => hash('sha256', text, 'base64url');
