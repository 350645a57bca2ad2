import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import Database from 'libsql';
import { openEmbeddedStore } from '.';
import { systemClock } from '../../shared';
import type { Store } from '../store';
import { migrations } from './schema';

let folder: string;
const stores: Store[] = [];
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(os.tmpdir(), 'owned-')), 'deep', 'data');
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const store of stores.splice(0)) await store.close();
  await rm(path.dirname(path.dirname(folder)), { recursive: true, force: true });
});

async function open(): Promise<Store> {
  const store = await openEmbeddedStore({ folder, clock: systemClock });
  stores.push(store);
  return store;
}
const acquire = (store: Store): Promise<void> => store.ownership.acquire(new AbortController().signal);

/** Another process that owns the folder, announces itself, says so, and waits. */
async function ownElsewhere(): Promise<ChildProcess> {
  const program = `
    const { openEmbeddedStore } = require(${JSON.stringify(__dirname)});
    const { systemClock } = require(${JSON.stringify(path.join(__dirname, '../../shared'))});
    openEmbeddedStore({ folder: ${JSON.stringify(folder)}, clock: systemClock }).then(async (store) => {
      await store.ownership.acquire(new AbortController().signal);
      await store.documents.insert('state', { _id: 'from elsewhere' });
      await store.ownership.announce('http://127.0.0.1:7');
      process.stdout.write('owned');
      setInterval(() => undefined, 1000);
    });`;
  const child = spawn(process.execPath, ['-r', path.join(__dirname, '../../../bin/hook.js'), '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout!, 'data');
  return child;
}

test('the folder is made for its owner only, and says who owns it while he does', async () => {
  const store = await open();
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect(await store.ownership.holder()).toBeUndefined();
  await acquire(store);
  await acquire(store);
  expect(JSON.parse(await readFile(path.join(folder, 'framework.lock'), 'utf8'))).toEqual({ pid: process.pid, url: '', startedAt: expect.stringMatching(/Z$/) });
  await store.ownership.announce('http://127.0.0.1:1');
  expect(await store.ownership.holder()).toMatchObject({ url: 'http://127.0.0.1:1' });
  await store.close();
  await expect(stat(path.join(folder, 'framework.lock'))).rejects.toThrow('ENOENT');
  await expect(store.ping()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
});

test('a second process is refused by name; a kill frees the folder, and what was written is there', async () => {
  const child = await ownElsewhere();
  const store = await open();
  await expect(acquire(store)).rejects.toMatchObject({ code: 'STORE_HELD', message: `the data folder ${folder} is in use by process ${child.pid} at http://127.0.0.1:7; stop that process or set DATA_DIR` });
  await expect(store.ping()).rejects.toMatchObject({ code: 'STORE_HELD' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  await acquire(store);
  expect(await store.documents.get('state', 'from elsewhere')).toMatchObject({ _id: 'from elsewhere' });
  expect(await store.ownership.holder()).toMatchObject({ pid: process.pid, url: '' });
});

test('a second store of one process is refused too, until the first is closed', async () => {
  const first = await open();
  await acquire(first);
  const second = await open();
  await expect(acquire(second)).rejects.toMatchObject({ code: 'STORE_HELD' });
  await first.close();
  await first.close();
  await acquire(second);
  await second.ping();
});

test('a store of a newer release is left alone', async () => {
  const store = await open();
  await store.documents.insert('state', { _id: 'kept' });
  await store.close();
  const database = new Database(path.join(folder, 'framework.db'));
  database.exec('PRAGMA user_version = 99');
  database.close();
  await expect(acquire(await open())).rejects.toMatchObject({ code: 'STORE_TOO_NEW', message: expect.stringContaining(`schema version 99, this release knows ${migrations.length}`) });
  // Refusing it did not lock it.
  const again = new Database(path.join(folder, 'framework.db'));
  again.exec(`PRAGMA user_version = ${migrations.length}`);
  again.close();
  expect(await (await open()).documents.get('state', 'kept')).toBeDefined();
});

test('a folder that cannot be used, and a file that is no database, are named', async () => {
  await mkdir(path.dirname(folder), { recursive: true });
  await writeFile(folder, 'a file');
  await expect(open()).rejects.toMatchObject({ code: 'DATA_FOLDER', message: expect.stringContaining(folder) });
  await rm(folder);
  await mkdir(folder);
  await writeFile(path.join(folder, 'framework.db'), 'this is no database, though it is long enough to look like one'.repeat(20));
  await expect(acquire(await open())).rejects.toMatchObject({ code: 'DATA_FOLDER' });
});
