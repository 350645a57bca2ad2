import { decodeSegment, encodeSegment, type Clock } from '../shared';
import { change, pages } from './guarded';
import { scopeId } from './ids';
import type { Scope, Store, Stored } from './store';

/** Stamps reserved by one guarded write; what a stopped process did not deal out is a gap. */
const BLOCK = 1_000;
/** A ring entry a second is fine enough for a `lag`, which sources give in seconds. */
const HISTORY_EVERY_MS = 1_000;
const HISTORY_ENTRIES = 600;

/** Of one kind of one entry: its stamps, its generation, its open run, the mapping under which every row was mapped. */
export interface Tick extends Stored {
  /** Above every stamp that was ever dealt (I14). */
  readonly next: number;
  readonly history: readonly { readonly n: number; readonly at: number }[];
  readonly generation: number;
  /** Run that the generation belongs to; a resume finds itself here and keeps it (I4). */
  readonly run?: string;
  readonly mapping?: string;
}

export interface Ticks {
  /** A stamp larger than every one before. Take it before the read begins. */
  next(scope: Scope): Promise<number>;
  /** The stamp for a page of a source whose list trails its writes by `lagMs`. */
  asOf(scope: Scope, lagMs: number): Promise<number>;
  read(scope: Scope): Promise<Tick | undefined>;
  /** The generation of this run, allotted once. */
  generation(scope: Scope, runId: string): Promise<number>;
  setMapping(scope: Scope, mapping: string): Promise<void>;
  /** Every kind of the entry that ever had a stamp or a run. */
  kinds(integration: string): Promise<readonly string[]>;
}

interface Dealing {
  next: number;
  end: number;
  history: { n: number; at: number }[];
}

export function createTicks(store: Store, clock: Clock): Ticks {
  const dealings = new Map<string, Dealing>();
  const reserving = new Map<string, Promise<void>>();
  const blank = (scope: Scope) => ({ _id: scopeId(scope), next: 0, history: [], generation: 0 });
  const update = (scope: Scope, apply: (tick: Omit<Tick, 'rev'>) => Omit<Tick, 'rev'>): Promise<Tick | undefined> =>
    change<Tick>(store.documents, { collection: 'ticks', id: scopeId(scope) }, (current) => {
      const { rev: _rev, ...tick } = current ?? { ...blank(scope), rev: '' };
      return apply(tick);
    });

  async function reserve(scope: Scope): Promise<void> {
    const id = scopeId(scope);
    const known = dealings.get(id);
    // A restored backup must not rewind stamps, so the first block of a process begins above every stored one (I14).
    const floor = known ? 0 : (await store.rows.largestStamp(scope)) + 1;
    const at = clock.now();
    const history = known?.history ?? [];
    let start = 0;
    const tick = await update(scope, (current) => {
      start = Math.max(current.next, floor);
      const merged = [...current.history, ...history.filter((entry) => entry.n > (current.history.at(-1)?.n ?? -1)), { n: start, at }];
      return { ...current, next: start + BLOCK, history: merged.slice(-HISTORY_ENTRIES) };
    });
    dealings.set(id, { next: start, end: start + BLOCK, history: [...(tick?.history ?? [])] });
  }

  async function next(scope: Scope): Promise<number> {
    const id = scopeId(scope);
    for (;;) {
      const dealing = dealings.get(id);
      if (dealing && dealing.next < dealing.end) {
        const n = dealing.next++;
        const at = clock.now();
        const last = dealing.history.at(-1);
        if (!last || at - last.at >= HISTORY_EVERY_MS) {
          dealing.history.push({ n, at });
          if (dealing.history.length > HISTORY_ENTRIES) dealing.history.shift();
        }
        return n;
      }
      let pending = reserving.get(id);
      if (!pending) {
        pending = reserve(scope).finally(() => reserving.delete(id));
        reserving.set(id, pending);
      }
      await pending;
    }
  }

  return {
    next,
    async asOf(scope, lagMs) {
      const current = await next(scope);
      if (lagMs === 0) return current;
      const history = dealings.get(scopeId(scope))!.history;
      const wanted = clock.now() - lagMs;
      const old = history.findLast((entry) => entry.at <= wanted) ?? history[0];
      return Math.min(current, old?.n ?? current);
    },
    read: (scope) => store.documents.get<Tick>('ticks', scopeId(scope)),
    async generation(scope, runId) {
      const tick = await update(scope, (current) => (current.run === runId ? current : { ...current, generation: current.generation + 1, run: runId }));
      return tick!.generation;
    },
    async kinds(integration) {
      const prefix = `${encodeSegment(integration)}/`;
      const kinds: string[] = [];
      for await (const page of pages<Tick>(store.documents, 'ticks', { prefix })) kinds.push(...page.map((tick) => decodeSegment(tick._id.slice(prefix.length))));
      return kinds;
    },
    async setMapping(scope, mapping) {
      await update(scope, (current) => ({ ...current, mapping }));
    },
  };
}
