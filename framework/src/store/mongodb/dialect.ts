/** The little that all servers of the MongoDB protocol agree on, as far as it needs words of its own. */
import { storable } from '../ids';

/** A document as every collection of ours holds it. */
export interface Keyed {
  readonly _id: string;
  readonly rev: string;
  readonly [field: string]: unknown;
}

/** What carries a key, with the key as the server gives it back; nearly always there is nothing to do. */
export const withStorableKeys = <T extends { readonly key: string }>(items: readonly T[]): readonly T[] =>
  items.some(({ key }) => key !== storable(key)) ? items.map((item) => ({ ...item, key: storable(item.key) })) : items;

const DUPLICATE_KEY = 11_000;

/** Somebody else inserted it first. */
export const isDuplicate = (err: unknown): boolean => (err as { code?: unknown }).code === DUPLICATE_KEY;

/** The range of texts that begin with this one. */
export function startsWith(prefix: string): { readonly $gte: string; readonly $lt: string } {
  const points = Array.from(prefix);
  const last = points.pop()!.codePointAt(0)!;
  return { $gte: prefix, $lt: points.join('') + String.fromCodePoint(last + 1) };
}
