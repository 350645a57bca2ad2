import { Secret } from '../../contract';
import { isObject } from '../../shared';
import { fakeClock } from '../../testkit';
import type { DocumentItem, DocumentSink, SinkResult } from '../sink';
import { crudService } from './crud-service';
import { behavesLikeASink, SECRET } from './test/behaves';
import { deleted, event, NEVER, OPTIONS, place, written } from './test/items';
import { loopback, until, type Loopback, type Reply, type Request } from './test/loopback';

type Settings = Parameters<typeof crudService.create>[0];
type Stored = Record<string, unknown>;

/** What the CRUD Service does with these requests. */
function collection(documents: Stored[]): (request: Request) => Reply {
  const at = (document: Stored, path: string): unknown => path.split('.').reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), document);
  const matching = (request: Request): Stored[] => {
    const query = JSON.parse(request.query.get('_q') ?? '{}') as Record<string, unknown>;
    return documents.filter((document) => Object.entries(query).every(([path, value]) => at(document, path) === value));
  };
  return (request) => {
    const body = request.body === '' ? {} : (JSON.parse(request.body) as Record<string, Stored>);
    if (request.method === 'POST' && request.path === '/items/upsert-one') {
      const [found] = matching(request);
      const document = found ?? {};
      Object.assign(document, body['$set']);
      for (const name of Object.keys(body['$unset'] ?? {})) delete document[name];
      if (!found) documents.push(document);
      return { status: 200, body: document };
    }
    if (request.method === 'POST' && request.path === '/items/') {
      documents.push(body);
      return { status: 200, body: { _id: 'made' } };
    }
    if (request.method === 'DELETE' && request.path === '/items/') {
      const gone = matching(request);
      documents.splice(0, documents.length, ...documents.filter((document) => !gone.includes(document)));
      return { status: 200, body: gone.length };
    }
    return request.method === 'GET' && request.path === '/items/' ? { status: 200, body: [] } : { status: 404, body: { message: 'no such route' } };
  };
}

