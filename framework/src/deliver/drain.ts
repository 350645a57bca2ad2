/** Waits until what is on its way now has been through, whatever comes after it: where something changes all the time, nothing is ever at rest. */
export interface Drain<T> {
  /** `owed`: for each thing the answers that are still to come, by name. */
  wait(owed: ReadonlyMap<T, ReadonlyMap<string, number>>, signal: AbortSignal): Promise<void>;
  /** One more answer belongs to it. */
  owe(thing: T, name: string): void;
  /** One of these answers came. */
  landed(thing: T, name: string): void;
  /** No more answers come: of this name, or at all. */
  over(thing: T, name?: string): void;
}

interface Waiting<T> {
  readonly owed: Map<T, Map<string, number>>;
  go(): void;
}

export function createDrain<T>(): Drain<T> {
  const waits = new Set<Waiting<T>>();

  function take(thing: T, change: (owed: Map<string, number>) => void): void {
    for (const one of waits) {
      const owed = one.owed.get(thing);
      if (!owed) continue;
      change(owed);
      if (owed.size === 0) one.owed.delete(thing);
      if (one.owed.size === 0) one.go();
    }
  }

  return {
    wait(owed, signal) {
      const open = new Map([...owed].filter(([, answers]) => answers.size > 0).map(([thing, answers]) => [thing, new Map(answers)]));
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error);
        if (open.size === 0) return resolve();
        const stop = (): void => {
          waits.delete(one);
          reject(signal.reason as Error);
        };
        const one: Waiting<T> = {
          owed: open,
          go() {
            waits.delete(one);
            signal.removeEventListener('abort', stop);
            resolve();
          },
        };
        waits.add(one);
        signal.addEventListener('abort', stop, { once: true });
      });
    },
    owe: (thing, name) => waits.forEach(({ owed }) => owed.get(thing)?.set(name, (owed.get(thing)!.get(name) ?? 0) + 1)),
    landed: (thing, name) =>
      take(thing, (owed) => {
        const left = (owed.get(name) ?? 1) - 1;
        if (left > 0) owed.set(name, left);
        else owed.delete(name);
      }),
    over: (thing, name) => take(thing, (owed) => (name === undefined ? owed.clear() : owed.delete(name))),
  };
}
