import { ADOPTED, outputId, rowId } from '../../../src/store';
import { accept, delivered, depart, mapped, newScope, outputOf, rewrite, rowOf, seed, withoutRev, type Subject } from './fixtures';

/** What sinks say about outputs, and what makes outputs due again. */
export function settleContract(subject: Subject): void {
  const made = async (more: { readonly search?: boolean } = {}) => {
    const scope = newScope();
    const faces = await seed(subject.store, scope, ['k']);
    const give = (properties: object) => mapped(scope, { key: 'k', face: faces.get('k')! }, [{ identifier: 'k', properties: { ...properties }, ...more }]);
    const { dirty } = await subject.store.outputs.rewrite(rewrite(scope, [give({ a: 1 })]));
    const id = dirty[0]!._id;
    return { scope, id, output: dirty[0]!, give, now: async () => (await outputOf(subject.store, id))!, outputs: subject.store.outputs };
  };

  test('accepted by one sink it stays due for the other; accepted by both it rests; saying so again changes nothing', async () => {
    const { outputs, output, now, scope } = await made();
    await outputs.settle([{ output: output._id, sink: 'one', is: 'accepted', hash: output.hash, note: 'n' }], 3_100);
    expect(await now()).toMatchObject({ due: 3_000, sinks: [{ sink: 'one', hash: output.hash, at: 3_100, note: 'n' }, { sink: 'two' }] });
    await outputs.settle(accept(output, ['two']), 3_200);
    const settled = await now();
    expect(settled).not.toHaveProperty('due');
    await outputs.settle(accept(output, ['two']), 3_200);
    expect(withoutRev(await now())).toEqual(withoutRev(settled));
    expect(await outputs.nextDue(scope.integration)).toBeUndefined();
    await outputs.settle([{ output: 'nobody', sink: 'one', is: 'accepted', hash: 'h' }, { output: output._id, sink: 'unknown', is: 'accepted', hash: 'h' }], 3_300);
    expect(withoutRev(await now())).toEqual(withoutRev(settled));
  });

  test('what was accepted while the output moved on leaves it due', async () => {
    const { outputs, output, give, now, scope } = await made();
    await outputs.rewrite(rewrite(scope, [give({ a: 2 })], { at: 3_050 }));
    await outputs.settle(accept(output), 3_100);
    expect(await now()).toMatchObject({ due: 3_000, sinks: [{ hash: output.hash }, { hash: output.hash }] });
  });

  test('an output that returns to what the sinks held, while it was due, is sent once more: nobody knows what arrived', async () => {
    const { outputs, output, give, now, scope } = await made();
    await outputs.settle(accept(output), 3_100);
    await outputs.rewrite(rewrite(scope, [give({ a: 2 })], { at: 3_200 }));
    expect(await outputs.rewrite(rewrite(scope, [give({ a: 1 })], { at: 3_300 }))).toMatchObject({ changed: [true], dirty: [{ hash: output.hash, due: 3_200 }] });
    expect((await now()).sinks.map((sink) => sink.hash)).toEqual([undefined, undefined]);
  });

  test('a failure that may pass counts up and waits; success forgets it', async () => {
    const { outputs, output, now, scope } = await made();
    await outputs.settle([...accept(output, ['one']), { output: output._id, sink: 'two', is: 'failed', next: 9_000, error: '503' }], 3_100);
    await outputs.settle([{ output: output._id, sink: 'two', is: 'failed', next: 9_500, error: '429' }], 3_200);
    expect(await now()).toMatchObject({ due: 9_500, again: false, sinks: [{}, { sink: 'two', fails: 2, next: 9_500, error: '429' }] });
    expect(await outputs.nextDue(scope.integration)).toBe(9_500);
    expect(await outputs.find({ pipeline: scope.integration, dueBy: 9_499, limit: 10 })).toEqual([]);
    await outputs.settle(accept(output, ['two']), 9_600);
    expect((await now()).sinks[1]).toEqual({ sink: 'two', hash: output.hash, at: 9_600 });
  });

  test('a refusal rests until a run begins or the output changes', async () => {
    const { outputs, output, give, now, scope } = await made();
    const refuse = { output: output._id, sink: 'two', is: 'refused', error: '422' } as const;
    await outputs.settle([...accept(output, ['one']), refuse], 3_100);
    expect(await now()).toMatchObject({ again: true, sinks: [{}, { sink: 'two', error: '422' }] });
    expect(await now()).not.toHaveProperty('due');
    expect(await outputs.find({ integration: scope.integration, again: true, limit: 10 })).toHaveLength(1);
    expect(await outputs.wake(scope.integration, ['other'], 4_000)).toBe(0);
    expect(await outputs.wake(scope.integration, [scope.kind], 4_000)).toBe(1);
    expect(await now()).toMatchObject({ due: 4_000 });
    await outputs.settle([refuse], 4_100);
    expect(await outputs.rewrite(rewrite(scope, [give({ a: 2 })], { at: 5_000 }))).toMatchObject({ changed: [true], dirty: [{ due: 5_000, again: false }] });
    // What was refused is not what the output is by now.
    await outputs.settle([{ ...refuse, hash: output.hash }], 5_100);
    expect(await now()).toMatchObject({ due: 5_000, again: false });
  });

  test('a search is always sent: when its row is mapped, and with every run', async () => {
    const { outputs, output, give, now, scope } = await made({ search: true });
    expect(output).toMatchObject({ again: true, parts: [{ search: true }] });
    await outputs.settle([{ output: output._id, sink: 'one', is: 'accepted', hash: output.hash, identifier: 'found' }, ...accept(output, ['two'])], 3_100);
    expect(await now()).toMatchObject({ again: true, identifier: 'found' });
    expect(await now()).not.toHaveProperty('due');
    expect(await outputs.rewrite(rewrite(scope, [give({ a: 1 })], { at: 3_200 }))).toMatchObject({ changed: [true], dirty: [{ due: 3_200, identifier: 'found' }] });
    await outputs.settle(accept(output), 3_300);
    expect(await outputs.wake(scope.integration, [scope.kind], 4_000)).toBe(1);
    expect(await now()).toMatchObject({ due: 4_000, again: true });
    expect((await now()).sinks.map((sink) => sink.hash)).toEqual([undefined, undefined]);
  });

  test('a gone output goes when the last sink let go of it; one that came back meanwhile is sent again', async () => {
    const scope = newScope();
    const { outputs } = subject.store;
    const output = await delivered(subject.store, scope);
    await depart(subject.store, scope, { key: 'k', departures: 'now' });
    await outputs.settle([{ output: output._id, sink: 'one', is: 'letGo' }, { output: output._id, sink: 'two', is: 'failed', next: 8_000, error: '500' }], 4_100);
    expect(await outputOf(subject.store, output._id)).toMatchObject({ gone: true, due: 8_000, sinks: [{ sink: 'two', hash: output.hash }] });
    await outputs.settle([{ output: output._id, sink: 'two', is: 'letGo' }], 8_100);
    expect(await outputOf(subject.store, output._id)).toBeUndefined();
    expect(await outputs.stored(scope.integration, scope.kind)).toBe(0);

    const other = newScope();
    const back = await delivered(subject.store, other);
    const face = (await rowOf(subject.store, other, 'k'))!.face!;
    await outputs.rewrite(rewrite(other, [{ row: rowId(other, 'k'), face, parts: [] }], { at: 4_000 }));
    await outputs.rewrite(rewrite(other, [mapped(other, { key: 'k', face }, [{ identifier: 'k', properties: { a: 1 } }])], { at: 4_050 }));
    await outputs.settle([{ output: back._id, sink: 'one', is: 'letGo' }], 4_100);
    expect(await outputOf(subject.store, back._id)).toMatchObject({ gone: false, due: 4_000, hash: back.hash, sinks: [{ sink: 'one' }, { sink: 'two' }] });
  });

  test('a refused delete is not held: the next run tries again', async () => {
    const scope = newScope();
    const { outputs } = subject.store;
    const output = await delivered(subject.store, scope);
    await depart(subject.store, scope, { key: 'k', departures: 'now' });
    await outputs.settle([{ output: output._id, sink: 'one', is: 'letGo' }, { output: output._id, sink: 'two', is: 'refused', error: '403' }], 4_100);
    expect(await outputs.held(scope.integration, scope.kind)).toBe(0);
    expect(await outputs.release(scope.integration, { kind: scope.kind, at: 4_200 })).toBe(0);
    expect(await outputs.wake(scope.integration, [scope.kind], 5_000)).toBe(1);
    expect(await outputOf(subject.store, output._id)).toMatchObject({ gone: true, due: 5_000 });
  });

  test('force makes everything that is not gone due, and what is held stays held', async () => {
    const scope = newScope();
    const { outputs } = subject.store;
    const a = await delivered(subject.store, scope, 'a');
    const b = await delivered(subject.store, scope, 'b');
    await depart(subject.store, scope, { key: 'b', departures: 'held' });
    expect(await outputs.force(scope.integration, ['other'], 5_000)).toBe(0);
    expect(await outputs.force(scope.integration, [scope.kind], 5_000)).toBe(1);
    expect(await outputOf(subject.store, a._id)).toMatchObject({ due: 5_000, sinks: [{ sink: 'one', at: 3_100 }, { sink: 'two', at: 3_100 }] });
    expect(await outputOf(subject.store, b._id)).not.toHaveProperty('due');
  });

  test('adopted outputs are held by their sink and by nobody else, and known ones stay as they are', async () => {
    const scope = newScope();
    const { outputs } = subject.store;
    const known = await delivered(subject.store, scope, 'known');
    const adopted = (identifier: string) => ({ _id: outputId(scope.integration, 'bp', identifier), pipeline: scope.integration, integration: scope.integration, kinds: [scope.kind, 'other'], sink: 'two' });
    await outputs.adopt([adopted('known'), adopted('stranger')], 5_000);
    await outputs.adopt([adopted('stranger')], 6_000);
    expect(await outputOf(subject.store, known._id)).toEqual(known);
    const stranger = await outputOf(subject.store, adopted('stranger')._id);
    expect(withoutRev(stranger)).toEqual({ ...adopted('stranger'), sink: undefined, parts: [], cleared: [], hash: '', gone: true, again: false, sinks: [{ sink: 'two', note: ADOPTED }] });
    expect(await outputs.held(scope.integration, 'other')).toBe(1);
    const faces = await seed(subject.store, scope, ['stranger']);
    const { dirty } = await outputs.rewrite(rewrite(scope, [mapped(scope, { key: 'stranger', face: faces.get('stranger')! }, [{ identifier: 'stranger', properties: {} }])]));
    expect(dirty).toMatchObject([{ gone: false, kinds: [scope.kind], sinks: [{ sink: 'two' }, { sink: 'one' }] }]);
  });

  test('sinks of a pipeline: a new one hears of everything that is not gone, an old one is forgotten', async () => {
    const scope = newScope();
    const { outputs } = subject.store;
    const a = await delivered(subject.store, scope, 'a');
    const b = await delivered(subject.store, scope, 'b');
    await depart(subject.store, scope, { key: 'b', departures: 'held' });
    expect(await outputs.alignSinks(scope.integration, { sinks: ['one', 'two'], at: 5_000 })).toBe(0);
    expect(await outputs.alignSinks(scope.integration, { sinks: ['two', 'three'], at: 5_000 })).toBe(2);
    expect(await outputs.alignSinks(scope.integration, { sinks: ['three', 'two'], at: 5_100 })).toBe(0);
    expect(await outputOf(subject.store, a._id)).toMatchObject({ due: 5_000, sinks: [{ sink: 'two', hash: a.hash }, { sink: 'three' }] });
    expect(await outputOf(subject.store, b._id)).toMatchObject({ gone: true, sinks: [{ sink: 'two' }] });
    expect(await outputs.alignSinks(scope.integration, { sinks: ['three'], at: 5_200 })).toBe(2);
    expect(await outputOf(subject.store, b._id)).toBeUndefined();
  });

  test('find: in _id order, by pipeline, kind, due and gone', async () => {
    const scope = newScope();
    const { outputs } = subject.store;
    for (const key of ['c', 'a', 'b']) await delivered(subject.store, scope, key);
    await depart(subject.store, scope, { key: 'a', departures: 'now', at: 6_000 });
    const find = async (query: object): Promise<string[]> => (await outputs.find({ pipeline: scope.integration, limit: 10, ...query })).map((output) => output._id.split('/')[2]!);
    expect(await find({})).toEqual(['a', 'b', 'c']);
    expect(await find({ kind: scope.kind, after: outputId(scope.integration, 'bp', 'a'), limit: 1 })).toEqual(['b']);
    expect(await find({ kind: 'other' })).toEqual([]);
    expect(await find({ gone: true })).toEqual(['a']);
    expect(await find({ dueBy: 6_000 })).toEqual(['a']);
    expect(await find({ dueBy: 5_999 })).toEqual([]);
    expect(await outputs.find({ dueBy: 6_000, integration: scope.integration, limit: 10 })).toHaveLength(1);
    expect(await outputs.nextDue(scope.integration)).toBe(6_000);
  });
}