describe('the sink crud-service', () => {
  const documents: Stored[] = [];
  let server: Loopback;
  const open: DocumentSink[] = [];

  beforeAll(async () => {
    server = await loopback(collection(documents));
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    documents.length = 0;
    (server.requests as Request[]).length = 0;
    server.fault = undefined;
  });
  afterEach(() => Promise.all(open.splice(0).map((sink) => sink.close())));

  const settings = (more: Partial<Settings> = {}): Settings => ({ url: `${server.url}/items`, insertOnly: false, primaryKeyFieldName: '_eventId', headers: {}, timeout: 5_000, ...more });
  const sinkOf = (more: Partial<Settings> = {}, clock = fakeClock()): DocumentSink => {
    const sink = crudService.create(settings(more), { ...place('crud'), clock });
    open.push(sink);
    return sink;
  };
  const write = (sink: DocumentSink, ...items: readonly DocumentItem[]): Promise<readonly SinkResult[]> => sink.write(items, OPTIONS, NEVER);
  const key = (id: string): Stored => ({ kind: 'jira.issue', id });

  behavesLikeASink({
    type: crudService,
    settings: () => settings(),
    elsewhere: (port) => settings({ url: `http://user:${SECRET}@127.0.0.1:${port}/items`, headers: { secret: new Secret(SECRET) } }),
    holds: async (id) => documents.find((document) => `jira.issue:${(document['_eventId'] as Stored)['id'] as string}` === id),
    unacceptable: written('list', 'no object'),
  });

  it('sends what the page says', async () => {
    const sink = sinkOf({ headers: { authorization: new Secret('Bearer t'), 'x-number': 7 } });
    await write(sink, written('1', { a: 9007199254740995n, b: 2 }));
    const [request] = server.requests as [Request];
    expect(request).toMatchObject({ method: 'POST', path: '/items/upsert-one', headers: { authorization: 'Bearer t', 'x-number': '7', 'content-type': 'application/json' } });
    expect(JSON.parse(request.query.get('_q')!)).toEqual({ '_eventId.kind': 'jira.issue', '_eventId.id': '1' });
    expect(request.body).toBe('{"$set":{"a":9007199254740995,"b":2,"_eventId":{"kind":"jira.issue","id":"1"}}}');
  });

  it('keeps instances and kinds apart, and names the fields that are gone', async () => {
    const sink = sinkOf();
    const scoped = { scope: 'git.example.org', kind: 'gitlab.tag', keys: [{ name: 'projectId', value: 7, identity: true }, { name: 'ref', value: 'v1', identity: true }, { name: 'url', value: 'x', identity: false }] };
    const [first] = await write(sink, written('1', { a: 1, b: 2 }, scoped));
    expect(first).toEqual({ is: 'ok', note: '["a","b","_eventId"]' });
    await write(sink, written('1', { a: 1, b: 2 }));
    await write(sink, written('1', { b: 3, c: 4 }, { ...scoped, note: (first as { note: string }).note }));
    expect(JSON.parse(server.requests[2]!.body)).toMatchObject({ $unset: { a: true } });
    expect(documents).toEqual([
      { b: 3, c: 4, _eventId: { kind: 'gitlab.tag', scope: 'git.example.org', projectId: '7', ref: 'v1' } },
      { a: 1, b: 2, _eventId: key('1') },
    ]);
  });

  it('keeps a key of the vendor apart that is called like one of ours', async () => {
    await write(sinkOf(), written('1', {}, { keys: [{ name: 'kind', value: 'k', identity: true }] }));
    expect(documents).toEqual([{ _eventId: { kind: 'jira.issue', kind_: 'k' } }]);
  });

  it('deletes, and takes 404 for done', async () => {
    const sink = sinkOf({ primaryKeyFieldName: 'pk' });
    await write(sink, written('1'));
    expect(await write(sink, deleted('1'))).toEqual([{ is: 'ok' }]);
    expect(server.requests[1]).toMatchObject({ method: 'DELETE', path: '/items/' });
    expect(JSON.parse(server.requests[1]!.query.get('_q')!)).toEqual({ 'pk.kind': 'jira.issue', 'pk.id': '1' });
    server.fault = () => ({ status: 404 });
    expect(await write(sink, deleted('1'))).toEqual([{ is: 'ok' }]);
  });

  it('adds one document for each event with insertOnly, in order', async () => {
    const sink = sinkOf({ insertOnly: true });
    const items = [...Array(40).keys()].map((n) => (n % 8 === 7 ? deleted(`${n % 2}`, event(n)) : written(`${n % 2}`, { n }, event(n))));
    expect((await write(sink, ...items)).every(({ is }) => is === 'ok')).toBe(true);
    const of = (id: string): unknown[] => documents.map((document) => document['_eventId'] as Stored).filter((own) => own['id'] === id).map((own) => own['eventId']);
    expect(of('0')).toEqual(items.filter(({ eventId }) => eventId === '0').map((item) => item.event!.id));
    expect(of('1')).toEqual(items.filter(({ eventId }) => eventId === '1').map((item) => item.event!.id));
    expect(documents[0]).toEqual({ n: 0, _eventId: { ...key('0'), eventId: 'e-0' } });
    server.fault = () => ({ status: 409 });
    expect(await write(sink, items[0]!)).toEqual([{ is: 'ok', created: false }]);
  });

  it('holds back what comes after an event that has to be sent again', async () => {
    const sink = sinkOf({ insertOnly: true });
    server.fault = (request) => (request.body.includes('"n":1') ? { status: 503 } : undefined);
    const results = await write(sink, written('a', { n: 0 }, event(0)), written('a', { n: 1 }, event(1)), written('b', { n: 2 }, event(2)), written('a', { n: 3 }, event(3)));
    expect(results.map(({ is }) => is)).toEqual(['ok', 'retry', 'ok', 'retry']);
    expect(documents.map(({ n }) => n).sort()).toEqual([0, 2]);
  });

  it('has at most 8 requests in flight over all calls', async () => {
    const waiting: (() => void)[] = [];
    const slow = await loopback(() => new Promise((resolve) => waiting.push(() => resolve({ status: 200 }))));
    const sink = sinkOf({ url: slow.url });
    const both = Promise.all([0, 100].map((from) => write(sink, ...[...Array(30).keys()].map((n) => written(`${from + n}`)))));
    try {
      for (let done = 0; done < 60; ) {
        await until(() => waiting.length >= Math.min(8, 60 - done));
        const answers = waiting.splice(0);
        done += answers.length;
        for (const answer of answers) answer();
      }
      await both;
      expect(slow.most()).toBe(8);
    } finally {
      await slow.stop();
    }
  });

  it.each([
    [408, { is: 'retry' }],
    [429, { is: 'retry' }],
    [500, { is: 'retry' }],
    [503, { is: 'retry' }],
    [401, { is: 'retry' }],
    [302, { is: 'retry' }],
    [400, { is: 'refused' }],
    [403, { is: 'refused' }],
    [404, { is: 'refused' }],
    [413, { is: 'refused', code: 'TOO_LARGE' }],
    [422, { is: 'refused' }],
  ])('reads %i', async (status, expected) => {
    server.fault = () => ({ status, body: { message: 'because' }, headers: { location: 'http://127.0.0.1:1/' } });
    const [result] = await write(sinkOf(), written('1'));
    expect(result).toMatchObject({ ...expected, error: expect.stringMatching(new RegExp(`POST http://127.0.0.1:\\d+/items/upsert-one: ${status} because`)) });
  });

  it('refuses names that $set would read as paths', async () => {
    expect(await write(sinkOf(), written('1', { 'a.b': 1 }), written('2', { $a: 1 }), written('3', { fine: { 'a.b': 1 } }))).toMatchObject([
      { is: 'refused', code: 'FIELD_NAME' },
      { is: 'refused', code: 'FIELD_NAME' },
      { is: 'ok' },
    ]);
  });

  it('is down when our credentials are refused, and stops sending', async () => {
    server.fault = () => ({ status: 401, body: { message: `no ${SECRET}` } });
    const sink = sinkOf({ headers: { authorization: new Secret(SECRET) } });
    const results = await write(sink, ...[...Array(40).keys()].map((n) => written(`${n}`)));
    expect(results.every(({ is }) => is === 'retry')).toBe(true);
    expect(JSON.stringify(results)).not.toContain(SECRET);
    expect(server.requests.length).toBeLessThan(20);
    await expect(sink.ping!(NEVER)).rejects.toThrow(/credentials/);
    server.fault = () => ({ status: 404 });
    await expect(sink.ping!(NEVER)).resolves.toBeUndefined();
  });

  it('obeys Retry-After, for what it sends next too', async () => {
    const clock = fakeClock();
    const sink = sinkOf({}, clock);
    server.fault = () => ({ status: 429, headers: { 'retry-after': '7' } });
    expect(await write(sink, written('1'))).toMatchObject([{ is: 'retry', afterMs: 7_000 }]);
    server.fault = undefined;
    expect(await write(sink, written('2'))).toMatchObject([{ is: 'ok' }]);
    expect(clock.waits).toEqual([7_000]);
    server.fault = () => ({ status: 503, headers: { 'retry-after': new Date(clock.now() + 120_000).toUTCString() } });
    await write(sink, written('3'));
    const before = server.requests.length;
    expect(await write(sink, written('4'))).toMatchObject([{ is: 'retry', afterMs: expect.any(Number) }]);
    expect(server.requests).toHaveLength(before);
  });

  it('survives cut connections and servers that say nothing', async () => {
    const sink = sinkOf({ timeout: 100 });
    server.fault = (request) => (request.body.includes('cut') ? 'cut' : request.body.includes('hang') ? 'hang' : undefined);
    const results = await write(sink, written('1', { cut: 1 }), written('2', { hang: 1 }), written('3', { fine: 1 }));
    expect(results).toMatchObject([{ is: 'retry' }, { is: 'retry', error: expect.stringContaining('no answer within 100 ms') }, { is: 'ok' }]);
  });

  it('tells what is wrong with its settings', () => {
    const paths = (more: Partial<Settings>): string[] => crudService.problems!(settings(more)).map(({ path }) => path);
    expect(paths({})).toEqual([]);
    expect(paths({ url: 'ftp://host/' })).toEqual(['url']);
    expect(paths({ url: 'http://host/items?a=1' })).toEqual(['url']);
    expect(paths({ headers: { 'a b': 'x' } })).toEqual(['headers["a b"]']);
    expect(paths({ primaryKeyFieldName: 'a.b' })).toEqual(['primaryKeyFieldName']);
    expect(paths({ primaryKeyFieldName: '$a' })).toEqual(['primaryKeyFieldName']);
    expect(paths({ headers: { a: { b: 1 } } })).toEqual(['headers.a']);
  });

  it('names its address without credentials and slash', () => {
    expect(crudService.nameOf(settings({ url: `http://user:${SECRET}@host:8080/items/` }))).toBe('crud-service:http://host:8080/items');
    expect(crudService.nameOf(settings({ url: 'http://host:8080/items' }))).toBe('crud-service:http://host:8080/items');
  });
});
