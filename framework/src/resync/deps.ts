import type { Context, Log } from '../contract';
import type { Entry } from '../load';
import type { CompiledMapping } from '../pipeline';
import type { Clock } from '../shared';
import type { Farewell, ResourceTotals, RowToMap, Run, RunKind, Store, Ticks } from '../store';

/** What a run counts (the flow behind it implements it). */
export interface RunTally {
  readonly runId: string;
  of(kind: string, resource: number): ResourceTotals;
  write(kinds: readonly RunKind[]): void;
  readonly totals: Run['totals'];
  readonly unmet: ReadonlySet<string>;
  readonly uncertainties: ReadonlyMap<string, string>;
  readonly protected: ReadonlySet<string>;
}

/** From rows to sinks, as a run sees it: what is behind it is the business of another flow. */
export interface Downstream<TTally extends RunTally = RunTally> {
  /** Pipeline that delivers to the portal; undefined: none does. */
  readonly toPortal: string | undefined;
  use(mapping: CompiledMapping): void;
  mapping(): CompiledMapping | undefined;
  newTally(run: Run): TTally;
  attend(tally: TTally | undefined): void;
  map(kind: string, rows: readonly RowToMap[], how: { readonly departures: 'now' | 'held'; readonly tally?: TTally; readonly signal: AbortSignal }): Promise<void>;
  sendDue(): Promise<void>;
  resend(outputs: readonly string[], tally: TTally): Promise<void>;
  drained(signal: AbortSignal): Promise<void>;
}

/** The portal, as a run sees it. Absent without `port`. */
export interface RunPortal {
  /** Told when a run begins and ends; failures are logged, never fatal. */
  announce(entry: Entry, run: Run): Promise<void>;
  /** What the portal lists as ours, page by page. */
  owned(entry: Entry, signal: AbortSignal): AsyncIterable<readonly { readonly identifier: string; readonly blueprint: string }[]>;
  /** First raw records of a kind. Never throws. */
  examples(entry: Entry, kind: string, rows: readonly unknown[]): Promise<void>;
}

/** A kind whose rows a connector compares. Its pages come from the connector's refresh. */
export interface ComparedKind {
  /** How what is gone from the partitions that the run reads goes, each way at once. */
  leaving(runId: string, read: readonly string[]): Promise<readonly Leaving[]>;
  /** An earlier attempt read this partition: nobody takes pages of it. */
  passed(partition: string): void;
  /** What a row is a part of, as the store keeps it. */
  anchorOf(row: unknown): string | undefined;
  /** Kinds that are swept first: what is a part of something goes with it, and does not count for the guard of its own kind. */
  readonly anchors: readonly string[];
}

/** Takes rows of a kind that went with what they are a part of. */
export type Departed = (kind: string, rows: readonly RowToMap[]) => Promise<void>;

/** One way in which rows of a compared kind go. */
export interface Leaving {
  /** They do not go: what would be swept is only told. */
  readonly stays?: true;
  /** Partitions that are not of this way. */
  readonly spared: readonly string[];
  /** Their content stays in the tombstone. */
  readonly keeps: boolean;
  readonly farewell?: Farewell;
  /** What is a part of these rows, which are about to be swept, goes before them; `departed` takes the rows of each kind that are gone. Absent: they have no parts. */
  cascade?(keys: readonly string[], departed: Departed): Promise<void>;
}

/** The connector of an entry, as its runs see it. */
export interface RunConnector {
  compared(kind: string): ComparedKind | undefined;
  /** Refreshes its targets once what the integration reads by itself is read (`after`). Resolves when each has ended; never rejects. `untouched`: kinds that none of them compared. */
  refresh(run: Pick<Run, 'runId' | 'cause' | 'targets'>, of: { readonly kinds: readonly string[]; readonly after: Promise<unknown>; readonly signal: AbortSignal }): Promise<{ readonly untouched: ReadonlySet<string>; readonly error?: string }>;
  /** The run is done with a kind. */
  finished(kind: string): void;
}

export interface ResyncDeps {
  readonly store: Store;
  readonly ticks: Ticks;
  readonly clock: Clock;
  readonly log: Log;
  /** Owner of the runs that this process works on. */
  readonly token: string;
  /** Cuts a page in flight off: the time for an orderly stop is over. Absent: a stop does. */
  readonly kill?: AbortSignal;
  /** Settings, http client and log of an entry, for one run. */
  context(entry: Entry, signal: AbortSignal): Context<unknown>;
  downstream(entry: Entry): Downstream;
  /** What maps the rows of a run, read fresh; undefined = none is known yet, the run waits. Throws when there is none, or the portal answers something else. */
  mappingOf(entry: Entry, signal: AbortSignal): Promise<CompiledMapping | undefined>;
  readonly portal: RunPortal | undefined;
  /** Undefined: the entry has none. */
  connector?(entry: Entry): RunConnector | undefined;
  /** None of its runs begins. Whoever ends that calls `resumed`. */
  paused?(identifier: string): boolean;
  /** A text that is kept and shown, without the secrets of the entry: an integration may put one into what it throws. */
  withhold(entry: Entry, text: string): string;
  /** A run ended: the line on stdout, metrics. */
  ended?(entry: Entry, run: Run): void;
}
