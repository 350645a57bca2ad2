import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Collection, Decimal128, Long, MongoBulkWriteError, MongoClient, type BulkWriteResult, type Document, type WriteError } from 'mongodb';
import { describeWith, startMongo, type Mongo } from '../../../../tools/servers';
import { Secret } from '../../contract';
import { parseJson, type Json } from '../../shared';
import type { DocumentItem, DocumentSink } from '../sink';
import { mongo } from './mongo';
import { behavesLikeASink, SECRET } from './test/behaves';
import { deleted, event, NEVER, OPTIONS, place, written } from './test/items';

type Settings = Parameters<typeof mongo.create>[0];

describeWith({ needs: ['mongo'] }, 'the sink mongo', () => {
  const database = `sink-${randomUUID()}`;
  let server: Mongo;
  let client: MongoClient;
  let collection: string;
  const open: DocumentSink[] = [];

  beforeAll(async () => {
    server = await startMongo();
    client = new MongoClient(server.url);
  });
  afterAll(async () => {
    await client.db(database).dropDatabase();
    await client.close();
    await server.stop();
  });
  beforeEach(() => {
    collection = `c-${randomUUID()}`;
  });
  afterEach(() => Promise.all(open.splice(0).map((sink) => sink.close())));

  const settings = (more: Partial<Settings> = {}): Settings => ({ url: new Secret(server.url), database, collection, insertOnly: false, writeMode: 'replace', timeout: 10_000, ...more });
  const sinkOf = (more: Partial<Settings> = {}): DocumentSink => {
    const sink = mongo.create(settings(more), place('mongo'));
    open.push(sink);
    return sink;
  };
  const write = (sink: DocumentSink, ...items: readonly DocumentItem[]) => sink.write(items, OPTIONS, NEVER);
  const all = (): Promise<Document[]> => client.db(database).collection(collection).find({}, { promoteValues: true }).toArray();
  const raw = async (): Promise<Document> => (await client.db(database).collection(collection).findOne({}, { promoteValues: false, promoteLongs: false }))!;

  behavesLikeASink({
    type: mongo,
    settings: () => settings(),
    elsewhere: (port) => settings({ url: new Secret(`mongodb://user:${SECRET}@127.0.0.1:${port}/app`), timeout: 3_000 }),
    holds: async (id) => (await client.db(database).collection<{ _id: string }>(collection).findOne({ _id: id })) ?? undefined,
    unacceptable: written('list', ['no', 'object']),
  });

  it('replaces the whole document, identity first in every sense', async () => {
    const sink = sinkOf();
    expect(await write(sink, written('1', { a: 1, b: 2, _id: 'theirs', _eventId: 'theirs' }))).toEqual([{ is: 'ok', created: true }]);
    expect(await write(sink, written('1', { b: 3 }))).toEqual([{ is: 'ok', created: false }]);
    expect(await all()).toEqual([{ _id: 'jira.issue:1', _eventId: '1', b: 3 }]);
    await write(sink, written('2', { b: 1 }, { canonicalId: 'gitlab.tag:7/v1', eventId: { projectId: '7', ref: 'v1' } }), deleted('1'));
    expect(await all()).toEqual([{ _id: 'gitlab.tag:7/v1', _eventId: { projectId: '7', ref: 'v1' }, b: 1 }]);
  });

  it('merges the top-level fields', async () => {
    const sink = sinkOf({ writeMode: 'merge' });
    await write(sink, written('1', { a: { x: 1, y: 2 }, b: 2 }));
    expect(await write(sink, written('1', { a: { x: 3 }, _id: 'theirs' }))).toMatchObject([{ is: 'ok', created: false }]);
    expect(await all()).toEqual([{ _id: 'jira.issue:1', _eventId: '1', a: { x: 3 }, b: 2 }]);
    await write(sink, deleted('1'));
    expect(await all()).toEqual([]);
  });

  it('stores names with dots and dollars literally, and refuses them where a merge would read them as paths', async () => {
    const data = { nested: { 'a.b': 1, _bsontype: 'Long', x: { y: 2 ** 40 } }, 'c.d': 2, _bsontype: 'ObjectId' };
    expect(await write(sinkOf(), written('1', data))).toMatchObject([{ is: 'ok' }]);
    const stored = (await client.db(database).collection(collection).findOne({}, { bsonRegExp: false }))!;
    expect(stored).toMatchObject({ _id: 'jira.issue:1', 'c.d': 2, nested: { 'a.b': 1, x: { y: 2 ** 40 } } });
    expect(Object.keys(stored['nested'])).toContain('_bsontype');
    const merging = sinkOf({ writeMode: 'merge' });
    const results = await write(merging, written('2', { 'a.b': 1 }), written('3', { $inc: { n: 1 } }), written('4', { fine: 1 }));
    expect(results).toMatchObject([{ is: 'refused', code: 'FIELD_NAME' }, { is: 'refused', code: 'FIELD_NAME' }, { is: 'ok' }]);
  });

  it('keeps every digit: 32 bits, 64 bits, decimal, and text beyond', async () => {
    const text = '{"small":7,"negative":-2147483648,"stamp":1767225600123,"list":[1,9007199254740995],"long":-9223372036854775808,"more":9223372036854775808,"deep":{"er":123456789012345678901234567890},"vast":1234567890123456789012345678901234567890,"half":0.5,"date":"2026-01-31T00:00:00Z"}';
    await write(sinkOf(), written('1', parseJson(text)));
    const stored = await raw();
    expect(stored['small']._bsontype).toBe('Int32');
    expect(stored['negative']._bsontype).toBe('Int32');
    expect(stored['stamp']).toEqual(Long.fromString('1767225600123'));
    expect(stored['list'][1]).toEqual(Long.fromString('9007199254740995'));
    expect(stored['long']).toEqual(Long.MIN_VALUE);
    expect(stored['more']).toEqual(Decimal128.fromString('9223372036854775808'));
    expect(stored['deep'].er).toEqual(Decimal128.fromString('123456789012345678901234567890'));
    expect(stored['vast']).toBe('1234567890123456789012345678901234567890');
    expect(stored['half']._bsontype).toBe('Double');
    expect(stored['date']).toBe('2026-01-31T00:00:00Z');
  });

  it('refuses what no server stores, and nothing beside it', async () => {
    let deep: Json = 1;
    for (let level = 0; level < 100_000; level++) deep = { a: deep };
    const vast = 'x'.repeat(17 * 1024 * 1024);
    const items = [...Array(20).keys()].map((n) => written(`${n}`));
    items[3] = written('3', { vast });
    items[7] = written('7', { 'zero\0byte': 1 });
    items[11] = written('11', deep);
    const results = await write(sinkOf(), ...items);
    expect(results[3]).toMatchObject({ is: 'refused', code: 'TOO_LARGE' });
    expect(results[7]).toMatchObject({ is: 'refused', code: 'FIELD_NAME' });
    expect(results[11]).toMatchObject({ is: 'refused' });
    expect(results.filter(({ is }) => is === 'ok')).toHaveLength(17);
    expect(await all()).toHaveLength(17);
  });

  it('tells a unique index of the user from its own identity, without quoting the document', async () => {
    await client.db(database).collection(collection).createIndex({ mail: 1 }, { unique: true });
    const sink = sinkOf();
    await write(sink, written('1', { mail: 'a@example.org' }));
    const [same, other] = await write(sink, written('2', { mail: 'a@example.org' }), written('3', { mail: 'b@example.org' }));
    expect(same).toMatchObject({ is: 'refused', code: 'SINK_REFUSED' });
    expect(JSON.stringify(same)).not.toContain('a@example.org');
    expect(other).toMatchObject({ is: 'ok' });
  });

  it('keeps a history with insertOnly: one document for each event, deletes too, in order, a redelivery once', async () => {
    const sink = sinkOf({ insertOnly: true });
    const items = [...Array(200).keys()].map((n) => (n % 10 === 9 ? deleted(`${n % 3}`, event(n)) : written(`${n % 3}`, { n }, event(n))));
    expect(await write(sink, ...items)).toEqual(items.map(() => ({ is: 'ok', created: true })));
    expect(await write(sink, ...items.slice(50), written('0', { n: 200 }, event(200)))).toEqual([...items.slice(50).map(() => ({ is: 'ok', created: false })), { is: 'ok', created: true }]);
    const history = await all();
    expect(history.map(({ _id }) => _id as string)).toEqual([...Array(201).keys()].map((n) => `e-${n}`));
    expect(history[0]).toEqual({ _id: 'e-0', n: 0, _eventId: '0', _operation: 'write', _eventType: 'jira:issue_updated', _receivedAt: '2026-01-01T00:00:00Z' });
    expect(history[9]).toEqual({ _id: 'e-9', _eventId: '0', _operation: 'delete', _eventType: 'jira:issue_deleted', _receivedAt: '2026-01-01T00:00:09Z' });
  });

  describe('when another writer inserts the same document at the same time', () => {
    const send = Collection.prototype.bulkWrite;
    /** The first `races` calls are told that their second item is there already, which a server of one thread never does. */
    const racing = (races: number): jest.SpyInstance =>
      jest.spyOn(Collection.prototype, 'bulkWrite').mockImplementation(async function (this: Collection, operations, options) {
        const at = operations.length - 1;
        if (races-- <= 0) return await send.call(this, operations, options);
        const others = operations.filter((_, index) => index !== at);
        const result = others.length === 0 ? { upsertedIds: {} } : await send.call(this, others, options);
        const error = { code: 11_000, index: at, errmsg: 'E11000 duplicate key error collection: app.c index: _id_ dup key: { _id: "x" }' };
        throw new MongoBulkWriteError({ message: 'duplicate', code: 11_000, writeErrors: [error as WriteError] }, result as BulkWriteResult);
      });
    afterEach(() => jest.restoreAllMocks());

    it('sends it once more', async () => {
      racing(1);
      expect(await write(sinkOf(), written('1'), written('2'))).toEqual([{ is: 'ok', created: true }, { is: 'ok', created: true }]);
      expect(await all()).toHaveLength(2);
    });

    it('leaves it for later when that happens again', async () => {
      const calls = racing(5);
      expect(await write(sinkOf(), written('1'), written('2'))).toMatchObject([{ is: 'ok' }, { is: 'retry' }]);
      expect(calls).toHaveBeenCalledTimes(2);
    });
  });

  it('follows a rotated URL', async () => {
    let url = 'mongodb://127.0.0.1:1/app';
    const sink = sinkOf({ url: new Secret(() => url), timeout: 300 });
    expect(await write(sink, written('1'))).toMatchObject([{ is: 'retry' }]);
    await expect(sink.ping!(NEVER)).rejects.toThrow();
    url = server.url;
    await expect(sink.ping!(NEVER)).resolves.toBeUndefined();
    expect(await write(sink, written('1'))).toMatchObject([{ is: 'ok' }]);
  });

  it('says what to do when the URL names no database', async () => {
    const { database: _database, ...bare } = settings();
    const nameless = { ...bare, url: new Secret('mongodb://127.0.0.1:27017') };
    expect(mongo.problems!(nameless)).toMatchObject([{ path: 'url', code: 'SINK_DATABASE_MISSING', severity: 'error' }]);
    expect(mongo.problems!({ ...bare, url: new Secret('mongodb://127.0.0.1:27017/app') })).toEqual([]);
    const sink = mongo.create(nameless, place());
    await expect(sink.ping!(NEVER)).rejects.toThrow(/SINK_DATABASE_MISSING.*mongodb:\/\/host:27017\/app/);
    expect(await write(sink, written('1'), written('2'))).toMatchObject([{ is: 'retry', error: expect.stringContaining('SINK_DATABASE_MISSING') }, { is: 'retry' }]);
  });

  it('names its place without credentials', () => {
    const { database: _database, ...bare } = settings({ collection: 'jira-issues' });
    const nameOf = (url: string): string => mongo.nameOf({ ...bare, url: new Secret(url) });
    expect(nameOf('mongodb://db:27017/app')).toBe('mongo:db:27017/app/jira-issues');
    expect(nameOf('mongodb://me:p%40ss@a:1,b:2/app?replicaSet=rs')).toBe('mongo:a:1,b:2/app/jira-issues');
    expect(nameOf('mongodb+srv://me:pass@cluster.example.net/app')).toBe('mongo:cluster.example.net/app/jira-issues');
    expect(nameOf('mongodb://acc:k3y==@acc.example.net:10255/app?ssl=true&appName=@acc@')).toBe('mongo:acc.example.net:10255/app/jira-issues');
    expect(nameOf('mongodb://[::1]:27017/app')).toBe('mongo:[::1]:27017/app/jira-issues');
    for (const broken of [`mongodb://me:${SECRET}/x@db/app`, `mongodb://me:1?${SECRET}@db/app`, `mongodb://me:${SECRET}@x@db/app`, SECRET]) {
      expect(nameOf(broken)).toBe('mongo:jira-issues');
      expect(JSON.stringify(mongo.problems!({ ...bare, url: new Secret(broken) }))).toContain('CONFIG_TYPE');
      expect(JSON.stringify(mongo.problems!({ ...bare, url: new Secret(broken) }))).not.toContain(SECRET);
    }
  });
});

