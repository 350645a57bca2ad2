import { setTimeout as sleep } from 'node:timers/promises';

// Who waited so long goes on alone; it costs one more connection.
const PATIENCE_MS = 30_000;

export interface TourOptions<TStop> {
  readonly databases: readonly string[];
  open(database: string): Promise<TStop>;
  /** Never throws. */
  close(stop: TStop): Promise<void>;
  /** Does the failure speak of one database only? Then the others are read, and it is thrown at the end. */
  isOfOne(err: unknown): boolean;
  readonly signal: AbortSignal;
}

/** One blueprint on its way through the databases. */
export interface Source<TPage> {
  readonly pages: AsyncIterable<TPage>;
  /** It will not be pulled any more, or never was. */
  leave(): void;
}

/**
 * Several sources go through the databases side by side, and each database is open until the last one has passed it. So that not all of them are open at once, the
 * sources that are under way wait for each other at each database; one that is not pulled yet is not waited for.
 */
export interface Tour<TStop> {
  /** All of them are made before the first is pulled. */
  source<TPage>(read: (stop: TStop) => AsyncIterable<TPage>): Source<TPage>;
  /** Resolves when everything is closed that was opened. */
  end(): Promise<void>;
}

export function createTour<TStop>(options: TourOptions<TStop>): Tour<TStop> {
  const { databases, signal } = options;
  const stops = databases.map((database) => ({ database, opened: undefined as Promise<TStop> | undefined, passed: 0 }));
  const underway = new Set<{ at: number }>();
  const closing: Promise<void>[] = [];
  let sources = 0;
  let wake: (() => void)[] = [];

  const moved = (): void => {
    const waiting = wake;
    wake = [];
    for (const go of waiting) go();
  };
  const pass = (at: number): void => {
    const stop = stops[at]!;
    if (++stop.passed === sources && stop.opened) closing.push(stop.opened.then((one) => options.close(one), () => undefined));
  };
  async function together(me: { readonly at: number }): Promise<void> {
    const over = new AbortController();
    const patience = sleep(PATIENCE_MS, 'late' as const, { signal: AbortSignal.any([over.signal, signal]), ref: false }).catch(() => 'late' as const);
    while ([...underway].some(({ at }) => at < me.at)) if ((await Promise.race([new Promise<void>((go) => wake.push(go)), patience])) === 'late') break;
    over.abort();
  }

  return {
    source<TPage>(read: (stop: TStop) => AsyncIterable<TPage>) {
      sources++;
      const me = { at: 0 };
      const step = (): void => {
        pass(me.at++);
        moved();
      };
      const leave = (): void => {
        underway.delete(me);
        while (me.at < stops.length) step();
        moved();
      };
      async function* pages(): AsyncGenerator<TPage> {
        const failures: unknown[] = [];
        underway.add(me);
        try {
          while (me.at < stops.length) {
            await together(me);
            signal.throwIfAborted();
            const stop = stops[me.at]!;
            try {
              yield* read(await (stop.opened ??= options.open(stop.database)));
            } catch (err) {
              signal.throwIfAborted();
              if (!options.isOfOne(err)) throw err;
              failures.push(err);
            }
            step();
          }
        } finally {
          leave();
        }
        if (failures.length > 0) throw failures[0];
      }
      return { pages: pages(), leave };
    },
    end: async () => void (await Promise.all(closing)),
  };
}
