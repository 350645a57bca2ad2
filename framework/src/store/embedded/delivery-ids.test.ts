import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { connect, type Connection } from './connection';
import { createDeliveryIds, type DeliveryIds } from './delivery-ids';

let folder: string;
let connection: Connection;
let ids: DeliveryIds;
const open = (): void => {
  connection = connect(path.join(folder, 'framework.db'));
  ids = createDeliveryIds(connection);
};
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'ids-'));
  open();
});
afterEach(async () => {
  await connection.close();
  await rm(folder, { recursive: true, force: true });
});

const take = (names: readonly string[], { at = 100, since = 0, hash = 'h' } = {}): Promise<readonly boolean[]> =>
  connection.transact((sql) => ids.take(sql, { deliveries: names.map((id) => ({ id, hash, records: [] })), at, since }));
const count = (table: string): Promise<unknown> => connection.transact((sql) => sql.get(`SELECT count(*) FROM ${table}`)![0]);
const move = (): Promise<void> => connection.derive(ids.move);
const expire = (before: number, limit: number): Promise<number> => connection.transact((sql) => ids.expire(sql, before, limit));

test('what arrived is known from memory, after it moved, and after the file was opened again in either state', async () => {
  expect(await take(['a', 'b'])).toEqual([false, false]);
  expect(await take(['b', 'c'])).toEqual([true, false]);
  await connection.close();
  open();
  expect(await take(['a', 'b', 'c', 'd'])).toEqual([true, true, true, false]);
  expect([await count('arrivals'), await count('deliveries')]).toEqual([3, 0]);
  await move();
  expect([await count('arrivals'), await count('deliveries')]).toEqual([0, 4]);
  expect(await take(['a', 'd', 'e'])).toEqual([true, true, false]);
  await connection.close();
  open();
  expect(await take(['a', 'd', 'e'])).toEqual([true, true, true]);
});

test('an id is known by its newest body, wherever the one before lies, and only as long as it counts', async () => {
  await take(['a'], { hash: 'one', at: 10 });
  await move();
  expect(await take(['a'], { hash: 'two', at: 20 })).toEqual([false]);
  expect(await take(['a'], { hash: 'two', at: 30 })).toEqual([true]);
  await move();
  expect(await take(['a'], { hash: 'two', at: 30 })).toEqual([true]);
  expect(await take(['a'], { hash: 'two', at: 40, since: 21 })).toEqual([false]);
  expect(await take(['a'], { hash: 'two', at: 50, since: 41 })).toEqual([false]);
});

test('what a transaction took back was never there', async () => {
  await take(['a']);
  const failed = connection.transact((sql) => {
    ids.take(sql, { deliveries: [{ id: 'b', hash: 'h', records: [] }], at: 100, since: 0 });
    ids.move(sql);
    throw new Error('a bug');
  });
  await expect(failed).rejects.toThrow('a bug');
  expect([await count('arrivals'), await count('deliveries')]).toEqual([1, 0]);
  expect(await take(['a', 'b'])).toEqual([true, false]);
});

test('it is time to move when many wait; the old ones are forgotten wherever they lie, at most the limit', async () => {
  const names = Array.from({ length: 1_999 }, (_, n) => `id ${n}`);
  await take(names, { at: 10 });
  expect(ids.isFull()).toBe(false);
  await take(['late'], { at: 20 });
  expect(ids.isFull()).toBe(true);
  await move();
  expect(ids.isFull()).toBe(false);
  await take(['later'], { at: 30 });
  expect([await expire(20, 1_500), await expire(20, 1_500), await expire(20, 1_500)]).toEqual([1_500, 499, 0]);
  expect(await take(['id 3', 'late', 'later'])).toEqual([false, true, true]);
});

test('a kill while ids arrive and move loses none that was answered', async () => {
  const program = `
    const { connect } = require(${JSON.stringify(path.join(__dirname, 'connection'))});
    const { createDeliveryIds } = require(${JSON.stringify(path.join(__dirname, 'delivery-ids'))});
    const connection = connect(${JSON.stringify(path.join(folder, 'framework.db'))});
    const ids = createDeliveryIds(connection);
    (async () => {
      for (let batch = Number(process.argv[1]); ; batch++) {
        const deliveries = Array.from({ length: 50 }, (_, n) => ({ id: batch + '/' + n, hash: 'h', records: [] }));
        const taken = connection.transact((sql) => ids.take(sql, { deliveries, at: 100, since: 0 }));
        // Most of the time it moves, so most kills meet a move.
        void connection.derive(ids.move);
        await taken;
        process.stdout.write(batch + '\\n');
      }
    })();`;
  let answered = -1;
  for (let round = 0; round < 5; round++) {
    await connection.close();
    const child = spawn(process.execPath, ['-r', path.join(__dirname, '../../../bin/hook.js'), '-e', program, String(answered + 1)], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (data: Buffer) => {
      text += String(data);
      if (text.split('\n').length > 10 + 7 * round) child.kill('SIGKILL');
    });
    await once(child, 'close');
    answered = Number(text.slice(0, text.lastIndexOf('\n')).split('\n').at(-1));
    open();
    const names = Array.from({ length: (answered + 1) * 50 }, (_, n) => `${Math.floor(n / 50)}/${n % 50}`);
    expect((await take(names)).filter((known) => !known)).toEqual([]);
    expect(await take([`${answered + 2}/0`])).toEqual([false]);
  }
});
