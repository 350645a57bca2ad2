import type { Decimal128 } from 'mongodb';
import type { Json, JsonObject } from '../../shared';

/** What the driver's types add: an integer that JavaScript and BSON count differently. */
export type Stored = Json | Decimal128 | Map<string, Stored> | readonly Stored[] | { readonly [name: string]: Stored };
export type StoredFields = Readonly<Record<string, Stored>>;

export interface DecimalOf {
  (text: string): Decimal128;
}

const INT32 = 2 ** 31;
const INT64 = 2n ** 63n;
/** Digits of a decimal of 128 bits; what has more is kept as text, digit by digit. */
const DECIMAL_DIGITS = 34;

/**
 * JSON as it is to be stored: integers in 32 or 64 bits, beyond that decimal. The driver itself would make doubles of integers beyond 32 bits, would cut those beyond 64,
 * and would take an object with a member `_bsontype` for a type of its own. What needs no change is not copied: most documents do not.
 */
export function storedFields(fields: JsonObject, decimal: DecimalOf): StoredFields {
  return convertMembers(fields, decimal) as StoredFields;
}

function convert(value: Json, decimal: DecimalOf): Stored {
  switch (typeof value) {
    case 'number':
      return (value >= INT32 || value < -INT32) && Number.isSafeInteger(value) ? BigInt(value) : value;
    case 'bigint':
      return convertInteger(value, decimal);
    case 'object':
      if (value === null) return null;
      return Array.isArray(value) ? convertItems(value as readonly Json[], decimal) : convertObject(value as JsonObject, decimal);
    default:
      return value;
  }
}

function convertInteger(value: bigint, decimal: DecimalOf): Stored {
  if (value >= -INT32 && value < INT32) return Number(value);
  if (value >= -INT64 && value < INT64) return value;
  const text = value.toString();
  return text.length - (value < 0n ? 1 : 0) > DECIMAL_DIGITS ? text : decimal(text);
}

function convertItems(items: readonly Json[], decimal: DecimalOf): readonly Stored[] {
  let copy: Stored[] | undefined;
  for (const [at, item] of items.entries()) {
    const converted = convert(item, decimal);
    if (converted !== item) (copy ??= [...items])[at] = converted;
  }
  return copy ?? items;
}

/** The members of a document, of which `_bsontype` is dealt with by whoever puts it together. */
function convertMembers(fields: JsonObject, decimal: DecimalOf): { readonly [name: string]: Stored } {
  let copy: Record<string, Stored> | undefined;
  for (const name of Object.keys(fields)) {
    const value = fields[name]!;
    const converted = convert(value, decimal);
    // The spread makes every name an own member, `__proto__` too: assigning to it changes the member.
    if (converted !== value) (copy ??= { ...fields })[name] = converted;
  }
  return copy ?? fields;
}

const convertObject = (value: JsonObject, decimal: DecimalOf): Stored => literal(convertMembers(value, decimal));

/** A Map is written member by member, whatever their names. */
export const literal = <T extends StoredFields>(fields: T): T | Map<string, Stored> => (Object.hasOwn(fields, '_bsontype') ? new Map(Object.entries(fields)) : fields);
