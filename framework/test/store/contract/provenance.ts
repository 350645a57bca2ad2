import { claims, mapped, newScope, page, present, rewrite, rowOf, type Subject } from './fixtures';

/** Who made a row and who changed it last. */
export function provenanceContract(subject: Subject): void {
  const change = (key: string, content: unknown, stamp: number) => ({ ...present(key, content), stamp, is: 'present' as const });
  const by = (scope: ReturnType<typeof newScope>, author: string, at: number, list: Parameters<typeof claims>[1]) => subject.store.rows.claim({ ...claims(scope, list, 'mixed'), author, at });
  const made = { createdBy: 'one', createdAt: 1_000, updatedBy: 'one', updatedAt: 1_000, version: 1 };

  test('of a page: who made it, and when; whoever finds it unchanged, asks, or writes its header changes nothing', async () => {
    const scope = newScope('table');
    await subject.store.rows.observe(page(scope, [present('a', 1)], { truth: 'mixed', author: 'one' }));
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ provenance: made });
    await subject.store.rows.observe(page(scope, [present('a', 1)], { truth: 'mixed', author: 'two', stamp: 20, seen: 2, at: 2_000 }));
    // Once it is mapped, a look is the short way.
    await subject.store.outputs.rewrite(rewrite(scope, [mapped(scope, { key: 'a', face: present('a', 1).hash }, [])]));
    await subject.store.rows.observe(page(scope, [present('a', 1)], { truth: 'mixed', author: 'two', stamp: 30, seen: 3, at: 3_000 }));
    await by(scope, 'two', 4_000, [change('a', 1, 40), { key: 'a', stamp: 41, is: 'changed' }, change('a', 'late', 5)]);
    const { _id, rev } = (await rowOf(subject.store, scope, 'a'))!;
    await subject.store.rows.setHeaders([{ _id, rev, header: '{"zones":[]}' }], { mapping: 'm1', at: 5_000 });
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ provenance: made, heard: 40, ask: 41, header: '{"zones":[]}' });
  });

  test('each change of content has its author and time, and counts, also of several in one batch', async () => {
    const scope = newScope('table');
    await by(scope, 'one', 1_000, [change('a', 1, 10)]);
    await by(scope, 'two', 2_000, [change('a', 2, 20)]);
    const second = { ...made, updatedBy: 'two', updatedAt: 2_000, version: 2 };
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ provenance: second });
    await subject.store.rows.observe(page(scope, [present('a', 3)], { truth: 'mixed', author: 'one', stamp: 30, at: 3_000 }));
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ provenance: { ...made, updatedAt: 3_000, version: 3 } });
    await by(scope, 'two', 4_000, [change('a', 4, 40), change('a', 5, 50)]);
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ provenance: { ...second, updatedAt: 4_000, version: 5 } });
  });

  test('what is gone has none; what comes back is made anew', async () => {
    const scope = newScope('table');
    await by(scope, 'one', 1_000, [change('a', 1, 10), change('b', 1, 11)]);
    await by(scope, 'one', 2_000, [{ key: 'a', stamp: 20, is: 'gone', data: '{}' }]);
    await subject.store.rows.sweep({ scope, generation: 2, startStamp: 30, truth: 'mixed', incomplete: [] }, { policy: 'immediate', stamp: 30, limit: 10, at: 2_000, envelopes: true });
    for (const key of ['a', 'b']) {
      const row = await rowOf(subject.store, scope, key);
      expect(row).toMatchObject({ gone: true });
      expect(row).not.toHaveProperty('provenance');
    }
    await by(scope, 'two', 3_000, [change('a', 1, 40)]);
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ provenance: { createdBy: 'two', createdAt: 3_000, updatedBy: 'two', updatedAt: 3_000, version: 1 } });
  });

  test('rows without author have none, and nobody knows who made them when somebody changes them', async () => {
    const scope = newScope('table');
    await subject.store.rows.observe(page(scope, [present('a', 1)], { truth: 'mixed' }));
    expect(await rowOf(subject.store, scope, 'a')).not.toHaveProperty('provenance');
    await by(scope, 'two', 2_000, [change('a', 1, 20)]);
    expect(await rowOf(subject.store, scope, 'a')).not.toHaveProperty('provenance');
    await by(scope, 'two', 3_000, [change('a', 2, 30)]);
    expect((await rowOf(subject.store, scope, 'a'))!.provenance).toEqual({ updatedBy: 'two', updatedAt: 3_000, version: 2 });
  });
}
