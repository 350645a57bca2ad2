import type { FeedEvent } from '../store';

/** An event that is tried again is a new one of the feed. Its id tells of which dead letter it comes, and which number it had. */
export const replayId = ({ id, number }: Pick<FeedEvent, 'id' | 'number'>, letter: number): string => `${id}~${letter}~${number}`;

export interface OriginalEvent {
  /** As sinks and processors know it, however often it is tried. */
  readonly id: string;
  /** Where it stands among the events of its row. */
  readonly number: number;
  readonly replayed: boolean;
}

export function originalOf({ id, number }: Pick<FeedEvent, 'id' | 'number'>): OriginalEvent {
  const [first = id, letter, before] = id.split('~');
  return letter === undefined ? { id, number, replayed: false } : { id: first, number: Number(before), replayed: true };
}
