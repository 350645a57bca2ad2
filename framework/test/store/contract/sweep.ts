import { rowId, type Scope, type Store, type SweepFilter } from '../../../src/store';
import { answer, claims, depart, mapped, newScope, page, present, rewrite, rowOf, seed, type Subject } from './fixtures';

const filter = (scope: Scope, more: Partial<SweepFilter> = {}): SweepFilter => ({ scope, generation: 2, startStamp: 100, truth: 'listed', incomplete: [], ...more });
const keysOf = (found: readonly { readonly key: string }[]): string[] => found.map((row) => row.key).sort();

async function map(store: Store, scope: Scope, faces: ReadonlyMap<string, string>): Promise<void> {
  await store.outputs.rewrite(rewrite(scope, [...faces].map(([key, face]) => mapped(scope, { key, face }, [{ identifier: key, properties: {} }]))));
}

/** Reading rows by what they want, sweeping, and what is removed in the end. */
export function sweepContract(subject: Subject): void {
  test('candidates: not gone, not seen in the generation, not observed since its start, of complete partitions', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    await rows.observe(page(scope, ['old1', 'old2', 'seen', 'late', 'gone'].map((key) => present(key, 1))));
    await rows.observe(page(scope, [present('spared', 1)], { partition: 'cut short' }));
    await rows.observe(page(scope, [present('seen', 1)], { stamp: 101, seen: 2 }));
    await rows.observe(answer(scope, { rows: [present('late', 1)], absent: ['gone'] }, 102));
    await rows.claim(claims(scope, [{ key: 'old1', stamp: 103, is: 'changed' }]));
    expect(await rows.candidates(filter(scope))).toBe(3);
    expect(await rows.candidates(filter(scope, { incomplete: ['cut short', 'unknown'] }))).toBe(2);
    expect(await rows.candidates(filter(scope, { incomplete: ['all'] }))).toBe(1);
    expect(await rows.candidates(filter(scope, { generation: 1 }))).toBe(0);
    expect(await rows.alive(scope)).toBe(5);
    expect(await rows.largestStamp(scope)).toBe(103);
    expect(await rows.anySeen(scope, 2)).toBe(true);
    expect(await rows.anySeen(scope, 3)).toBe(false);
    expect(await rows.candidates(filter({ ...scope, kind: 'other' }))).toBe(0);
    expect(await rows.largestStamp({ ...scope, kind: 'other' })).toBe(-1);
    expect(await rows.alive({ ...scope, kind: 'other' })).toBe(0);
  });

  test('immediate: batch by batch the candidates are buried with the start stamp; what was mapped is dirty; again there is nothing to do', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    await map(subject.store, scope, await seed(subject.store, scope, ['a', 'b', 'c', 'd', 'e']));
    await rows.observe(page(scope, [present('e', 'seed', 1)], { stamp: 101, seen: 2 }));
    const batch = { policy: 'immediate', stamp: 200, limit: 3, at: 5_000 } as const;
    const first = await rows.sweep(filter(scope), batch);
    expect(first).toMatchObject({ asked: 0, done: false });
    expect(first.dirty).toHaveLength(3);
    expect(first.dirty[0]).toMatchObject({ face: '', gone: true });
    const second = await rows.sweep(filter(scope), batch);
    expect(second).toMatchObject({ asked: 0, done: true });
    expect(keysOf([...first.dirty, ...second.dirty])).toEqual(['a', 'b', 'c', 'd']);
    expect(await rows.sweep(filter(scope), batch)).toEqual({ dirty: [], asked: 0, done: true });
    const row = await rowOf(subject.store, scope, 'a');
    expect(row).toMatchObject({ gone: true, goneAt: 5_000, stamp: 100, by: 'run', due: 5_000, mapped: { mapping: 'm1' } });
    expect(row).not.toHaveProperty('row');
    expect(await rows.alive(scope)).toBe(1);
  });

  test('what would be swept next is known ahead, and swept alone; what was seen or asked about meanwhile is spared', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    await map(subject.store, scope, await seed(subject.store, scope, ['a', 'b/1', 'c', 'd']));
    const how = { policy: 'immediate', limit: 10 } as const;
    expect(await rows.sweepable(filter(scope), { ...how, limit: 1 })).toHaveLength(1);
    const next = await rows.sweepable(filter(scope), how);
    expect(keysOf(next)).toEqual(['a', 'b/1', 'c', 'd']);
    expect(next.find(({ key }) => key === 'b/1')).toEqual({ _id: rowId(scope, 'b/1'), key: 'b/1' });
    await rows.observe(page(scope, [present('c', 'seed', 1)], { stamp: 101, seen: 2 }));
    const swept = await rows.sweep(filter(scope), { ...how, stamp: 200, at: 5_000, only: ['a', 'b/1', 'c'].map((key) => rowId(scope, key)) });
    expect(keysOf(swept.dirty)).toEqual(['a', 'b/1']);
    expect(keysOf(await rows.sweepable(filter(scope), how))).toEqual(['d']);
    await rows.sweep(filter(scope), { policy: 'verify', stamp: 210, limit: 10, at: 5_000 });
    expect(keysOf(await rows.sweepable(filter(scope), { policy: 'verify', limit: 10 }))).toEqual([]);
    expect(await rows.sweep(filter(scope), { ...how, stamp: 220, at: 5_000, only: [] })).toMatchObject({ dirty: [] });
    expect(await rowOf(subject.store, scope, 'd')).toMatchObject({ gone: false });
  });

  test('immediate: a row that was heard of since the start is asked about instead, and the sweep ends', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    await rows.observe(page(scope, [present('a', 1, 1), present('b', 1, 1)]));
    await rows.claim(claims(scope, [{ ...present('a', 2), stamp: 150, is: 'present', version: 2 }]));
    const batch = { policy: 'immediate', stamp: 200, limit: 1, at: 5_000 } as const;
    const ended = [await rows.sweep(filter(scope), batch), await rows.sweep(filter(scope), batch), await rows.sweep(filter(scope), batch)];
    expect(ended.map((step) => step.asked).reduce((sum, asked) => sum + asked)).toBe(1);
    expect(ended[2]).toMatchObject({ done: true });
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ gone: false, ask: 100, due: 1_000 });
    expect(await rowOf(subject.store, scope, 'b')).toMatchObject({ gone: true });
  });

  test('immediate: a question that is open already does not save a row that nobody heard of', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    await rows.observe(page(scope, [present('a', 1, 1)]));
    await rows.claim(claims(scope, [{ key: 'a', stamp: 150, is: 'changed' }]));
    await rows.sweep(filter(scope), { policy: 'immediate', stamp: 200, limit: 10, at: 5_000 });
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ gone: true, ask: 150 });
  });

  test('verify: every candidate is asked about once, and the answers decide', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    await rows.observe(page(scope, ['a', 'b', 'c'].map((key) => present(key, 1))));
    const batch = { policy: 'verify', stamp: 200, limit: 2, at: 5_000 } as const;
    expect(await rows.sweep(filter(scope), batch)).toEqual({ dirty: [], asked: 2, done: false });
    expect(await rows.sweep(filter(scope), { ...batch, stamp: 201 })).toEqual({ dirty: [], asked: 1, done: true });
    expect(await rows.sweep(filter(scope), { ...batch, stamp: 202 })).toEqual({ dirty: [], asked: 0, done: true });
    expect(keysOf(await rows.find({ ...scope, asking: true, limit: 10 }))).toEqual(['a', 'b', 'c']);
    await rows.observe(answer(scope, { rows: [present('a', 1)], absent: ['b'] }, 300));
    expect(await rowOf(subject.store, scope, 'b')).toMatchObject({ gone: true, by: 'run' });
    expect(await rows.candidates(filter(scope))).toBe(1);
  });

  test('mixed: what was claimed since the start is no candidate', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    await rows.observe(page(scope, [present('a', 1), present('b', 1)], { truth: 'mixed' }));
    await rows.claim(claims(scope, [{ key: 'a', stamp: 150, is: 'present', text: '2', hash: '2' }], 'mixed'));
    expect(await rows.candidates(filter(scope, { truth: 'mixed' }))).toBe(1);
    expect(await rows.sweep(filter(scope, { truth: 'mixed' }), { policy: 'immediate', stamp: 200, limit: 10, at: 5_000 })).toMatchObject({ asked: 0, done: true });
    expect(keysOf(await rows.find({ ...scope, gone: true, limit: 10 }))).toEqual(['b']);
  });

  test('with envelopes a tombstone keeps what the row held: its last delivery, else its text; a delete that was delivered brings its own', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    const event = { type: 'updated', operation: 'write', at: 1_400 } as const;
    const remove = { type: 'deleted', operation: 'delete', at: 1_450 } as const;
    const keys = ['swept', 'sweptTold', 'absent', 'absentTold', 'deleted'];
    await rows.observe(page(scope, keys.map((key) => present(key, 1, 1))));
    await rows.observe(page(scope, ['plain', 'plainAbsent'].map((key) => present(key, 1, 1)), { partition: 'plain' }));
    await rows.claim(claims(scope, ['sweptTold', 'absentTold', 'deleted'].map((key, n) => ({ ...present(key, 2), stamp: 20 + n, is: 'present', version: 2, event, data: `last of ${key}` }))));
    await rows.claim(claims(scope, [{ key: 'deleted', stamp: 30, is: 'gone', version: 3, event: remove, data: 'removal' }]));
    await rows.observe({ ...answer(scope, { absent: ['absent', 'absentTold', 'never'] }, 40), envelopes: true });
    await rows.observe(answer(scope, { absent: ['plainAbsent'] }, 41));
    await rows.sweep(filter(scope, { incomplete: ['all'] }), { policy: 'immediate', stamp: 200, limit: 10, at: 5_000 });
    await rows.sweep(filter(scope), { policy: 'immediate', stamp: 200, limit: 10, at: 5_000, envelopes: true });
    const held = new Map((await rows.find({ ...scope, gone: true, limit: 20 })).map(({ key, data, event: of, row }) => [key, { data, event: of, row }]));
    const text = (key: string) => ({ data: present(key, 1).text, event: undefined, row: undefined });
    expect(Object.fromEntries(held)).toEqual({
      swept: text('swept'),
      sweptTold: { data: 'last of sweptTold', event, row: undefined },
      absent: text('absent'),
      absentTold: { data: 'last of absentTold', event, row: undefined },
      deleted: { data: 'removal', event: remove, row: undefined },
      plain: {},
      plainAbsent: {},
      never: {},
    });
    // Back again, nothing of it is left.
    await rows.observe(page(scope, [present('swept', 1, 1)], { stamp: 300 }));
    expect(await rowOf(subject.store, scope, 'swept')).toMatchObject({ gone: false, face: present('swept', 1).hash });
    expect(await rowOf(subject.store, scope, 'swept')).not.toHaveProperty('data');
  });

  test('find: in _id order, by kind, due, ask, gone and mapping', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    const other = { ...scope, kind: 'zebra' };
    const faces = await seed(subject.store, scope, ['b', 'a', 'c']);
    await rows.observe(page(other, [present('z', 1)], { at: 9_000 }));
    await map(subject.store, scope, faces);
    await rows.observe(page(scope, [present('d', 1)], { at: 4_000 }));
    await rows.claim({ ...claims(scope, [{ key: 'a', stamp: 20, is: 'changed' }]), at: 5_000 });
    await rows.observe(answer(scope, { absent: ['c'] }, 30));
    const find = async (query: object): Promise<string[]> => (await rows.find({ integration: scope.integration, limit: 10, ...query })).map((row) => row.key);
    expect(await find({})).toEqual(['a', 'b', 'c', 'd', 'z']);
    expect(await find({ kind: scope.kind })).toEqual(['a', 'b', 'c', 'd']);
    expect(await find({ kind: scope.kind, after: rowId(scope, 'b'), limit: 1 })).toEqual(['c']);
    expect(await find({ dueBy: 4_999 })).toEqual(['c', 'd']);
    expect(await find({ dueBy: 9_000 })).toEqual(['a', 'c', 'd', 'z']);
    expect(await find({ dueBy: 9_000, kind: scope.kind, after: rowId(scope, 'a'), limit: 1 })).toEqual(['c']);
    expect(await find({ asking: true })).toEqual(['a']);
    expect(await find({ asking: true, dueBy: 4_000 })).toEqual([]);
    expect(await find({ asking: false, gone: false })).toEqual(['b', 'd', 'z']);
    expect(await find({ gone: true })).toEqual(['c']);
    expect(await find({ partition: 'all', gone: false })).toEqual(['a', 'b', 'd', 'z']);
    expect(await find({ partition: 'other' })).toEqual([]);
    expect(await find({ mappedNot: 'm1' })).toEqual(['d', 'z']);
    expect(await find({ mappedNot: 'm2', gone: false })).toEqual(['a', 'b', 'd', 'z']);
    expect(await rows.find({ integration: 'nobody', limit: 10 })).toEqual([]);
  });

  test('expire removes tombstones that are old, mapped and not asked about, at most the limit', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    await map(subject.store, scope, await seed(subject.store, scope, ['mapped', 'dirty', 'alive']));
    // Before anything that other tests buried.
    await rows.observe({ ...answer(scope, { absent: ['new', 'mapped', 'dirty', 'x', 'y'] }, 50), at: 5 });
    await rows.claim({ ...claims(scope, [{ key: 'asked', stamp: 60, is: 'changed' }]), at: 5 });
    await subject.store.outputs.rewrite(rewrite(scope, [{ row: rowId(scope, 'mapped'), face: '', parts: [] }]));
    const left = async (): Promise<string[]> => keysOf(await rows.find({ ...scope, limit: 10 }));
    expect(await rows.expire(5, 100)).toBe(0);
    expect(await left()).toHaveLength(7);
    expect(await rows.expire(6, 1)).toBe(1);
    let removed = 1;
    for (let step = 1; step > 0; removed += step) step = await rows.expire(6, 100);
    expect(removed).toBe(4);
    expect(await left()).toEqual(['alive', 'asked', 'dirty']);
  });

  test('purge: every row is buried in batches, its outputs are taken out, and then nothing is left of the entry', async () => {
    const { rows, outputs } = subject.store;
    const scope = newScope();
    const neighbour = { ...newScope(), kind: scope.kind };
    await map(subject.store, scope, await seed(subject.store, scope, ['a', 'b', 'c']));
    await seed(subject.store, neighbour, ['a']);
    await rows.claim(claims(scope, [{ key: 'a', stamp: 20, is: 'changed' }]));
    const first = await rows.buryAll(scope.integration, { limit: 2, at: 6_000 });
    const second = await rows.buryAll(scope.integration, { limit: 2, at: 6_000 });
    expect(keysOf([...first, ...second])).toEqual(['a', 'b', 'c']);
    expect(await rows.buryAll(scope.integration, { limit: 2, at: 6_000 })).toEqual([]);
    expect(await rows.scopes()).toContainEqual({ ...scope, alive: 0, gone: 3, asks: 0 });
    expect(await rowOf(subject.store, scope, 'b')).toMatchObject({ gone: true, goneAt: 6_000, due: 6_000 });
    await rows.forget(scope.integration);
    await outputs.forget(scope.integration);
    expect(await rows.find({ integration: scope.integration, limit: 10 })).toEqual([]);
    expect(await outputs.find({ integration: scope.integration, limit: 10 })).toEqual([]);
    expect((await rows.scopes()).filter(({ integration }) => integration === scope.integration)).toEqual([]);
    await rows.forget(scope.integration);
    expect(await rows.alive(neighbour)).toBe(1);
  });

  test('a tombstone that was mapped is clean under every mapping', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    await map(subject.store, scope, await seed(subject.store, scope, ['a']));
    await depart(subject.store, scope, { key: 'a', departures: 'now' });
    expect((await rows.observe({ ...answer(scope, { absent: ['a'] }, 60), mapping: 'm2' })).dirty).toEqual([]);
    expect(await rowOf(subject.store, scope, 'a')).not.toHaveProperty('due');
  });
}
