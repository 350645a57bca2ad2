import { randomBytes } from 'node:crypto';
import { Decimal128, Long, MongoClient, type Db } from 'mongodb';
import { describeWith, startMongo, type Mongo } from '../../../tools/servers';
import { newId, systemClock, type Clock } from '../../src/shared';
import type { CatalogDocument, ObservedBatch, Store } from '../../src/store';
import { openMongoStore } from '../../src/store/mongodb';
import { createStateIndexes } from '../../src/store/mongodb/indexes';

/** Time that passes only when the test says so. */
function manualClock(): Clock & { advance(ms: number): void; sleepers(): number } {
  let now = 1_000_000;
  const sleeping = new Set<{ readonly until: number; wake(): void }>();
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { until: now + ms, wake: resolve };
        if (signal?.aborted) return reject(signal.reason as Error);
        sleeping.add(sleeper);
        signal?.addEventListener('abort', () => sleeping.delete(sleeper) && reject(signal.reason as Error), { once: true });
      }),
    advance(ms) {
      now += ms;
      for (const sleeper of sleeping) {
        if (sleeper.until > now) continue;
        sleeping.delete(sleeper);
        sleeper.wake();
      }
    },
    sleepers: () => sleeping.size,
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((again) => setTimeout(again, 5));
}

