import type { Clock } from '../shared';
import { change } from './guarded';
import type { Documents, Stored } from './store';

/** Something that could not go on: kept, visible, replayable (pipelines.md 10.2). */
export interface DeadLetter extends Stored {
  readonly id: number;
  readonly integration: string;
  readonly pipeline: string;
  readonly kind?: string;
  readonly row?: string;
  /** `_id` of the output that a sink refused. */
  readonly output?: string;
  /** Number of the event, where every event counts. */
  readonly event?: number;
  readonly sink?: string;
  readonly stage: 'source' | 'filter' | 'mapper' | 'plugin' | 'aggregator' | 'sink';
  readonly code: string;
  readonly message: string;
  readonly attempts: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** The event or raw delivery; absent when it was too large to keep. */
  readonly payload?: string;
}

interface Numbering extends Stored {
  readonly value: string;
}

export type NewDeadLetter = Omit<DeadLetter, '_id' | 'rev' | 'id' | 'attempts' | 'firstAt' | 'lastAt'>;

/** A padded number sorts as text in the order in which it was given. */
const letterId = (id: number): string => String(id).padStart(12, '0');

/** Keeps a dead letter. Of one row, pipeline and sink there is one: a later failure replaces it and counts. */
export async function keepDeadLetter(documents: Documents, letter: NewDeadLetter, clock: Clock): Promise<number> {
  if (letter.row !== undefined) {
    const equals = { row: letter.row, pipeline: letter.pipeline, ...(letter.sink !== undefined && { sink: letter.sink }) };
    const [before] = await documents.list<DeadLetter>('dead_letters', { equals, limit: 1 });
    if (before && (await repeatDeadLetter(documents, { id: before.id, letter }, clock))) return before.id;
  }
  return addDeadLetter(documents, { letter, id: await numberDeadLetters(documents, 1) }, clock);
}

/** Reserves so many numbers; gives the first. */
export async function numberDeadLetters(documents: Documents, count: number): Promise<number> {
  let first = 0;
  await change<Numbering>(documents, { collection: 'state', id: 'dead-letters.next' }, (current) => {
    first = Number(current?.value ?? '0') + 1;
    return { _id: 'dead-letters.next', value: String(first + count - 1) };
  });
  return first;
}

/** A new one, under a number that was reserved. */
export async function addDeadLetter(documents: Documents, { letter, id }: { readonly letter: NewDeadLetter; readonly id: number }, clock: Clock): Promise<number> {
  const at = clock.now();
  await documents.insert<DeadLetter>('dead_letters', { ...letter, _id: letterId(id), id, attempts: 1, firstAt: at, lastAt: at });
  return id;
}

/** The same thing failed once more. False: it was removed meanwhile. */
export const repeatDeadLetter = (documents: Documents, { letter, id }: { readonly letter: Partial<NewDeadLetter>; readonly id: number }, clock: Clock): Promise<boolean> =>
  changeDeadLetter(documents, id, (before) => ({ ...letter, attempts: before.attempts + 1, lastAt: clock.now() }));

/** More is known of it. False: it was removed meanwhile. */
export async function changeDeadLetter(documents: Documents, id: number, more: (letter: DeadLetter) => Partial<DeadLetter>): Promise<boolean> {
  const changed = await change<DeadLetter>(documents, { collection: 'dead_letters', id: letterId(id) }, (current) => {
    if (!current) return undefined;
    const { rev: _rev, ...rest } = current;
    return { ...rest, ...more(current) };
  });
  return changed !== undefined;
}

export const readDeadLetter = (documents: Documents, id: number): Promise<DeadLetter | undefined> => documents.get<DeadLetter>('dead_letters', letterId(id));

export const removeDeadLetter = (documents: Documents, id: number): Promise<boolean> => documents.remove('dead_letters', letterId(id));

export async function expireDeadLetters(documents: Documents, before: number): Promise<number> {
  const old = await documents.list<DeadLetter>('dead_letters', { below: { lastAt: before }, limit: 1_000 });
  for (const letter of old) await documents.remove('dead_letters', letter._id);
  return old.length;
}
