import type { Store } from '../../src/store';
import { families } from './families';
import { createPureStore, fromStore, type ModelStore } from './model-store';
import { anyOrder, createHistory, keyOf, oneKeyFamilies, runOrder } from './one-key';
import { seeded } from './random';
import { simulate } from './simulate';

/** Seeds of each test: MODEL_SEEDS for more (or one, with MODEL_FIRST, to see a failure again). A seed decides its family too. */
export const seedsFrom = (usual: number): readonly number[] => {
  const first = Number(process.env['MODEL_FIRST'] ?? 0);
  return Array.from({ length: Number(process.env['MODEL_SEEDS'] ?? usual) }, (_, n) => first + n);
};

/** Seeds under way at the same time in one store: their writes share transactions, as those of concurrent flows do. */
const TOGETHER = 250;

export async function inGroups(seeds: readonly number[], check: (seed: number) => Promise<string | undefined>): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (let at = 0; at < seeds.length; at += TOGETHER) {
    const found = await Promise.all(seeds.slice(at, at + TOGETHER).map(check));
    wrong.push(...found.filter((one) => one !== undefined));
  }
  return wrong;
}

export async function checkSystem(seed: number, store: ModelStore): Promise<string | undefined> {
  const family = families[seed % families.length]!;
  const { diverged, falseDeletes } = await simulate(family, seed, { store });
  if (diverged.length === 0 && falseDeletes.length === 0) return undefined;
  return `seed ${seed} (${family.name}): ${[...diverged, ...falseDeletes.map((key) => `falsely deleted ${key}`)].join(', ')}`;
}

async function checkKey(seed: number, store: Store): Promise<string | undefined> {
  const family = oneKeyFamilies[seed % oneKeyFamilies.length]!;
  const scope = { integration: `key${seed}`, kind: 'thing' };
  const random = seeded(seed);
  const history = createHistory(family, scope, random);
  const { found, wanted } = await runOrder(family, { history, order: anyOrder(history, random), scope, store: keyOf(store, scope) });
  await store.rows.forget(scope.integration);
  return found === wanted ? undefined : `seed ${seed} (${family.name}): found ${found}, wanted ${wanted}`;
}

export const checkPure = (seed: number): Promise<string | undefined> => checkSystem(seed, createPureStore());

const TIME_LIMIT_MS = 1_200_000;

/** Both random models against a store (resync-algorithm.md 6 and 8): registers the tests. */
export function modelSuite(name: string, seeds: number, open: () => Promise<{ readonly store: Store; close(): Promise<void> }>): void {
  describe(`${name}: the random models`, () => {
    let opened: { readonly store: Store; close(): Promise<void> };
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());

    test(
      'a storm of writes, events, runs, crashes and zombies ends in the state of the source, and no sweep is wrong',
      async () => {
        const store = fromStore(opened.store);
        expect(await inGroups(seedsFrom(seeds), (seed) => checkSystem(seed, store))).toEqual([]);
      },
      TIME_LIMIT_MS,
    );

    test(
      'what was seen and heard of one key, in any order and repeated, ends in the state of the source',
      async () => {
        expect(await inGroups(seedsFrom(seeds), (seed) => checkKey(seed, opened.store))).toEqual([]);
      },
      TIME_LIMIT_MS,
    );
  });
}
