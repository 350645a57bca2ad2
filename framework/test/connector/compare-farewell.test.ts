import type { DeleteMethod, ElementRef } from '../../src/contract';
import { asset, keys, part, startStage, type Elements, type Stage } from './stage';

let stage: Stage;
afterEach(() => stage.stop());

test('what stays is told by the first hundred and the number, and no more once it is back', async () => {
  const all = Array.from({ length: 250 }, (_, n) => asset(`d${n}`));
  const elements: Elements = new Map([['database', all]]);
  stage = await startStage([{ identifier: 'pg', services: ['database'], elements, connector: { onMissing: 'none' } }]);
  expect((await stage.run('pg')).kinds[0]!.left).toBeUndefined();
  elements.set('database', all.slice(0, 20));
  const [kind] = (await stage.run('pg')).kinds;
  expect([kind!.state, kind!.left!.count, new Set(kind!.left!.identifiers).size]).toEqual(['completed', 230, 100]);
  expect(kind!.left!.identifiers.filter((name) => Number(name.slice(1)) < 20)).toEqual([]);
  elements.set('database', all);
  expect((await stage.run('pg')).kinds[0]!.left).toBeUndefined();
});

test.each<[DeleteMethod, object]>([
  ['archive', { content: true, expires: false, memento: true, names: true }],
  ['softDelete', { content: true, expires: true, memento: false, names: true }],
  ['purge', { content: false, expires: true, memento: false, names: false }],
  ['none', {}],
])('23 delete: onMissing %s, with what is a part of it', async (onMissing, expected) => {
  const elements: Elements = new Map([['database', [asset('d1'), asset('d2', { description: 'last content' })]], ['table', [part('t2', {}, { parent: { blueprint: 'database', identifier: 'd2' } }), part('t1', {}, { parent: { blueprint: 'database', identifier: 'd1' } })]]]);
  stage = await startStage([{ identifier: 'pg', services: ['database'], elements, connector: { onMissing } }]);
  await stage.run('pg');
  for (const [blueprint, identifier] of [['database', 'd2'], ['table', 't2']] as const) {
    await stage.context('pg').externalIds.attach({ blueprint, identifier } as ElementRef, { externalIdentifier: 'someone@example.org' });
  }
  elements.set('database', [asset('d1')]);
  elements.set('table', [elements.get('table')![1]!]);
  const run = await stage.run('pg');
  if (onMissing === 'none') {
    expect(run.kinds.map(({ reason }) => reason)).toEqual([expect.stringContaining('onMissing: none'), expect.stringContaining('onMissing: none')]);
    expect(run.kinds.map(({ kind, left }) => [kind, left])).toEqual(expect.arrayContaining([['database.database', { count: 1, identifiers: ['d2'] }], ['database.table', { count: 1, identifiers: ['t2'] }]]));
    expect(((await stage.get<{ kinds: { kind: string; left?: object }[] }>(`/api/v1/runs/${run.runId}`)).kinds.find(({ kind }) => kind === 'database.table')!).left).toEqual({ count: 1, identifiers: ['t2'] });
    return expect(keys(await stage.catalog('database'))).toEqual(['d1', 'd2']);
  }
  expect(keys(await stage.catalog('database'))).toEqual(['d1']);
  expect(keys(await stage.catalog('table'))).toEqual(['t1']);
  const gone = await stage.framework.store.rows.find({ integration: 'pg', gone: true, limit: 10 });
  const seen = gone.map(({ key, data, header, goneAt }) => ({ key, content: data !== undefined, expires: goneAt !== undefined, memento: header?.includes('archiveDate') ?? false, names: header?.includes('someone') ?? false }));
  expect(seen).toEqual([{ key: expect.stringContaining('d2'), ...expected }, { key: expect.stringContaining('t2'), ...expected }]);
  if (onMissing !== 'purge') expect(gone[0]!.data).toContain('last content');

  // What comes back is there again, without what was kept about it.
  elements.set('database', [asset('d1'), asset('d2')]);
  await stage.run('pg');
  expect(keys(await stage.catalog('database'))).toEqual(['d1', 'd2']);
  expect((await stage.framework.store.rows.find({ integration: 'pg', kind: 'database.database', limit: 10 })).map(({ gone: is, header }) => [is, header])).toEqual([[false, undefined], [false, undefined]]);
});
