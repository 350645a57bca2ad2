import { ABSENT, canonicalId, eventNameOf, identityOf, Secret, type Context, type Delivery, type JsonObject } from '@integration-framework/framework';
import { allRows, kindOf, planKind, readPartition, testContext, testHttp } from '@integration-framework/framework/testkit';
import confluence from '../src/index';
import type { ConfluenceSettings } from '../src/settings';
import { page, space } from './confluence-data';
import { delivery } from './deliveries';
import { startFakeConfluence, type FakeConfluence, type World } from './fake-confluence';
import { newWorld } from './world';

const account: ConfluenceSettings = { baseUrl: 'https://acme.atlassian.net', username: new Secret('a@example.com'), apiToken: new Secret('t') };

test.each<[string, ConfluenceSettings, readonly string[]]>([
  ['none: pushed events only', {}, []],
  ['an account', { ...account, itemTypes: ['page', 'space'], spaceKeysFilter: ['SHOP'] }, []],
  ['no token', { baseUrl: 'https://acme.atlassian.net', username: new Secret('a') }, [expect.stringMatching(/^apiToken is missing/) as string]],
  ['only an address', { baseUrl: 'https://acme.atlassian.net' }, [expect.stringMatching(/^username and apiToken is missing/) as string]],
  ['no address', { ...account, baseUrl: 'acme' }, [expect.stringMatching(/^baseUrl is not an address/) as string]],
  ['another type of item', { ...account, itemTypes: ['blog'] }, ["itemTypes holds 'blog'; it takes space and page"]],
])('settings: %s', (_, given, problems) => {
  expect(confluence.validate?.(given)).toEqual(problems);
});

test.each<[string, ConfluenceSettings, readonly string[]]>([
  ['without an account nothing', {}, []],
  ['with one both', account, ['space', 'page']],
  ['pages only', { ...account, itemTypes: ['page'] }, ['page']],
  ['an empty list says nothing', { ...account, itemTypes: [] }, ['space', 'page']],
])('listed: %s', (_, given, names) => {
  expect(confluence.kinds?.filter((kind) => kind.scan && kind.listed?.(given)).map(({ name }) => name)).toEqual(names);
});

test('the check without an account', async () => {
  expect(await confluence.check?.(testContext<ConfluenceSettings>({}))).toEqual({ ok: true, lines: ['no account: only pushed events are taken'] });
});

