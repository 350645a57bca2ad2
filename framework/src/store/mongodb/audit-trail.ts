import type { Db, Filter } from 'mongodb';
import { newRev } from '../../shared';
import { placeOf, trailPage, type Audited, type AuditTrail, type TrailQuery } from '../audit-trail';
import { storable } from '../ids';
import { chunks } from './batches';
import { checkSize, decodeBody, type Bodies, type StoredBody } from './body';
import type { Keyed } from './dialect';
import { bulk } from './write-guarded';

/** The collection framework.audit: the record as JSON text, for its parameters may have any names, and beside it what it is found by. */
export function createAuditTrail(db: Db, bodies: Bodies): AuditTrail {
  const collection = db.collection<Keyed>('framework.audit');

  const documentOf = (record: Audited): Keyed => {
    const body = bodies.encode(JSON.stringify(record));
    checkSize(record.guid, [body]);
    return {
      _id: storable(record.guid),
      rev: newRev(),
      at: placeOf(record).at,
      severity: storable(record.severity),
      component: storable(record.component.name),
      ...(record.connector !== undefined && { connector: storable(record.connector) }),
      message: storable(record.messageId),
      record: body,
    };
  };

  return {
    async append<T extends Audited>(records: readonly T[]) {
      for (const some of chunks(records)) await bulk(collection, some.map((record) => ({ insertOne: { document: documentOf(record) } })));
    },
    async query<T extends Audited>(query: TrailQuery) {
      const found = await collection.find(filterOf(query), { projection: { record: 1 } }).sort({ at: -1, _id: -1 }).limit(query.limit + 1).toArray();
      return trailPage(found.map((document) => JSON.parse(decodeBody(document['record'] as StoredBody)) as T), query.limit);
    },
    async expire(before, limit) {
      const old = await collection.find({ at: { $lt: before } }, { projection: { _id: 1 } }).sort({ at: 1, _id: 1 }).limit(limit).toArray();
      let removed = 0;
      for (const some of chunks(old)) removed += await bulk(collection, some.map(({ _id }) => ({ deleteOne: { filter: { _id } } })));
      return removed;
    },
  };
}

function filterOf({ severity, component, integration, messageId, from, to, after }: TrailQuery): Filter<Keyed> {
  const conditions: Filter<Keyed>[] = [];
  if (severity) conditions.push({ severity: { $in: severity.map(storable) } });
  if (component !== undefined) conditions.push({ component: storable(component) });
  if (integration !== undefined) conditions.push({ connector: storable(integration) });
  if (messageId !== undefined) conditions.push({ message: storable(messageId) });
  if (from !== undefined) conditions.push({ at: { $gte: from } });
  if (to !== undefined) conditions.push({ at: { $lt: to } });
  if (after) conditions.push({ at: { $lte: after.at } }, { $or: [{ at: { $lt: after.at } }, { _id: { $lt: storable(after.guid) } }] });
  return conditions.length === 0 ? {} : { $and: conditions };
}
