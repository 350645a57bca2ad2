import type { Settings } from '../config';
import type { Log } from '../contract';
import type { Clock } from '../shared';
import type { Store } from '../store';

/** The store that the settings name: MongoDB where it is configured, else the data folder. Each is loaded only where it is used. */
export async function openStore(settings: Settings, with_: { readonly clock: Clock; readonly log: Log }): Promise<Store> {
  if (settings.mongodb) {
    const { openMongoStore } = await import('../store/mongodb');
    const url = settings.mongodb.url.reveal();
    return openMongoStore({ url, database: databaseName(settings.mongodb), clock: with_.clock, warn: (message) => with_.log.warn(message) });
  }
  const { openEmbeddedStore } = await import('../store/embedded');
  return openEmbeddedStore({ folder: settings.process.dataDir, ...with_ });
}

/** What the store is called: never its URL. */
export const storeName = ({ mongodb, process }: Pick<Settings, 'mongodb' | 'process'>): string => (mongodb ? `MongoDB ${databaseName(mongodb)}` : process.dataDir);

const databaseName = ({ url, database }: NonNullable<Settings['mongodb']>): string => database ?? databaseOf(url.reveal()) ?? 'integration_framework';

/** The database that the URL names in its path. */
function databaseOf(url: string): string | undefined {
  const name = /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(url)?.[1];
  return name === undefined ? undefined : decodeURIComponent(name);
}
