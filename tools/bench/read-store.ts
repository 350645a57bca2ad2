import { openEmbeddedStore } from '../../framework/src/store/embedded';
import { openMongoStore } from '../../framework/src/store/mongodb';
import { runsOf, type Run, type Store } from '../../framework/src/store';
import { systemClock } from '../../framework/src/shared';

export const DATABASE = 'bench';

/** Where a measured process kept its state: a MongoDB server, or a data folder. */
export type Place = { readonly mongoUrl: string } | { readonly dataFolder: string };

/** What the process left behind, read after it ended. */
export async function readStore<T>(place: Place, read: (store: Store) => Promise<T>): Promise<T> {
  const store =
    'mongoUrl' in place
      ? await openMongoStore({ url: place.mongoUrl, database: DATABASE, clock: systemClock, warn: () => undefined })
      : await openEmbeddedStore({ folder: place.dataFolder, clock: systemClock });
  try {
    return await read(store);
  } finally {
    await store.close();
  }
}

export const lastRun = async (store: Store, integration: string): Promise<Run | undefined> => (await runsOf(store.documents, integration, 1))[0];

/** How many documents the catalog holds, and when the newest was written. */
export async function readCatalog(store: Store): Promise<{ readonly documents: number; readonly newest: number }> {
  let [documents, newest] = [0, 0];
  let cursor: string | undefined;
  do {
    const page = await store.catalog.list({ limit: 1_000, ...(cursor !== undefined && { cursor }) });
    documents += page.documents.length;
    for (const { updatedAt } of page.documents) newest = Math.max(newest, updatedAt);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return { documents, newest };
}
