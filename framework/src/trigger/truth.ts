import { isObject } from '../contract';
import { objectOf } from '../shared';

/** Row of the truth table (port-contract 11.3) that decided. */
export type TruthRow = 'T0' | 'T1' | 'T2' | 'T3' | 'T4' | 'T5' | 'T6' | 'T7' | 'T8' | 'T9';

export interface Decision {
  readonly resync: boolean;
  readonly row: TruthRow;
}

export type ChangeMessage = Readonly<Record<string, unknown>>;

/** The message in a value; undefined for null, for what is not JSON, and for JSON that is no object. */
export function parseMessage(value: Buffer | null): ChangeMessage | undefined {
  return value === null ? undefined : objectOf(value.toString('utf8'));
}

/** Does this message ask for a resync of `identifier`? The first row that fits wins. A member that is null is the same as absent. */
export function decide(topic: string, message: ChangeMessage | undefined, identifier: string): Decision {
  if (message === undefined) return { resync: false, row: 'T0' };
  const named = member(message, 'context', 'integrationId') === identifier;
  if (topic.includes('integration.resync.requests')) return { resync: named, row: named ? 'T1' : 'T2' };
  const changeLog = topic.includes('change.log');
  if (changeLog && named && message['action'] === 'RESYNC') return { resync: true, row: 'T3' };
  const after = member(message, 'diff', 'after');
  if (!isObject(after)) return { resync: false, row: 'T4' };
  if (after['identifier'] !== identifier) return { resync: false, row: 'T5' };
  // A write of the state sets both times to one value; any other change sets the first alone.
  if ((after['updatedAt'] ?? undefined) === member(after, 'resyncState', 'updatedAt')) return { resync: false, row: 'T6' };
  if (!changeLog) return { resync: false, row: 'T9' };
  const kafka = member(message, 'changelogDestination', 'type') === 'KAFKA';
  return { resync: kafka, row: kafka ? 'T7' : 'T8' };
}

function member(value: ChangeMessage, outer: string, inner: string): unknown {
  const holder = value[outer];
  return isObject(holder) ? (holder[inner] ?? undefined) : undefined;
}
