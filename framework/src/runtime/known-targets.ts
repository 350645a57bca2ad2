import { limiter } from '../shared';
import { readState, type Store } from '../store';

/** `state` documents of the names of all targets that an entry ever refreshed: `targets/<entry>`. Rows are kept by them. */
export const TARGETS = 'targets/';

/** Reads at once. */
const READS = 8;

/** Gives the targets of an entry that nobody names any more and that still hold elements. */
export function knownTargets(store: Pick<Store, 'documents' | 'rows'>): (identifier: string, present: ReadonlySet<string>) => Promise<readonly string[]> {
  /** Of these nothing was left: nobody writes what belongs to a target that is gone. */
  const empty = new Map<string, Set<string>>();
  return async (identifier, present) => {
    const known = (await readState<readonly string[]>(store.documents, `${TARGETS}${identifier}`)) ?? [];
    const over = empty.get(identifier) ?? new Set<string>();
    empty.set(identifier, over);
    for (const name of present) over.delete(name);
    const limit = limiter(READS);
    const gone = known.filter((name) => !present.has(name) && !over.has(name));
    const held = await Promise.all(gone.map((name) => limit(async () => (await store.rows.find({ integration: identifier, partition: name, gone: false, limit: 1 })).length > 0)));
    gone.forEach((name, index) => held[index] || over.add(name));
    return gone.filter((_, index) => held[index]);
  };
}
