import type { BlueprintName, ElementRef, NewElement } from '../../src/contract';
import { seeded } from '../../src/connector/lifecycle/test/timeline';
import { asset, part, startStage, type Stage } from './stage';

let stage: Stage;
afterEach(() => stage.stop());

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const STEPS = 120;

/** Databases and their tables, which change whenever they like; a table goes with its database. */
function thirdParty(random: () => number) {
  const databases = new Map<string, string>();
  const tables = new Map<string, string>();
  const pick = (): string => NAMES[Math.floor(random() * NAMES.length)]!;
  const element = (blueprint: BlueprintName, name: string): NewElement<never> =>
    blueprint === 'database' ? asset(name, { description: databases.get(name)! }) : part(name, { description: tables.get(name)! }, { parent: { blueprint: 'database', identifier: name.split('.')[0] } });
  return {
    databases,
    tables,
    element,
    /** Names of what changed. */
    change(step: number): readonly ElementRef[] {
      const name = pick();
      const table = `${name}.${pick()}`;
      const dice = random();
      if (dice < 0.4) databases.set(name, `${step}`);
      else if (dice < 0.75 && databases.has(name)) {
        tables.set(table, `${step}`);
        return [{ blueprint: 'table', identifier: table } as ElementRef];
      } else if (dice < 0.85) {
        tables.delete(table);
        return [{ blueprint: 'table', identifier: table } as ElementRef];
      } else {
        databases.delete(name);
        for (const one of [...tables.keys()]) if (one.startsWith(`${name}.`)) tables.delete(one);
      }
      return [{ blueprint: 'database', identifier: name } as ElementRef];
    },
    /** As it is when each page is read: names in order, so that nothing is passed over. */
    async *pages(blueprint: 'database' | 'table', breathe: () => Promise<void>): AsyncGenerator<readonly NewElement<never>[]> {
      const all = blueprint === 'database' ? databases : tables;
      for (let after = ''; ; ) {
        const names = [...all.keys()].filter((name) => name > after).sort().slice(0, 3);
        const page = names.map((name) => element(blueprint, name));
        await breathe();
        if (names.length === 0) return;
        yield page;
        after = names.at(-1)!;
      }
    },
  };
}

test('any interleaving of changes, of what is told of them and of refreshes ends as the third party is', async () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  console.log(`seed ${seed}`);
  const random = seeded(seed);
  const breathing = seeded(seed + 1);
  const there = thirdParty(random);
  const breathe = async (): Promise<void> => {
    for (let left = Math.floor(breathing() * 8); left > 0; left--) await new Promise((resolve) => setImmediate(resolve));
  };
  stage = await startStage([
    {
      identifier: 'pg',
      services: ['database'],
      entry: { guard: { on: false, share: 0, atLeast: 0 } },
      methods: () => ({
        async refresh(run) {
          const order = breathing() < 0.5 ? (['database', 'table'] as const) : (['table', 'database'] as const);
          for (const blueprint of order) await run.reconcile({ blueprint: blueprint as never, source$: there.pages(blueprint, breathe) as never });
        },
      }),
    },
  ]);
  const context = await stage.ready('pg');
  const telling: Promise<unknown>[] = [];
  /** What is told of one thing comes in order, and says how it is then. */
  const inOrder = new Map<string, Promise<unknown>>();
  const tell = (ref: ElementRef): void => {
    const key = `${ref.blueprint}/${ref.identifier}`;
    const next = (inOrder.get(key) ?? Promise.resolve()).then(async () => {
      await breathe();
      const all = ref.blueprint === 'database' ? there.databases : there.tables;
      if (all.has(ref.identifier)) await context.database.create(ref.blueprint as never, there.element(ref.blueprint, ref.identifier));
      else await context.database.remove(ref as never);
    });
    inOrder.set(key, next);
    telling.push(next);
  };
  const runs: Promise<unknown>[] = [];
  for (let step = 0; step < STEPS; step++) {
    // A third of what happens is never told.
    for (const ref of there.change(step)) if (random() < 0.67) tell(ref);
    if (random() < 0.15) runs.push(stage.run('pg'));
    await breathe();
  }
  await Promise.all([...telling, ...runs]);
  expect(await stage.run('pg')).toMatchObject({ state: 'completed' });
  const seen = async (blueprint: string): Promise<object> => Object.fromEntries([...(await stage.catalog(blueprint))].map(([name, { properties }]) => [name, (JSON.parse(properties) as { description: string }).description]));
  expect(await seen('database')).toEqual(Object.fromEntries(there.databases));
  expect(await seen('table')).toEqual(Object.fromEntries(there.tables));
});
