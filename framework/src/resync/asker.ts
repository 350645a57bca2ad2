import type { AnyKind, PlanContext } from '../contract';
import type { Entry } from '../load';
import type { CompiledMapping } from '../pipeline';
import { backoff, parseJson, toJson } from '../shared';
import { pageByPage, rowToMap, type Row, type Store, type Truth } from '../store';
import { answerAsks, type RowChange } from './asks';
import type { ResyncDeps } from './deps';
import { selectorsOf, truthOf } from './plan';

/** Questions that could not be answered are asked again after a while, further and further apart. */
const RETRY = { initialMs: 1_000, factor: 2, maxMs: 300_000 };
const PAGE = 500;

/** Puts the questions that events raise to the source, beside the runs. */
export interface Asker {
  /** Rows of the kind may have open questions. */
  wake(identifier: string, kind: string): void;
  /** Rows were changed or taken away by events: asks about all that hangs on them, which is what is in the partitions that are made from them, where these go or change. */
  around(identifier: string, kind: string, changes: readonly RowChange[]): void;
  /** Asks what an earlier process left open of this entry. */
  start(identifier: string): void;
  /** Resolves when nothing is being asked, after the stop signal. */
  idle(): Promise<void>;
}

interface Work {
  readonly entry: Entry;
  readonly kind: AnyKind<unknown>;
  readonly truth: Truth;
  pending: boolean;
  running: Promise<void> | undefined;
}

