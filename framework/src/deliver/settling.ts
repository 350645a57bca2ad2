import type { Log } from '../contract';
import type { Clock } from '../shared';
import type { Store } from '../store';
import type { Insist } from './insist';
import type { Settled } from './sink-queue';

/** What sinks said is written together: at this many, or when this much time went by. */
const SETTLE_ITEMS = 500;
const SETTLE_MS = 50;
/** How long the answer of one sink waits for those of the others. */
const PARTIAL_MS = 250;

export interface SettlingOptions {
  readonly store: Pick<Store, 'outputs'>;
  readonly pipeline: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly insist: Insist;
  /** How many sinks still owe an answer for this output. */
  owing(output: string): number;
  /** Before the store knows what sinks refused or gave up: whoever keeps it has kept it. */
  onRefused?: ((batch: readonly Settled[]) => Promise<void>) | undefined;
  /** After the store knows what sinks said, and before anything else is sent for it. */
  onLanded?: ((batch: readonly Settled[]) => Promise<void>) | undefined;
  /** The store knows it, and whoever keeps something about it too. */
  land(batch: readonly Settled[]): Promise<void>;
}

/** Collects what the sinks of a pipeline said, and writes it to the store, one batch after the other. */
export interface Settling {
  take(results: readonly Settled[]): void;
  /** Resolves when everything is written that waits for no other sink. */
  settle(): Promise<void>;
  /** The same of all that was taken. */
  flush(): Promise<void>;
}

export function createSettling(options: SettlingOptions): Settling {
  const { store, clock, log, signal, insist, onRefused, onLanded } = options;
  let settled: Settled[] = [];
  /** What some sinks said of outputs that another one still has in hand: written together with its answer, so that an output is written once. */
  let partial = new Map<string, Settled[]>();
  let partialSince = 0;
  let writing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  function collect(result: Settled): void {
    const id = result.settlement.output;
    const said = partial.get(id);
    if ((said?.length ?? 0) + 1 >= options.owing(id)) {
      partial.delete(id);
      settled.push(...(said ?? []), result);
    } else if (said) said.push(result);
    else {
      if (partial.size === 0) partialSince = performance.now();
      partial.set(id, [result]);
    }
  }

  function releasePartial(): void {
    for (const said of partial.values()) settled.push(...said);
    partial = new Map();
  }

  function settle(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (!writing) {
      // A sink that takes its time must not keep the answers of the others from the store for long.
      if (performance.now() - partialSince >= PARTIAL_MS - 1) releasePartial();
      writing = write().finally(() => {
        writing = undefined;
        if (partial.size > 0) timer ??= setTimeout(() => void settle(), PARTIAL_MS);
      });
    }
    return writing;
  }

  async function write(): Promise<void> {
    try {
      while (settled.length > 0) {
        const batch = settled;
        settled = [];
        const refused = batch.filter(({ settlement }) => settlement.is === 'refused');
        if (onRefused && refused.length > 0) await insist('keep what the sinks refused', () => onRefused(refused));
        await insist('write what the sinks accepted', () => store.outputs.settle(batch.map(({ settlement }) => settlement), clock.now()));
        if (onLanded) await insist('keep what became of it', () => onLanded(batch));
        await options.land(batch);
      }
    } catch (err) {
      if (!signal.aborted) log.error('delivery stopped', { pipeline: options.pipeline, err });
    }
  }

  return {
    take(results) {
      for (const result of results) collect(result);
      if (settled.length >= SETTLE_ITEMS) void settle();
      else timer ??= setTimeout(() => void settle(), SETTLE_MS);
    },
    settle,
    flush() {
      releasePartial();
      return settle();
    },
  };
}
