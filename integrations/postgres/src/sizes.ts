// Oids of types that have a size; they are the same on every server (pg_type.dat).
const CHARACTERS = new Set([1042, 1043]); // bpchar, varchar
const BITS = new Set([1560, 1562]); // bit, varbit
const NUMERIC = 1700;
const TIMES = new Set([1083, 1114, 1184, 1266]); // time, timestamp, with and without time zone
const INTERVAL = 1186;
/** Of an interval whose precision was not said. */
const FULL_PRECISION = 0xffff;
const HEADER = 4;

export interface Sizes {
  readonly length?: number;
  readonly precision?: number;
  readonly scale?: number;
}

/** What stands in the brackets behind a type, out of its modifier; -1 = nothing. */
export function sizesOf(type: number, modifier: number): Sizes {
  if (modifier < 0) return {};
  if (CHARACTERS.has(type)) return { length: modifier - HEADER };
  if (BITS.has(type)) return { length: modifier };
  if (TIMES.has(type)) return { precision: modifier };
  if (type === INTERVAL) return (modifier & FULL_PRECISION) === FULL_PRECISION ? {} : { precision: modifier & FULL_PRECISION };
  if (type !== NUMERIC) return {};
  const packed = modifier - HEADER;
  // Eleven bits with a sign, since PostgreSQL 15.
  return { precision: (packed >> 16) & 0xffff, scale: ((packed & 0x7ff) ^ 0x400) - 0x400 };
}