export function createAsker(deps: ResyncDeps, entries: readonly Entry[], stop: AbortSignal): Asker {
  const { store, ticks, clock, log } = deps;
  const works = new Map<string, Work>();
  const nameOf = (identifier: string, kind: string): string => `${identifier}\u0000${kind}`;
  for (const entry of entries) {
    for (const kind of entry.integration.kinds ?? []) {
      const truth = truthOf(kind, entry);
      if (kind.get && truth !== 'told') works.set(nameOf(entry.identifier, kind.name), { entry, kind, truth, pending: false, running: undefined });
    }
  }
  const others = new Set<Promise<void>>();

  async function ask({ entry, kind, truth }: Work, mapping: CompiledMapping): Promise<unknown> {
    const downstream = deps.downstream(entry);
    return answerAsks({
      kind,
      truth,
      context: deps.context(entry, stop),
      store,
      ticks,
      clock,
      mapping: mapping.hashOf(kind.name),
      envelopes: entry.pipelines !== undefined,
      selectors: selectorsOf(kind.name, mapping),
      signal: stop,
      drop: entry.drop,
      changing: (changes) => askAround(entry, kind.name, changes),
      async dirty(rows) {
        const stored = await store.rows.get(rows.map((row) => row._id));
        // What a run asked is the run's to map, under its guards.
        const mine = stored.filter((row) => row.by === 'event');
        if (mine.length > 0 && downstream.mapping()) await downstream.map(kind.name, mine.map(rowToMap), { departures: 'now', signal: stop });
      },
    });
  }

  async function run(work: Work): Promise<void> {
    for (let attempt = 1; work.pending && !stop.aborted; ) {
      work.pending = false;
      try {
        const mapping = deps.downstream(work.entry).mapping();
        const failed = mapping ? await ask(work, mapping) : new Error('no mapping is known yet');
        if (failed === undefined) attempt = 1;
        else await again(work, attempt++, failed);
      } catch (err) {
        await again(work, attempt++, err);
      }
    }
  }

  async function again(work: Work, attempt: number, err: unknown): Promise<void> {
    if (stop.aborted) return;
    work.pending = true;
    const inMs = Math.max(250, backoff(RETRY, attempt));
    log.warn('the source did not answer a question; asking again', { integration: work.entry.identifier, kind: work.kind.name, inMs, err });
    await clock.sleep(inMs, stop).catch(() => undefined);
  }

  const wake = (identifier: string, kind: string): void => {
    const work = works.get(nameOf(identifier, kind));
    if (!work) return;
    work.pending = true;
    work.running ??= run(work).finally(() => {
      work.running = undefined;
      // Woken between its last look and here.
      if (work.pending && !stop.aborted) wake(identifier, kind);
    });
  };

  const childrenOf = (entry: Entry, kind: string): readonly Work[] =>
    (entry.integration.kinds ?? []).flatMap((child) => (child.after?.includes(kind) && child.partitions ? (works.get(nameOf(entry.identifier, child.name)) ?? []) : []));

  const askAround = async (entry: Entry, kind: string, changes: readonly RowChange[]): Promise<void> => void (await Promise.all(childrenOf(entry, kind).map((child) => askInside(child, kind, changes))));

  /** Every row in a partition that goes or changes gets a question. */
  async function askInside({ entry, kind, truth }: Work, parent: string, changes: readonly RowChange[]): Promise<void> {
    const scope = { integration: entry.identifier, kind: kind.name };
    const mapping = deps.downstream(entry).mapping();
    const selectors = mapping ? selectorsOf(kind.name, mapping) : [];
    const names = new Set<string>();
    for (const selector of selectors.length > 0 ? selectors : [{}]) {
      const made = (rows: readonly unknown[]): Promise<ReadonlyMap<string, string>> => partitionsFrom(kind, { ...deps.context(entry, stop), selector }, { parent, rows });
      for (const { before, after } of changes) {
        const left = after === undefined ? new Map<string, string>() : await made([after]);
        for (const [name, data] of await made([before])) if (left.get(name) !== data) names.add(name);
      }
    }
    if (names.size === 0) return;
    const isInside = (row: Row): boolean => {
      // With several selectors a partition has the selector's hash before its name.
      if (row.partition !== '') return names.has(row.partition) || names.has(row.partition.slice(row.partition.indexOf(':') + 1));
      return row.row === undefined || !kind.partitionOf || names.has(kind.partitionOf(parseJson(row.row)));
    };
    const stamp = await ticks.next(scope);
    for await (const page of rowsOf(store, scope)) {
      const claims = page.filter(isInside).map((row) => ({ key: row.key, stamp, is: 'changed' as const }));
      if (claims.length > 0) await store.rows.claim({ scope, truth, claims, mapping: mapping?.hashOf(kind.name) ?? '', at: clock.now() });
    }
    wake(entry.identifier, kind.name);
  }

  return {
    wake,
    around(identifier, kind, changes) {
      const entry = entries.find((candidate) => candidate.identifier === identifier);
      if (!entry) return;
      const asked = askAround(entry, kind, changes)
        .catch((err: unknown) => void (!stop.aborted && log.warn('what hangs on a row that changed is looked at by the next resync', { integration: identifier, kind, err })))
        .finally(() => others.delete(asked));
      others.add(asked);
    },
    start: (identifier) => [...works.values()].filter((work) => work.entry.identifier === identifier).forEach((work) => wake(identifier, work.kind.name)),
    idle: () => Promise.allSettled([...others, ...[...works.values()].map((work) => work.running)]).then(() => undefined),
  };
}

/** Name → data, as text, of the partitions that a kind makes from these rows of its parent. */
async function partitionsFrom(kind: AnyKind<unknown>, context: Omit<PlanContext<unknown>, 'stored'>, of: { readonly parent: string; readonly rows: readonly unknown[] }): Promise<ReadonlyMap<string, string>> {
  const made = new Map<string, string>();
  const plan: PlanContext<unknown> = {
    ...context,
    async *stored<TRow>(name: string) {
      if (name === of.parent) yield* of.rows as readonly TRow[];
    },
  };
  for await (const { name, data } of kind.partitions!(plan)) made.set(name, toJson(data ?? null));
  return made;
}

/** What is there, and what an answer may just bring. */
async function* rowsOf(store: Store, scope: { readonly integration: string; readonly kind: string }): AsyncGenerator<readonly Row[]> {
  for (const some of [{ gone: false }, { asking: true }]) yield* pageByPage(PAGE, (page) => store.rows.find({ ...scope, ...some, ...page }));
}
