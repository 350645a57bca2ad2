import { rmSync } from 'node:fs';
import { openStore, type Store } from './store';
import { temporaryFolder } from './test/serve';

let folder: string;
let store: Store;
beforeEach(() => (store = openStore((folder = temporaryFolder()))));
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const put = (id: string): void => void store.statement("INSERT INTO documents(collection, id, body) VALUES ('c', ?, '{}')").run(id);
const ids = (): unknown[] => store.statement("SELECT id FROM documents WHERE collection = 'c' ORDER BY id").all().map((row) => (row as { id: string }).id);
const reopen = (): void => {
  store.close();
  store = openStore(folder);
};

test('a call that throws takes back what it wrote, and nothing of the others of its turn', async () => {
  store.transact(() => put('before'));
  expect(() =>
    store.transact(() => {
      put('lost');
      throw new Error('no');
    }),
  ).toThrow('no');
  store.transact(() => store.transact(() => put('after')));
  await store.durable();
  expect(ids()).toEqual(['after', 'before']);
  reopen();
  expect(ids()).toEqual(['after', 'before']);
});

test('one commit serves all calls of a turn; closing commits what is open', async () => {
  store.transact(() => put('a'));
  const first = store.durable();
  store.transact(() => put('b'));
  expect(store.durable()).toBe(first);
  await first;
  store.transact(() => put('c'));
  expect(store.durable()).not.toBe(first);
  reopen();
  expect(ids()).toEqual(['a', 'b', 'c']);
});

test('a commit that fails is told to every call of its turn, and to those who remember', async () => {
  store.statement('CREATE TABLE parents(n INTEGER PRIMARY KEY)').run();
  store.statement('CREATE TABLE children(n INTEGER REFERENCES parents(n) DEFERRABLE INITIALLY DEFERRED)').run();
  store.statement('PRAGMA foreign_keys = ON').get();
  let read = 0;
  store.onLoss(() => read++);
  store.transact(() => put('a'));
  store.transact(() => store.statement('INSERT INTO children VALUES (7)').run());
  await expect(store.durable()).rejects.toThrow(/FOREIGN KEY/);
  expect(read).toBe(1);
  expect(ids()).toEqual([]);
  store.transact(() => put('b'));
  await store.durable();
  expect(ids()).toEqual(['b']);
});

test('a file of a later release is refused', () => {
  store.statement('PRAGMA user_version = 99').run();
  store.close();
  expect(() => openStore(folder)).toThrow(expect.objectContaining({ code: 'STORE_TOO_NEW' }));
  rmSync(folder, { recursive: true, force: true });
  store = openStore(folder);
});
