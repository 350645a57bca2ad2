import type { ElementRef, NewElement } from '../../src/contract';
import { asset, keys, startStage, type Stage } from './stage';

let stage: Stage;
afterEach(() => stage.stop());

const ref = (identifier: string): ElementRef<never> => ({ blueprint: 'database', identifier }) as ElementRef<never>;
const described = (identifier: string, description: string): NewElement<never> => asset(identifier, { description });

/** One page of a comparison is read, then something is told, then the page is handed over. */
async function read(given: { readonly before?: readonly NewElement<never>[]; readonly page: readonly NewElement<never>[]; readonly told: (write: Stage['context']) => Promise<unknown> }): Promise<void> {
  let first = true;
  stage = await startStage([
    {
      identifier: 'pg',
      services: ['database'],
      methods: () => ({
        async refresh(run) {
          await run.reconcile({
            blueprint: 'database' as never,
            source$: (async function* () {
              const page = first ? (given.before ?? []) : given.page;
              if (!first) await given.told(stage.context);
              first = false;
              yield page;
            })(),
          });
        },
      }),
    },
  ]);
  await stage.run('pg');
  await stage.run('pg');
}
const shown = async (): Promise<object> => Object.fromEntries([...(await stage.catalog('database'))].map(([name, { properties }]) => [name, (JSON.parse(properties) as { description?: string }).description]));

describe('I10 what is told during a refresh is newer than the page that was read before it', () => {
  test('a change: also after the page said otherwise', async () => {
    await read({
      before: [described('d1', 'old')],
      page: [described('d1', 'page')],
      told: (context) => context('pg').database.create('database', described('d1', 'told')),
    });
    expect(await shown()).toEqual({ d1: 'told' });
  });

  test('an update, and one that says what the page says', async () => {
    await read({
      before: [described('d1', 'old'), described('d2', 'old')],
      page: [described('d1', 'page'), described('d2', 'told')],
      told: async (context) => {
        await context('pg').database.update(ref('d1'), { description: 'told' } as never);
        await context('pg').database.upsert('database', [described('d2', 'told')] as never);
      },
    });
    expect(await shown()).toEqual({ d1: 'told', d2: 'told' });
  });

  test('a removal: the page does not bring it back', async () => {
    await read({ before: [described('d1', 'old'), described('d2', 'old')], page: [described('d1', 'old'), described('d2', 'old')], told: (context) => context('pg').database.remove(ref('d1')) });
    expect(await shown()).toEqual({ d2: 'old' });
  });

  test('a creation that the pages lack: the sweep does not take it', async () => {
    await read({ before: [described('d1', 'old')], page: [described('d1', 'old')], told: (context) => context('pg').database.create('database', described('d2', 'told')) });
    expect(await shown()).toEqual({ d1: 'old', d2: 'told' });
  });

  test('what was told before the page was read is older', async () => {
    await read({ before: [], page: [described('d1', 'page')], told: () => Promise.resolve() });
    await stage.context('pg').database.create('database', described('d1', 'told'));
    await stage.context('pg').database.create('database', described('d2', 'told'));
    await stage.run('pg');
    expect(await shown()).toEqual({ d1: 'page' });
    expect(keys(await stage.catalog('database'))).toEqual(['d1']);
  });
});
