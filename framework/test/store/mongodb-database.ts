import { MongoClient, type Db } from 'mongodb';
import { startMongo, type Mongo } from '../../../tools/servers';
import { newId, systemClock, type Clock } from '../../src/shared';
import type { Store } from '../../src/store';
import { openMongoStore } from '../../src/store/mongodb';

/** Each test of a suite has a database of its own on one server. */
export interface TestDatabase {
  readonly db: Db;
  /** A store on it, closed after the test. */
  open(clock?: Clock): Promise<Store>;
}

export function useMongo(): TestDatabase {
  let mongo: Mongo;
  let client: MongoClient;
  let name = '';
  let stores: Store[] = [];
  beforeAll(async () => {
    mongo = await startMongo();
    client = await new MongoClient(mongo.url).connect();
  });
  beforeEach(() => {
    name = `test_${newId()}`;
  });
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    stores = [];
    await client.db(name).dropDatabase();
  });
  afterAll(async () => {
    await client?.close();
    await mongo?.stop();
  });
  return {
    get db() {
      return client.db(name);
    },
    async open(clock = systemClock) {
      const store = await openMongoStore({ url: mongo.url, database: name, clock });
      stores.push(store);
      return store;
    },
  };
}
