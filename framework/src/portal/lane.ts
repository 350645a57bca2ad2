import type { Priority } from './types';
import { waiting } from './waiting';

/** Runs at most so many calls of one sort at the same time. */
export type Lane = <T>(turn: { readonly priority: Priority; readonly signal?: AbortSignal | undefined }, work: () => Promise<T>) => Promise<T>;

export function openLane(size: number): Lane {
  const queue = waiting();
  let free = size;
  return async (turn, work) => {
    if (free > 0) free--;
    else await queue.wait(turn.priority, turn.signal);
    try {
      return await work();
    } finally {
      // The place goes straight to the next caller, so that a newcomer cannot slip in between.
      if (!queue.next()) free++;
    }
  };
}
