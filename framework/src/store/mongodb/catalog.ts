import { storable } from '../ids';
import type { AnyBulkWriteOperation, Collection, Db, Filter, MongoBulkWriteError, WriteError } from 'mongodb';
import type { Catalog, CatalogDocument, CatalogKey, CatalogQuery, CatalogResult } from '../store';
import { BATCH, chunks, groupBy } from './batches';
import { blueprintRefusal, documentRefusal, refusalOf, type Refusal } from './catalog-refusals';
import type { CatalogCodec, StoredCatalogDocument } from './catalog-document';
import { isDuplicate } from './dialect';

export interface CatalogOptions {
  readonly db: Db;
  readonly codec: CatalogCodec;
  /** Called once for a collection before the first write to it. */
  prepare(collection: string): Promise<void>;
}

type Stored = Collection<StoredCatalogDocument>;

/** Whole numbers beyond 2^53 come back as BigInt, digits kept. */
const reading = { useBigInt64: true } as const;

/** One collection for each blueprint, named as the blueprint. */
export function createCatalog({ db, codec, prepare }: CatalogOptions): Catalog {
  const prepared = new Map<string, Promise<void>>();
  const of = (blueprint: string): Stored => db.collection<StoredCatalogDocument>(blueprint);

  async function writable(blueprint: string): Promise<Stored> {
    let preparing = prepared.get(blueprint);
    if (!preparing) {
      preparing = prepare(blueprint);
      prepared.set(blueprint, preparing);
      preparing.catch(() => prepared.delete(blueprint));
    }
    await preparing;
    return of(blueprint);
  }

  async function writeTo(blueprint: string, documents: readonly CatalogDocument[]): Promise<CatalogResult[]> {
    const refused = blueprintRefusal(blueprint);
    if (refused) return documents.map(() => refused);
    const collection = await writable(blueprint);
    const results: CatalogResult[] = [];
    for (const some of distinct(documents)) results.push(...(await replaceAll({ collection, codec }, some)));
    return results;
  }

  return {
    async write(documents) {
      const results = new Map<CatalogDocument, CatalogResult>();
      for (const [blueprint, group] of groupBy(documents, (document) => document.blueprint)) {
        const written = await writeTo(blueprint, group);
        group.forEach((document, at) => results.set(document, written[at]!));
      }
      return documents.map((document) => results.get(document)!);
    },

    async remove(keys) {
      for (const [blueprint, group] of groupBy<string, CatalogKey>(keys, (key) => key.blueprint)) {
        if (blueprintRefusal(blueprint)) continue;
        for (const some of chunks(group)) {
          await of(blueprint).bulkWrite(some.map(({ identifier, integration }) => ({ deleteOne: { filter: { _id: storable(identifier), integration } } })), { ordered: false });
        }
      }
    },

    async get(blueprint, identifier) {
      if (blueprintRefusal(blueprint)) return undefined;
      const document = await of(blueprint).findOne({ _id: storable(identifier), blueprint }, reading);
      return document === null ? undefined : codec.decode(document);
    },

    async list(query) {
      const from = query.cursor === undefined ? undefined : readCursor(query.cursor);
      const names = query.blueprint === undefined ? await blueprintNames(db) : blueprintRefusal(query.blueprint) ? [] : [query.blueprint];
      const documents: CatalogDocument[] = [];
      for (const name of names) {
        if (from && name < from.blueprint) continue;
        const after = from?.blueprint === name ? from.identifier : undefined;
        // One more than asked for says whether there is a next page.
        const found = await of(name).find(filterOf(query, name, after), reading).sort({ _id: 1 }).limit(query.limit + 1 - documents.length).toArray();
        documents.push(...found.map(codec.decode));
        if (documents.length > query.limit) break;
      }
      const page = documents.slice(0, query.limit);
      return { documents: page, next: documents.length > page.length ? writeCursor(page.at(-1)!) : null };
    },

    async blueprints() {
      const counted = await Promise.all((await blueprintNames(db)).map(async (identifier) => ({ identifier, count: await of(identifier).countDocuments({ blueprint: identifier }) })));
      return counted.filter(({ count }) => count > 0);
    },
  };
}

