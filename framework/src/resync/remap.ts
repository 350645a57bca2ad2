import type { Clock } from '../shared';
import { isDirty, pageByPage, rowToMap, type Store, type Ticks } from '../store';
import type { Downstream, RunTally } from './deps';

const PAGE = 200;

export interface RemapWork {
  readonly integration: string;
  readonly kind: string;
  /** Hash of what maps this kind now. */
  readonly mapping: string;
  readonly store: Store;
  readonly ticks: Ticks;
  readonly downstream: Downstream;
  readonly tally: RunTally;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Maps what is left of a kind: rows that a crash left dirty, and every row that another mapping mapped last. Asks the source nothing.
 * The mapping is written down at the end, so a crash begins the pass again and finds only what is left.
 */
export async function remapKind(work: RemapWork): Promise<void> {
  const { store, integration, kind } = work;
  const map = async (query: { readonly dueBy?: number; readonly mappedNot?: string }): Promise<void> => {
    for await (const rows of pageByPage(PAGE, (page) => store.rows.find({ integration, kind, ...query, ...page }))) {
      const dirty = rows.filter((row) => isDirty(row, work.mapping));
      if (dirty.length > 0) await work.downstream.map(kind, dirty.map(rowToMap), { departures: 'held', tally: work.tally, signal: work.signal });
      if (work.signal.aborted) return;
    }
  };
  const scope = { integration, kind };
  const tick = await work.ticks.read(scope);
  if (tick?.mapping !== work.mapping) await map({ mappedNot: work.mapping });
  await map({ dueBy: work.clock.now() });
  if (!work.signal.aborted && tick?.mapping !== work.mapping) await work.ticks.setMapping(scope, work.mapping);
}
