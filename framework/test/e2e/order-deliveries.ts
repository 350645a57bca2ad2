import type { RecordsSource } from './records-source';
import type { Delivery } from './webhook-flood';

/** A webhook about an order, as the tests know it. */
export interface OrderDelivery extends Delivery {
  readonly order: string;
  readonly version: number;
  readonly gone: boolean;
  /** Without it a mapper that wants every field fails; a removal needs none. */
  readonly marked: boolean;
  /** The vendor sends it although it was answered. */
  readonly repeats: boolean;
}

export interface OrderDeliveries {
  readonly lanes: readonly (readonly OrderDelivery[])[];
  /** Of each order, in the order in which they are sent; without repetitions. */
  readonly byOrder: ReadonlyMap<string, readonly OrderDelivery[]>;
}

export interface OrderFlood {
  /** A number below this one. */
  random(below: number): number;
  readonly count: number;
  readonly orders: number;
  readonly lanes: number;
  /** One of so many lacks its mark. */
  readonly unmarkedOneOf: number;
  readonly source: RecordsSource;
}

export const orderId = (n: number): string => `o${String(n).padStart(5, '0')}`;
const nameAt = (order: string, version: number): string => `${order} at ${version} ${'.'.repeat(200)}`;

/**
 * Changes of orders and the webhooks that tell of them: one of twenty removes an order (a later one brings it back), one of twenty comes after the one that is newer, one of
 * fifty comes twice, some lack their mark (never a removal or the newest of all). The source has a change before its webhook is sent.
 */
export function orderDeliveries({ random, count, orders, lanes: width, unmarkedOneOf, source }: OrderFlood): OrderDeliveries {
  const versions = new Map<string, number>();
  const alive = new Set<string>();
  for (let n = 0; n < orders; n++) {
    const id = orderId(n);
    versions.set(id, 0);
    alive.add(id);
    source.records.set(id, { id, version: 0, name: nameAt(id, 0) });
  }
  const newest = new Map<string, number>();
  const lanes = Array.from({ length: width }, (): OrderDelivery[] => []);
  const latest = new Map<string, { readonly lane: OrderDelivery[]; readonly at: number }>();
  for (let n = 0; n < count; n++) {
    const which = random(orders);
    const order = orderId(which);
    const version = versions.get(order)! + 1;
    versions.set(order, version);
    const gone = alive.has(order) && random(20) === 0;
    if (gone) alive.delete(order);
    else alive.add(order);
    const isMarked = random(unmarkedOneOf) !== 0 || gone;
    const row = { id: order, version, name: nameAt(order, version) };
    const delivery: OrderDelivery = {
      id: `d${n}`,
      body: JSON.stringify({ event: gone ? 'order_removed' : 'order_changed', delivery: n, ...(isMarked && { mark: 'sent' }), order: row }),
      order,
      version,
      gone,
      marked: isMarked,
      repeats: false,
      happen() {
        if (version <= (newest.get(order) ?? 0)) return;
        newest.set(order, version);
        if (gone) source.records.delete(order);
        else source.records.set(order, row);
      },
    };
    const lane = lanes[which % width]!;
    const before = latest.get(order);
    latest.set(order, { lane, at: lane.length });
    if (before && random(20) === 0) {
      lane.push(lane[before.at]!);
      lane[before.at] = delivery;
    } else lane.push(delivery);
  }
  const last = (order: string): number => versions.get(order)!;
  const sent = lanes.map((lane) => lane.map((delivery) => (delivery.marked || delivery.version < last(delivery.order) ? delivery : marked(delivery))));
  const byOrder = new Map<string, OrderDelivery[]>();
  for (const delivery of sent.flat()) byOrder.set(delivery.order, [...(byOrder.get(delivery.order) ?? []), delivery]);
  return { lanes: sent.map((lane) => lane.flatMap((delivery) => (random(50) === 0 ? [delivery, { ...delivery, repeats: true }] : [delivery]))), byOrder };
}

const marked = (delivery: OrderDelivery): OrderDelivery => ({ ...delivery, marked: true, body: JSON.stringify({ ...(JSON.parse(delivery.body) as object), mark: 'sent' }) });
