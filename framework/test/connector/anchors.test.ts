import { ANCHORS, anchorIn, settleAnchors } from '../../src/connector';
import type { Service, ServiceContext } from '../../src/contract';
import { anchorId, pageByPage, type Row } from '../../src/store';
import { asset, keys, part, startStage, type Elements, type Stage } from './stage';

let stage: Stage;
afterEach(() => stage.stop());

const inDatabase = (identifier: string) => ({ parent: { blueprint: 'database' as const, identifier } });
const inTable = (identifier: string) => ({ parent: { blueprint: 'table' as const, identifier } });
const elements = (): Elements =>
  new Map([
    ['database', [asset('d1'), asset('d2')]],
    ['table', [part('t1', {}, inDatabase('d1')), part('t2', {}, inDatabase('d2'))]],
    ['column', [part('c1', { dataType: 'text' }, inTable('t1')), part('c2', { dataType: 'text' }, inTable('t2'))]],
  ]);
const start = async (): Promise<void> => {
  stage = await startStage([{ identifier: 'pg', services: ['database'], elements: elements() }]);
  await stage.run('pg');
};
const calls = (): ServiceContext<Service> => stage.context('pg')['database'] as unknown as ServiceContext<Service>;
const rows = (): Promise<Row[]> => stage.framework.store.rows.find({ integration: 'pg', gone: false, limit: 100 });
const anchors = async (): Promise<Record<string, string | undefined>> => Object.fromEntries((await rows()).map(({ key, anchor }) => [key, anchor]));
const EXPECTED = { d1: undefined, d2: undefined, t1: 'database/d1', t2: 'database/d2', c1: 'table/t1', c2: 'table/t2' };

/** As rows were before anchors were kept. */
async function forgetAnchors(): Promise<void> {
  const { store } = stage.framework;
  expect(await store.rows.setAnchors((await rows()).map(({ _id, rev }) => ({ _id, rev })))).toEqual([]);
  await store.documents.remove('state', `${ANCHORS}pg`);
  expect(new Set(Object.values(await anchors()))).toEqual(new Set([undefined]));
}

test('pages of comparisons and calls say what an element is a part of', async () => {
  await start();
  expect(await anchors()).toEqual(EXPECTED);
  await calls().create('column' as never, part('c3', { dataType: 'text' }, inTable('t1')));
  await calls().update({ blueprint: 'table', identifier: 't2' } as never, {}, { relations: { databaseSchemaDatabase: 'd1' } } as never);
  expect(await anchors()).toEqual({ ...EXPECTED, c3: 'table/t1', t2: 'database/d1' });
});

test('elements of a release that kept no anchors are found when their asset goes, and as its children', async () => {
  await start();
  await forgetAnchors();
  await stage.restart();
  expect(await anchors()).toEqual(EXPECTED);
  await stage.ready('pg');
  expect((await calls().children({ blueprint: 'table', identifier: 't2' } as never, 'column' as never)).elements.map(({ identifier }) => identifier)).toEqual(['c2']);
  await calls().remove({ blueprint: 'database', identifier: 'd1' } as never);
  expect([keys(await stage.catalog('table')), keys(await stage.catalog('column'))]).toEqual([['t2'], ['c2']]);
});

test('the pass over elements is made once, and again where it was interrupted', async () => {
  await start();
  const { store } = stage.framework;
  const of = { identifier: 'pg', kinds: new Map([['table', 'database.table'], ['column', 'database.column']]) };
  await forgetAnchors();
  // Dies after the first page that it wrote.
  const dying = { ...store, rows: { ...store.rows, setAnchors: async (changes: Parameters<typeof store.rows.setAnchors>[0]) => Promise.reject(Object.assign(new Error('killed'), { lost: await store.rows.setAnchors(changes) })) } };
  await expect(settleAnchors(dying, of, stage.log)).rejects.toThrow('killed');
  await settleAnchors(store, of, stage.log);
  expect(await anchors()).toEqual(EXPECTED);
  const looked: unknown[] = [];
  await settleAnchors({ ...store, rows: { ...store.rows, find: async (query) => (looked.push(query), store.rows.find(query)) } }, of, stage.log);
  expect(looked).toEqual([]);
});

test('rows that somebody writes meanwhile are looked at again', async () => {
  await start();
  const { store } = stage.framework;
  await forgetAnchors();
  let first = true;
  const busy: typeof store = {
    ...store,
    rows: {
      ...store.rows,
      async setAnchors(changes) {
        if (first) {
          first = false;
          for await (const page of pageByPage(100, (at) => store.rows.find({ integration: 'pg', kind: 'database.table', ...at }))) await store.rows.setHeaders(page.map(({ _id, rev }) => ({ _id, rev, header: '{}' })), { mapping: 'm', at: 1 });
        }
        return store.rows.setAnchors(changes);
      },
    },
  };
  await settleAnchors(busy, { identifier: 'pg', kinds: new Map([['table', 'database.table']]) }, stage.log);
  expect(await anchors()).toMatchObject({ t1: EXPECTED.t1, t2: EXPECTED.t2 });
});

test('only the relation to what it is a part of is an anchor', () => {
  expect(anchorIn('column', { relations: { tableView: 'v/1', foreignKeys: ['c'] } })).toBe(anchorId('view', 'v/1'));
  expect(anchorIn('database', { relations: {} })).toBeUndefined();
});
