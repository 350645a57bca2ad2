import { MongoClient } from 'mongodb';
import { describeWith, startMongo, type Mongo } from '../../../tools/servers';
import { newId, systemClock } from '../../src/shared';
import type { Store } from '../../src/store';
import { openMongoStore } from '../../src/store/mongodb';
import { families } from '../model/families';
import { fromStore } from '../model/model-store';
import { simulate } from '../model/simulate';

/** In all, dealt out to the families. `MODEL_SEEDS=2000` runs more, `MODEL_SEED=7` begins there. */
const SEEDS = Number(process.env['MODEL_SEEDS'] ?? 150);
const FIRST = Number(process.env['MODEL_SEED'] ?? 1);
/** The time of a simulation goes into waiting for the server. */
const AT_ONCE = 8;

describeWith({ needs: ['mongo'] }, 'the model against the MongoDB store', () => {
  const database = `test_${newId()}`;
  let mongo: Mongo;
  let store: Store;
  beforeAll(async () => {
    mongo = await startMongo();
    store = await openMongoStore({ url: mongo.url, database, clock: systemClock });
  });
  afterAll(async () => {
    await store?.close();
    if (mongo) {
      const client = await new MongoClient(mongo.url).connect();
      await client.db(database).dropDatabase();
      await client.close();
      await mongo.stop();
    }
  });

  it(`ends in the source's state, and no run buries what existed throughout (seeds ${FIRST} to ${FIRST + SEEDS - 1})`, async () => {
    const model = fromStore(store);
    let next = FIRST;
    const wrong: string[] = [];
    const work = async (): Promise<void> => {
      for (;;) {
        const seed = next++;
        if (seed >= FIRST + SEEDS) return;
        const family = families[seed % families.length]!;
        const { diverged, falseDeletes } = await simulate(family, seed, { store: model });
        for (const what of [...diverged, ...falseDeletes.map((key) => `false delete ${key}`)]) wrong.push(`${family.name}, seed ${seed}: ${what}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    expect(wrong).toEqual([]);
  }, 120_000 + SEEDS * 2_000);
});
