import type { DeleteMethod, ElementRef } from '../../src/contract';
import { asset, keys, part, startStage, type Elements, type Stage } from './stage';

let stage: Stage;
afterEach(() => stage.stop());

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