describeWith({ needs: ['mongo'], own: true }, 'the sink mongo, its server killed in between', () => {
  it('asks for patience while it is away, and takes the rest when it is back', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'sink-'));
    let server = await startMongo({ file: path.join(folder, 'data') });
    const port = Number(new URL(server.url).port);
    const sink = mongo.create({ url: new Secret(`${server.url}/app`), collection: 'c', insertOnly: false, writeMode: 'replace', timeout: 1_000 }, place());
    const client = new MongoClient(server.url);
    try {
      const batch = (from: number): DocumentItem[] => [...Array(50).keys()].map((n) => written(`${from + n}`));
      expect((await sink.write(batch(0), OPTIONS, NEVER)).every(({ is }) => is === 'ok')).toBe(true);
      await server.kill();
      expect((await sink.write(batch(25), OPTIONS, NEVER)).every(({ is }) => is === 'retry')).toBe(true);
      await expect(sink.ping!(NEVER)).rejects.toThrow();
      server = await startMongo({ file: path.join(folder, 'data'), port });
      await expect(sink.ping!(NEVER)).resolves.toBeUndefined();
      expect((await sink.write(batch(25), OPTIONS, NEVER)).every(({ is }) => is === 'ok')).toBe(true);
      expect(await client.db('app').collection('c').countDocuments()).toBe(75);
    } finally {
      await client.close();
      await sink.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
