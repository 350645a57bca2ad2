import { describeWith } from '../../../tools/servers';
import { rowId, type ClaimInput, type Store } from '../../src/store';
import { createAccepting } from '../../src/store/mongodb/accept';
import { createFeed, type Feed } from '../../src/store/mongodb/events';
import { createTurns } from '../../src/store/mongodb/turns';
import { useMongo } from './mongodb-database';

describeWith({ needs: ['mongo'] }, 'deliveries in MongoDB', () => {
  const database = useMongo();

  const scope = { integration: 'a/b', kind: 'issue' };
  const event = { type: 'updated', operation: 'write', at: 5 } as const;
  const claim = (key: string, stamp: number): ClaimInput => ({ key, stamp, is: 'present', version: 1, text: `"${key}"`, hash: `#${key}`, event, data: `{"of":"${key}"}` });
  const record = (key: string, stamp: number) => {
    const one = claim(key, stamp);
    return { scope, truth: 'told' as const, mapping: 'm', claim: one, event: { ...scope, number: stamp, id: `event of ${key}`, row: rowId(scope, key), event, origin: 'webhook' as const, version: 1, data: one.data!, keys: '[]', waits: ['p'] } };
  };
  const delivery = (key: string, stamp: number) => ({ deliveries: [{ id: `/route ${key}`, hash: 'h', records: [record(key, stamp)] }], since: 0, at: 6 });
  const numbers = async (store: Store): Promise<number[]> => (await store.events.find({ ...scope, wait: 'p', limit: 10 })).map(({ number }) => number);

  /** A process that is killed at this point of `accept`. */
  const killed = async (store: Store, at: 'rows not written' | 'rows written' | 'ids not written', given: ReturnType<typeof delivery>): Promise<void> => {
    const die = (): Promise<never> => Promise.reject(new Error('killed'));
    const feed = createFeed({ db: database.db, bodies: { encode: (text) => text }, inTurn: createTurns() });
    const dying: Feed = { ...feed, begin: async (events) => ({ complete: at === 'rows written' ? die : (await feed.begin(events)).complete }) };
    const begun: Feed = at === 'rows written' ? { ...feed, begin: async (events) => (await feed.begin(events), { complete: die }) } : dying;
    const db = at === 'ids not written' ? new Proxy(database.db, { get: (target, name) => (name === 'collection' ? failing : (Reflect.get(target, name) as unknown)) }) : database.db;
    const failing = (name: string) => new Proxy(database.db.collection(name), { get: (target, member) => (member === 'bulkWrite' ? die : (Reflect.get(target, member) as () => unknown).bind(target)) });
    const rows = at === 'rows not written' ? { ...store.rows, claim: die } : store.rows;
    await expect(createAccepting({ db, rows, feed: begun }).accept(given)).rejects.toThrow('killed');
  };

  it('keeps events and delivery ids under these names', async () => {
    const store = await database.open();
    await store.accept(delivery('x', 3));
    const [stored] = await database.db.collection('framework.events').find().toArray();
    expect(stored).toEqual({
      _id: 'a%2Fb/issue/3',
      integration: 'a/b',
      kind: 'issue',
      number: 3,
      id: 'event of x',
      row: 'a%2Fb/issue/x',
      type: 'updated',
      operation: 'write',
      at: 5,
      origin: 'webhook',
      version: 1,
      data: '{"of":"x"}',
      keys: '[]',
      sinks: ['p'],
      due: 5,
      rev: expect.any(String),
    });
    expect(await database.db.collection('framework.deliveries').find().toArray()).toEqual([{ _id: '/route x', hash: 'h', at: 6, rev: expect.any(String) }]);
  });

  it('nobody sees an event whose row was not written; a redelivery brings both, with a new number', async () => {
    const store = await database.open();
    await killed(store, 'rows not written', delivery('x', 3));
    expect([await numbers(store), await store.events.count('a/b', 'p'), await store.events.kinds('a/b'), await store.events.get(['a%2Fb/issue/3'])]).toEqual([[], 0, [], []]);
    expect(await store.rows.get([rowId(scope, 'x')])).toEqual([]);
    expect((await store.accept(delivery('x', 4))).deliveries).toEqual([['stored']]);
    expect(await numbers(store)).toEqual([4]);
    expect(await database.db.collection('framework.events').countDocuments()).toBe(1);
  });

  it('heal completes what rows took, and removes what they did not', async () => {
    const store = await database.open();
    await killed(store, 'rows not written', delivery('lost', 3));
    await killed(store, 'rows written', delivery('taken', 4));
    await store.accept(delivery('whole', 5));
    expect(await numbers(store)).toEqual([5]);
    await store.events.heal('other');
    expect(await numbers(store)).toEqual([5]);
    await store.events.heal('a/b');
    expect(await numbers(store)).toEqual([4, 5]);
    expect(await database.db.collection('framework.events').countDocuments()).toBe(2);
    // What was lost and what was taken come again; what is there keeps its number.
    expect((await store.accept(delivery('taken', 6))).deliveries).toEqual([['stored']]);
    await store.accept(delivery('lost', 7));
    expect(await numbers(store)).toEqual([4, 5, 7]);
  });

  it('a delivery whose id was not written is taken again, to the same end', async () => {
    const store = await database.open();
    await killed(store, 'ids not written', delivery('x', 3));
    expect(await numbers(store)).toEqual([3]);
    expect((await store.accept(delivery('x', 4))).deliveries).toEqual([['stored']]);
    expect((await store.accept(delivery('x', 5))).deliveries).toEqual(['duplicate']);
    expect(await numbers(store)).toEqual([3]);
    expect(await store.rows.get([rowId(scope, 'x')])).toMatchObject([{ row: '"x"', heard: 4 }]);
  });
});
