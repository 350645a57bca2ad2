import { anchorId, rowId, type Scope } from '../../../src/store';
import { claims, newScope, page, present, rowOf, type Subject } from './fixtures';

const part = (key: string, anchor: string | undefined, content: unknown = 1) => ({ ...present(key, [content, anchor ?? null]), ...(anchor !== undefined && { anchor }) });

/** What rows are a part of, and how it is found. */
export function anchorsContract(subject: Subject): void {
  const one = anchorId('table', 'one');
  const other = anchorId('table', 'other');
  const find = async (scope: Scope, anchors: readonly string[], more: object = {}): Promise<readonly string[]> =>
    (await subject.store.rows.find({ ...scope, anchors, limit: 10, ...more })).map(({ key }) => key);

  test('pages and claims say what a row is a part of, and change it with the row', async () => {
    const scope = newScope('column');
    await subject.store.rows.observe(page(scope, [part('a', one), part('b', other), part('c', undefined)], { truth: 'mixed' }));
    const d = part('d', one);
    await subject.store.rows.claim(claims(scope, [{ ...d, stamp: 20, is: 'present' }], 'mixed'));
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ anchor: one });
    expect(await rowOf(subject.store, scope, 'c')).not.toHaveProperty('anchor');
    expect(await find(scope, [one])).toEqual(['a', 'd']);
    // Seen as it was, then as part of another, then of none.
    await subject.store.rows.observe(page(scope, [part('a', one), part('b', one), part('d', undefined)], { truth: 'mixed', stamp: 30, seen: 2 }));
    expect(await find(scope, [one])).toEqual(['a', 'b']);
    expect(await find(scope, [other])).toEqual([]);
  });

  test('parts of several are found together, in order, page by page, in their scope alone', async () => {
    const scope = newScope('column');
    const beside = { ...scope, kind: 'columnOfOthers' };
    await subject.store.rows.observe(page(scope, [part('d', one), part('c', other), part('b', one), part('a', undefined)]));
    await subject.store.rows.observe(page(beside, [part('e', one)]));
    expect(await find(scope, [one, other])).toEqual(['b', 'c', 'd']);
    expect(await find(scope, [one, other], { limit: 1, after: rowId(scope, 'b') })).toEqual(['c']);
    expect(await find(scope, [one], { limit: 1 })).toEqual(['b']);
    expect(await find(scope, [one], { after: rowId(scope, 'b') })).toEqual(['d']);
    expect((await subject.store.rows.find({ integration: scope.integration, anchors: [one], limit: 10 })).map(({ key }) => key)).toEqual(['b', 'd', 'e']);
    expect(await find(scope, [])).toEqual([]);
  });

  test('what is gone is a part of nothing; what comes back is a part of what it says then', async () => {
    const scope = newScope('column');
    await subject.store.rows.observe(page(scope, [part('a', one), part('b', one)], { truth: 'mixed' }));
    await subject.store.rows.claim(claims(scope, [{ key: 'a', stamp: 20, is: 'gone', data: '{}' }], 'mixed'));
    await subject.store.rows.sweep({ scope, generation: 2, startStamp: 30, truth: 'mixed', incomplete: [] }, { policy: 'immediate', stamp: 30, limit: 10, at: 7_000, envelopes: true });
    expect(await find(scope, [one])).toEqual([]);
    for (const key of ['a', 'b']) expect(await rowOf(subject.store, scope, key)).not.toHaveProperty('anchor');
    await subject.store.rows.observe(page(scope, [part('a', other)], { truth: 'mixed', stamp: 40, seen: 3 }));
    expect(await find(scope, [one, other])).toEqual(['a']);
  });

  test('a header, a look that changes nothing, a question, and a name that no text column holds, leave it', async () => {
    const scope = newScope('column');
    const hostile = anchorId('a/b', 'nul \u0000 and half \ud800 of a pair');
    await subject.store.rows.observe(page(scope, [part('a', hostile)], { truth: 'mixed' }));
    const row = (await rowOf(subject.store, scope, 'a'))!;
    await subject.store.rows.setHeaders([{ _id: row._id, rev: row.rev, header: '{"zones":[]}' }], { mapping: 'm1', at: 5_000 });
    await subject.store.rows.observe(page(scope, [part('a', hostile)], { truth: 'mixed', stamp: 20, seen: 2 }));
    await subject.store.rows.claim(claims(scope, [{ key: 'a', stamp: 25, is: 'changed' }], 'mixed'));
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ anchor: hostile, header: '{"zones":[]}', ask: 25 });
    expect(await find(scope, [hostile])).toEqual(['a']);
  });

  test('rows that were written without one get theirs, unless somebody wrote them since', async () => {
    const scope = newScope('column');
    await subject.store.rows.observe(page(scope, [present('a', 1), present('b', 1), part('c', one)]));
    const [a, b, c] = await subject.store.rows.find({ ...scope, limit: 10 });
    await subject.store.rows.observe(page(scope, [present('b', 2)], { stamp: 20 }));
    const changes = [{ _id: a!._id, rev: a!.rev, anchor: one }, { _id: b!._id, rev: b!.rev, anchor: one }, { _id: c!._id, rev: c!.rev }, { _id: rowId(scope, 'none'), rev: 'x', anchor: one }];
    expect(await subject.store.rows.setAnchors(changes)).toEqual([b!._id, rowId(scope, 'none')]);
    expect(await find(scope, [one])).toEqual(['a']);
    const { rev, ...now } = (await rowOf(subject.store, scope, 'a'))!;
    const { rev: before, ...was } = a!;
    expect(now).toEqual({ ...was, anchor: one });
    expect(rev).not.toBe(before);
  });
}
