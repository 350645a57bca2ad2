import { familyNamed, laggingImmediate, type Family } from './families';
import { createPureStore } from './model-store';
import { checkPure, inGroups, seedsFrom } from './model-suite';
import { checkOneKey, oneKeyFamilies } from './one-key';
import { simulate, type Breaks } from './simulate';

const SEEDS = 2_000;
const TIME_LIMIT_MS = 1_200_000;
const MINE = seedsFrom(SEEDS);

describe('the write rule in the random models', () => {
  test(
    'a storm of writes, events, runs, crashes and zombies ends in the state of the source, and no sweep is wrong',
    async () => {
      expect(await inGroups(MINE, checkPure)).toEqual([]);
    },
    TIME_LIMIT_MS,
  );

  test(
    'one key: 60 orders of what was seen and heard, with repetitions, end in the state of the source',
    async () => {
      const check = async (seed: number): Promise<string | undefined> => {
        const family = oneKeyFamilies[seed % oneKeyFamilies.length]!;
        const wrong = await checkOneKey(family, seed, 60);
        return wrong && `seed ${seed} (${family.name}): ${wrong}`;
      };
      expect(await inGroups(MINE, check)).toEqual([]);
    },
    TIME_LIMIT_MS,
  );

  test('a list that trails its writes and is not verified still converges: the event that is under way heals', async () => {
    for (const seed of MINE.slice(0, 200)) {
      const { diverged } = await simulate(laggingImmediate, seed, { store: createPureStore() });
      expect({ seed, diverged }).toEqual({ seed, diverged: [] });
    }
  });
});

/** The model must fail when the rule is broken: otherwise its silence means nothing. */
describe('the random model sees a broken rule', () => {
  const seeds = 300;
  async function rate(family: Family, how: { readonly breaks?: Breaks; readonly tombstones?: boolean }): Promise<{ readonly diverged: number; readonly falseDeletes: number }> {
    let diverged = 0;
    let falseDeletes = 0;
    for (let seed = 0; seed < seeds; seed++) {
      const outcome = await simulate(family, seed, { store: createPureStore({ tombstones: how.tombstones ?? true }), ...(how.breaks && { breaks: how.breaks }) });
      if (outcome.diverged.length > 0) diverged++;
      if (outcome.falseDeletes.length > 0) falseDeletes++;
    }
    return { diverged, falseDeletes };
  }
  const percent = (part: number): string => `${((100 * part) / seeds).toFixed(1)} %`;
  const report = (what: string, { diverged, falseDeletes }: { readonly diverged: number; readonly falseDeletes: number }): void =>
    void process.stderr.write(`${what}: ${percent(diverged)} of ${seeds} seeds diverge, ${percent(falseDeletes)} have false deletes\n`);

  test.each([
    { what: 'the stamp of a page taken after the read', family: 'listed, no version', breaks: { stampAfterRead: true } },
    { what: 'the position stored before the page', family: 'listed, claims with version', breaks: { positionFirst: true } },
    { what: 'no tombstones', family: 'listed, claims with version', tombstones: false },
    { what: 'no tombstones, told', family: 'told, versions in any order', tombstones: false },
  ])('$what', async ({ what, family, breaks, tombstones }) => {
    const broken = await rate(familyNamed(family), { ...(breaks && { breaks }), ...(tombstones !== undefined && { tombstones }) });
    report(what, broken);
    expect(broken.diverged).toBeGreaterThan(0);
    expect(await rate(familyNamed(family), {})).toEqual({ diverged: 0, falseDeletes: 0 });
  });
});
