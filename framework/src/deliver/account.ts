import type { Output } from '../store';

/** How an event ends for one sink, beside waiting (pipelines.md 10.1). */
export type Ending = 'filtered' | 'stale' | 'superseded' | 'unchanged' | 'delivered' | 'dead';
const ENDINGS = ['filtered', 'stale', 'superseded', 'unchanged', 'delivered', 'dead'] as const satisfies readonly Ending[];

/** Of one sink, in events, since the process began: accepted = the endings + pending, at any moment. */
export type SinkCounts = Record<Ending | 'accepted' | 'pending', number>;

/** Of one pipeline: which rows wait in it, and how the events about them ended. */
export interface PipelineAccount {
  /** An event of this row was taken in, and waits to be processed; on the rows feed the newest replaces the waiting one. */
  accepted(row: string): void;
  /** The same on the events feed, where each is known by its id; it may have been found in the store, and even be done, before whoever took it in says so. `sinks`: whom it is for. */
  acceptedEvent(event: string, sinks?: readonly string[]): void;
  /** An event ended as it came in. */
  ended(ending: Ending, count?: number): void;
  /** The row is processed from here on; gives what `processed` needs to know whether a newer event came meanwhile. */
  begin(row: string): number;
  /** The same of an event. */
  beginEvent(event: string, sinks: readonly string[]): void;
  /** What was made of the row now waits for sinks; for those that wait for nothing of it its event ends as `rest`. */
  processed(row: string, token: number, result: { readonly made: readonly MadeState[]; readonly rest: Ending }): void;
  /** The event made this state of an output: what a sink takes of that from now on is an older one, unless it is this. */
  madeBy(event: string, state: MadeState): void;
  /** Its event ends so for these sinks, whatever was made of it. */
  end(row: string, sinks: readonly string[], ending: Ending): void;
  /** A sink said its last word about a state of an output, of which these rows are. */
  settled(landed: Omit<MadeState, 'sinks'> & { readonly sink: string; readonly rows: readonly string[] }, ending: Ending): void;
  /** Rows that wait, for the high-water mark. */
  waiting(): number;
  /** `open`: questions that are open at the source; `asked` of this process that are not open any more were answered. */
  counts(sink: string, open: number): SinkCounts;
  /** The event became a question to the source: it waits for the answer, which is an event of its own. */
  asked(): void;
}

/** What was made of a row, for sinks that do not hold it yet. */
export interface MadeState {
  /** `_id` of the output. */
  readonly output: string;
  /** Its hash, '' when it is gone. */
  readonly state: string;
  readonly sinks: readonly string[];
}

/** The state that an output has now, for the sinks that owe it. */
export const madeState = ({ _id, hash, gone, sinks }: Output): MadeState => ({
  output: _id,
  state: stateOf({ hash, gone }),
  sinks: sinks.filter((sink) => gone || sink.hash !== hash).map(({ sink }) => sink),
});

export const stateOf = ({ hash, gone }: Pick<Output, 'hash' | 'gone'>): string => (gone ? '' : hash);

interface Waiting {
  /** Bits of the sinks that still wait. */
  sinks: number;
  token: number;
  processed: boolean;
}

/** Far more than are stored at once. */
const FOUND = 10_000;

/** At most 30 sinks: one bit each. */
export function createPipelineAccount(sinks: readonly string[]): PipelineAccount {
  const rows = new Map<string, Waiting>();
  /** Newest state of each output that sinks have not taken yet, with their bits. */
  const newest = new Map<string, { readonly state: string; sinks: number }>();
  const all = 2 ** sinks.length - 1;
  const counts = sinks.map(() => Object.fromEntries([...ENDINGS, 'accepted', 'pending'].map((name) => [name, 0])) as SinkCounts);
  const each = (mask: number, count: (of: SinkCounts) => void): void => counts.forEach((of, at) => (mask & (1 << at)) !== 0 && count(of));
  const maskOf = (some: readonly string[]): number => sinks.reduce((bits, sink, at) => (some.includes(sink) ? bits | (1 << at) : bits), 0);
  /** Events that were found in the store and not told of yet, the oldest first; of what an earlier process left nobody tells. */
  const found = new Set<string>();
  let asked = 0;
  let tokens = 0;

  const accepted = (row: string, mask = all): Waiting => {
    each(mask, (of) => of.accepted++);
    const known = rows.get(row);
    if (!known) {
      const fresh = { sinks: mask, token: ++tokens, processed: false };
      each(mask, (of) => of.pending++);
      rows.set(row, fresh);
      return fresh;
    }
    each(known.sinks & mask, (of) => of.superseded++);
    each(mask & ~known.sinks, (of) => of.pending++);
    Object.assign(known, { sinks: known.sinks | mask, token: ++tokens, processed: false });
    return known;
  };
  const keep = ({ output, state, sinks: some }: MadeState): void => {
    if (some.length > 0) newest.set(output, { state, sinks: maskOf(some) });
    else newest.delete(output);
  };
  const end = (row: string, mask: number, ending: Ending): void => {
    const known = rows.get(row);
    if (!known) return;
    each(known.sinks & mask, (of) => {
      of.pending--;
      of[ending]++;
    });
    known.sinks &= ~mask;
    if (known.sinks === 0) rows.delete(row);
  };

  return {
    accepted: (row) => void accepted(row),
    ended: (ending, count = 1) =>
      each(all, (of) => {
        of.accepted += count;
        of[ending] += count;
      }),
    acceptedEvent(event, some) {
      if (!found.delete(event)) accepted(event, some && maskOf(some));
    },
    // A row that nobody announced (a page, a changed pipeline, what a stop left) is an event too.
    begin: (row) => (rows.get(row) ?? accepted(row)).token,
    beginEvent(event, some) {
      if (rows.has(event)) return;
      accepted(event, maskOf(some));
      found.add(event);
      if (found.size > FOUND) for (const oldest of found) return void found.delete(oldest);
    },
    processed(row, token, { made, rest }) {
      made.forEach(keep);
      const known = rows.get(row);
      if (known?.token !== token) return;
      known.processed = true;
      end(row, all & ~maskOf(made.flatMap(({ sinks: some }) => some)), rest);
    },
    madeBy(event, state) {
      keep(state);
      const known = rows.get(event);
      if (known) known.processed = true;
    },
    end: (row, some, ending) => end(row, maskOf(some), ending),
    settled({ output, state, sink, rows: of }, ending) {
      const mask = maskOf([sink]);
      const last = newest.get(output);
      // The newer one is on its way: what ended here was superseded, and counted so.
      if (last && last.state !== state) return;
      if (last && (last.sinks &= ~mask) === 0) newest.delete(output);
      for (const row of of) {
        const known = rows.get(row);
        if (known?.processed === false) continue; // a newer event of it is not even processed
        if (known) end(row, mask, ending);
        else if (!last) {
          // It waited since before this process began.
          each(mask, (count) => {
            count.accepted++;
            count[ending]++;
          });
        }
      }
    },
    waiting: () => rows.size,
    asked() {
      asked++;
      each(all, (of) => of.accepted++);
    },
    counts(sink, open) {
      if (process.env['DEBUG_ACCOUNT']) console.error('ACCOUNT', sink, JSON.stringify([...rows].slice(0, 5)), JSON.stringify([...newest].slice(0, 5)), newest.size, rows.size);
      const of = counts[sinks.indexOf(sink)]!;
      const unanswered = Math.min(asked, open);
      return { ...of, pending: of.pending + unanswered, superseded: of.superseded + asked - unanswered };
    },
  };
}
