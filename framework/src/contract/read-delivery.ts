import { isObject } from '../shared';
import type { Key } from './key';
import type { ChangeKey, Delivery, DeliveryPlace, Live } from './live';

/** The vendor's own id of a delivery; undefined when it has none, and then nothing is de-duplicated. */
export function deliveryIdOf(live: Pick<Live<unknown>, 'deliveryId'>, delivery: Delivery): string | undefined {
  const parts = live.deliveryId?.map((place) => valueAt(delivery, place)) ?? [];
  return parts.length > 0 && parts.every((part) => part !== undefined) ? parts.join('/') : undefined;
}

export interface EventName {
  /** As the vendor writes it. */
  readonly type: string;
  /** It stood in a header, so the body alone does not tell. */
  readonly inHeader: boolean;
}

/** The name of the event; undefined when the delivery has none. */
export function eventNameOf(live: Pick<Live<unknown>, 'eventType'>, delivery: Delivery): EventName | undefined {
  for (const place of live.eventType) {
    const type = valueAt(delivery, place);
    if (type !== undefined) return { type, inHeader: 'header' in place };
  }
  return undefined;
}

/** The values of the identity; undefined when one is absent or empty. */
export function identityOf(keys: readonly ChangeKey[]): Key | undefined {
  const identity = keys.filter((key) => key.identity).map(({ value }) => value);
  return identity.length > 0 && identity.every((value) => value !== undefined && value !== '') ? (identity as Key) : undefined;
}

/** A text or number at a place; undefined when absent, empty, or a header that came twice. */
function valueAt({ headers, body }: Delivery, place: DeliveryPlace): string | undefined {
  const value = 'always' in place ? place.always : 'header' in place ? headers[place.header] : memberOf(body, place.member);
  return (typeof value === 'string' && value !== '') || typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined;
}

const memberOf = (body: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((inner, segment) => (isObject(inner) && Object.hasOwn(inner, segment) ? inner[segment] : undefined), body);
