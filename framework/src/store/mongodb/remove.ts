import type { Collection, Filter } from 'mongodb';
import { BATCH, chunks } from './batches';
import type { Keyed } from './dialect';
import { bulk } from './write-guarded';

/** Removes up to `limit` documents that match and that nobody changed meanwhile. Gives how many. */
export async function removeGuarded(collection: Collection<Keyed>, filter: Filter<Keyed>, limit: number): Promise<number> {
  const found = await collection.find(filter, { projection: { rev: 1 } }).limit(limit).toArray();
  let removed = 0;
  for (const chunk of chunks(found)) removed += await bulk(collection, chunk.map(({ _id, rev }) => ({ deleteOne: { filter: { _id, rev } } })));
  return removed;
}

/** Removes what matches until nothing does. */
export async function removeWhile(collection: Collection<Keyed>, filter: Filter<Keyed>): Promise<void> {
  while ((await collection.findOne(filter, { projection: { _id: 1 } })) !== null) await removeGuarded(collection, filter, BATCH);
}
