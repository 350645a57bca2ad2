import type { Log } from '../contract';
import { groupBy, parseJson, type Clock } from '../shared';
import { isDirty, type Row, type Store } from '../store';
import type { RowToMap } from './map-rows';

/** Rows that wait in memory; what comes beyond is read from the store when its turn comes. */
const HIGH_WATER = 2_000;
const BATCH = 500;
const RETRY_MS = 1_000;
/** What arrives within this time is mapped together: a batch costs the store little more than a row. */
const GATHER_MS = 10;
/** How often an idle feed looks whether the store holds something that nobody told it of. */
const LOOK_EVERY_MS = 30_000;

/** From live events to pipelines: rows that events changed, newest state only. */
export interface RowFeed {
  /** Takes dirty rows of a kind, content at hand. Never waits: what does not fit stays due in the store. */
  offer(kind: string, rows: readonly RowToMap[]): void;
  /** The store holds rows that are due. */
  look(): void;
  /** Works until the signal aborts. */
  run(): Promise<void>;
  waiting(): number;
}

export interface RowFeedOptions {
  readonly store: Store;
  readonly integration: string;
  readonly kinds: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Hash of what maps the kind now; undefined: nothing is known yet, so nothing is mapped. */
  mapping(kind: string): string | undefined;
  map(kind: string, rows: readonly RowToMap[]): Promise<void>;
}

export function createRowFeed(options: RowFeedOptions): RowFeed {
  const { store, signal, clock, log, integration } = options;
  let waiting = new Map<string, { readonly kind: string; readonly row: RowToMap }>();
  /** The store may hold more than what waits here. */
  let more = true;
  let wake = (): void => undefined;

  async function mapWaiting(): Promise<void> {
    while (waiting.size > 0 && !signal.aborted) {
      const taken = waiting;
      waiting = new Map();
      for (const [kind, items] of groupBy(taken.values(), (item) => item.kind)) {
        if (options.mapping(kind) === undefined) more = true;
        else for (let at = 0; at < items.length; at += BATCH) await options.map(kind, items.slice(at, at + BATCH).map((item) => item.row));
      }
    }
  }

  /** Rows that a stop, a full memory or a failure left; those of a run are the run's to map, under its guards. */
  async function mapDue(): Promise<void> {
    more = false;
    for (const kind of options.kinds) {
      const mapping = options.mapping(kind);
      if (mapping === undefined) continue;
      let after: string | undefined;
      do {
        const page = await store.rows.find({ integration, kind, dueBy: clock.now(), limit: BATCH, ...(after !== undefined && { after }) });
        const mine = page.filter((row) => row.by === 'event' && isDirty(row, mapping));
        if (mine.length > 0) await options.map(kind, mine.map(rowToMap));
        after = page.length === BATCH ? page.at(-1)!._id : undefined;
      } while (after !== undefined && !signal.aborted);
    }
  }

  return {
    offer(kind, rows) {
      for (const row of rows) {
        if (waiting.size >= HIGH_WATER && !waiting.has(row._id)) more = true;
        else waiting.set(row._id, { kind, row });
      }
      wake();
    },
    look() {
      more = true;
      wake();
    },
    waiting: () => waiting.size,
    async run() {
      while (!signal.aborted) {
        const woken = new AbortController();
        wake = () => woken.abort();
        try {
          if (waiting.size > 0 && waiting.size < BATCH) await clock.sleep(GATHER_MS, signal);
          await mapWaiting();
          if (more) await mapDue();
          if (waiting.size > 0) continue;
          await clock.sleep(LOOK_EVERY_MS, AbortSignal.any([signal, woken.signal])).then(
            () => (more = true),
            () => undefined,
          );
        } catch (err) {
          if (signal.aborted) return;
          more = true;
          log.error('rows of events cannot be processed; trying again', { integration, err });
          await clock.sleep(RETRY_MS, signal).catch(() => undefined);
        }
      }
    },
  };
}

/** A stored row as pipelines take it. */
export function rowToMap(row: Row): RowToMap {
  return {
    _id: row._id,
    face: row.gone ? '' : (row.face ?? row.hash ?? ''),
    ...(!row.gone && row.row !== undefined && { row: parseJson(row.row) }),
    ...(row.event && { event: row.event }),
    ...(row.data !== undefined && { data: parseJson(row.data) }),
  };
}
