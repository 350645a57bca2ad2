import type { Session } from './session';

/** An entry of which there is news; without a name it is gone. */
export interface Change {
  readonly id: string;
  readonly name?: string;
}

export interface News {
  readonly changes: readonly Change[];
  /** Something else happened that cannot be told any more: everything has to be compared. */
  readonly missed: boolean;
  /** To read with. */
  readonly session: Session;
  /** To be called once it is dealt with; else it comes again. */
  handled(): void;
}

/** A way to hear of changes. It begins where it was made, and goes on after failures: what happened in between comes as changes or as missed. */
export interface Watch {
  /** Waits until there is news. Rejects when the signal aborts or the server goes away; may be called again. */
  next(signal: AbortSignal): Promise<News>;
  close(): Promise<void>;
}

/** More changes than this at once are left to a comparison, which costs less than looking at each. */
export const MAX_CHANGES = 500;