describe('at a site', () => {
  let world: World;
  let fake: FakeConfluence;
  let settings: ConfluenceSettings;
  beforeEach(async () => {
    world = newWorld();
    fake = await startFakeConfluence(world, { account: 'ann@example.com:täst', limit: 2 });
    settings = { baseUrl: fake.url, username: new Secret('ann@example.com'), apiToken: new Secret('täst') };
  });
  afterEach(() => fake.close());

  const contextOf = (more: ConfluenceSettings = {}): Context<ConfluenceSettings> => {
    const given = { ...settings, ...more };
    return testContext(given, { http: testHttp(confluence, given, { retries: 0 }).http! });
  };
  const scan = (kind: string, more?: ConfluenceSettings): Promise<readonly JsonObject[]> => allRows<JsonObject, ConfluenceSettings>({ integration: confluence, kind, context: contextOf(more) });
  const ids = (rows: readonly JsonObject[]): readonly unknown[] => rows.map(({ id }) => id);
  /** As the asker does it: the current state of what an event is about. */
  async function ask(given: Delivery, more?: ConfluenceSettings): Promise<readonly unknown[]> {
    const [change] = confluence.live!.changes({ ...given, type: eventNameOf(confluence.live!, given)!.type }, settings);
    if (!change || change.is === 'ignored') throw new Error('a change was expected');
    const kind = kindOf(confluence, change.kind);
    const row = (await kind.get!(contextOf(more), { key: String(identityOf(change.keys)![0]), row: change.row })) as JsonObject | typeof ABSENT;
    return row !== ABSENT && kind.member!(contextOf(more), row) ? [row] : [];
  }

  test('spaces and pages, to the last cursor, with their bodies; what is in the trash is not there', async () => {
    expect([ids(await scan('space')), ids(await scan('page'))]).toEqual([['101', '102', '103'], ['1010', '1011', '1012', '1020', '1030']]);
    expect((await scan('page'))[1]).toMatchObject({ spaceKey: 'SHOP', body: { storage: { value: '<p>What 1011 says</p>', representation: 'storage' } }, _links: { base: `${fake.url}/wiki`, webui: '/spaces/SHOP/pages/1011' } });
  });

  test('the address may end in /wiki', async () => {
    expect(ids(await scan('space', { baseUrl: `${fake.url}/wiki/` }))).toEqual(['101', '102', '103']);
  });

  test('the filter holds for spaces and their pages, however they are learned of', async () => {
    const only = { spaceKeysFilter: ['ENG', '~557058a1'] };
    expect([ids(await scan('space', only)), ids(await scan('page', only))]).toEqual([['102', '103'], ['1020', '1030']]);
    expect([await ask(delivery('page_updated', 'page'), only), await ask(delivery('space_updated', 'space'), only)]).toEqual([[], []]);
    expect(await ask(delivery('page_updated', 'page', { id: 1020 }), only)).toMatchObject([{ id: '1020', spaceKey: 'ENG' }]);
  });

  test('more keys than a filter of the API takes are picked from all', async () => {
    const many = { spaceKeysFilter: ['ENG', ...Array.from({ length: 300 }, (_, index) => `S${index}`)] };
    expect([ids(await scan('space', many)), ids(await scan('page', many))]).toEqual([['102'], ['1020']]);
    expect(fake.calls.filter((call) => call.includes('keys='))).toEqual([]);
  });

  test('an import after webhooks creates no second document, and an event asks for the row that the import gives', async () => {
    const docs = space('104', 'DOCS');
    world.spaces.push(docs);
    world.pages.push(page(docs, '1040'));
    for (const given of [delivery('space_created', 'space', { id: 104, key: 'DOCS' }), delivery('page_created', 'page', { id: 1040, spaceKey: 'DOCS' }), delivery('page_updated', 'page')]) {
      const [change] = confluence.live!.changes({ ...given, type: eventNameOf(confluence.live!, given)!.type }, settings);
      if (!change || change.is === 'ignored') throw new Error('a change was expected');
      const name = canonicalId({ vendor: 'confluence', kind: change.kind }, identityOf(change.keys)!);
      const imported = (await scan(change.kind)).filter((row) => canonicalId({ vendor: 'confluence', kind: change.kind }, kindOf(confluence, change.kind).key(row)) === name);
      expect([name, imported]).toEqual([name, await ask(given)]);
      expect(imported).toHaveLength(1);
    }
  });

  test('what went to the trash is gone; what was moved tells its new space', async () => {
    world.pages[1] = { ...world.pages[1]!, status: 'trashed' };
    expect(await ask(delivery('page_trashed', 'page'))).toEqual([]);
    const [old] = (await scan('page')).filter(({ id }) => id === '1010');
    world.pages[0] = { ...world.pages[0]!, spaceId: '102' };
    expect(await kindOf(confluence, 'page').get!(contextOf(), { key: '1010', row: old })).toMatchObject({ spaceId: '102', spaceKey: 'ENG' });
  });

  test('a page of a space that the account does not see is gone', async () => {
    world.spaces.splice(0, 1);
    expect(await ask(delivery('page_updated', 'page'))).toEqual([]);
  });

  test('a space that went between plan and scan proves nothing', async () => {
    const context = contextOf();
    const [partition] = await planKind({ integration: confluence, kind: 'page', context });
    expect(partition).toEqual({ name: '101', data: { key: 'SHOP' } });
    world.spaces.splice(0, 1);
    await expect(readPartition({ integration: confluence, kind: 'page', context }, partition!)[Symbol.asyncIterator]().next()).rejects.toMatchObject({ recovery: 'incomplete' });
  });

  test('a guest is refused, whose lists are empty: nothing is deleted because a token expired', async () => {
    const guest = { apiToken: new Secret('expired') };
    for (const kind of ['space', 'page']) await expect(scan(kind, guest)).rejects.toMatchObject({ code: 'SOURCE_REFUSED', act: 'operator' });
    await expect(ask(delivery('page_updated', 'page'), guest)).rejects.toMatchObject({ code: 'SOURCE_REFUSED' });
    await expect(readPartition({ integration: confluence, kind: 'page', context: contextOf(guest) }, { name: '101', data: { key: 'SHOP' } })[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'SOURCE_REFUSED' });
    expect(await confluence.check?.(contextOf(guest))).toMatchObject({ ok: false, lines: [expect.stringContaining('refused our credentials')] });
    expect(await confluence.check?.(contextOf())).toEqual({ ok: true, lines: [`${fake.url}: signed in as Catalog`] });
  });

  test('envelopes of rows that were read', async () => {
    const base_url = `${fake.url}/wiki`;
    const [[shop], [, first]] = [await scan('space'), await scan('page')] as [JsonObject[], JsonObject[]];
    expect(kindOf(confluence, 'space').envelope!(shop)).toEqual({ type: 'space', id: '101', key: 'SHOP', name: 'Space SHOP', base_url, data: shop });
    expect(kindOf(confluence, 'page').envelope!(first)).toEqual({ type: 'page', id: '1011', key: '1011', name: 'Page 1011', base_url, space_key: 'SHOP', data: first });
  });
});

test.each(['/wiki/api/v2/spaces?limit=2', '/wiki/api/v2/spaces?cursor=again'])('a list whose next page leads nowhere new is incomplete: %s', async (next) => {
  const send = async ({ url }: { readonly url: string }) => ({ status: 200, headers: {}, body: url.startsWith('/rest') ? { type: 'known', accountId: '1' } : { results: [], _links: { next } } });
  const context = testContext(account, { http: { send, get: async (url) => (await send({ url })).body } });
  await expect(allRows({ integration: confluence, kind: 'space', context })).rejects.toMatchObject({ recovery: 'incomplete' });
});
