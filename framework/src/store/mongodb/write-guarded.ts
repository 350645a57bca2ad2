import type { AnyBulkWriteOperation, Collection, MongoBulkWriteError, OptionalUnlessRequiredId, UpdateFilter } from 'mongodb';
import { FrameworkError } from '../../contract';
import { newRev } from '../../shared';
import { chunks } from './batches';
import { isDuplicate, type Keyed } from './dialect';

/** What becomes of one document: its content without `rev`, or the operators that change it, or nothing left of it. */
export type Write = { readonly insert: object } | { readonly update: { readonly $set?: object; readonly $unset?: object } } | 'remove';

export interface Decision<R> {
  /** Absent: it stays as it is. */
  readonly write?: Write;
  readonly result: R;
}

export interface GuardedWrite<S, R> {
  readonly collection: Collection<Keyed>;
  /** What is stored under these ids, as far as `decide` needs it. */
  read(ids: readonly string[]): Promise<ReadonlyMap<string, S>>;
  /** Pure: it is called again with what another writer left. */
  decide(id: string, stored: S | undefined): Decision<R>;
}

export interface Written<R> {
  readonly result: R;
  readonly rev: string | undefined;
}

const ROUNDS = 10;

/**
 * The one form in which rows and outputs are written: read a batch, decide in the process, insert what is new and change the rest under its `rev`, in one unordered bulk.
 * The answer to a bulk has totals only; when fewer were written than sent, the tokens are read back and those that are not ours are decided again.
 * Gives the last decision on each id, and the token under which the document now lies. Throws FrameworkError STORE_CONTENDED after 10 rounds.
 */
export async function writeGuarded<S extends { readonly rev: string }, R>(ids: readonly string[], guarded: GuardedWrite<S, R>): Promise<Map<string, Written<R>>> {
  const results = new Map<string, Written<R>>();
  for (const chunk of chunks(ids)) {
    let open: readonly string[] = chunk;
    for (let round = 1; open.length > 0; round++) {
      if (round > ROUNDS) throw new FrameworkError('STORE_CONTENDED', [`${guarded.collection.collectionName} ${open[0]}`]);
      open = await writeOnce(open, guarded, results);
    }
  }
  return results;
}

/** Gives the ids that somebody else was faster with. */
async function writeOnce<S extends { readonly rev: string }, R>(ids: readonly string[], { collection, read, decide }: GuardedWrite<S, R>, results: Map<string, Written<R>>): Promise<readonly string[]> {
  const stored = await read(ids);
  const operations: AnyBulkWriteOperation<Keyed>[] = [];
  /** The token under which each document of the bulk should be found afterwards; undefined = it should not be found. */
  const tokens = new Map<string, string | undefined>();
  for (const id of ids) {
    const current = stored.get(id);
    const { write, result } = decide(id, current);
    results.set(id, { result, rev: current?.rev });
    if (write === undefined) continue;
    const token = write === 'remove' ? undefined : newRev();
    tokens.set(id, token);
    results.set(id, { result, rev: token });
    operations.push(operationFor({ id, rev: current?.rev, write, token }));
  }
  if (operations.length === 0) return [];
  const written = await bulk(collection, operations);
  if (written === operations.length) return [];
  const found = await collection.find({ _id: { $in: [...tokens.keys()] } }, { projection: { rev: 1 } }).toArray();
  const revs = new Map(found.map((document) => [document._id, document.rev]));
  return [...tokens].flatMap(([id, token]) => (revs.get(id) === token ? [] : [id]));
}

interface Operation {
  readonly id: string;
  readonly rev: string | undefined;
  readonly write: Write;
  readonly token: string | undefined;
}

function operationFor({ id, rev, write, token }: Operation): AnyBulkWriteOperation<Keyed> {
  if (write !== 'remove' && 'insert' in write) return { insertOne: { document: { ...write.insert, _id: id, rev: token } as OptionalUnlessRequiredId<Keyed> } };
  const filter = { _id: id, rev: rev ?? '' };
  if (write === 'remove') return { deleteOne: { filter } };
  const { $set, $unset } = write.update;
  const update = { $set: { ...$set, rev: token }, ...($unset && Object.keys($unset).length > 0 && { $unset }) };
  return { updateOne: { filter, update: update as UpdateFilter<Keyed> } };
}

/** How many of them took effect. A lost race of inserts is no failure here. */
export async function bulk(collection: Collection<Keyed>, operations: AnyBulkWriteOperation<Keyed>[]): Promise<number> {
  try {
    const { insertedCount, matchedCount, deletedCount } = await collection.bulkWrite(operations, { ordered: false });
    return insertedCount + matchedCount + deletedCount;
  } catch (err) {
    const { writeErrors, result } = err as Partial<MongoBulkWriteError>;
    const errors = writeErrors === undefined ? [] : [writeErrors].flat();
    if (result === undefined || errors.length === 0 || !errors.every(isDuplicate)) throw err;
    // Some servers count the refused inserts among the inserted.
    return Math.min(result.insertedCount + result.matchedCount + result.deletedCount, operations.length - errors.length);
  }
}
