import type { Clock } from '../../shared';
import type { Store } from '../store';
import { createAccepting } from './accept';
import { createAuditTrail } from './audit-trail';
import { createBodies } from './body';
import { createCatalog } from './catalog';
import { createCatalogCodec } from './catalog-document';
import { connect, translated } from './connect';
import { createDocuments } from './documents';
import { createFeed } from './events';
import { createCatalogIndexes, createStateIndexes, type Warn } from './indexes';
import { createOutputs } from './outputs';
import { createOwnership } from './ownership';
import { createRows } from './rows';
import { checkSchema } from './schema';
import { createTurns } from './turns';

export interface MongoStoreOptions {
  /** With user and password; never shown. */
  readonly url: string;
  readonly database: string;
  readonly clock: Clock;
  /** Hears of indexes that the server refuses. */
  readonly warn?: Warn;
}

const PING_MS = 5_000;

/**
 * State and catalog in one database, of which one process at a time is the owner: call `ownership.acquire` before anything is written.
 * Waits up to 30 s for the server, then throws FrameworkError STORE_UNREACHABLE; STORE_TOO_NEW when a newer release wrote the database.
 */
export async function openMongoStore({ url, database, clock, warn = () => undefined }: MongoStoreOptions): Promise<Store> {
  const { client, db, translate } = await connect(url, database);
  try {
    await checkSchema(db);
    await createStateIndexes(db, warn);
  } catch (err) {
    await client.close();
    throw translate(err);
  }
  const { Binary, Decimal128 } = await import('mongodb');
  const bodies = createBodies(Binary);
  const inTurn = createTurns();
  const documents = createDocuments(db, bodies);
  const { rows, rowOutputs } = createRows({ db, documents, bodies, inTurn });
  const feed = createFeed({ db, bodies, inTurn });
  const ownership = createOwnership({ db, clock, translate });
  return {
    ownership,
    ...translated(createAccepting({ db, rows, feed }), translate),
    documents: translated(documents, translate),
    rows: translated(rows, translate),
    outputs: translated(createOutputs({ db, bodies, inTurn, rowOutputs }), translate),
    events: translated(feed.events, translate),
    audit: translated(createAuditTrail(db, bodies), translate),
    catalog: translated(createCatalog({ db, codec: createCatalogCodec(Decimal128), prepare: (collection) => createCatalogIndexes(db, collection, warn) }), translate),
    async ping() {
      try {
        await db.command({ ping: 1 }, { timeoutMS: PING_MS });
      } catch (err) {
        throw translate(err);
      }
    },
    async close() {
      // Where the server cannot be told, those who stand by find out by our silence.
      await ownership.release().catch(() => undefined);
      await client.close();
    },
  };
}
