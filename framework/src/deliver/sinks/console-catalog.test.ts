import { createHash } from 'node:crypto';
import { Secret } from '../../contract';
import { fakeClock } from '../../testkit';
import type { DocumentItem, DocumentSink, SinkResult } from '../sink';
import { consoleCatalog } from './console-catalog';
import { slug } from './console-item';
import { behavesLikeASink, SECRET } from './test/behaves';
import { deleted, NEVER, OPTIONS, place, written } from './test/items';
import { loopback, type Loopback, type Reply, type Request } from './test/loopback';

type Settings = Parameters<typeof consoleCatalog.create>[0];
interface Item {
  readonly itemId: string;
  readonly name: string;
  readonly [member: string]: unknown;
}

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');
const ITEMS = '/console/api/tenants/acme/marketplace/items';

describe('the sink console-catalog', () => {
  const items = new Map<string, Item>();
  let server: Loopback;
  let token = 0;
  let life = 3_600;
  let valid = new Set<string>();
  const open: DocumentSink[] = [];

  const catalog = (request: Request): Reply => {
    const { method, path, headers } = request;
    if (method === 'POST' && path === '/api/m2m/oauth/token') {
      if (headers.authorization !== `Basic ${Buffer.from(`robot:${SECRET}`).toString('base64')}` || request.body !== 'grant_type=client_credentials') return { status: 401, body: { message: 'wrong client' } };
      valid.add(`Bearer t${++token}`);
      return { status: 200, body: { access_token: `t${token}`, token_type: 'Bearer', expires_in: life } };
    }
    if (!valid.has(headers.authorization ?? '')) return { status: 401, body: { message: 'no token' } };
    if (method === 'POST' && path === ITEMS) {
      const { resources } = JSON.parse(request.body) as { resources: Item[] };
      if (resources.some(({ name }) => name === 'unreadable')) return { status: 400, body: { message: 'unreadable' } };
      const answers = resources.map((item) => ({ itemId: item.itemId, errors: item.name === 'invalid' ? [{ message: 'name is invalid' }, { message: 'so is the rest' }] : [] }));
      for (const item of resources) if (item.name !== 'invalid') items.set(item.itemId, item);
      return { status: 200, body: { done: answers.every(({ errors }) => errors.length === 0), items: answers } };
    }
    const [, id] = /^\/console\/api\/tenants\/acme\/marketplace\/items\/([^/]+)\/versions\/NA$/.exec(path) ?? [];
    if (method === 'DELETE' && id !== undefined) return { status: items.delete(id) ? 204 : 404 };
    return { status: 404, body: { message: 'not found' } };
  };

  beforeAll(async () => {
    server = await loopback(catalog);
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    items.clear();
    (server.requests as Request[]).length = 0;
    server.fault = undefined;
    life = 3_600;
    valid = new Set();
  });
  afterEach(() => Promise.all(open.splice(0).map((sink) => sink.close())));

  const settings = (more: Partial<Settings> = {}): Settings => ({
    url: `${server.url}/console`,
    tenantId: 'acme',
    clientId: 'robot',
    clientSecret: new Secret(SECRET),
    itemTypeDefinitionRef: { name: 'issue', namespace: 'acme' },
    itemNameTemplate: '{{ title }}',
    itemLifecycleStatus: 'published',
    ...more,
  });
  const sinkOf = (more: Partial<Settings> = {}, clock = fakeClock()): DocumentSink => {
    const sink = consoleCatalog.create(settings(more), { ...place('console'), clock });
    open.push(sink);
    return sink;
  };
  const write = (sink: DocumentSink, ...given: readonly DocumentItem[]): Promise<readonly SinkResult[]> => sink.write(given, OPTIONS, NEVER);
  const idOf = (id: string): string => sha1(`jira-issue-id-${id}`);
  const calls = (): string[] => server.requests.map(({ method, path }) => `${method} ${path.replace(ITEMS, '…')}`);

  behavesLikeASink({
    type: consoleCatalog,
    settings: () => settings(),
    elsewhere: (port) => settings({ url: `http://127.0.0.1:${port}/console` }),
    holds: async (id) => items.get(sha1(`jira-issue-id-${id.split(':')[1]!}`)),
    unacceptable: written('list', { title: 'invalid' }),
  });

  it('sends what the page says', async () => {
    const sink = sinkOf({ url: `${server.url}/console/` });
    expect(await write(sink, written('1', { title: 'One', big: 9007199254740995n }), written('2'))).toEqual([
      { is: 'ok', note: idOf('1') },
      { is: 'ok', note: idOf('2') },
    ]);
    expect(calls()).toEqual(['POST /api/m2m/oauth/token', 'POST …']);
    expect(server.requests[0]!.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(server.requests[1]!.headers.authorization).toBe(`Bearer t${token}`);
    expect(server.requests[1]!.body).toContain('"big":9007199254740995');
    expect(JSON.parse(server.requests[1]!.body)).toMatchObject({
      resources: [
        { itemId: idOf('1'), name: 'One', itemTypeDefinitionRef: { name: 'issue', namespace: 'acme' }, description: '', tenantId: 'acme', lifecycleStatus: 'published', resources: { title: 'One' } },
        { itemId: idOf('2') },
      ],
    });
    expect(Object.keys(items.get(idOf('2'))!)).toHaveLength(7);
  });

  it('renders every template and sends every declared key, the direct one before the older', async () => {
    const sink = sinkOf({
      categoryIdTemplate: 'c-{{ kind }}',
      descriptionTemplate: '{{ nope }}',
      imageUrlTemplate: 'https://i/{{ n }}',
      releaseDateTemplate: '2026',
      repositoryUrlTemplate: 'r',
      supportedByTemplate: 's',
      supportedByImageUrlTemplate: 'si',
      documentation: { type: 'markdown', url: 'https://d/{{ n }}' },
      labels: { tier: '{{ kind }}' },
      tags: ['{{ kind }}', 'fixed'],
      links: [{ displayName: 'L {{ n }}', url: 'u' }],
      maintainers: [{ name: '{{ kind }}', email: 'm@example.org' }],
      relationships: [{ type: 'uses', target: '{{ n }}' }],
      version: { name: '{{ n }}', releaseNote: 'note' },
      visibility: { public: false, allTenants: true },
      catalogMetadata: { displayName: 'D {{ n }}', description: 'older', labels: { old: '1' }, annotations: { a: '{{ n }}' }, icon: { mediaType: 'image/png', base64Data: 'AA==' }, publisher: { name: 'P', image: { mediaType: 'x', base64Data: '{{ kind }}' } } },
    });
    await write(sink, written('1', { title: 'T', kind: 'k', n: 7, itemId: 'theirs' }));
    const { resources: _resources, ...item } = items.get(idOf('1'))!;
    expect(item).toEqual({
      itemId: idOf('1'),
      name: 'T',
      itemTypeDefinitionRef: { name: 'issue', namespace: 'acme' },
      tenantId: 'acme',
      lifecycleStatus: 'published',
      categoryId: 'c-k',
      description: '',
      imageUrl: 'https://i/7',
      releaseDate: '2026',
      repositoryUrl: 'r',
      supportedBy: 's',
      supportedByImageUrl: 'si',
      documentation: { type: 'markdown', url: 'https://d/7' },
      labels: { tier: 'k' },
      annotations: { a: '7' },
      tags: ['k', 'fixed'],
      links: [{ displayName: 'L 7', url: 'u' }],
      maintainers: [{ name: 'k', email: 'm@example.org' }],
      relationships: [{ type: 'uses', target: '7' }],
      version: { name: '7', releaseNote: 'note' },
      visibility: { public: false, allTenants: true },
      displayName: 'D 7',
      icon: { mediaType: 'image/png', base64Data: 'AA==' },
      publisher: { name: 'P', image: { mediaType: 'x', base64Data: 'k' } },
    });
  });

  it('makes ids as the page says', async () => {
    expect(slug('Example String')).toBe('example-string');
    expect(slug('_x_')).toBe('_x_');
    expect(slug(' --Ärger! -')).toBe('rger');
    const noted = async (more: Partial<Settings>, item: DocumentItem): Promise<unknown> => (await write(sinkOf(more), item))[0];
    const templated = { itemIdTemplate: '{{name}}-{{assetId}}' };
    expect(await noted(templated, written('1', { name: 'Test Name', assetId: '12345' }))).toEqual({ is: 'ok', note: 'bd2700071a46b945e610d1fad65eff454595a9ac' });
    expect(await noted({ itemIdTemplate: '{{ nope }}' }, written('1', {}))).toEqual({ is: 'ok', note: sha1('jira.issue:1') });
    const keys = [{ name: 'projectId', value: 7n, identity: true }, { name: 'objectKind', value: 'x', identity: false }, { name: 'ref', value: 'refs/tags/V1', identity: true }];
    expect(await noted({}, written('1', {}, { kind: 'gitlab.tag', keys }))).toEqual({ is: 'ok', note: sha1('gitlab-tag-projectid-7-ref-refs-tags-v1') });
  });

  it('writes the new item before it deletes the old one, and remembers only then', async () => {
    const sink = sinkOf({ itemIdTemplate: '{{ title }}' });
    const [{ note: old } = { note: '' }] = (await write(sink, written('1', { title: 'Old' }))) as readonly { note: string }[];
    expect([...items.keys()]).toEqual([sha1('old')]);
    server.fault = ({ method }) => (method === 'DELETE' ? { status: 503 } : undefined);
    expect(await write(sink, written('1', { title: 'New' }, { note: old }))).toMatchObject([{ is: 'retry' }]);
    expect([...items.keys()]).toEqual([sha1('old'), sha1('new')]);
    server.fault = undefined;
    (server.requests as Request[]).length = 0;
    expect(await write(sink, written('1', { title: 'New' }, { note: old }))).toEqual([{ is: 'ok', note: sha1('new') }]);
    expect(calls()).toEqual(['POST …', `DELETE …/${sha1('old')}/versions/NA`]);
    expect(await write(sink, deleted('1', { note: sha1('new') }))).toEqual([{ is: 'ok' }]);
    expect(items.size).toBe(0);
  });

  it('does not delete an id that another thing has now', async () => {
    const sink = sinkOf({ itemIdTemplate: '{{ title }}' });
    await write(sink, written('1', { title: 'a' }), written('2', { title: 'b' }));
    const swapped = [written('1', { title: 'b' }, { note: sha1('a') }), written('2', { title: 'a' }, { note: sha1('b') })];
    expect(await write(sink, ...swapped)).toEqual([{ is: 'ok', note: sha1('b') }, { is: 'ok', note: sha1('a') }]);
    expect([...items.keys()].sort()).toEqual([sha1('a'), sha1('b')].sort());
    expect(await write(sink, deleted('2', { note: sha1('a') }), written('3', { title: 'a' }))).toMatchObject([{ is: 'ok' }, { is: 'ok' }]);
    expect(items.has(sha1('a'))).toBe(true);
  });

  it('decides for each item', async () => {
    const results = await write(sinkOf(), written('1', { title: 'invalid' }), written('2'), written('3', ['list']));
    expect(results).toMatchObject([{ is: 'refused', error: 'name is invalid; so is the rest' }, { is: 'ok', note: idOf('2') }, { is: 'refused' }]);
    expect([...items.keys()]).toEqual([idOf('2')]);
  });

  it('finds the one that spoils the whole call', async () => {
    const batch = [...Array(20).keys()].map((n) => written(`${n}`, { title: n === 13 ? 'unreadable' : 'fine' }));
    const results = await write(sinkOf(), ...batch);
    expect(results[13]).toMatchObject({ is: 'refused', error: expect.stringContaining('400 unreadable') });
    expect(results.filter(({ is }) => is === 'ok')).toHaveLength(19);
    expect(items.size).toBe(19);
  });

  it('asks again when it is not done and nobody says why', async () => {
    server.fault = ({ path }) => (path === ITEMS ? { status: 200, body: { done: false, items: [] } } : undefined);
    expect(await write(sinkOf(), written('1'), written('2'))).toMatchObject([{ is: 'retry' }, { is: 'retry' }]);
    server.fault = ({ path }) => (path === ITEMS ? { status: 200 } : undefined);
    expect(await write(sinkOf(), written('1'))).toMatchObject([{ is: 'retry' }]);
  });

  it('fetches one token for all, renews it before it expires, and once when it is refused', async () => {
    const clock = fakeClock();
    const sink = sinkOf({}, clock);
    const tokens = (): number => calls().filter((call) => call.endsWith('/token')).length;
    await Promise.all([write(sink, written('1')), write(sink, written('2'), deleted('3'))]);
    expect(tokens()).toBe(1);
    await clock.sleep(3_541_000);
    await write(sink, written('1'));
    expect(tokens()).toBe(2);
    valid.clear();
    expect(await write(sink, written('1'))).toMatchObject([{ is: 'ok' }]);
    expect(tokens()).toBe(3);
    server.fault = ({ path }) => (path === ITEMS ? { status: 401, body: { message: `t${token}` } } : undefined);
    const [result] = await write(sink, written('1'));
    expect(result).toMatchObject({ is: 'retry' });
    expect(JSON.stringify(result)).not.toContain(`t${token}`);
    expect(tokens()).toBe(4);
  });

  it('is down when our credentials are refused', async () => {
    const sink = sinkOf({ clientSecret: new Secret('another-secret') });
    const results = await write(sink, written('1'), deleted('2'));
    expect(results).toMatchObject([{ is: 'retry', error: expect.stringMatching(/wrong client.*credentials were refused/) }, { is: 'retry' }]);
    expect(JSON.stringify(results)).not.toContain('another-secret');
    await expect(sink.ping!(NEVER)).rejects.toThrow(/credentials/);
  });

  it('is down when its service account may not write', async () => {
    server.fault = ({ path }) => (path.startsWith(ITEMS) ? { status: 403, body: { message: 'forbidden' } } : undefined);
    const sink = sinkOf();
    expect(await write(sink, written('1'), deleted('2'))).toMatchObject([{ is: 'retry' }, { is: 'retry' }]);
    await expect(sink.ping!(NEVER)).rejects.toThrow(/403 forbidden.*credentials/);
  });

  it.each([408, 429, 500, 503])('asks again after %i, and a ping says that it is away', async (status) => {
    const sink = sinkOf();
    await write(sink, written('1'));
    server.fault = ({ path }) => (path.startsWith(ITEMS) ? { status, headers: { 'retry-after': '5' } } : undefined);
    expect(await write(sink, written('1'))).toMatchObject([{ is: 'retry', afterMs: 5_000 }]);
    await expect(sink.ping!(NEVER)).rejects.toThrow(String(status));
  });

  it('tells which template is wrong, and works without it where that is allowed', async () => {
    const broken = settings({ itemNameTemplate: '{{ a..b }}', labels: { x: '{{ open' }, links: [{ displayName: '{{ a | nosuch }}' }], url: 'nowhere' });
    expect(consoleCatalog.problems!(broken)).toMatchObject([
      { path: 'url', code: 'CONFIG_TYPE' },
      { path: 'itemNameTemplate', code: 'TEMPLATE_SYNTAX', severity: 'error' },
      { path: 'labels.x', code: 'TEMPLATE_LITERAL', severity: 'warning' },
      { path: 'links[0].displayName', code: 'TEMPLATE_FUNCTION', severity: 'error' },
    ]);
    expect(consoleCatalog.problems!(settings())).toEqual([]);
    await write(sinkOf({ itemNameTemplate: '{{ a..b }}' }), written('1'));
    expect(items.get(idOf('1'))).toMatchObject({ name: '' });
  });

  it('has a shape of what stands in the items', () => {
    const shape = (more: Partial<Settings> = {}): string => sinkOf(more).shape;
    expect(shape({ itemNameTemplate: 'x' })).not.toBe(shape());
    expect(shape({ tags: ['x'] })).not.toBe(shape());
    expect(shape({ tenantId: 'x' })).not.toBe(shape());
    expect(shape({ clientId: 'x', clientSecret: new Secret('x') })).toBe(shape());
  });
});