describeWith({ needs: ['mongo'] }, 'the MongoDB store', () => {
  let mongo: Mongo;
  let client: MongoClient;
  let database: string;
  let db: Db;
  const stores: Store[] = [];
  const open = async (clock: Clock = systemClock): Promise<Store> => {
    const store = await openMongoStore({ url: mongo.url, database, clock });
    stores.push(store);
    return store;
  };

  beforeAll(async () => {
    mongo = await startMongo();
    client = await new MongoClient(mongo.url).connect();
  });
  beforeEach(() => {
    database = `test_${newId()}`;
    db = client.db(database);
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await db.dropDatabase();
  });
  afterAll(async () => {
    await client?.close();
    await mongo?.stop();
  });

  const scope = { integration: 'a/b', kind: 'issue' };
  const page = (rows: ObservedBatch['rows'], stamp: number): ObservedBatch => ({ scope, truth: 'listed', by: 'page', stamp, seen: 1, partition: 'all', rows, mapping: 'm', at: 5 });
  const present = (key: string, text: string) => ({ key, text, hash: `hash of ${text}` });

  describe('ownership', () => {
    it('passes to the one that stands by as soon as the owner gives it up', async () => {
      const clock = manualClock();
      const [first, second] = [await open(clock), await open(clock)];
      await first.ownership.acquire(AbortSignal.timeout(10_000));
      await first.ownership.announce('http://here:1');
      expect(await second.ownership.holder()).toEqual({ pid: process.pid, url: 'http://here:1', startedAt: new Date(1_000_000).toISOString() });
      const acquired = second.ownership.acquire(AbortSignal.timeout(10_000));
      await until(() => clock.sleepers() === 2);
      await first.ownership.release();
      expect(await second.ownership.holder()).toBeUndefined();
      clock.advance(1_000);
      await acquired;
      expect(first.ownership.held.aborted).toBe(false);
    });

    it('passes when the owner was silent for 20 s of the other one’s own clock, and the first learns of it', async () => {
      const [clock, other] = [manualClock(), manualClock()];
      const [first, second] = [await open(clock), await open(other)];
      await first.ownership.acquire(AbortSignal.timeout(10_000));
      let acquired = false;
      const waiting = second.ownership.acquire(AbortSignal.timeout(20_000)).then(() => (acquired = true));
      const look = async (ms: number): Promise<void> => {
        await until(() => other.sleepers() === 1);
        other.advance(ms);
      };
      await look(19_000);
      // A renewal: the other one counts from there.
      const before = (await db.collection('framework.state').findOne({ _id: 'owner' as never }))!['rev'];
      clock.advance(10_000);
      while ((await db.collection('framework.state').findOne({ _id: 'owner' as never }))!['rev'] === before) await new Promise((again) => setTimeout(again, 5));
      await look(1_000);
      await look(19_000);
      await until(() => other.sleepers() === 1);
      expect(acquired).toBe(false);
      other.advance(1_000);
      await waiting;

      const lost = new Promise((aborted) => first.ownership.held.addEventListener('abort', aborted, { once: true }));
      clock.advance(10_000);
      await lost;
      expect(first.ownership.held.reason).toMatchObject({ code: 'STORE_LOST' });
      // It stands by, and waits like any other.
      const again = first.ownership.acquire(AbortSignal.timeout(10_000));
      await second.ownership.release();
      await until(() => clock.sleepers() === 1);
      clock.advance(1_000);
      await again;
      expect(first.ownership.held.aborted).toBe(false);
    });

    it('is given to one of many that come at once', async () => {
      const waiting = new AbortController();
      const all = await Promise.all(Array.from({ length: 6 }, () => open(manualClock())));
      const owners: number[] = [];
      const done = all.map((store, index) => store.ownership.acquire(waiting.signal).then(() => owners.push(index), () => undefined));
      await Promise.race(done);
      waiting.abort();
      await Promise.all(done);
      expect(owners).toHaveLength(1);
    });
  });

  describe('documents as interface.md 7 has them', () => {
    it('keeps rows and outputs under these names', async () => {
      const store = await open();
      await store.rows.observe(page([present('1', '{"a":1}')], 3));
      await store.outputs.rewrite({
        pipeline: 'a/b',
        integration: 'a/b',
        kind: 'issue',
        sinks: ['catalog'],
        mapping: 'm',
        rows: [{ row: 'a%2Fb/issue/1', face: 'hash of {"a":1}', parts: [{ output: 'a%2Fb/service/x', resource: 0, body: '{"identifier":"x"}', hash: 'h' }] }],
        departures: 'now',
        at: 6,
      });
      const [row] = await db.collection('framework.rows').find().toArray();
      expect(row).toEqual({
        _id: 'a%2Fb/issue/1',
        integration: 'a/b',
        kind: 'issue',
        key: '1',
        partition: 'all',
        row: '{"a":1}',
        hash: 'hash of {"a":1}',
        face: 'hash of {"a":1}',
        floor: -1,
        stamp: 3,
        heard: -1,
        seen: 1,
        gone: false,
        by: 'run',
        mapped: { face: 'hash of {"a":1}', mapping: 'm' },
        outputs: ['a%2Fb/service/x'],
        rev: expect.any(String),
      });
      const [output] = await db.collection('framework.outputs').find().toArray();
      expect(output).toEqual({
        _id: 'a%2Fb/service/x',
        pipeline: 'a/b',
        integration: 'a/b',
        kinds: ['issue'],
        parts: [{ row: 'a%2Fb/issue/1', resource: 0, body: '{"identifier":"x"}', hash: 'h' }],
        cleared: [],
        hash: 'h',
        gone: false,
        again: false,
        sinks: [{ sink: 'catalog' }],
        due: 6,
        rev: expect.any(String),
      });
    });

    it('stores long bodies deflated, and gives them back as they were', async () => {
      const store = await open();
      const text = JSON.stringify({ text: 'ä'.repeat(700_000) });
      await store.rows.observe(page([present('1', text), present('2', '{}')], 3));
      const raw = await db.collection('framework.rows').findOne({ key: '1' });
      expect(raw!['row']._bsontype).toBe('Binary');
      const rows = await store.rows.find({ integration: 'a/b', limit: 10 });
      expect(rows.map(({ row }) => row)).toEqual([text, '{}']);

      const dead = { _id: 'd1', raw: text, attempts: 3 };
      const rev = await store.documents.insert('dead_letters', dead);
      expect(await store.documents.get('dead_letters', 'd1')).toEqual({ ...dead, rev });
    });
  });

  it('says which row, output or document no document can hold, before it sends it', async () => {
    const store = await open();
    const noise = randomBytes(12 * 1_048_576).toString('base64');
    const large = { code: 'TOO_LARGE', recovery: 'skip', message: expect.stringContaining('big') as string };
    await expect(store.rows.observe(page([present('small', '1'), present('big', JSON.stringify(noise))], 1))).rejects.toMatchObject(large);
    await expect(store.documents.insert('dead_letters', { _id: 'big', raw: noise })).rejects.toMatchObject(large);
    await store.rows.observe(page([present('small', '1')], 1));
    const part = { output: 'a%2Fb/service/big', resource: 0, body: JSON.stringify(noise), hash: 'h' };
    const batch = { pipeline: 'a/b', integration: 'a/b', kind: 'issue', sinks: [], mapping: 'm', departures: 'now', at: 1 } as const;
    await expect(store.outputs.rewrite({ ...batch, rows: [{ row: 'a%2Fb/issue/small', face: 'hash of 1', parts: [part] }] })).rejects.toMatchObject(large);
    expect(await store.rows.alive(scope)).toBe(1);
  });

  describe('guarded writes', () => {
    it('lose nothing when several processes write the same rows at once', async () => {
      const all = await Promise.all(Array.from({ length: 4 }, () => open()));
      const keys = Array.from({ length: 700 }, (_, n) => String(n));
      await Promise.all(all.map((store, writer) => store.rows.observe(page(keys.map((key) => present(key, `"${writer}"`)), writer + 1))));
      const rows = await all[0]!.rows.find({ integration: 'a/b', limit: 1_000 });
      expect(rows).toHaveLength(700);
      // Whatever the order: the latest look has the word, under one token each.
      expect(new Set(rows.map(({ row, stamp }) => `${row} ${stamp}`))).toEqual(new Set(['"3" 4']));
      expect(new Set(rows.map(({ rev }) => rev)).size).toBe(700);
    });

    it('give up after 10 rounds against a writer that is always faster', async () => {
      const store = await open();
      await store.rows.observe(page([present('1', '1')], 1));
      let busy = true;
      const other = (async () => {
        while (busy) await db.collection('framework.rows').updateOne({ key: '1' }, { $set: { rev: newId() } });
      })();
      // Not every round loses against it; so until one write lost all ten.
      const lose = async (): Promise<void> => {
        for (let stamp = 2; ; stamp++) await store.rows.observe(page([present('1', String(stamp))], stamp));
      };
      await expect(lose()).rejects.toMatchObject({ code: 'STORE_CONTENDED' });
      busy = false;
      await other;
    });

    it('make a row due again when a process that was thought dead wrote its outputs from an old face', async () => {
      const store = await open();
      await store.rows.observe(page([present('1', '"new"')], 3));
      const rewrite = (face: string, name: string) =>
        store.outputs.rewrite({
          pipeline: 'a/b',
          integration: 'a/b',
          kind: 'issue',
          sinks: ['catalog'],
          mapping: 'm',
          rows: [{ row: 'a%2Fb/issue/1', face, parts: [{ output: `a%2Fb/service/${name}`, resource: 0, body: `{"identifier":"${name}"}`, hash: name }] }],
          departures: 'now',
          at: 6,
        });
      await rewrite('hash of "new"', 'new');
      expect((await store.rows.find({ integration: 'a/b', dueBy: 100, limit: 1 })).length).toBe(0);
      await rewrite('hash of "old"', 'old');
      const [due] = await store.rows.find({ integration: 'a/b', dueBy: 100, limit: 1 });
      expect(due!.mapped).toEqual({ face: 'hash of "old"', mapping: 'm' });
      await rewrite('hash of "new"', 'new');
      expect((await store.outputs.ofRow('a%2Fb/issue/1')).map(({ _id }) => _id)).toEqual(['a%2Fb/service/new']);
    });
  });

  describe('catalog', () => {
    const entity = (over: Partial<CatalogDocument>): CatalogDocument => ({
      blueprint: 'service',
      identifier: 'x',
      integration: 'one',
      kind: 'issue',
      title: null,
      icon: 'Jira',
      team: [],
      properties: '{"a":null,"big":[-12345678901234567890],"long":9007199254740993}',
      relations: '{"owner":["u"],"none":null}',
      updatedAt: 1_700_000_000_000,
      ...over,
    });

    it('is one collection for each blueprint, with nulls kept and a date', async () => {
      const store = await open();
      expect(await store.catalog.write([entity({}), entity({ identifier: 'y' })])).toEqual([
        { ok: true, created: true },
        { ok: true, created: true },
      ]);
      const stored = await db.collection('service').findOne({ identifier: 'x' }, { promoteLongs: false });
      expect(stored).toMatchObject({ _id: 'x', blueprint: 'service', title: null, properties: { a: null, long: Long.fromString('9007199254740993'), big: [Decimal128.fromString('-12345678901234567890')] }, relations: { owner: ['u'], none: null }, updatedAt: new Date(1_700_000_000_000) });
      expect(await store.catalog.get('service', 'x')).toEqual(entity({}));
      expect(await store.catalog.write([entity({ integration: 'two' })])).toEqual([{ ok: true, created: false, ownerBefore: 'one' }]);
      await store.catalog.remove([{ blueprint: 'service', identifier: 'x', integration: 'one' }]);
      expect(await store.catalog.blueprints()).toEqual([{ identifier: 'service', count: 2 }]);
    });

    it('refuses one entity for its property names, and writes the others', async () => {
      const store = await open();
      const results = await store.catalog.write([
        entity({ identifier: 'zero', properties: JSON.stringify({ deep: [{ 'a\0b': 1 }] }) }),
        entity({ identifier: 'driver', properties: '{"_bsontype":"Long"}' }),
        entity({ identifier: 'dotted', properties: '{"a.b":{"$c":1},"text":"_bsontype"}' }),
        entity({ identifier: 'good' }),
      ]);
      expect(results).toMatchObject([{ ok: false, code: 'FIELD_NAME' }, { ok: false, code: 'FIELD_NAME' }, { ok: true }, { ok: true }]);
      expect((await store.catalog.list({ limit: 10 })).documents.map(({ identifier }) => identifier)).toEqual(['dotted', 'good']);
      expect((await store.catalog.get('service', 'dotted'))!.properties).toBe('{"a.b":{"$c":1},"text":"_bsontype"}');
    });

    it.each(['framework.rows', 'system.users', 'a$b', ''])('refuses the blueprint "%s"', async (blueprint) => {
      const store = await open();
      expect(await store.catalog.write([entity({ blueprint })])).toMatchObject([{ ok: false, code: 'BLUEPRINT_NAME' }]);
      expect(await store.catalog.get(blueprint, 'x')).toBeUndefined();
    });

    it('is listed page by page over all blueprints, and nothing else that lies in the database', async () => {
      const store = await open();
      await db.collection('foreign').insertOne({ identifier: 'no', title: 'x' });
      const all = ['a', 'b'].flatMap((blueprint) => ['1', '2', '3'].map((identifier) => entity({ blueprint, identifier, title: `Title (${identifier})` })));
      await store.catalog.write(all);
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.catalog.list({ limit: 2, ...(cursor !== undefined && { cursor }) });
        expect(page.documents.length).toBe(2);
        seen.push(...page.documents.map(({ blueprint, identifier }) => blueprint + identifier));
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      expect(seen).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'b3']);
      const found = await store.catalog.list({ q: 'TITLE (2', limit: 10 });
      expect(found.documents.map(({ blueprint, identifier }) => blueprint + identifier)).toEqual(['a2', 'b2']);
    });
  });

  describe('open', () => {
    it('refuses a database of a newer release', async () => {
      await db.collection<{ _id: string; version: number }>('framework.state').insertOne({ _id: 'schema', version: 99 });
      await expect(open()).rejects.toMatchObject({ code: 'STORE_TOO_NEW' });
    });

    it('goes on without an index that the server refuses, and says so', async () => {
      // Two documents that a unique index cannot hold.
      const rows = db.collection<{ _id: string; rev: string }>('framework.rows');
      await rows.insertMany([{ _id: 'a', rev: '1' }, { _id: 'b', rev: '1' }]);
      const refusing = new Proxy(db, {
        get: (target, name) => (name === 'collection' ? (collection: string) => ({ createIndex: () => target.collection(collection).createIndex({ rev: 1 }, { unique: true }) }) : undefined),
      });
      const warnings: string[] = [];
      await createStateIndexes(refusing, (message) => warnings.push(message));
      expect(warnings).toHaveLength(5);
      expect(warnings[0]).toContain('refused the index {"_id":1,"rev":1} on framework.rows');
    });

    it('never shows the password', async () => {
      const wrong = ['mongodb://user:s3cret@/nowhere', 'mongodb://user:s3cret%40@host:notaport/', 'mongodb://user:s3cret@127.0.0.1:1/?serverSelectionTimeoutMS=300&bad%'];
      for (const url of wrong) {
        const err: unknown = await openMongoStore({ url, database, clock: systemClock }).catch((thrown: unknown) => thrown);
        expect(err).toMatchObject({ code: 'STORE_UNREACHABLE' });
        expect(JSON.stringify([err, (err as Error).message, (err as Error).stack])).not.toContain('s3cret');
      }
    });
  });
});
