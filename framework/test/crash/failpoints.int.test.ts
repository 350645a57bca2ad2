import { describeWith, startMongo, type Mongo } from '../../../tools/servers';
import { newId, systemClock } from '../../src/shared';
import type { Store } from '../../src/store';
import { openMongoStore } from '../../src/store/mongodb';
import { MongoClient } from 'mongodb';
import { killEverywhere } from './failpoints';
import { newWorld } from './scenario';

/** Not every point: the embedded store tries them all. */
const STRIDE = 3;

describeWith({ needs: ['mongo'] }, 'a run with MongoDB, killed after every third of its calls', () => {
  let mongo: Mongo;
  let client: MongoClient;
  const databases: string[] = [];
  const stores: Store[] = [];
  beforeAll(async () => {
    mongo = await startMongo();
    client = await new MongoClient(mongo.url).connect();
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    for (const name of databases) await client?.db(name).dropDatabase();
    await client?.close();
    await mongo?.stop();
  });

  const open = async (): Promise<{ readonly store: Store; readonly database: string }> => {
    const database = `failpoints_${newId()}`;
    databases.push(database);
    const store = await openMongoStore({ url: mongo.url, database, clock: systemClock });
    stores.push(store);
    return { store, database };
  };

  test('is resumed by the next process and ends as if nothing had happened', async () => {
    const calls = await killEverywhere(async (prepared) => {
      const start = await open();
      const world = newWorld(start.store);
      await prepared(world);
      const from = client.db(start.database);
      return {
        world,
        async fork() {
          const { store, database } = await open();
          const into = client.db(database);
          for (const { name } of await from.listCollections().toArray()) {
            const documents = (await from.collection(name).find().toArray()).filter((document) => !['owner', 'schema'].includes(String(document._id)));
            if (documents.length > 0) await into.collection(name).insertMany(documents);
          }
          return { store, close: async () => undefined };
        },
      };
    }, STRIDE);
    expect(calls).toBeGreaterThan(80);
  });
});
