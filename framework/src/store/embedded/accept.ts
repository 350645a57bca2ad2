import { hashText } from '../../contract';
import { gatherAccepted, groupRecords, tellDeliveries, type Mark } from '../take-deliveries';
import type { Accepted, AcceptBatch } from '../store';
import type { Sql, Value } from './connection';
import { insertEvents } from './events';
import { insertion, insertMany, type Numbers } from './insert';
import type { Names } from './names';
import { claimRows } from './row-writes';

/** Takes a batch of deliveries in, in the transaction at hand: rows, events and delivery ids together. */
export function acceptDeliveries(sql: Sql, tools: { readonly names: Names; readonly numbers: Numbers }, batch: AcceptBatch): Accepted {
  const known = takeIds(sql, batch);
  const claimed = groupRecords(batch.deliveries, known).map((group) => ({ group, claimed: claimRows(sql, tools, { ...group, at: batch.at }) }));
  const { events, ...accepted } = gatherAccepted(batch.deliveries, known, claimed);
  insertEvents(sql, tools.names, events);
  return accepted;
}

const INTO_DELIVERIES = insertion('INSERT OR REPLACE INTO deliveries', ['id', 'hash', 'at']);

/**
 * An integer that stands for a text. Ids come in random order, so each new one writes a page of its tree; integers make it a fraction as large. Two ids that met in one
 * (of a pair one in 2^48) would at worst forget each other: for a delivery to be taken for another, their bodies would have to meet too.
 */
const integerOf = (text: string): number => Buffer.from(hashText(text).slice(0, 8), 'base64url').readUIntBE(0, 6);

/** For each delivery: did it come before? The ids of those that did not are written. */
function takeIds(sql: Sql, { deliveries, since, at }: AcceptBatch): readonly boolean[] {
  const marks = deliveries.map(({ id, hash }): Mark<number> => (id === undefined ? undefined : { id: integerOf(id), hash: integerOf(hash) }));
  const ids = marks.flatMap((mark) => (mark === undefined ? [] : [mark.id]));
  if (ids.length === 0) return [];
  const before = sql.all('SELECT id, hash FROM deliveries WHERE id IN (SELECT value FROM json_each(?)) AND at >= ?', [JSON.stringify(ids), since]) as readonly (readonly [number, number])[];
  const { known, taken } = tellDeliveries(marks, new Map(before));
  const written: Value[] = [];
  for (const [id, hash] of taken) written.push(id, hash, at);
  insertMany(sql, INTO_DELIVERIES, written);
  return known;
}

/** Deliveries before this time. Gives how many were forgotten. */
export const expireDeliveries = (sql: Sql, before: number, limit: number): number =>
  sql.run('DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE at < ? LIMIT ?)', [before, limit]);
