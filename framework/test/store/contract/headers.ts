import { hashText } from '../../../src/contract';
import { rowId } from '../../../src/store';
import { claims, mapped, newScope, page, present, rewrite, rowOf, type Subject } from './fixtures';

const NOW = { mapping: 'm1', at: 5_000 };

/** What the framework keeps about an element beside its row. */
export function headersContract(subject: Subject): void {
  const held = async (kind: string, key = 'a') => {
    const scope = newScope(kind);
    await subject.store.rows.observe(page(scope, [present(key, 1)], { truth: 'mixed' }));
    await subject.store.outputs.rewrite(rewrite(scope, [mapped(scope, { key, face: present(key, 1).hash }, [])]));
    return scope;
  };
  const put = async (scope: ReturnType<typeof newScope>, header: string, key = 'a') => {
    const row = (await rowOf(subject.store, scope, key))!;
    return subject.store.rows.setHeaders([{ _id: row._id, rev: row.rev, header }], NOW);
  };

  test('another header makes the row due, and is part of what outputs are made of', async () => {
    const scope = await held('table');
    const face = hashText(`{"zones":["a"]} ${present('a', 1).hash}`);
    expect(await put(scope, '{"zones":["a"]}')).toEqual({ dirty: [{ _id: rowId(scope, 'a'), key: 'a', face, gone: false }], lost: [] });
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ header: '{"zones":["a"]}', hash: present('a', 1).hash, face, due: 5_000 });
    await subject.store.outputs.rewrite(rewrite(scope, [mapped(scope, { key: 'a', face }, [])]));
    expect(await rowOf(subject.store, scope, 'a')).not.toHaveProperty('due');
  });

  test('a header that is again what the outputs were made of leaves nothing due, and what was made of the one in between is not taken', async () => {
    const scope = await held('table');
    const face = (zone: string): string => hashText(`{"zones":["${zone}"]} ${present('a', 1).hash}`);
    await put(scope, '{"zones":["a"]}');
    await subject.store.outputs.rewrite(rewrite(scope, [mapped(scope, { key: 'a', face: face('a') }, [])]));
    await put(scope, '{"zones":["b"]}');
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ due: 5_000 });
    expect(await put(scope, '{"zones":["a"]}')).toEqual({ dirty: [], lost: [] });
    expect(await rowOf(subject.store, scope, 'a')).not.toHaveProperty('due');
    await subject.store.outputs.rewrite(rewrite(scope, [mapped(scope, { key: 'a', face: face('b') }, [])]));
    const row = await rowOf(subject.store, scope, 'a');
    expect(row).toMatchObject({ face: face('a'), mapped: { face: face('a') } });
    expect(row).not.toHaveProperty('due');
  });

  test('whoever wrote the row since it was read is not overwritten', async () => {
    const scope = await held('table');
    const row = (await rowOf(subject.store, scope, 'a'))!;
    await subject.store.rows.observe(page(scope, [present('a', 2)], { truth: 'mixed', stamp: 20 }));
    expect(await subject.store.rows.setHeaders([{ _id: row._id, rev: row.rev, header: '{}' }, { _id: rowId(scope, 'none'), rev: 'x', header: '{}' }], NOW)).toEqual({ dirty: [], lost: [row._id, rowId(scope, 'none')] });
    expect(await rowOf(subject.store, scope, 'a')).not.toHaveProperty('header');
  });

  test('pages and claims leave it alone, whether they change the row or not', async () => {
    const scope = await held('table');
    await put(scope, '{"zones":["a"]}');
    await subject.store.rows.observe(page(scope, [present('a', 1)], { truth: 'mixed', stamp: 20, seen: 2 }));
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ header: '{"zones":["a"]}', stamp: 20 });
    await subject.store.rows.observe(page(scope, [present('a', 2)], { truth: 'mixed', stamp: 30, seen: 3 }));
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ header: '{"zones":["a"]}', face: hashText(`{"zones":["a"]} ${present('a', 2).hash}`) });
    const three = present('a', 3);
    await subject.store.rows.claim(claims(scope, [{ key: 'a', stamp: 40, is: 'present', text: three.text, hash: three.hash }], 'mixed'));
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ header: '{"zones":["a"]}', hash: three.hash, face: hashText(`{"zones":["a"]} ${three.hash}`) });
  });

  test('a row that goes keeps it, with what its farewell says; one that comes back begins without', async () => {
    const scope = await held('table');
    await put(scope, '{"zones":["a"]}');
    await subject.store.rows.claim(claims(scope, [{ key: 'a', stamp: 40, is: 'gone', data: '{"was":1}', farewell: { forever: true, header: { memento: { by: 'run' } } } }], 'mixed'));
    const gone = (await rowOf(subject.store, scope, 'a'))!;
    expect(gone).toMatchObject({ gone: true, header: '{"zones":["a"],"memento":{"by":"run"}}', data: '{"was":1}' });
    expect(gone).not.toHaveProperty('goneAt');
    await subject.store.outputs.rewrite(rewrite(scope, [mapped(scope, { key: 'a', face: '' }, [])]));
    expect(await subject.store.rows.expire(Number.MAX_SAFE_INTEGER, 10_000)).toEqual(expect.any(Number));
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ gone: true, data: '{"was":1}' });
    const again = present('a', 9);
    await subject.store.rows.claim(claims(scope, [{ key: 'a', stamp: 50, is: 'present', text: again.text, hash: again.hash, partition: 'server' }], 'mixed'));
    const back = await rowOf(subject.store, scope, 'a');
    expect(back).toMatchObject({ gone: false, partition: 'server', face: again.hash });
    expect(back).not.toHaveProperty('header');
  });

  test('nothing of it stays of a row that goes bare, by a claim, a sweep, or with its integration', async () => {
    const one = await held('table');
    await put(one, '{"externalIds":{"someone@example.org":{}}}');
    await subject.store.rows.claim(claims(one, [{ key: 'a', stamp: 40, is: 'gone', farewell: { bare: true } }], 'mixed'));
    const other = await held('table');
    await put(other, '{"externalIds":{"someone@example.org":{}}}');
    await subject.store.rows.sweep({ scope: other, generation: 2, startStamp: 30, truth: 'mixed', incomplete: [] }, { policy: 'immediate', stamp: 30, limit: 10, at: 7_000, envelopes: true, farewell: { bare: true } });
    const third = await held('table');
    await put(third, '{"externalIds":{"someone@example.org":{}}}');
    await subject.store.rows.buryAll(third.integration, { limit: 10, at: 7_000 });
    for (const scope of [one, other, third]) {
      const row = (await rowOf(subject.store, scope, 'a'))!;
      expect(row).toMatchObject({ gone: true, goneAt: expect.any(Number) });
      expect(row).not.toHaveProperty('header');
      expect(row).not.toHaveProperty('data');
      expect(JSON.stringify(row)).not.toContain('someone');
    }
  });

  test('a claim that is outvoted takes nothing of it away, however it would have the row go', async () => {
    const scope = await held('table');
    await put(scope, '{"zones":["a"]}');
    await subject.store.rows.claim(claims(scope, [{ key: 'a', stamp: 1, is: 'gone', farewell: { bare: true } }], 'mixed'));
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ gone: false, header: '{"zones":["a"]}' });
  });

  test('what is swept says so', async () => {
    const scope = await held('table');
    const filter = { scope, generation: 2, startStamp: 30, truth: 'mixed' as const, incomplete: [] };
    await subject.store.rows.sweep(filter, { policy: 'immediate', stamp: 30, limit: 10, at: 7_000, envelopes: true, farewell: { header: { memento: 1 }, forever: true } });
    const gone = (await rowOf(subject.store, scope, 'a'))!;
    expect(gone).toMatchObject({ gone: true, header: '{"memento":1}', data: present('a', 1).text });
    expect(gone).not.toHaveProperty('goneAt');
  });
}
