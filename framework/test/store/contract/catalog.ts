import type { CatalogDocument, CatalogQuery } from '../../../src/store';
import { HOSTILE, newScope, type Subject } from './fixtures';

const document = (blueprint: string, identifier: string, more: Partial<CatalogDocument> = {}): CatalogDocument => ({
  blueprint,
  identifier,
  integration: blueprint,
  kind: 'issue',
  title: `Title of ${identifier}`,
  icon: null,
  team: ['b', 'a'],
  properties: '{"n":12345678901234567890,"list":[1,null]}',
  relations: '{"to":"x"}',
  updatedAt: 1_700_000_000_000,
  ...more,
});

export function catalogContract(subject: Subject): void {
  /** A blueprint of the test's own; its entities belong to an integration of the same name unless said otherwise. */
  const own = (): string => newScope().integration;

  test('an entity is written, replaced and read back whole', async () => {
    const { catalog } = subject.store;
    const blueprint = own();
    const first = document(blueprint, 'a');
    expect(await catalog.get(blueprint, 'a')).toBeUndefined();
    expect(await catalog.write([first, document(blueprint, 'b')])).toEqual([{ ok: true, created: true }, { ok: true, created: true }]);
    expect(await catalog.get(blueprint, 'a')).toEqual(first);
    const next = { ...first, title: null, icon: 'Git', team: [], properties: '{}', updatedAt: 1_700_000_000_001 };
    expect(await catalog.write([next])).toEqual([{ ok: true, created: false }]);
    expect(await catalog.get(blueprint, 'a')).toEqual(next);
    expect(await catalog.write([])).toEqual([]);
  });

  test('the later writer owns an entity, and the earlier owner no longer removes it', async () => {
    const { catalog } = subject.store;
    const blueprint = own();
    const [first, second] = [own(), own()];
    await catalog.write([document(blueprint, 'a', { integration: first })]);
    expect(await catalog.write([document(blueprint, 'a', { integration: second })])).toEqual([{ ok: true, created: false, ownerBefore: first }]);
    await catalog.remove([{ blueprint, identifier: 'a', integration: first }]);
    expect(await catalog.get(blueprint, 'a')).toMatchObject({ integration: second });
    await catalog.remove([{ blueprint, identifier: 'a', integration: second }, { blueprint, identifier: 'nobody', integration: second }]);
    expect(await catalog.get(blueprint, 'a')).toBeUndefined();
    await catalog.remove([{ blueprint, identifier: 'a', integration: second }]);
  });

  test('list: every entity once over the pages of a cursor, filtered', async () => {
    const { catalog } = subject.store;
    const blueprint = own();
    await catalog.write(Array.from({ length: 7 }, (_, n) => document(blueprint, `e${n}`, { kind: n % 2 ? 'odd' : 'even', title: n === 3 ? 'The Déjà vu' : null })));
    const all = async (query: Partial<CatalogQuery>): Promise<string[]> => {
      const found: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page: Awaited<ReturnType<typeof catalog.list>> = await catalog.list({ blueprint, limit: 3, ...query, ...(cursor !== '' && { cursor }) });
        expect(page.documents.length).toBeLessThanOrEqual(3);
        found.push(...page.documents.map((one) => one.identifier));
        cursor = page.next;
      }
      return found;
    };
    expect(await all({})).toEqual(['e0', 'e1', 'e2', 'e3', 'e4', 'e5', 'e6']);
    expect(await all({ kind: 'odd' })).toEqual(['e1', 'e3', 'e5']);
    expect(await all({ integration: 'nobody' })).toEqual([]);
    expect(await all({ q: 'DÉJÀ' })).toEqual(['e3']);
    expect(await all({ q: 'E4' })).toEqual(['e4']);
    expect(await all({ q: '.*' })).toEqual([]);
    expect(await all({ q: '' })).toHaveLength(7);
  });

  test('blueprints are counted', async () => {
    const { catalog } = subject.store;
    const blueprint = own();
    await catalog.write([document(blueprint, 'a'), document(blueprint, 'b')]);
    expect(await catalog.blueprints()).toContainEqual({ identifier: blueprint, count: 2 });
    await catalog.remove([{ blueprint, identifier: 'a', integration: blueprint }, { blueprint, identifier: 'b', integration: blueprint }]);
    expect((await catalog.blueprints()).filter((one) => one.identifier === blueprint && one.count > 0)).toEqual([]);
  });

  test('hostile identifiers survive', async () => {
    const { catalog } = subject.store;
    const blueprint = own();
    await catalog.write(HOSTILE.map((text) => document(blueprint, text, { title: text, kind: text, team: [text] })));
    for (const text of HOSTILE) expect(await catalog.get(blueprint, text)).toMatchObject({ identifier: text, title: text, kind: text, team: [text] });
    expect((await catalog.list({ blueprint, limit: 100 })).documents).toHaveLength(HOSTILE.length);
  });
}
