import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openEmbeddedStore } from '.';
import { systemClock } from '../../shared';
import { storable } from '../ids';
import { connect, type Connection } from './connection';
import { createNames } from './names';

let folder: string;
let connection: Connection;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'connection-'));
  connection = connect(path.join(folder, 'framework.db'));
});
afterEach(async () => {
  await connection.close();
  await rm(folder, { recursive: true, force: true });
});

test('work of one turn is one transaction, in order; what throws takes only itself back', async () => {
  const names = createNames(connection);
  const seen: number[] = [];
  const results = await Promise.allSettled([
    connection.transact((sql) => names.of(sql, 'first')),
    connection.transact((sql) => {
      names.of(sql, 'never');
      throw new Error('a bug');
    }),
    connection.transact((sql) => {
      seen.push(sql.all('SELECT name FROM names').length);
      return names.of(sql, 'last');
    }),
  ]);
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(results[1]).toMatchObject({ reason: expect.objectContaining({ message: 'a bug' }) });
  // What was remembered of the name that was taken back is forgotten, so its number is not used for anything else.
  const stored = await connection.transact((sql) => sql.all('SELECT n, name FROM names ORDER BY n'));
  expect(stored.map(([, name]) => name)).toEqual(['first', 'last']);
  const [never, last] = await connection.transact((sql) => [names.of(sql, 'never'), names.of(sql, 'last')]);
  expect(never).not.toBe(last);
  expect(await connection.transact((sql) => names.name(sql, never!))).toBe('never');
  expect(seen.at(-1)).toBe(1);
});

test('what the database refuses is the store not answering', async () => {
  await expect(connection.transact((sql) => sql.run('INSERT INTO names(n, name) VALUES (1, NULL)'))).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', recovery: 'retry' });
  await expect(connection.transact((sql) => sql.all('SELECT * FROM nowhere'))).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
});

test('names come back as they went in, but for what the file cannot hold', async () => {
  const names = createNames(connection);
  for (const name of ['', 'ü/%', '😀', 'a\u0000b', 'lone \ud800']) {
    const n = await connection.transact((sql) => names.of(sql, name));
    const fresh = createNames(connection);
    expect(await connection.transact((sql) => fresh.name(sql, n))).toBe(storable(name));
  }
  expect([storable('😀 ü'), storable('a\u0000b'), storable('lone \ud800')]).toEqual(['😀 ü', 'a\uFFFDb', 'lone \uFFFD']);
});

test('find walks in _id order, whether few rows are due or more than the index is good for', async () => {
  await connection.close();
  const store = await openEmbeddedStore({ folder, clock: systemClock });
  const scope = { integration: 'entry', kind: 'thing' };
  const keys = Array.from({ length: 6_000 }, (_, n) => `k${String(n).padStart(4, '0')}`);
  const batch = { scope, truth: 'listed', by: 'page', stamp: 1, seen: 1, partition: 'p', mapping: 'm', at: 10 } as const;
  await store.rows.observe({ ...batch, rows: keys.map((key) => ({ key, text: '1', hash: 'h' })) });
  await store.rows.claim({ scope, truth: 'listed', mapping: 'm', at: 10, claims: keys.map((key) => ({ key, stamp: 2, is: 'changed' })) });
  const rewrite = { pipeline: 'entry', ...scope, sinks: ['s'], mapping: 'm', departures: 'now', at: 10 } as const;
  await store.outputs.rewrite({ ...rewrite, rows: keys.map((key) => ({ row: `entry/thing/${key}`, face: 'h', parts: [{ output: `entry/bp/${key}`, resource: 0, body: '{}', hash: key }] })) });
  const walk = async (find: (after: string | undefined) => Promise<readonly { readonly _id: string }[]>): Promise<string[]> => {
    const found: string[] = [];
    for (let page = await find(undefined); page.length > 0; page = await find(found.at(-1))) found.push(...page.map((one) => one._id));
    return found;
  };
  const rows = (more: object) => walk((after) => store.rows.find({ ...scope, limit: 1_000, ...more, ...(after !== undefined && { after }) }));
  const outputs = () => walk((after) => store.outputs.find({ pipeline: 'entry', dueBy: 10, limit: 1_000, ...(after !== undefined && { after }) }));
  expect(await rows({ dueBy: 10 })).toEqual(keys.map((key) => `entry/thing/${key}`));
  expect(await rows({ asking: true })).toHaveLength(6_000);
  expect(await outputs()).toEqual(keys.map((key) => `entry/bp/${key}`));
  const most = keys.slice(10);
  await store.rows.observe({ ...batch, stamp: 3, rows: most.map((key) => ({ key, text: '1', hash: 'h' })) });
  await store.outputs.settle(most.map((key) => ({ output: `entry/bp/${key}`, sink: 's', is: 'accepted', hash: key })), 20);
  expect(await rows({ dueBy: 10 })).toEqual(keys.slice(0, 10).map((key) => `entry/thing/${key}`));
  expect(await rows({ asking: true, dueBy: 10 })).toHaveLength(10);
  expect(await outputs()).toEqual(keys.slice(0, 10).map((key) => `entry/bp/${key}`));
  await store.close();
});
