import { faceOf, rowId, type AcceptedDelivery, type ClaimInput, type Scope, type Truth } from '../../../src/store';
import { feedEvent } from './events';
import { newScope, page, present, rowOf, type Subject } from './fixtures';

const event = { type: 'updated', operation: 'write', at: 1_400 } as const;
const change = (key: string, stamp: number, version?: number): ClaimInput => ({ ...present(key, version ?? stamp, version), stamp, is: 'present', event, data: `{"delivery":${stamp}}` });
const record = (scope: Scope, claim: ClaimInput, truth: Truth = 'told') => ({ scope, truth, mapping: 'm1', claim });
const withEvent = (scope: Scope, claim: ClaimInput, truth: Truth = 'told') => ({ ...record(scope, claim, truth), event: feedEvent(scope, claim.stamp, { row: rowId(scope, claim.key), id: `${claim.key} ${claim.stamp}` }) });

export function acceptContract(subject: Subject): void {
  let ids = 0;
  const newId = (): string => `/route ${++ids} of ${newScope().integration}`;
  const accept = (deliveries: readonly AcceptedDelivery[], more: { readonly since?: number; readonly at?: number } = {}) => subject.store.accept({ deliveries, since: 0, at: 1_500, ...more });

  test('records of a delivery become claims: what became of them, what wants mapping, and where its content came from', async () => {
    const [scope, listed] = [newScope(), newScope('bug')];
    await subject.store.rows.observe(page(listed, [present('b', 1, 5)]));
    const accepted = await accept([
      { hash: 'h1', records: [record(scope, change('a', 1, 1)), record(listed, change('b', 2, 4), 'listed'), record(scope, change('c', 3, 1))] },
      { hash: 'h2', records: [record(scope, change('a', 4, 2)), record(listed, change('b', 5, 6), 'listed'), record(listed, change('new', 6, 1), 'listed')] },
      { hash: 'h3', records: [] },
    ]);
    expect(accepted.deliveries).toEqual([['stored', 'outvoted', 'stored'], ['stored', 'stored', 'asked'], []]);
    const face = (claim: ClaimInput): string => faceOf((claim as { hash: string }).hash, { event, data: claim.data });
    const wanted = [
      { scope, _id: rowId(scope, 'a'), key: 'a', face: face(change('a', 4, 2)), gone: false, at: { delivery: 1, record: 0 } },
      { scope, _id: rowId(scope, 'c'), key: 'c', face: face(change('c', 3, 1)), gone: false, at: { delivery: 0, record: 2 } },
      { scope: listed, _id: rowId(listed, 'b'), key: 'b', face: face(change('b', 5, 6)), gone: false, at: { delivery: 1, record: 1 } },
    ];
    expect(accepted.dirty).toHaveLength(3);
    expect(accepted.dirty).toEqual(expect.arrayContaining(wanted));
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ version: 2, heard: 4, data: '{"delivery":4}', event, due: 1_500 });
    expect(await rowOf(subject.store, listed, 'new')).toMatchObject({ gone: true, ask: 6 });
  });

  test('a delivery that came before does nothing; another body under its id is a new one, and so is one of long ago', async () => {
    const scope = newScope();
    const id = newId();
    const deliver = (hash: string, stamp: number, more?: Parameters<typeof accept>[1]) => accept([{ id, hash, records: [record(scope, change('a', stamp))] }], more);
    expect((await deliver('one', 1)).deliveries).toEqual([['stored']]);
    expect(await deliver('one', 2)).toEqual({ deliveries: ['duplicate'], dirty: [] });
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ heard: 1 });
    expect((await deliver('two', 3)).deliveries).toEqual([['stored']]);
    expect((await deliver('two', 4)).deliveries).toEqual(['duplicate']);
    expect((await deliver('one', 5, { at: 9_000 })).deliveries).toEqual([['stored']]);
    expect((await deliver('one', 6, { since: 9_000, at: 9_500 })).deliveries).toEqual(['duplicate']);
    expect((await deliver('one', 7, { since: 9_001, at: 9_500 })).deliveries).toEqual([['stored']]);
    expect((await deliver('one', 8, { since: 9_001 })).deliveries).toEqual(['duplicate']);
  });

  test('in one batch, too, deliveries are handled in order; without id nothing is a duplicate', async () => {
    const scope = newScope();
    const id = newId();
    const deliver = (hash: string, stamp: number) => ({ id, hash, records: [record(scope, change('a', stamp))] });
    const { deliveries, dirty } = await accept([deliver('one', 1), deliver('one', 2), deliver('two', 3), deliver('one', 4), deliver('one', 5)]);
    expect(deliveries).toEqual([['stored'], 'duplicate', ['stored'], ['stored'], 'duplicate']);
    expect(dirty).toMatchObject([{ at: { delivery: 3, record: 0 } }]);
    const nameless = (stamp: number) => ({ hash: 'same', records: [record(scope, change('a', stamp))] });
    expect((await accept([nameless(8), nameless(9)])).deliveries).toEqual([['stored'], ['stored']]);
    expect(await accept([])).toEqual({ deliveries: [], dirty: [] });
  });

  test('one delivery ten times at once: taken once', async () => {
    const scope = newScope();
    const id = newId();
    const all = await Promise.all(Array.from({ length: 10 }, (_, n) => accept([{ id, hash: 'h', records: [withEvent(scope, change('a', n + 1))] }])));
    expect(all.filter(({ deliveries }) => deliveries[0] === 'duplicate')).toHaveLength(9);
    expect(await subject.store.events.count(scope.integration, 'p')).toBe(1);
  });

  test('events are kept with what the write rule said, once', async () => {
    const { events } = subject.store;
    const scope = newScope();
    await accept([{ hash: 'h', records: [withEvent(scope, change('a', 1, 5)), withEvent(scope, change('a', 2, 4)), record(scope, change('a', 3, 6)), withEvent(scope, { key: 'b', stamp: 4, is: 'gone', event, data: '{}' })] }]);
    const found = await events.find({ ...scope, wait: 'p', limit: 10 });
    expect(found.map(({ number, outvoted, row }) => [number, outvoted, row])).toEqual([
      [1, undefined, rowId(scope, 'a')],
      [2, true, rowId(scope, 'a')],
      [4, undefined, rowId(scope, 'b')],
    ]);
    // The same event in a delivery that nobody remembers: it has its id, and stays what it was.
    const again = withEvent(scope, change('a', 1, 5));
    await accept([{ hash: 'h', records: [{ ...again, claim: { ...again.claim, stamp: 7 }, event: { ...again.event, number: 7 } }] }]);
    expect((await events.find({ ...scope, wait: 'p', limit: 10 })).map(({ number }) => number)).toEqual([1, 2, 4]);
  });

  test('many deliveries of one row at once: all taken, in order of their versions', async () => {
    const scope = newScope();
    const accepted = await Promise.all(Array.from({ length: 60 }, (_, n) => accept([{ id: newId(), hash: 'h', records: [record(scope, change('a', n + 1, n + 1))] }])));
    expect(accepted.every(({ deliveries }) => deliveries[0] !== 'duplicate')).toBe(true);
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ version: 60, data: '{"delivery":60}' });
  });

  test('ids of deliveries expire, the old ones only, at most the limit', async () => {
    const scope = newScope();
    const old = [newId(), newId(), newId()];
    const young = newId();
    // Before anything that other tests delivered.
    await accept(old.map((id) => ({ id, hash: 'h', records: [] })), { at: 5 });
    await accept([{ id: young, hash: 'h', records: [] }], { at: 6 });
    expect(await subject.store.expireDeliveries(5, 10)).toBe(0);
    expect(await subject.store.expireDeliveries(6, 2)).toBe(2);
    expect(await subject.store.expireDeliveries(6, 2)).toBe(1);
    expect(await subject.store.expireDeliveries(6, 2)).toBe(0);
    const again = await accept([...old, young].map((id, n) => ({ id, hash: 'h', records: [record(scope, change(`k${n}`, n + 1))] })));
    expect(again.deliveries).toEqual([['stored'], ['stored'], ['stored'], 'duplicate']);
  });
}