/** In order, in bulks that hold no identifier twice: a bulk is unordered, and the later write owns the entity. */
function* distinct(documents: readonly CatalogDocument[]): Generator<readonly CatalogDocument[]> {
  let some = new Map<string, CatalogDocument>();
  for (const document of documents) {
    const id = storable(document.identifier);
    if (some.has(id) || some.size === BATCH) {
      yield [...some.values()];
      some = new Map();
    }
    some.set(id, document);
  }
  yield [...some.values()];
}

interface Target {
  readonly collection: Stored;
  readonly codec: CatalogCodec;
}

async function replaceAll(target: Target, documents: readonly CatalogDocument[]): Promise<CatalogResult[]> {
  const refusals = new Map<CatalogDocument, Refusal>();
  let open: CatalogDocument[] = [];
  for (const document of documents) {
    const refusal = documentRefusal(document);
    if (refusal) refusals.set(document, refusal);
    else open.push(document);
  }
  const before = await target.collection.find({ _id: { $in: open.map(({ identifier }) => storable(identifier)) } }, { projection: { integration: 1 } }).toArray();
  const owners = new Map(before.map(({ _id, integration }) => [_id, integration]));
  // Two upserts of one new document race for its `_id`; the loser goes once more.
  for (let round = 0; open.length > 0; round++) {
    const errors = await upsert(target, open);
    for (const error of errors) if (!isDuplicate(error) || round > 0) refusals.set(open[error.index]!, refusalOf(error));
    open = round > 0 ? [] : errors.filter(isDuplicate).map(({ index }) => open[index]!);
  }
  return documents.map((document) => {
    const refusal = refusals.get(document);
    if (refusal) return refusal;
    const owner = owners.get(storable(document.identifier));
    return { ok: true, created: owner === undefined, ...(owner !== undefined && owner !== document.integration && { ownerBefore: owner }) };
  });
}

/** The documents that the server refused, one error each. */
async function upsert({ collection, codec }: Target, documents: readonly CatalogDocument[]): Promise<readonly WriteError[]> {
  const operations: AnyBulkWriteOperation<StoredCatalogDocument>[] = documents.map((document) => ({
    replaceOne: { filter: { _id: storable(document.identifier) }, replacement: codec.encode(document), upsert: true },
  }));
  try {
    await collection.bulkWrite(operations, { ordered: false });
    return [];
  } catch (err) {
    const { writeErrors } = err as Partial<MongoBulkWriteError>;
    const errors = writeErrors === undefined ? [] : [writeErrors].flat();
    if (errors.length === 0) throw err;
    return errors;
  }
}

/** Collections that can be a blueprint's; a database may hold others too, whose documents do not name it. */
async function blueprintNames(db: Db): Promise<string[]> {
  const collections = await db.listCollections({}, { nameOnly: true }).toArray();
  return collections.map(({ name }) => name).filter((name) => blueprintRefusal(name) === undefined).sort();
}

function filterOf({ integration, kind, q }: CatalogQuery, blueprint: string, after: string | undefined): Filter<StoredCatalogDocument> {
  const text = q === undefined || q === '' ? undefined : { $regex: q.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'), $options: 'i' };
  return {
    blueprint,
    ...(integration !== undefined && { integration }),
    ...(kind !== undefined && { kind }),
    ...(after !== undefined && { _id: { $gt: after } }),
    ...(text && { $or: [{ identifier: text }, { title: text }] }),
  };
}

const writeCursor = ({ blueprint, identifier }: CatalogDocument): string => Buffer.from(JSON.stringify([blueprint, identifier])).toString('base64url');

/** Of a cursor that is none of ours: the beginning. */
function readCursor(cursor: string): { readonly blueprint: string; readonly identifier: string } | undefined {
  try {
    const [blueprint, identifier] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    return typeof blueprint === 'string' && typeof identifier === 'string' ? { blueprint, identifier } : undefined;
  } catch (_err) {
    return undefined;
  }
}
