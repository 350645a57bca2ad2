/** How an event ends for one sink, beside waiting (pipelines.md 10.1). */
export type Ending = 'filtered' | 'stale' | 'superseded' | 'unchanged' | 'delivered' | 'dead';
const ENDINGS = ['filtered', 'stale', 'superseded', 'unchanged', 'delivered', 'dead'] as const satisfies readonly Ending[];

/** Of one sink, in events, since the process began: accepted = the endings + pending, at any moment. */
export type SinkCounts = Record<Ending | 'accepted' | 'pending', number>;

/** The numbers of each sink of a pipeline. Sinks are bits of a mask; each call keeps the sum. */
export interface SinkCounters {
  readonly all: number;
  /** Without names: all. */
  maskOf(sinks: readonly string[] | undefined): number;
  /** An event that was told of waits. */
  wait(mask: number): void;
  /** An event waits that nobody told of: one that was left, or a new one. Gives the sinks for which it was taken for a new one. */
  waitFound(mask: number): number;
  /** Somebody tells of it now. `taken`: what `waitFound` gave. */
  told(mask: number, taken: number): void;
  /** It is one that nobody took in. */
  enter(mask: number): void;
  /** One that waits ends. */
  finish(mask: number, ending: Ending): void;
  /** One ends as it comes. */
  end(ending: Ending): void;
  /** It waits for the answer of the source: one that waited, or one that comes. */
  ask(mask: number, is: 'waiting' | 'new'): void;
  /** A sink took or refused what no event waits for. */
  settledUnasked(mask: number, ending: Ending): void;
  carry(sink: string, count: number): void;
  due(sink: string, atMost: number): void;
  /** The most that any sink still carries. */
  carried(): number;
  counts(sink: string, open: number): SinkCounts;
  entered(): number;
}

interface OfSink {
  readonly counts: SinkCounts;
  /** Questions to the source. */
  asked: number;
  /** What an earlier process left, and how much of that still waits. */
  left: number;
  carried: number;
  /** Events that nobody took in. */
  entered: number;
}

/** At most 30 sinks: one bit each. */
export function createSinkCounters(sinks: readonly string[]): SinkCounters {
  const ofSinks = sinks.map((): OfSink => ({ counts: Object.fromEntries([...ENDINGS, 'accepted', 'pending'].map((name) => [name, 0])) as SinkCounts, asked: 0, left: 0, carried: 0, entered: 0 }));
  const all = 2 ** sinks.length - 1;
  const each = (mask: number, work: (of: OfSink, bit: number) => void): void => ofSinks.forEach((of, at) => (mask & (1 << at)) !== 0 && work(of, 1 << at));
  const of = (sink: string): OfSink => ofSinks[sinks.indexOf(sink)]!;
  return {
    all,
    maskOf: (some) => (some ? sinks.reduce((bits, sink, at) => (some.includes(sink) ? bits | (1 << at) : bits), 0) : all),
    wait: (mask) =>
      each(mask, ({ counts }) => {
        counts.accepted++;
        counts.pending++;
      }),
    waitFound(mask) {
      let taken = 0;
      each(mask, (one, bit) => {
        one.counts.pending++;
        if (one.carried > 0) return void one.carried--; // counted when this process began
        one.counts.accepted++;
        one.entered++;
        taken |= bit;
      });
      return taken;
    },
    told: (mask, taken) =>
      each(mask, (one, bit) => {
        // It was taken for one that was left. If others were taken for new ones meanwhile, one of those was.
        if ((taken & bit) !== 0 || one.entered > 0) return void one.entered--;
        one.carried++;
        one.counts.accepted++;
      }),
    enter: (mask) => each(mask, (one) => one.entered++),
    finish: (mask, ending) =>
      each(mask, ({ counts }) => {
        counts.pending--;
        counts[ending]++;
      }),
    end: (ending) =>
      each(all, ({ counts }) => {
        counts.accepted++;
        counts[ending]++;
      }),
    ask: (mask, is) =>
      each(mask, (one) => {
        if (is === 'waiting') one.counts.pending--;
        else one.counts.accepted++;
        one.asked++;
      }),
    settledUnasked: (mask, ending) =>
      each(mask, (one) => {
        if (one.carried > 0) one.carried--;
        else {
          one.counts.accepted++;
          one.entered++;
        }
        one.counts[ending]++;
      }),
    carry(sink, count) {
      const one = of(sink);
      one.carried += count;
      one.left += count;
      one.counts.accepted += count;
    },
    due(sink, atMost) {
      const one = of(sink);
      const replaced = Math.max(0, one.carried - atMost);
      one.carried -= replaced;
      one.counts.superseded += replaced;
    },
    carried: () => Math.max(0, ...ofSinks.map(({ carried }) => carried)),
    counts(sink, open) {
      const { counts, asked, carried } = of(sink);
      const unanswered = Math.min(asked, open);
      return { ...counts, pending: counts.pending + carried + unanswered, superseded: counts.superseded + asked - unanswered };
    },
    entered: () => Math.max(0, ...ofSinks.map(({ entered, left }) => entered + left)),
  };
}
