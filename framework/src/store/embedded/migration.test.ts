import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import Database from 'libsql';
import { hashText } from '../../contract';
import { systemClock } from '../../shared';
import { openEmbeddedStore } from '.';
import { migrations } from './schema';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'migration-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const scope = { integration: 'entry', kind: 'issue' };

/** A file as the first release left it: a mapped row, a row that wants mapping, a tombstone, and an output that its sink holds. */
function writeFirstVersion(): void {
  const database = new Database(path.join(folder, 'framework.db'));
  const rows = 'rows(n, id, scope, part, hash, version, floor, stamp, heard, seen, gone, goneAt, byEvent, mappedFace, mappedBy, due, rev)';
  database.exec(`${migrations[0]!}; PRAGMA user_version = 1;
    INSERT INTO names(n, name) VALUES (1, 'scope entry/issue'), (2, 'all'), (3, 'm'), (4, 'entry'), (5, '["issue"]'), (6, 'sinks ["one"]');
    INSERT INTO ${rows} VALUES (1, 'entry/issue/a', 1, 2, '#a', 5, 5, 10, -1, 1, 0, NULL, 0, '#a', 3, NULL, 'r1'),
      (2, 'entry/issue/b', 1, 2, '#b', NULL, -1, 10, -1, 1, 0, NULL, 0, NULL, NULL, 100, 'r1'), (3, 'entry/issue/c', 1, 2, NULL, NULL, -1, 10, -1, 1, 1, 50, 0, '', 3, NULL, 'r1');
    INSERT INTO bodies(n, row) VALUES (1, '{"a":1}'), (2, '{"b":1}');
    INSERT INTO outputs(n, id, pipeline, integration, kinds, hash, gone, again, search, sinkNames, sinks, rev)
      VALUES (1, 'entry/bp/a', 4, 4, 5, 'h', 0, 0, 0, 6, '[{"sink":"one","hash":"h","at":1}]', 'r1');
    INSERT INTO parts(o, r, resource, hash, search, body) VALUES (1, 1, 0, 'h', 0, '{"identifier":"a"}');`);
  database.close();
}

test('a file of the first release is brought up to date and goes on as it was', async () => {
  writeFirstVersion();
  const store = await openEmbeddedStore({ folder, clock: systemClock });
  try {
    const rows = await store.rows.find({ ...scope, limit: 10 });
    expect(rows.map(({ key, hash, face, gone, due }) => ({ key, hash, face, gone, due }))).toEqual([
      { key: 'a', hash: '#a', face: '#a', gone: false, due: undefined },
      { key: 'b', hash: '#b', face: '#b', gone: false, due: 100 },
      { key: 'c', hash: undefined, face: undefined, gone: true, due: undefined },
    ]);
    const page = { scope, truth: 'listed', by: 'page', stamp: 20, seen: 2, partition: 'all', mapping: 'm', at: 200, rows: [{ key: 'a', text: '{"a":1}', hash: '#a', version: 5 }] } as const;
    expect(await store.rows.observe(page)).toEqual({ counts: { received: 1, stored: 0, unchanged: 1, outvoted: 0 }, dirty: [] });
    expect(await store.outputs.get(['entry/bp/a'])).toMatchObject([{ parts: [{ row: 'entry/issue/a', body: '{"identifier":"a"}' }], sinks: [{ hash: 'h' }] }]);
    const mapped = { row: 'entry/issue/b', face: '#b', parts: [{ output: 'entry/bp/b', resource: 0, body: '{}', hash: 'g', order: 4 }] };
    await store.outputs.rewrite({ pipeline: 'entry', integration: 'entry', kind: 'issue', sinks: ['one'], mapping: 'm', rows: [mapped], departures: 'now', at: 300 });
    expect(await store.rows.find({ ...scope, dueBy: 1_000, limit: 10 })).toEqual([]);
    const claim = { key: 'a', stamp: 30, is: 'present', version: 6, text: '{"a":2}', hash: '#a2', data: 'd', event: { type: 't', operation: 'write', at: 1 } } as const;
    const accepted = await store.accept({ deliveries: [{ id: 'one', hash: 'h', records: [{ scope, truth: 'listed', mapping: 'm', claim }] }], since: 0, at: 400 });
    expect(accepted).toMatchObject({ deliveries: [['stored']], dirty: [{ key: 'a' }] });
  } finally {
    await store.close();
  }
  const again = await openEmbeddedStore({ folder, clock: systemClock });
  expect((await again.rows.find({ ...scope, limit: 10 })).map(({ key }) => key)).toEqual(['a', 'b', 'c']);
  await again.close();
});

test('what was released is never changed', () => {
  expect(hashText(migrations[0]!)).toBe('NQwN4JY_rzLbbQa2Q60DSQ72n0PFWDFjISeh_Jy3ALU');
});
