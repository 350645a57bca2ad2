import { MongoClient } from 'mongodb';
import { describeWith, startMongo, type Mongo } from '../../../tools/servers';
import { newId, systemClock } from '../../src/shared';
import type { Store } from '../../src/store';
import { openMongoStore } from '../../src/store/mongodb';
import { storeContract } from './contract';

describeWith({ needs: ['mongo'] }, 'the MongoDB store', () => {
  const database = `test_${newId()}`;
  let mongo: Mongo;

  storeContract('MongoDB', async () => {
    mongo = await startMongo();
    const open = async (): Promise<Store> => {
      const store = await openMongoStore({ url: mongo.url, database, clock: systemClock });
      await store.ownership.acquire(new AbortController().signal);
      return store;
    };
    let store = await open();
    return {
      store,
      reopen: async () => {
        await store.close();
        return (store = await open());
      },
      close: async () => {
        await store.close();
        const client = await new MongoClient(mongo.url).connect();
        await client.db(database).dropDatabase();
        await client.close();
        await mongo.stop();
      },
    };
  });
});
