import type { AnyKind, PlanContext } from '../contract';
import type { Entry } from '../load';
import type { CompiledMapping } from '../pipeline';
import { backoff } from '../shared';
import type { Row, Store, Truth } from '../store';
import { answerAsks } from './asks';
import type { ResyncDeps } from './deps';
import { selectorsOf, truthOf } from './plan';
import { toMap } from './scan';

/** Questions that could not be answered are asked again after a while, further and further apart. */
const RETRY = { initialMs: 1_000, factor: 2, maxMs: 300_000 };
const PAGE = 500;

/** Puts the questions that events raise to the source, beside the runs. */
export interface Asker {
  /** Rows of the kind may have open questions. */
  wake(identifier: string, kind: string): void;
  /** Asks about all that hung on rows that went by an event: rows of partitions that were made from them. */
  orphan(identifier: string, kind: string, rows: readonly unknown[]): void;
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
      async dirty(rows) {
        const stored = await store.rows.get(rows.map((row) => row._id));
        // What a run asked is the run's to map, under its guards.
        const mine = stored.filter((row) => row.by === 'event');
        if (mine.length > 0 && downstream.mapping()) await downstream.map(kind.name, mine.map(toMap), { departures: 'now', signal: stop });
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

  /** Every row of the partitions that this parent made gets a question. */
  async function askPartitions(entry: Entry, child: AnyKind<unknown>, parent: { readonly kind: string; readonly rows: readonly unknown[] }): Promise<void> {
    const scope = { integration: entry.identifier, kind: child.name };
    const mapping = deps.downstream(entry).mapping();
    const selectors = mapping ? selectorsOf(child.name, mapping) : [];
    const names = new Set<string>();
    for (const selector of selectors.length > 0 ? selectors : [{}]) {
      const context: PlanContext<unknown> = {
        ...deps.context(entry, stop),
        selector,
        async *stored<TRow>(name: string) {
          if (name === parent.kind) yield* parent.rows as readonly TRow[];
        },
      };
      for await (const partition of child.partitions!(context)) names.add(partition.name);
    }
    if (names.size === 0) return;
    const stamp = await ticks.next(scope);
    for await (const page of rowsOf(store, scope)) {
      // With several selectors a partition has the selector's hash before its name.
      const hit = page.filter((row) => names.has(row.partition) || names.has(row.partition.slice(row.partition.indexOf(':') + 1)));
      const claims = hit.map((row) => ({ key: row.key, stamp, is: 'changed' as const }));
      if (claims.length > 0) await store.rows.claim({ scope, truth: truthOf(child, entry), claims, mapping: mapping?.hashOf(child.name) ?? '', at: clock.now() });
    }
    wake(entry.identifier, child.name);
  }

  return {
    wake,
    orphan(identifier, kind, rows) {
      const entry = entries.find((candidate) => candidate.identifier === identifier);
      const children = (entry?.integration.kinds ?? []).filter((child) => child.after?.includes(kind) && child.partitions && works.has(nameOf(identifier, child.name)));
      for (const child of entry ? children : []) {
        const asked = askPartitions(entry!, child, { kind, rows })
          .catch((err: unknown) => !stop.aborted && log.warn('what hung on a row that went is looked at by the next resync', { integration: identifier, kind: child.name, err }))
          .then(() => undefined)
          .finally(() => others.delete(asked));
        others.add(asked);
      }
    },
    start: (identifier) => [...works.values()].filter((work) => work.entry.identifier === identifier).forEach((work) => wake(identifier, work.kind.name)),
    idle: () => Promise.allSettled([...others, ...[...works.values()].map((work) => work.running)]).then(() => undefined),
  };
}

async function* rowsOf(store: Store, scope: { readonly integration: string; readonly kind: string }): AsyncGenerator<readonly Row[]> {
  let after: string | undefined;
  do {
    const page: readonly Row[] = await store.rows.find({ ...scope, gone: false, limit: PAGE, ...(after !== undefined && { after }) });
    yield page;
    after = page.length === PAGE ? page.at(-1)!._id : undefined;
  } while (after !== undefined);
}
