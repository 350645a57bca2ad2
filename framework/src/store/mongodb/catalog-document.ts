import type { Decimal128, Document } from 'mongodb';
import { parseJson, toJson } from '../../contract';
import type { CatalogDocument } from '../store';

/** As interface.md 7 describes it. */
export interface StoredCatalogDocument {
  readonly _id: string;
  readonly identifier: string;
  readonly blueprint: string;
  readonly integration: string;
  readonly kind: string;
  readonly title: string | null;
  readonly icon: string | null;
  readonly team: readonly string[];
  readonly properties: Document;
  readonly relations: Document;
  readonly updatedAt: Date;
}

export interface CatalogCodec {
  encode(document: CatalogDocument): Omit<StoredCatalogDocument, '_id'>;
  decode(stored: StoredCatalogDocument): CatalogDocument;
}

/** The driver's own type for decimals comes with the driver, which is loaded late. */
export function createCatalogCodec(Decimal: typeof Decimal128): CatalogCodec {
  const bsonOf = (text: string): Document => (HUGE.test(text) ? widen(parseJson(text)) : parseJson(text)) as Document;

  /** Whole numbers: 64 bits, beyond that a decimal; beyond what that holds a double, which other readers of JSON make of it too. */
  function widen(value: unknown): unknown {
    if (typeof value !== 'bigint') return mapInner(value, widen);
    if (BigInt.asIntN(64, value) === value) return value;
    return String(value).length <= DECIMAL_DIGITS ? Decimal.fromString(String(value)) : Number(value);
  }

  return {
    encode: ({ identifier, properties, relations, updatedAt, ...rest }) => ({
      identifier,
      ...rest,
      properties: bsonOf(properties),
      relations: bsonOf(relations),
      updatedAt: new Date(updatedAt),
    }),
    decode: ({ _id, properties, relations, updatedAt, ...rest }) => ({
      ...rest,
      identifier: _id,
      properties: jsonOf(properties),
      relations: jsonOf(relations),
      updatedAt: updatedAt.getTime(),
    }),
  };
}

const HUGE = /\d{19}/;
const DECIMAL_DIGITS = 34;

function jsonOf(document: Document): string {
  const text = toJson(document);
  return text.includes('"$numberDecimal"') ? toJson(narrow(document)) : text;
}

function narrow(value: unknown): unknown {
  return (value as { _bsontype?: unknown } | null)?._bsontype === 'Decimal128' ? BigInt(String(value)) : mapInner(value, narrow);
}

function mapInner(value: unknown, map: (inner: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(map);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, map(inner)]));
}
