import { rowId, type NewFeedEvent, type Scope } from '../../../src/store';
import { HOSTILE, newScope, type Subject } from './fixtures';

export const feedEvent = (scope: Scope, number: number, more: Partial<NewFeedEvent> = {}): NewFeedEvent => ({
  ...scope,
  number,
  id: `event ${number}`,
  row: rowId(scope, 'a'),
  event: { type: 'updated', operation: 'write', at: 1_400 },
  origin: 'webhook',
  data: `{"n":${number},"big":12345678901234567890}`,
  keys: '[{"name":"id","value":"a","identity":true}]',
  waits: ['p', 'p one', 'p two'],
  ...more,
});

export function eventsContract(subject: Subject): void {
  const numbers = (found: readonly { readonly number: number }[]): number[] => found.map(({ number }) => number);

  test('an event is read back whole; one whose id is known stays as it is', async () => {
    const { events } = subject.store;
    const scope = { ...newScope(), kind: 'with/slash' };
    const whole = feedEvent(scope, 3, { version: 1.5, outvoted: true, event: { type: 'deleted', operation: 'delete', at: 7 }, origin: 'import' });
    expect(await events.append([whole, feedEvent(scope, 4), feedEvent(scope, 5, { id: 'event 4' })])).toEqual([whole.id, 'event 4']);
    expect(await events.append([feedEvent(scope, 6, { id: 'event 3' }), feedEvent(scope, 7)])).toEqual(['event 7']);
    expect(await events.append([])).toEqual([]);
    const found = await events.find({ ...scope, wait: 'p', limit: 10 });
    expect(found).toEqual([
      { ...whole, _id: `${scope.integration}/with%2Fslash/3` },
      { ...feedEvent(scope, 4), _id: `${scope.integration}/with%2Fslash/4` },
      { ...feedEvent(scope, 7), _id: `${scope.integration}/with%2Fslash/7` },
    ]);
    expect(await events.get([found[1]!._id, found[0]!._id, `${scope.integration}/with%2Fslash/99`, 'nobody/there/1'])).toHaveLength(2);
    // Another integration may have the same id.
    const other = newScope();
    await events.append([feedEvent(other, 1, { id: 'event 3' })]);
    expect(await events.count(other.integration, 'p')).toBe(1);
  });

  test('find: of one kind, by number, only what is waited for', async () => {
    const { events } = subject.store;
    const scope = newScope();
    const other = { ...scope, kind: 'zebra' };
    await events.append([...[10, 9, 2, 100].map((number) => feedEvent(scope, number)), feedEvent(scope, 50, { waits: ['q'] }), feedEvent(other, 1, { id: 'z' })]);
    const find = async (query: object) => numbers(await events.find({ ...scope, wait: 'p', limit: 10, ...query }));
    expect(await find({})).toEqual([2, 9, 10, 100]);
    expect(await find({ limit: 2 })).toEqual([2, 9]);
    expect(await find({ after: 9 })).toEqual([10, 100]);
    expect(await find({ wait: 'q' })).toEqual([50]);
    expect(await find({ wait: 'nobody' })).toEqual([]);
    expect(await find({ kind: 'other' })).toEqual([]);
    expect([await events.count(scope.integration, 'p'), await events.count(scope.integration, 'q'), await events.count(scope.integration, 'r')]).toEqual([5, 1, 0]);
    expect([...(await events.kinds(scope.integration))].sort()).toEqual([scope.kind, 'zebra'].sort());
    expect(await events.kinds('nobody')).toEqual([]);
  });

  test('served: who is done waits no more, and what nobody waits for is gone; saying so again changes nothing', async () => {
    const { events } = subject.store;
    const scope = newScope();
    await events.append(Array.from({ length: 600 }, (_, n) => feedEvent(scope, n, n < 300 ? {} : { waits: ['p'] })));
    const ids = (await events.find({ ...scope, wait: 'p', limit: 1_000 })).map(({ _id }) => _id);
    expect(ids).toHaveLength(600);
    await events.served('p', [...ids, `${scope.integration}/${scope.kind}/9999`]);
    await events.served('p', ids);
    expect(await events.count(scope.integration, 'p')).toBe(0);
    expect(await events.get(ids)).toHaveLength(300);
    expect((await events.get([ids[7]!]))[0]!.waits).toEqual(['p one', 'p two']);
    await events.served('p two', ids.slice(0, 300));
    await events.served('p one', ids.slice(0, 299));
    expect(numbers(await events.find({ ...scope, wait: 'p one', limit: 10 }))).toEqual([299]);
    expect(await events.get(ids)).toHaveLength(1);
  });

  test('align forgets who left the file, of this integration only', async () => {
    const { events } = subject.store;
    const scope = newScope();
    const neighbour = newScope();
    await events.append([feedEvent(scope, 1), feedEvent(scope, 2, { waits: ['p two'] }), feedEvent(neighbour, 1)]);
    await events.align(scope.integration, ['p', 'p one', 'never seen']);
    expect((await events.find({ ...scope, wait: 'p', limit: 10 })).map(({ waits }) => waits)).toEqual([['p', 'p one']]);
    expect(await events.count(scope.integration, 'p two')).toBe(0);
    expect(await events.count(neighbour.integration, 'p two')).toBe(1);
    await events.align(scope.integration, []);
    expect(await events.kinds(scope.integration)).toEqual([]);
  });

  test('events go with their integration, and with its rows', async () => {
    const { events, rows } = subject.store;
    const [scope, other, neighbour] = [newScope(), newScope(), newScope()];
    await events.append([feedEvent(scope, 1), feedEvent(other, 1), feedEvent(neighbour, 1)]);
    await events.forget(scope.integration);
    await rows.forget(other.integration);
    expect([await events.count(scope.integration, 'p'), await events.count(other.integration, 'p'), await events.count(neighbour.integration, 'p')]).toEqual([0, 0, 1]);
  });

  test('heal leaves what was written whole', async () => {
    const { events } = subject.store;
    const scope = newScope();
    await events.append([feedEvent(scope, 1)]);
    await events.heal(scope.integration);
    expect(await events.count(scope.integration, 'p')).toBe(1);
  });

  test('hostile names and large bodies survive', async () => {
    const { events } = subject.store;
    const scope = newScope();
    const large = JSON.stringify('long'.repeat(400_000));
    await events.append(HOSTILE.map((text, n) => feedEvent(scope, n, { id: text, row: rowId(scope, text), waits: [text], event: { type: text, operation: 'write', at: 1 }, data: large })));
    for (const [n, text] of HOSTILE.entries()) {
      expect(await events.find({ ...scope, wait: text, limit: 100 })).toMatchObject([{ number: n, id: text, row: rowId(scope, text), event: { type: text }, data: large }]);
    }
  });
}
