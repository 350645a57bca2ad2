import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describeWith, startMongo } from '../../../tools/servers';
import { newId, systemClock } from '../../src/shared';
import type { ObservedBatch, Store } from '../../src/store';
import { openMongoStore } from '../../src/store/mongodb';
import { createStateIndexes } from '../../src/store/mongodb/indexes';
import { createOutputs } from '../../src/store/mongodb/outputs';
import { createRowOutputs } from '../../src/store/mongodb/row-outputs';
import { createTurns } from '../../src/store/mongodb/turns';
import { useMongo } from './mongodb-database';

describeWith({ needs: ['mongo'] }, 'the MongoDB store', () => {
  const database = useMongo();

  const scope = { integration: 'a/b', kind: 'issue' };
  const page = (rows: ObservedBatch['rows'], stamp: number): ObservedBatch => ({ scope, truth: 'listed', by: 'page', stamp, seen: 1, partition: 'all', rows, mapping: 'm', at: 5 });
  const present = (key: string, text: string) => ({ key, text, hash: `hash of ${text}` });

  describe('documents as interface.md 7 has them', () => {
    it('keeps rows and outputs under these names', async () => {
      const store = await database.open();
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
      const [row] = await database.db.collection('framework.rows').find().toArray();
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
      const [output] = await database.db.collection('framework.outputs').find().toArray();
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
      const store = await database.open();
      const text = JSON.stringify({ text: 'ä'.repeat(700_000) });
      await store.rows.observe(page([{ key: '1', text, hash: 'h' }, present('2', '{}')], 3));
      const raw = await database.db.collection('framework.rows').findOne({ key: '1' });
      expect(raw!['row']._bsontype).toBe('Binary');
      const rows = await store.rows.find({ integration: 'a/b', limit: 10 });
      expect(rows.map(({ row }) => row)).toEqual([text, '{}']);

      const dead = { _id: 'd1', raw: text, attempts: 3 };
      const rev = await store.documents.insert('dead_letters', dead);
      expect(await store.documents.get('dead_letters', 'd1')).toEqual({ ...dead, rev });
    });
  });

  it('says which row, output or document no document can hold, before it sends it', async () => {
    const store = await database.open();
    const noise = randomBytes(17 * 1_048_576).toString('base64');
    const large = { code: 'TOO_LARGE', recovery: 'skip', message: expect.stringContaining('big') as string };
    await expect(store.rows.observe(page([present('small', '1'), { key: 'big', text: JSON.stringify(noise), hash: 'h' }], 1))).rejects.toMatchObject(large);
    const dead = { _id: 'big', raw: noise };
    await expect(store.documents.insert('dead_letters', dead)).rejects.toMatchObject(large);
    await store.rows.observe(page([present('small', '1')], 1));
    const part = { output: 'a%2Fb/service/big', resource: 0, body: JSON.stringify(noise), hash: 'h' };
    const batch = { pipeline: 'a/b', integration: 'a/b', kind: 'issue', sinks: [], mapping: 'm', departures: 'now', at: 1 } as const;
    await expect(store.outputs.rewrite({ ...batch, rows: [{ row: 'a%2Fb/issue/small', face: 'hash of 1', parts: [part] }] })).rejects.toMatchObject(large);
    expect(await store.rows.alive(scope)).toBe(1);
  });

  describe('guarded writes', () => {
    it('lose nothing when several processes write the same rows at once', async () => {
      const all = await Promise.all(Array.from({ length: 4 }, () => database.open()));
      const keys = Array.from({ length: 700 }, (_, n) => String(n));
      await Promise.all(all.map((store, writer) => store.rows.observe(page(keys.map((key) => present(key, `"${writer}"`)), writer + 1))));
      const rows = await all[0]!.rows.find({ integration: 'a/b', limit: 1_000 });
      expect(rows).toHaveLength(700);
      // Whatever the order: the latest look has the word, under one token each.
      expect(new Set(rows.map(({ row, stamp }) => `${row} ${stamp}`))).toEqual(new Set(['"3" 4']));
      expect(new Set(rows.map(({ rev }) => rev)).size).toBe(700);
    });

    it('give up after 10 rounds against a writer that is always faster', async () => {
      const store = await database.open();
      await store.rows.observe(page([present('1', '1')], 1));
      let busy = true;
      const other = (async () => {
        while (busy) await database.db.collection('framework.rows').updateOne({ key: '1' }, { $set: { rev: newId() } });
      })();
      // Not every round loses against it; so until one write lost all ten.
      const lose = async (): Promise<void> => {
        for (let stamp = 2; ; stamp++) await store.rows.observe(page([present('1', String(stamp))], stamp));
      };
      try {
        await expect(lose()).rejects.toMatchObject({ code: 'STORE_CONTENDED' });
      } finally {
        busy = false;
        await other;
      }
    });

    it('take nothing of a process that was thought dead and maps a row from an old face', async () => {
      const store = await database.open();
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
      expect((await store.rows.find({ integration: 'a/b', dueBy: 100, limit: 1 })).length).toBe(0);
      expect((await store.outputs.ofRow('a%2Fb/issue/1')).map(({ _id }) => _id)).toEqual(['a%2Fb/service/new']);
    });
  });

  it('takes a part out of an output that was written just before a crash (I15)', async () => {
    const store = await database.open();
    await store.rows.observe(page([present('1', '1')], 1));
    const rewrite = (outputs: Store['outputs'], name: string) =>
      outputs.rewrite({
        pipeline: 'a/b',
        integration: 'a/b',
        kind: 'issue',
        sinks: ['catalog'],
        mapping: 'm',
        rows: [{ row: 'a%2Fb/issue/1', face: 'hash of 1', parts: [{ output: `a%2Fb/service/${name}`, resource: 0, body: '{}', hash: name }] }],
        departures: 'now',
        at: 6,
      });
    const inTurn = createTurns();
    const rowOutputs = createRowOutputs({ collection: database.db.collection('framework.rows'), inTurn });
    const dying = createOutputs({ db: database.db, bodies: { encode: (text) => text }, inTurn, rowOutputs: { ...rowOutputs, narrow: () => Promise.reject(new Error('killed')) } });
    await expect(rewrite(dying, 'first')).rejects.toThrow('killed');
    const [row] = await store.rows.find({ integration: 'a/b', dueBy: 100, limit: 1 });
    expect(row!.mapped).toBeUndefined();
    // The mapping changed between: the row now makes another output.
    await rewrite(store.outputs, 'second');
    expect(await store.outputs.find({ pipeline: 'a/b', gone: false, limit: 10 })).toMatchObject([{ _id: 'a%2Fb/service/second' }]);
    expect(await store.outputs.find({ pipeline: 'a/b', gone: true, limit: 10 })).toMatchObject([{ _id: 'a%2Fb/service/first', parts: [], due: 6 }]);
  });

  describe('open', () => {
    it('refuses a database of a newer release', async () => {
      await database.db.collection<{ _id: string; version: number }>('framework.state').insertOne({ _id: 'schema', version: 99 });
      await expect(database.open()).rejects.toMatchObject({ code: 'STORE_TOO_NEW' });
    });

    it('brings a database of an older release up to date', async () => {
      const state = database.db.collection<{ _id: string; version: number; rev: string }>('framework.state');
      await state.insertOne({ _id: 'schema', version: 1, rev: 'r' });
      await database.open();
      expect(await state.findOne({ _id: 'schema' })).toMatchObject({ version: 3 });
      await database.open();
    });

    it('indexes what rows are a part of where they say so', async () => {
      await database.open();
      expect(await database.db.collection('framework.rows').indexes()).toContainEqual(expect.objectContaining({ key: { anchor: 1 }, sparse: true }));
    });

    it('goes on without an index that the server refuses, and says so', async () => {
      // Two documents that a unique index cannot hold.
      const rows = database.db.collection<{ _id: string; rev: string }>('framework.rows');
      await rows.insertMany([{ _id: 'a', rev: '1' }, { _id: 'b', rev: '1' }]);
      const refusing = new Proxy(database.db, {
        get: (target, name) => (name === 'collection' ? (collection: string) => ({ createIndex: () => target.collection(collection).createIndex({ rev: 1 }, { unique: true }) }) : undefined),
      });
      const warnings: string[] = [];
      await createStateIndexes(refusing, (message) => warnings.push(message));
      expect(warnings).toHaveLength(6);
      expect(warnings[0]).toContain('refused the index {"_id":1,"rev":1} on framework.rows');
    });

    it('never shows the password', async () => {
      const wrong = ['mongodb://user:s3cret@/nowhere', 'mongodb://user:s3cret%40@host:notaport/', 'mongodb://user:s3cret@127.0.0.1:1/?serverSelectionTimeoutMS=300&bad%'];
      for (const url of wrong) {
        const err: unknown = await openMongoStore({ url, database: 'test', clock: systemClock }).catch((thrown: unknown) => thrown);
        expect(err).toMatchObject({ code: 'STORE_UNREACHABLE' });
        expect(JSON.stringify([err, (err as Error).message, (err as Error).stack])).not.toContain('s3cret');
      }
    });
  });
});

