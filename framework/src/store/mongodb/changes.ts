import { isDeepStrictEqual } from 'node:util';
import type { Write } from './write-guarded';

/** The operators that turn the fields of `stored` into those of `next`. Fields of `fresh` are not compared: they are written, or taken out, in any case. */
export function changesOf(stored: object, next: object, fresh: ReadonlySet<string> = new Set()): Write {
  const before: Record<string, unknown> = { ...stored };
  const $set: Record<string, unknown> = {};
  const $unset: Record<string, 1> = {};
  for (const [field, value] of Object.entries(next)) if (fresh.has(field) || !isDeepStrictEqual(before[field], value)) $set[field] = value;
  for (const field of new Set([...Object.keys(before), ...fresh])) if (!(field in next) && field !== 'rev') $unset[field] = 1;
  return { update: { $set, $unset } };
}
