import type { Db } from 'mongodb';
import { storable } from '../ids';
import { gatherAccepted, groupRecords, tellDeliveries, type Mark } from '../take-deliveries';
import type { Rows, Store } from '../store';
import { chunks } from './batches';
import type { Keyed } from './dialect';
import type { Feed } from './events';
import { removeGuarded } from './remove';
import { createTurns } from './turns';
import { writeGuarded } from './write-guarded';

export interface AcceptingOptions {
  readonly db: Db;
  readonly rows: Rows;
  readonly feed: Feed;
}

/** A delivery that came. `_id`: its route and the vendor's id. */
interface Delivery extends Keyed {
  readonly hash: string;
  readonly at: number;
}

/** Events, rows, delivery ids, in that order: after a kill between any two a redelivery, or `heal`, ends in the same state. */
export function createAccepting({ db, rows, feed }: AcceptingOptions): Pick<Store, 'accept' | 'expireDeliveries'> {
  const collection = db.collection<Keyed>('framework.deliveries');
  /** One delivery that comes twice at the same time is handled twice in a row. */
  const inTurn = createTurns();
  const read = async (ids: readonly string[]): Promise<Delivery[]> => {
    const found: Delivery[] = [];
    for (const some of chunks(ids)) found.push(...((await collection.find({ _id: { $in: [...some] } }).toArray()) as unknown as Delivery[]));
    return found;
  };

  return {
    accept({ deliveries, since, at }) {
      const marks = deliveries.map(({ id, hash }): Mark<string> => (id === undefined ? undefined : { id: storable(id), hash }));
      const ids = [...new Set(marks.flatMap((mark) => (mark === undefined ? [] : [mark.id])))];
      return inTurn(ids, async () => {
        const before = (await read(ids)).filter((delivery) => delivery.at >= since);
        const { known, taken } = tellDeliveries(marks, new Map(before.map(({ _id, hash }) => [_id, hash])));
        const groups = groupRecords(deliveries, known);
        const begun = await feed.begin(groups.flatMap(({ places }) => places.flatMap(({ delivery, record }) => deliveries[delivery]!.records[record]!.event ?? [])));
        const claimed = [];
        for (const group of groups) claimed.push({ group, claimed: await rows.claim({ ...group, at }) });
        const { events, ...accepted } = gatherAccepted(deliveries, known, claimed);
        await begun.complete(events);
        await writeGuarded<Delivery, undefined>([...taken.keys()], {
          collection,
          read: async (some) => new Map((await read(some)).map((delivery) => [delivery._id, delivery])),
          decide(id, stored) {
            const fields = { hash: taken.get(id)!, at };
            return { result: undefined, write: stored === undefined ? { insert: fields } : { update: { $set: fields } } };
          },
        });
        return accepted;
      });
    },

    expireDeliveries: (before, limit) => removeGuarded(collection, { at: { $lt: before } }, limit),
  };
}
