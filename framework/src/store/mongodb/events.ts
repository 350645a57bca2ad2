import type { Db, Document, Filter } from 'mongodb';
import { newRev } from '../../shared';
import { holdsEvent, tookEvent } from '../apply';
import { scopeId, storable } from '../ids';
import type { Events, FeedEvent, NewFeedEvent, RowEvent } from '../store';
import { BATCH, chunks, groupBy } from './batches';
import { checkSize, decodeBody, type Bodies, type StoredBody } from './body';
import type { Keyed } from './dialect';
import { removeWhile } from './remove';
import { rowOf, HEAD } from './stored-row';
import type { InTurn } from './turns';
import { bulk, writeGuarded, type Write } from './write-guarded';

/** An event whose row is still to be written. Until it is completed nobody sees it. */
export interface Begun {
  /** The same events, as the write rule took them. */
  complete(events: readonly NewFeedEvent[]): Promise<void>;
}

export interface Feed {
  readonly events: Events;
  begin(events: readonly NewFeedEvent[]): Promise<Begun>;
}

export interface FeedOptions {
  readonly db: Db;
  readonly bodies: Bodies;
  readonly inTurn: InTurn;
}

/** `due` says that the row was written: without it an event is not there yet. */
const THERE = { due: { $exists: true } } as const;
/** By what it is known again. */
const nameOf = ({ integration, id }: Pick<NewFeedEvent, 'integration' | 'id'>): string => `${integration} ${storable(id)}`;
const idOf = (event: NewFeedEvent): string => storable(`${scopeId(event)}/${event.number}`);

const eventOf = ({ type, operation, at, sinks, data, due: _due, rev: _rev, ...document }: Document): FeedEvent =>
  ({ ...document, event: { type, operation, at } as RowEvent, data: decodeBody(data as StoredBody), waits: sinks as string[] }) as unknown as FeedEvent;

const verdictOf = (event: NewFeedEvent | undefined): object => ({ ...(event?.outvoted && { outvoted: true }), ...(event?.asked && { asked: true }) });

