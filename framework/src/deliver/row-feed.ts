import type { Log } from '../contract';
import type { Clock } from '../shared';
import { isDirty, pageByPage, rowToMap, type RowToMap, type Store } from '../store';
import type { InOrder } from './event-feed';
import type { MapHow } from './map-rows';
import { unlessAborted } from './sinks/unless-aborted';

/** Rows that wait in memory for one pipeline; what comes beyond is read from the store when its turn comes. */
const HIGH_WATER = 4_000;
const BATCH = 500;
const RETRY_MS = 1_000;
/** What arrives within this time is mapped together: a batch costs the store little more than a row. */
const GATHER_MS = 10;
/** How often an idle feed looks whether the store holds something that nobody told it of. */
const LOOK_EVERY_MS = 30_000;
/** Rows that some pipelines are done with and others not; beyond, they are done once more. */
const HALF_DONE = 50_000;

/** From live events to pipelines: rows that events changed, newest state only. */
export interface RowFeed {
  /** Takes dirty rows of a kind, content at hand. Never waits: what does not fit stays due in the store. */
  offer(kind: string, rows: readonly RowToMap[]): void;
  /** The store holds rows that are due. */
  look(): void;
  /** Works until the signal aborts. */
  run(): Promise<void>;
}

export interface FedPipeline {
  map(kind: string, rows: readonly RowToMap[], how: MapHow): Promise<void>;
}

export interface RowFeedOptions {
  readonly store: Store;
  readonly integration: string;
  readonly kinds: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Each goes at its own pace: one that hangs holds only itself back. */
  readonly pipelines: readonly FedPipeline[];
  /** Hash of what maps the kind now; undefined: nothing is known yet, so nothing is mapped. */
  mapping(kind: string): string | undefined;
  /** Who takes events in stores them and tells of them in here, so what is read in here was told of. */
  readonly inOrder: InOrder;
  /** All of several pipelines are done with these rows; a single one says so itself. */
  mark(kind: string, rows: readonly RowToMap[]): Promise<void>;
}

type Waiting = Map<string, { readonly kind: string; readonly row: RowToMap }>;

interface Lane {
  readonly waiting: Waiting;
  /** The store may hold more than what waits here. */
  more: boolean;
  wake(): void;
}

/** Takes the next rows out, of one kind. None is taken before it can be mapped: meanwhile what it is may change. */
function next(waiting: Waiting): { readonly kind: string; readonly rows: readonly RowToMap[] } {
  const rows: RowToMap[] = [];
  const [first] = waiting.values();
  for (const { kind, row } of waiting.values()) {
    if (kind === first!.kind) rows.push(row);
    if (rows.length === BATCH) break;
  }
  for (const { _id } of rows) waiting.delete(_id);
  return { kind: first!.kind, rows };
}

export function createRowFeed(options: RowFeedOptions): RowFeed {
  const { store, signal, clock, log, integration, pipelines } = options;
  const several = pipelines.length > 1;
  const lanes = pipelines.map((): Lane => ({ waiting: new Map(), more: true, wake: () => undefined }));
  /** Which pipelines are done with a row as it is. */
  const halfDone = new Map<string, { readonly face: string; readonly lanes: Set<number> }>();

  const isDone = (at: number, row: { readonly _id: string; readonly face: string }): boolean => {
    const known = halfDone.get(row._id);
    return known !== undefined && known.face === row.face && known.lanes.has(at);
  };

  async function map(at: number, kind: string, rows: readonly RowToMap[]): Promise<void> {
    const how: MapHow = { departures: 'now', signal, ...(several && { more: true }) };
    // A processor that hangs must not keep the process from stopping.
    await unlessAborted(pipelines[at]!.map(kind, rows, how), signal);
    if (!several) return;
    const whole: RowToMap[] = [];
    for (const row of rows) {
      const before = halfDone.get(row._id);
      const known = before?.face === row.face ? before : { face: row.face, lanes: new Set<number>() };
      known.lanes.add(at);
      halfDone.delete(row._id);
      if (known.lanes.size === pipelines.length) whole.push(row);
      else halfDone.set(row._id, known);
    }
    for (const oldest of halfDone.keys()) {
      if (halfDone.size <= HALF_DONE) break;
      halfDone.delete(oldest);
    }
    if (whole.length > 0) await options.mark(kind, whole);
  }

  async function mapWaiting(at: number): Promise<void> {
    const { waiting } = lanes[at]!;
    while (waiting.size > 0 && !signal.aborted) {
      const { kind, rows } = next(waiting);
      if (options.mapping(kind) === undefined) lanes[at]!.more = true;
      else await map(at, kind, rows);
    }
  }

  /** Rows that a stop, a full memory or a failure left; those of a run are the run's to map, under its guards. */
  async function mapDue(at: number): Promise<void> {
    lanes[at]!.more = false;
    for (const kind of options.kinds) {
      const mapping = options.mapping(kind);
      if (mapping === undefined) continue;
      for await (const rows of pageByPage(BATCH, (page) => options.inOrder(() => store.rows.find({ integration, kind, dueBy: clock.now(), ...page })))) {
        const mine = rows.filter((row) => row.by === 'event' && isDirty(row, mapping)).map(rowToMap).filter((row) => !isDone(at, row));
        for (const { _id } of mine) lanes[at]!.waiting.delete(_id);
        if (mine.length > 0) await map(at, kind, mine);
        if (signal.aborted) break;
      }
    }
  }

  async function run(at: number): Promise<void> {
    const lane = lanes[at]!;
    while (!signal.aborted) {
      const woken = new AbortController();
      lane.wake = () => woken.abort();
      try {
        if (lane.waiting.size > 0 && lane.waiting.size < BATCH) await clock.sleep(GATHER_MS, signal);
        await mapWaiting(at);
        if (lane.more) await mapDue(at);
        if (lane.waiting.size > 0) continue;
        await clock.sleep(LOOK_EVERY_MS, AbortSignal.any([signal, woken.signal])).then(
          () => (lane.more = true),
          () => undefined,
        );
      } catch (err) {
        if (signal.aborted) return;
        lane.more = true;
        log.error('rows of events cannot be processed; trying again', { integration, err });
        await clock.sleep(RETRY_MS, signal).catch(() => undefined);
      }
    }
  }

  return {
    offer(kind, rows) {
      for (const lane of lanes) {
        for (const row of rows) {
          if (lane.waiting.size >= HIGH_WATER && !lane.waiting.has(row._id)) lane.more = true;
          else lane.waiting.set(row._id, { kind, row });
        }
        lane.wake();
      }
    },
    look() {
      for (const lane of lanes) {
        lane.more = true;
        lane.wake();
      }
    },
    run: async () => void (await Promise.all(lanes.map((_, at) => run(at)))),
  };
}
