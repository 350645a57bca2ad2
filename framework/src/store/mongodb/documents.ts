import type { Db, Document, Filter } from 'mongodb';
import { newRev } from '../../shared';
import { storable } from '../ids';
import type { Collection, DocumentQuery, Documents, Stored, Writable } from '../store';
import { checkSize, decodeBody, isDeflated, type Bodies, type StoredBody } from './body';
import { isDuplicate, startsWith, type Keyed } from './dialect';

/** Small documents, stored as they are; a long text among their fields is stored deflated. */
export function createDocuments(db: Db, bodies: Bodies): Documents {
  const of = (collection: Collection) => db.collection<Keyed>(`framework.${collection}`);
  // Integers beyond 2^53 (positions of a source) come back as BigInt; everything else was written as a double or a small integer.
  const reading = { useBigInt64: true } as const;

  const encode = (document: Stored | Writable<Stored>, rev: string): Keyed => {
    const texts: StoredBody[] = [];
    const fields = mapValues(document, (value) => {
      if (typeof value !== 'string') return value;
      const body = bodies.encode(value);
      texts.push(body);
      return body;
    });
    checkSize(document._id, texts);
    return { ...fields, _id: storable(document._id), rev };
  };
  const decode = <T extends Stored>(document: Document): T => mapValues(document, (value) => (isDeflated(value) ? decodeBody(value) : value)) as unknown as T;

  return {
    async get<T extends Stored>(collection: Collection, id: string): Promise<T | undefined> {
      const document = await of(collection).findOne({ _id: storable(id) }, reading);
      return document === null ? undefined : decode<T>(document);
    },

    async insert<T extends Stored>(collection: Collection, document: Writable<T>): Promise<string | undefined> {
      const rev = newRev();
      try {
        await of(collection).insertOne(encode(document, rev));
        return rev;
      } catch (err) {
        if (isDuplicate(err)) return undefined;
        throw err;
      }
    },

    async replace<T extends Stored>(collection: Collection, document: Writable<T>, rev: string): Promise<string | undefined> {
      const next = newRev();
      const encoded = encode(document, next);
      const { matchedCount } = await of(collection).replaceOne({ _id: encoded._id, rev }, encoded);
      return matchedCount === 1 ? next : undefined;
    },

    async remove(collection, id, rev) {
      const { deletedCount } = await of(collection).deleteOne(rev === undefined ? { _id: storable(id) } : { _id: storable(id), rev });
      return deletedCount === 1;
    },

    async list<T extends Stored>(collection: Collection, query: DocumentQuery): Promise<T[]> {
      const { by = '_id', descending = false } = query.order ?? {};
      const direction = descending ? -1 : 1;
      const sort: Record<string, 1 | -1> = by === '_id' ? { _id: direction } : { [by]: direction, _id: direction };
      const found = await of(collection).find(filterOf(query), reading).sort(sort).limit(query.limit).toArray();
      return found.map((document) => decode<T>(document));
    },
  };
}

function filterOf({ prefix, equals = {}, below = {}, after }: DocumentQuery): Filter<Keyed> {
  const conditions: Filter<Keyed>[] = Object.entries(equals).map(([field, value]) => ({ [field]: value }));
  for (const [field, value] of Object.entries(below)) conditions.push({ [field]: { $lt: value } });
  if (prefix) conditions.push({ _id: startsWith(storable(prefix)) });
  if (after !== undefined) conditions.push({ _id: { $gt: storable(after) } });
  return conditions.length === 0 ? {} : { $and: conditions };
}

const mapValues = (document: object, map: (value: unknown) => unknown): Record<string, unknown> =>
  Object.fromEntries(Object.entries(document).map(([field, value]) => [field, map(value)]));
