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

/** The value of a JSON text, exact as of `parseJson`; undefined when it is none. */
export function jsonOf(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** The object of a JSON text, undefined when it is none. Its numbers are plain, never BigInt: for what others answer, of which single members are read. */
export function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** SHA-256 of a text, base64url: what rows and outputs are compared by. */
export const hashText = (text: string): string => hash('sha256', text, 'base64url');