describeWith({ needs: ['mongo'], own: true }, 'the MongoDB store, when its server is killed', () => {
  it('says so, and goes on with the same data when the server is back', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'mongodb-'));
    const file = path.join(folder, 'data');
    let mongo = await startMongo({ file });
    const store = await openMongoStore({ url: `${mongo.url}/?serverSelectionTimeoutMS=200`, database: 'test', clock: systemClock });
    try {
      await store.ownership.acquire(AbortSignal.timeout(10_000));
      const rev = await store.documents.insert('state', { _id: 'kept' });
      await mongo.kill();
      const down = { code: 'STORE_UNREACHABLE', recovery: 'retry' };
      await expect(store.ping()).rejects.toMatchObject(down);
      await expect(store.documents.get('state', 'kept')).rejects.toMatchObject(down);
      await expect(store.rows.get(['a'])).rejects.toMatchObject(down);
      await expect(store.catalog.blueprints()).rejects.toMatchObject(down);
      await expect(store.ownership.announce('http://here')).rejects.toMatchObject(down);
      mongo = await startMongo({ file, port: Number(new URL(mongo.url).port) });
      await store.ping();
      expect(await store.documents.get('state', 'kept')).toEqual({ _id: 'kept', rev });
      await store.ownership.announce('http://here');
      expect(await store.ownership.holder()).toMatchObject({ url: 'http://here' });
    } finally {
      await store.close();
      await mongo.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
