import { outputId, rowId } from '../../../src/store';
import { accept, answer, claims, delivered, depart, HOSTILE, mapped, newScope, outputOf, page, present, rewrite, rowOf, seed, withoutRev, type Subject } from './fixtures';

/** Rewriting outputs from rows. */
export function rewriteContract(subject: Subject): void {
  test('a mapped row makes an output that every sink has to hear of, and the row is clean; again nothing changes', async () => {
    const { outputs } = subject.store;
    const scope = newScope();
    const faces = await seed(subject.store, scope, ['k']);
    const batch = rewrite(scope, [mapped(scope, { key: 'k', face: faces.get('k')! }, [{ identifier: 'x/y', properties: { a: 1 } }])]);
    const [part] = batch.rows[0]!.parts;
    const rewritten = await outputs.rewrite(batch);
    const id = outputId(scope.integration, 'bp', 'x/y');
    expect(rewritten).toEqual({ dirty: [await outputOf(subject.store, id)], changed: [true], held: 0 });
    expect(withoutRev(rewritten.dirty[0])).toEqual({
      _id: id,
      pipeline: scope.integration,
      integration: scope.integration,
      kinds: [scope.kind],
      parts: [{ row: rowId(scope, 'k'), resource: 0, body: part!.body, hash: part!.hash }],
      cleared: [],
      hash: part!.hash,
      gone: false,
      again: false,
      sinks: [{ sink: 'one' }, { sink: 'two' }],
      due: 3_000,
    });
    expect(await rowOf(subject.store, scope, 'k')).toMatchObject({ mapped: { face: faces.get('k'), mapping: 'm1' } });
    const again = await outputs.rewrite({ ...batch, at: 3_500 });
    expect(again).toEqual(rewritten);
  });

  test('what every sink holds is not changed; another body is', async () => {
    const { outputs } = subject.store;
    const scope = newScope();
    const output = await delivered(subject.store, scope);
    const face = (await rowOf(subject.store, scope, 'k'))!.face!;
    const same = mapped(scope, { key: 'k', face }, [{ identifier: 'k', properties: { a: 1 } }]);
    expect(await outputs.rewrite(rewrite(scope, [same]))).toEqual({ dirty: [], changed: [false], held: 0 });
    expect(await outputOf(subject.store, output._id)).toEqual(output);
    const other = mapped(scope, { key: 'k', face }, [{ identifier: 'k', properties: { a: 2 } }]);
    const rewritten = await outputs.rewrite(rewrite(scope, [other], { at: 3_600 }));
    expect(rewritten).toMatchObject({ dirty: [{ due: 3_600, sinks: [{ sink: 'one', hash: output.hash }, { sink: 'two', hash: output.hash }] }], changed: [true] });
  });

  test('a row that has moved on gives nothing and stays due, and so does one that is not there', async () => {
    const { outputs, rows } = subject.store;
    const scope = newScope();
    const faces = await seed(subject.store, scope, ['k']);
    await rows.observe(page(scope, [present('k', 'moved', 2)], { stamp: 11 }));
    const rewritten = await outputs.rewrite(
      rewrite(scope, [mapped(scope, { key: 'k', face: faces.get('k')! }, [{ identifier: 'k', properties: {} }]), mapped(scope, { key: 'nobody', face: 'f' }, [{ identifier: 'n', properties: {} }])]),
    );
    expect(rewritten).toEqual({ changed: [false, false], dirty: [], held: 0 });
    expect(await outputOf(subject.store, outputId(scope.integration, 'bp', 'k'))).toBeUndefined();
    expect(await outputOf(subject.store, outputId(scope.integration, 'bp', 'n'))).toBeUndefined();
    expect(await rowOf(subject.store, scope, 'nobody')).toBeUndefined();
    const row = await rowOf(subject.store, scope, 'k');
    expect(row).toMatchObject({ due: 1_000 });
    expect(row).not.toHaveProperty('mapped');
  });

  test('a row that could not be judged keeps the parts that it gave before; judged again, it does not', async () => {
    const { outputs } = subject.store;
    const scope = newScope();
    const output = await delivered(subject.store, scope);
    const face = (await rowOf(subject.store, scope, 'k'))!.face!;
    const other = { identifier: 'other', properties: {} };
    const kept = await outputs.rewrite(rewrite(scope, [{ ...mapped(scope, { key: 'k', face }, [other]), keep: true }], { departures: 'held' }));
    expect(kept).toMatchObject({ dirty: [{ _id: outputId(scope.integration, 'bp', 'other') }], held: 0 });
    expect(await outputOf(subject.store, output._id)).toEqual(output);
    const judged = await outputs.rewrite(rewrite(scope, [mapped(scope, { key: 'k', face }, [other])], { departures: 'held' }));
    expect(judged.held).toBe(1);
    expect(await outputOf(subject.store, output._id)).toMatchObject({ gone: true, parts: [] });
  });

  test('an open ask keeps the row due after it was mapped', async () => {
    const { outputs, rows } = subject.store;
    const scope = newScope();
    const faces = await seed(subject.store, scope, ['k']);
    await rows.claim(claims(scope, [{ key: 'k', stamp: 20, is: 'changed' }]));
    await outputs.rewrite(rewrite(scope, [mapped(scope, { key: 'k', face: faces.get('k')! }, [])]));
    expect(await rowOf(subject.store, scope, 'k')).toMatchObject({ due: 1_000, mapped: { mapping: 'm1' } });
    await rows.observe(answer(scope, { rows: [present('k', 'seed', 1)] }, 21));
    expect(await rowOf(subject.store, scope, 'k')).not.toHaveProperty('due');
  });

  test('several rows and resources make one output, in resource order, then by row; keys that only a departed part had are cleared until every sink accepted', async () => {
    const { outputs } = subject.store;
    const scope = newScope();
    const faces = await seed(subject.store, scope, ['r1', 'r2']);
    const give = (key: string, list: Parameters<typeof mapped>[2]) => mapped(scope, { key, face: faces.get(key)! }, list);
    const first = await outputs.rewrite(
      rewrite(scope, [
        give('r2', [{ identifier: 'x', properties: { b: 2, both: 'late' }, title: 'T' }]),
        give('r1', [{ identifier: 'x', properties: { c: 3 }, resource: 1 }, { identifier: 'x', properties: { a: 1, both: 'early' } }]),
      ]),
    );
    expect(first).toMatchObject({ changed: [true, true, true], dirty: [{ cleared: [], kinds: [scope.kind] }] });
    const output = first.dirty[0]!;
    expect(output.parts.map((part) => [part.resource, part.row])).toEqual([
      [0, rowId(scope, 'r1')],
      [0, rowId(scope, 'r2')],
      [1, rowId(scope, 'r1')],
    ]);
    await outputs.settle(accept(output), 3_100);
    const second = await outputs.rewrite(rewrite(scope, [give('r2', [])], { at: 3_200 }));
    expect(second).toMatchObject({ held: 0, changed: [], dirty: [{ cleared: ['properties.b', 'title'], gone: false, due: 3_200 }] });
    expect(second.dirty[0]!.hash).not.toBe(output.hash);
    await outputs.settle(accept(second.dirty[0]!, ['one']), 3_300);
    expect(await outputOf(subject.store, output._id)).toMatchObject({ cleared: ['properties.b', 'title'] });
    const third = await outputs.rewrite(rewrite(scope, [give('r2', [{ identifier: 'x', properties: { b: 4 } }])], { at: 3_400 }));
    expect(third.dirty[0]!.cleared).toEqual(['title']);
    await outputs.settle(accept(third.dirty[0]!), 3_500);
    expect(await outputOf(subject.store, output._id)).toMatchObject({ cleared: [], again: false });
    expect((await outputs.ofRow(rowId(scope, 'r1'))).map((found) => found._id)).toEqual([output._id]);
    expect(await outputs.ofRow(rowId(scope, 'nobody'))).toEqual([]);
  });

  test('a row that gives other identities leaves the old output', async () => {
    const { outputs } = subject.store;
    const scope = newScope();
    const old = await delivered(subject.store, scope);
    const face = (await rowOf(subject.store, scope, 'k'))!.face!;
    const { dirty } = await outputs.rewrite(rewrite(scope, [mapped(scope, { key: 'k', face }, [{ identifier: 'renamed', properties: {} }])], { at: 3_700 }));
    expect(new Map(dirty.map((output) => [output._id, output.gone]))).toEqual(new Map([[old._id, true], [outputId(scope.integration, 'bp', 'renamed'), false]]));
  });

  test('departures by an event are due at once; by a run they wait, unseen by nextDue, until they are released', async () => {
    const { outputs } = subject.store;
    const scope = newScope();
    const now = await delivered(subject.store, scope, 'now');
    const held = await delivered(subject.store, scope, 'held');
    await depart(subject.store, scope, { key: 'held', departures: 'held' });
    expect(await outputs.nextDue(scope.integration)).toBeUndefined();
    await depart(subject.store, scope, { key: 'now', departures: 'now' });
    expect(await outputOf(subject.store, now._id)).toMatchObject({ gone: true, due: 4_000, parts: [], hash: '', kinds: [scope.kind] });
    expect(await outputOf(subject.store, held._id)).toMatchObject({ gone: true, parts: [] });
    expect(await outputOf(subject.store, held._id)).not.toHaveProperty('due');
    expect(await outputs.held(scope.integration, scope.kind)).toBe(1);
    expect(await outputs.stored(scope.integration, scope.kind)).toBe(2);
    expect(await outputs.counts(scope.integration)).toEqual({ stored: 2, due: 1, held: 1, oldestDue: 4_000 });
    expect(await outputs.release(scope.integration, { kind: 'other', at: 5_000 })).toBe(0);
    expect(await outputs.release(scope.integration, { kind: scope.kind, at: 5_000, ids: [now._id, 'nobody'] })).toBe(0);
    expect(await outputs.release(scope.integration, { kind: scope.kind, at: 5_000, ids: [held._id] })).toBe(1);
    expect(await outputs.release(scope.integration, { kind: scope.kind, at: 5_000 })).toBe(0);
    expect(await outputOf(subject.store, held._id)).toMatchObject({ gone: true, due: 5_000 });
  });

  test('a held output whose row comes back as it was is clean without being sent; with less it clears the rest', async () => {
    const { outputs, rows } = subject.store;
    const scope = newScope();
    const before = await delivered(subject.store, scope);
    await depart(subject.store, scope, { key: 'k', departures: 'held' });
    await rows.observe(page(scope, [present('k', 'seed', 1)], { stamp: 60 }));
    const face = (await rowOf(subject.store, scope, 'k'))!.face!;
    expect(await outputs.rewrite(rewrite(scope, [mapped(scope, { key: 'k', face }, [{ identifier: 'k', properties: { a: 1 } }])]))).toMatchObject({ dirty: [], changed: [false] });
    expect(withoutRev(await outputOf(subject.store, before._id))).toEqual(withoutRev(before));
    await depart(subject.store, scope, { key: 'k', departures: 'held' });
    await rows.observe(answer(scope, { absent: ['k'] }, 70));
    await outputs.rewrite(rewrite(scope, [{ row: rowId(scope, 'k'), face: '', parts: [] }], { departures: 'held' }));
    await rows.observe(page(scope, [present('k', 'seed', 1)], { stamp: 80 }));
    const { dirty } = await outputs.rewrite(rewrite(scope, [mapped(scope, { key: 'k', face }, [{ identifier: 'k', properties: { b: 1 } }])]));
    expect(dirty).toMatchObject([{ cleared: ['properties.a'] }]);
  });

  test('hostile identities and blueprints make outputs of their own', async () => {
    const { outputs } = subject.store;
    const scope = newScope();
    const faces = await seed(subject.store, scope, HOSTILE);
    const batch = rewrite(scope, HOSTILE.map((key) => mapped(scope, { key, face: faces.get(key)! }, [{ blueprint: key, identifier: key, properties: { [key]: key } }])));
    expect((await outputs.rewrite(batch)).dirty).toHaveLength(HOSTILE.length);
    for (const key of HOSTILE) {
      const id = outputId(scope.integration, key, key);
      expect(await outputOf(subject.store, id)).toMatchObject({ _id: id, parts: [{ row: rowId(scope, key) }] });
      expect(await outputs.ofRow(rowId(scope, key))).toHaveLength(1);
    }
    expect(await outputs.find({ integration: scope.integration, limit: 100 })).toHaveLength(HOSTILE.length);
  });

  test('many writers of one output lose no part', async () => {
    const { outputs } = subject.store;
    const scope = newScope();
    const keys = Array.from({ length: 12 }, (_, n) => `r${n}`);
    const faces = await seed(subject.store, scope, keys);
    await Promise.all(keys.map((key) => outputs.rewrite(rewrite(scope, [mapped(scope, { key, face: faces.get(key)! }, [{ identifier: 'x', properties: { [key]: key } }])]))));
    const output = await outputOf(subject.store, outputId(scope.integration, 'bp', 'x'));
    expect(output!.parts.map((part) => part.row)).toEqual(keys.map((key) => rowId(scope, key)).sort());
    expect(await outputs.rewrite(rewrite(scope, [mapped(scope, { key: 'r0', face: faces.get('r0')! }, [])]))).toMatchObject({ dirty: [{ cleared: ['properties.r0'] }] });
  });
}
