import type { Db, IndexSpecification } from 'mongodb';

interface Index {
  readonly fields: IndexSpecification;
  readonly unique?: boolean;
  /** Without the documents that do not have the field. */
  readonly sparse?: boolean;
}

/** Guarded writes name both; without it some servers look through the whole collection for the second. */
const guard: Index = { fields: { _id: 1, rev: 1 }, unique: true };

const STATE: Readonly<Record<string, readonly Index[]>> = {
  rows: [
    guard,
    { fields: { integration: 1, kind: 1, gone: 1, stamp: 1 } },
    { fields: { due: 1 } },
    { fields: { integration: 1, kind: 1, ask: 1 } },
    { fields: { gone: 1, goneAt: 1 } },
    { fields: { anchor: 1 }, sparse: true },
  ],
  outputs: [guard, { fields: { due: 1 } }, { fields: { integration: 1, gone: 1, kinds: 1 } }, { fields: { integration: 1, again: 1 } }],
  scans: [guard],
  runs: [{ fields: { integration: 1, requestedAt: 1 } }],
  // By what a redelivery is known again, and in the order of the feed.
  events: [guard, { fields: { row: 1 } }, { fields: { due: 1 } }, { fields: { integration: 1, id: 1 } }, { fields: { integration: 1, kind: 1, number: 1 } }],
  deliveries: [guard, { fields: { at: 1 } }],
  audit: [{ fields: { at: -1, _id: -1 } }, { fields: { severity: 1, at: -1, _id: -1 } }],
  dead_letters: [{ fields: { integration: 1, stage: 1, code: 1 } }],
};

const CATALOG: readonly Index[] = [{ fields: { integration: 1, kind: 1 } }, { fields: { updatedAt: 1 } }];

export type Warn = (message: string) => void;

export async function createStateIndexes(db: Db, warn: Warn): Promise<void> {
  for (const [name, indexes] of Object.entries(STATE)) await createIndexes(db, { collection: `framework.${name}`, indexes, warn });
}

export const createCatalogIndexes = (db: Db, collection: string, warn: Warn): Promise<void> => createIndexes(db, { collection, indexes: CATALOG, warn });

/** Correctness rests on no index, so one that the server refuses costs speed and a warning. */
async function createIndexes(db: Db, { collection, indexes, warn }: { readonly collection: string; readonly indexes: readonly Index[]; readonly warn: Warn }): Promise<void> {
  for (const { fields, unique = false, sparse = false } of indexes) {
    try {
      await db.collection(collection).createIndex(fields, { unique, sparse });
    } catch (err) {
      if ((err as { code?: unknown }).code === undefined) throw err;
      warn(`the MongoDB server refused the index ${JSON.stringify(fields)} on ${collection}: ${(err as Error).message}`);
    }
  }
}
