/** Runs works that share an id one after the other, in the order they came: a guarded write that meets nobody of its own process seldom has to be repeated. */
export type InTurn = <T>(ids: readonly string[], work: () => Promise<T>) => Promise<T>;

export function createTurns(): InTurn {
  const last = new Map<string, Promise<unknown>>();
  return async (ids, work) => {
    const before = new Set(ids.map((id) => last.get(id)));
    const mine = Promise.allSettled(before).then(work);
    const done = mine.catch(() => undefined);
    for (const id of ids) last.set(id, done);
    try {
      return await mine;
    } finally {
      for (const id of ids) if (last.get(id) === done) last.delete(id);
    }
  };
}
