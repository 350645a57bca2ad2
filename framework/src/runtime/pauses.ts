import { readState, writeState, type Documents } from '../store';

/** `state` documents of entries that an operator paused: `entry-paused/<entry>`. */
export const ENTRY_PAUSED = 'entry-paused/';

/** Entries of which no run begins, because an operator said so. Outlives the process. */
export interface Pauses {
  has(identifier: string): boolean;
  /** Resolves when it is stored. */
  set(identifier: string, paused: boolean): Promise<void>;
}

export async function loadPauses(documents: Documents, identifiers: readonly string[]): Promise<Pauses> {
  const paused = new Set<string>();
  for (const identifier of identifiers) if (await readState<boolean>(documents, `${ENTRY_PAUSED}${identifier}`)) paused.add(identifier);
  return {
    has: (identifier) => paused.has(identifier),
    async set(identifier, next) {
      await writeState(documents, `${ENTRY_PAUSED}${identifier}`, next);
      if (next) paused.add(identifier);
      else paused.delete(identifier);
    },
  };
}
