import { gatherAccepted, groupRecords } from '../take-deliveries';
import type { Accepted, AcceptBatch } from '../store';
import type { Sql } from './connection';
import type { DeliveryIds } from './delivery-ids';
import { insertEvents } from './events';
import type { Numbers } from './insert';
import type { Names } from './names';
import { claimRows } from './row-writes';

/** Takes a batch of deliveries in, in the transaction at hand: rows, events and delivery ids together. */
export function acceptDeliveries(sql: Sql, tools: { readonly names: Names; readonly numbers: Numbers; readonly ids: DeliveryIds }, batch: AcceptBatch): Accepted {
  const known = tools.ids.take(sql, batch);
  const claimed = groupRecords(batch.deliveries, known).map((group) => ({ group, claimed: claimRows(sql, tools, { ...group, at: batch.at }) }));
  const { events, ...accepted } = gatherAccepted(batch.deliveries, known, claimed);
  insertEvents(sql, tools.names, events);
  return accepted;
}
