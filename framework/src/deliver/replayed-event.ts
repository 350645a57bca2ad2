import type { FeedEvent } from '../store';

/** An event that is tried again is a new one of the feed, under a number of its own. Its id tells which one it was. */
export const replayId = ({ id, number }: Pick<FeedEvent, 'id' | 'number'>, again: number): string => `${id}~${number}~${again}`;

export interface OriginalEvent {
  /** As sinks and processors know it, however often it is tried. */
  readonly id: string;
  /** Where it stands among the events of its row. */
  readonly number: number;
  readonly replayed: boolean;
}

export function originalOf({ id, number }: Pick<FeedEvent, 'id' | 'number'>): OriginalEvent {
  const [first = id, before] = id.split('~');
  return before === undefined ? { id, number, replayed: false } : { id: first, number: Number(before), replayed: true };
}
