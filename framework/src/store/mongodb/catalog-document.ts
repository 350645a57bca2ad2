import type { Document } from 'mongodb';
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

export const storedOf = ({ identifier, properties, relations, updatedAt, ...rest }: CatalogDocument): Omit<StoredCatalogDocument, '_id'> => ({
  identifier,
  ...rest,
  properties: bsonOf(properties),
  relations: bsonOf(relations),
  updatedAt: new Date(updatedAt),
});

export const catalogDocumentOf = ({ _id, properties, relations, updatedAt, ...rest }: StoredCatalogDocument): CatalogDocument => ({
  ...rest,
  identifier: _id,
  properties: toJson(properties),
  relations: toJson(relations),
  updatedAt: updatedAt.getTime(),
});

const HUGE = /\d{19}/;
const INT64 = 2n ** 63n;

/** BSON has whole numbers up to 64 bits; beyond that a double is what other readers of JSON make of it too. */
const bsonOf = (text: string): Document => (HUGE.test(text) ? narrow(parseJson(text)) : parseJson(text)) as Document;

function narrow(value: unknown): unknown {
  if (typeof value === 'bigint') return value >= -INT64 && value < INT64 ? value : Number(value);
  if (Array.isArray(value)) return value.map(narrow);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, narrow(inner)]));
}
