import { outputId, rowId, type Output, type Scope } from '../../../src/store';
import { accept, delivered, depart, mapped, newScope, outputOf, page, present, rewrite, rowOf, seed, withoutRev, type Subject } from './fixtures';

/** Outputs where several pipelines read one row, or where events make them. */
export function pipelinesContract(subject: Subject): void {
  const twoPipelines = async () => {
    const scope = newScope();
    const face = (await seed(subject.store, scope, ['k'])).get('k')!;
    // The name of one begins with the name of the other.
    const pipelines = [scope.integration, `${scope.integration}/0`] as const;
    const give = (pipeline: string, properties: object, more: { readonly more?: boolean; readonly at?: number } = {}) =>
      subject.store.outputs.rewrite(rewrite(scope, [mapped(scope, { key: 'k', face }, [{ identifier: 'x', properties: { ...properties } }], pipeline)], { pipeline, ...more }));
    const output = async (pipeline: string) => outputOf(subject.store, outputId(pipeline, 'bp', 'x'));
    return { scope, face, pipelines, give, output };
  };

  /** Taken by one sink, and refused by the other. */
  const refusedBy = async (scope: Scope, key: string): Promise<Output> => {
    const face = (await seed(subject.store, scope, [key])).get(key)!;
    const { dirty } = await subject.store.outputs.rewrite(rewrite(scope, [mapped(scope, { key, face }, [{ identifier: key, properties: {} }])]));
    const [output] = dirty;
    await subject.store.outputs.settle([...accept(output!, ['one']), { output: output!._id, sink: 'two', is: 'refused', error: '422' }], 3_200);
    return output!;
  };

  test('a row stays dirty until the last pipeline mapped it', async () => {
    const { scope, face, pipelines, give, output } = await twoPipelines();
    await give(pipelines[0], { a: 1 }, { more: true });
    expect(await rowOf(subject.store, scope, 'k')).toMatchObject({ due: 1_000 });
    expect(await rowOf(subject.store, scope, 'k')).not.toHaveProperty('mapped');
    await give(pipelines[1], { a: 1 });
    expect(await rowOf(subject.store, scope, 'k')).toMatchObject({ mapped: { face, mapping: 'm1' } });
    expect(await rowOf(subject.store, scope, 'k')).not.toHaveProperty('due');
    expect([await output(pipelines[0]), await output(pipelines[1])]).toMatchObject([{ pipeline: pipelines[0], gone: false }, { pipeline: pipelines[1], gone: false }]);
    // What is mapped already stays so, whatever comes before the last pipeline.
    await subject.store.outputs.rewrite(rewrite(scope, [mapped(scope, { key: 'k', face: 'of long ago' }, [], pipelines[0])], { pipeline: pipelines[0], more: true }));
    expect(await rowOf(subject.store, scope, 'k')).toMatchObject({ mapped: { face } });
    expect(await rowOf(subject.store, scope, 'k')).not.toHaveProperty('due');
  });

  test('a pipeline never touches the outputs of another', async () => {
    const { scope, face, pipelines, give, output } = await twoPipelines();
    await give(pipelines[0], { a: 1 }, { more: true });
    await give(pipelines[1], { a: 2 });
    const other = await output(pipelines[1]);
    await give(pipelines[0], { b: 1 }, { at: 4_000 });
    await subject.store.outputs.rewrite(rewrite(scope, [mapped(scope, { key: 'k', face }, [], pipelines[0])], { pipeline: pipelines[0], at: 5_000 }));
    expect(await output(pipelines[0])).toMatchObject({ gone: true });
    expect(await output(pipelines[1])).toEqual(other);
    expect((await subject.store.outputs.ofRow(rowId(scope, 'k'))).map(({ _id }) => _id)).toEqual([other!._id]);
    await subject.store.outputs.rewrite(rewrite(scope, [mapped(scope, { key: 'k', face }, [], pipelines[1])], { pipeline: pipelines[1], at: 6_000 }));
    expect(await output(pipelines[1])).toMatchObject({ gone: true, due: 3_000 });
    expect(await subject.store.outputs.ofRow(rowId(scope, 'k'))).toEqual([]);
  });

  test('outputs of pipelines that left are forgotten; what is kept stays as it is', async () => {
    const { scope, pipelines, give, output } = await twoPipelines();
    await give(pipelines[0], { a: 1 });
    await give(pipelines[1], { a: 2 });
    const neighbour = await delivered(subject.store, newScope());
    const kept = await output(pipelines[1]);
    await subject.store.outputs.keepPipelines(scope.integration, [pipelines[1], 'never seen']);
    expect(await output(pipelines[0])).toBeUndefined();
    expect(await output(pipelines[1])).toEqual(kept);
    expect(await outputOf(subject.store, neighbour._id)).toEqual(neighbour);
    expect((await subject.store.outputs.ofRow(rowId(scope, 'k'))).map(({ _id }) => _id)).toEqual([kept!._id]);
    await subject.store.outputs.keepPipelines(scope.integration, [pipelines[1]]);
    // It comes back as if it were new.
    expect((await give(pipelines[0], { a: 1 })).dirty).toMatchObject([{ sinks: [{ sink: 'one' }, { sink: 'two' }] }]);
  });

  test('what an event made is not replaced by an older event; an equal or a later one replaces it, and so does a mapped row', async () => {
    const scope = newScope();
    const face = (await seed(subject.store, scope, ['k'])).get('k')!;
    const id = outputId(scope.integration, 'bp', 'x');
    const give = (value: unknown, order?: number) =>
      subject.store.outputs.rewrite(rewrite(scope, [mapped(scope, { key: 'k', face }, [{ identifier: 'x', properties: { value }, ...(order !== undefined && { order }) }])], { more: true }));
    const held = async () => (await outputOf(subject.store, id))!.parts.map(({ body, order }) => [(JSON.parse(body) as { properties: { value: unknown } }).properties.value, order]);
    await give('five', 5);
    await give('four', 4);
    expect(await held()).toEqual([['five', 5]]);
    await give('five again', 5);
    expect(await held()).toEqual([['five again', 5]]);
    // The same content of a later event: nothing to deliver, and older ones are still kept out.
    const before = await outputOf(subject.store, id);
    await give('five again', 7);
    expect(await outputOf(subject.store, id)).toMatchObject({ hash: before!.hash, sinks: before!.sinks });
    await give('six', 6);
    expect(await held()).toEqual([['five again', 7]]);
    await give('mapped');
    expect(await held()).toEqual([['mapped', undefined]]);
    // Of one batch too.
    const both = ['nine', 'eight'].map((value, n) => mapped(scope, { key: 'k', face }, [{ identifier: 'x', properties: { value }, order: 9 - n }]));
    await subject.store.outputs.rewrite(rewrite(scope, both, { more: true }));
    expect(await held()).toEqual([['nine', 9]]);
  });

  test('what a removal said stays with the output until it is gone everywhere, or there again', async () => {
    const { outputs } = subject.store;
    const scope = newScope();
    const output = await delivered(subject.store, scope);
    const large = JSON.stringify('long'.repeat(400_000));
    await outputs.rewrite(rewrite(scope, [{ row: rowId(scope, 'k'), parts: [], last: large }], { at: 4_000 }));
    expect(await outputOf(subject.store, output._id)).toMatchObject({ gone: true, last: large, due: 4_000 });
    await outputs.settle([{ output: output._id, sink: 'one', is: 'letGo' }], 4_100);
    expect(await outputOf(subject.store, output._id)).toMatchObject({ last: large, sinks: [{ sink: 'two' }] });
    // Said again without words.
    await outputs.rewrite(rewrite(scope, [{ row: rowId(scope, 'k'), parts: [] }], { at: 4_200 }));
    expect(await outputOf(subject.store, output._id)).toMatchObject({ last: large });
    const face = (await rowOf(subject.store, scope, 'k'))!.face!;
    await outputs.rewrite(rewrite(scope, [mapped(scope, { key: 'k', face }, [{ identifier: 'k', properties: {} }])], { at: 4_300 }));
    expect(await outputOf(subject.store, output._id)).not.toHaveProperty('last');

    const shared = newScope();
    const faces = await seed(subject.store, shared, ['a', 'b']);
    const give = (key: string) => mapped(shared, { key, face: faces.get(key)! }, [{ identifier: 'x', properties: { [key]: 1 } }]);
    await outputs.rewrite(rewrite(shared, [give('a'), give('b')]));
    const id = outputId(shared.integration, 'bp', 'x');
    await outputs.rewrite(rewrite(shared, [{ row: rowId(shared, 'a'), parts: [], last: '"a"' }]));
    expect(await outputOf(subject.store, id)).not.toHaveProperty('last');
    await outputs.rewrite(rewrite(shared, [{ row: rowId(shared, 'b'), parts: [], last: '"b"' }], { departures: 'held' }));
    expect(await outputOf(subject.store, id)).toMatchObject({ gone: true, last: '"b"' });
  });

  test('a sink that writes otherwise now gets everything again that is not gone, also what it refused; held ones stay held, due ones due', async () => {
    const { outputs } = subject.store;
    const scope = newScope();
    const [a, refused, held, due] = [await delivered(subject.store, scope, 'a'), await refusedBy(scope, 'b'), await delivered(subject.store, scope, 'c'), await delivered(subject.store, scope, 'd')];
    await depart(subject.store, scope, { key: 'c', departures: 'held' });
    await depart(subject.store, scope, { key: 'd', departures: 'now', at: 4_000 });
    expect(await outputs.alignSinks(scope.integration, { sinks: ['one', 'two'], reshaped: ['two'], at: 5_000 })).toBe(2);
    expect(await outputOf(subject.store, a._id)).toMatchObject({ due: 5_000, sinks: [{ sink: 'one', hash: a.hash }, { sink: 'two', at: 3_100 }] });
    expect((await outputOf(subject.store, a._id))!.sinks[1]).not.toHaveProperty('hash');
    expect(await outputOf(subject.store, refused._id)).toMatchObject({ due: 5_000, again: false, sinks: [{ hash: refused.hash }, { sink: 'two' }] });
    expect((await outputOf(subject.store, refused._id))!.sinks[1]).not.toHaveProperty('error');
    expect(await outputOf(subject.store, held._id)).not.toHaveProperty('due');
    expect(await outputOf(subject.store, due._id)).toMatchObject({ gone: true, due: 4_000, sinks: [{ hash: due.hash }, { hash: due.hash }] });
    // Once more it changes nothing: both have to be sent already.
    expect(await outputs.alignSinks(scope.integration, { sinks: ['one', 'two'], reshaped: ['two'], at: 6_000 })).toBe(0);
    await outputs.settle(accept(a, ['two']), 6_100);
    expect(await outputOf(subject.store, a._id)).not.toHaveProperty('due');
  });

  test('a refused output that is replayed is due again; others stay as they are', async () => {
    const { outputs } = subject.store;
    const scope = newScope();
    const [refused, fine, held] = [await refusedBy(scope, 'a'), await delivered(subject.store, scope, 'b'), await delivered(subject.store, scope, 'c')];
    await depart(subject.store, scope, { key: 'c', departures: 'held' });
    await outputs.retry([refused._id, fine._id, held._id, 'nobody'], 5_000);
    expect(await outputOf(subject.store, refused._id)).toMatchObject({ due: 5_000 });
    expect(withoutRev(await outputOf(subject.store, fine._id))).toEqual(withoutRev(fine));
    expect(await outputOf(subject.store, held._id)).not.toHaveProperty('due');
  });

  test('an observation that changes the row behind a delivery makes it dirty under every pipeline', async () => {
    const { scope, face, pipelines, give } = await twoPipelines();
    await give(pipelines[0], { a: 1 }, { more: true });
    await give(pipelines[1], { a: 1 });
    const next = present('k', 'next', 2);
    expect((await subject.store.rows.observe(page(scope, [next], { stamp: 20 }))).dirty).toMatchObject([{ face: next.hash }]);
    expect(await rowOf(subject.store, scope, 'k')).toMatchObject({ mapped: { face }, face: next.hash });
  });
}
