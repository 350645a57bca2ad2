import { eventNameOf, type Change, type Delivery } from '../../contract';
import type { Subject } from './subject';

export type ChangeOfThing = Exclude<Change, { readonly is: 'ignored' }>;

/** What the integration makes of a delivery; nothing where it does not know the event. */
export function changesOf({ integration: { live }, settings }: Subject, delivery: Delivery): readonly Change[] {
  const type = live && eventNameOf(live, delivery)?.type;
  return type !== undefined && live?.events.includes(type) ? live.changes({ ...delivery, type }, settings()) : [];
}

export const thingsOf = (subject: Subject, delivery: Delivery): readonly ChangeOfThing[] => changesOf(subject, delivery).filter((change) => change.is !== 'ignored');

/** Rows that recorded deliveries tell of a kind that is never listed. */
export const toldRows = (subject: Subject, kind: string): readonly unknown[] =>
  (subject.options.deliveries ?? []).flatMap((delivery) => thingsOf(subject, delivery).flatMap((change) => (change.is === 'changed' && change.kind === kind && change.row !== undefined ? [change.row] : [])));