/** The collection framework.events. */
export function createFeed({ db, bodies, inTurn }: FeedOptions): Feed {
  const collection = db.collection<Keyed>('framework.events');
  const rows = db.collection<Keyed>('framework.rows');

  function encode({ event, waits, data, ...fields }: NewFeedEvent): object {
    const body = bodies.encode(data);
    checkSize(idOf({ event, waits, data, ...fields }), [body, fields.keys]);
    return { ...fields, id: storable(fields.id), row: storable(fields.row), ...event, sinks: waits, data: body };
  }

  /** Inserts those that are not there. One that was never completed, and came again, takes its new number. Gives the ids of what was inserted. */
  function insert(events: readonly NewFeedEvent[], there: boolean): Promise<ReadonlySet<string>> {
    const byName = new Map<string, NewFeedEvent>();
    for (const event of events) if (!byName.has(nameOf(event))) byName.set(nameOf(event), event);
    return inTurn([...byName.keys()].map((name) => `event ${name}`), async () => {
      const inserted = new Set<string>();
      for (const some of chunks([...byName.values()])) {
        const found = await findByName(some);
        const fresh = some.filter((event) => found.get(nameOf(event))?.['due'] === undefined);
        const left = fresh.flatMap((event) => found.get(nameOf(event)) ?? []);
        if (left.length > 0) await bulk(collection, left.map(({ _id, rev }) => ({ deleteOne: { filter: { _id, rev } } })));
        if (fresh.length === 0) continue;
        await bulk(collection, fresh.map((event) => ({ insertOne: { document: { ...encode(event), _id: idOf(event), ...(there && { due: event.event.at }), rev: newRev() } } })));
        for (const event of fresh) inserted.add(idOf(event));
      }
      return inserted;
    });
  }

  async function findByName(events: readonly NewFeedEvent[]): Promise<ReadonlyMap<string, Keyed>> {
    const found = new Map<string, Keyed>();
    for (const [integration, some] of groupBy(events, (event) => event.integration)) {
      const filter = { integration, id: { $in: some.map((event) => storable(event.id)) } };
      for (const one of await collection.find(filter, { projection: { id: 1, due: 1, rev: 1 } }).toArray()) found.set(nameOf({ integration, id: one['id'] as string }), one);
    }
    return found;
  }

  const change = (ids: readonly string[], decide: (id: string, stored: Keyed) => Write | undefined): Promise<unknown> =>
    inTurn(ids, () =>
      writeGuarded<Keyed, undefined>(ids, {
        collection,
        read: async (some) => new Map((await collection.find({ _id: { $in: [...some] } }, { projection: { sinks: 1, at: 1, rev: 1 } }).toArray()).map((document) => [document._id, document])),
        decide(id, stored) {
          const write = stored && decide(id, stored);
          return { result: undefined, ...(write !== undefined && { write }) };
        },
      }),
    );

  /** Takes names off the sets of some events; one that nobody waits for any more goes. */
  const narrow = (ids: readonly string[], keeps: (wait: string) => boolean): Promise<unknown> =>
    change(ids, (_id, stored) => {
      const before = stored['sinks'] as string[];
      const left = before.filter(keeps);
      if (left.length === before.length) return undefined;
      return left.length === 0 ? 'remove' : { update: { $set: { sinks: left } } };
    });

  /** Pages of ids, in `_id` order. */
  async function* idsOf(filter: Filter<Keyed>): AsyncGenerator<readonly string[]> {
    for (let after: string | undefined; ; ) {
      const page = await collection.find({ $and: [filter, after === undefined ? {} : { _id: { $gt: after } }] }, { projection: { _id: 1 } }).sort({ _id: 1 }).limit(BATCH).toArray();
      if (page.length === 0) return;
      yield page.map(({ _id }) => _id);
      after = page.at(-1)!._id;
    }
  }

  async function healSome(ids: readonly string[]): Promise<void> {
    const events = (await collection.find({ _id: { $in: [...ids] } }).toArray()).map(eventOf);
    const found = await rows.find({ _id: { $in: events.map(({ row }) => row) } }, { projection: HEAD }).toArray();
    const byId = new Map(found.map((document) => [document._id, rowOf(document)]));
    // What the write rule made of them is not known; but what the row does not hold is no state.
    const taken = new Map(events.filter((event) => tookEvent(byId.get(event.row), event)).map((event) => [event._id, holdsEvent(byId.get(event.row), event) ? {} : { outvoted: true }]));
    await change(ids, (id, stored) => (taken.has(id) ? { update: { $set: { due: stored['at'], ...taken.get(id) } } } : 'remove'));
  }

  const events: Events = {
    async append(list) {
      const inserted = await insert(list, true);
      return list.filter((event) => inserted.has(idOf(event))).map(({ id }) => id);
    },
    find: async ({ integration, kind, wait, after = -1, limit }) =>
      (await collection.find({ integration, kind, number: { $gt: after }, sinks: wait, ...THERE }).sort({ number: 1 }).limit(limit).toArray()).map(eventOf),
    get: async (ids) => (await collection.find({ _id: { $in: ids.map(storable) }, ...THERE }).toArray()).map(eventOf),
    served: async (wait, ids) => void (await narrow(ids.map(storable), (name) => name !== wait)),
    async align(integration, waits) {
      for await (const ids of idsOf({ integration })) await narrow(ids, (name) => waits.includes(name));
    },
    count: (integration, wait) => collection.countDocuments({ integration, sinks: wait, ...THERE }),
    async kinds(integration) {
      const kinds: string[] = [];
      for (;;) {
        const last = kinds.at(-1);
        const filter = { integration, ...(last !== undefined && { kind: { $gt: last } }), ...THERE };
        const next = (await collection.find(filter, { projection: { kind: 1 } }).sort({ kind: 1 }).limit(1).toArray())[0];
        if (next === undefined) return kinds;
        kinds.push(next['kind'] as string);
      }
    },
    async heal(integration) {
      for await (const ids of idsOf({ integration, due: { $exists: false } })) await healSome(ids);
    },
    forget: (integration) => removeWhile(collection, { integration }),
  };

  return {
    events,
    async begin(list) {
      const inserted = list.length === 0 ? new Set<string>() : await insert(list, false);
      return {
        async complete(taken) {
          const byId = new Map(taken.map((event) => [idOf(event), event]));
          await change([...inserted], (id, stored) => ({ update: { $set: { due: stored['at'], ...verdictOf(byId.get(id)) } } }));
        },
      };
    },
  };
}
