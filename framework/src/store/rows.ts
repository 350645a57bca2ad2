import type { JsonObject } from '../shared';
import type { Stored, Writable } from './documents';

export type Truth = 'listed' | 'told' | 'mixed';

export interface Scope {
  readonly integration: string;
  readonly kind: string;
}

export interface RowEvent {
  readonly type: string;
  readonly operation: 'write' | 'delete';
  readonly at: number;
}

/** Who made an element and who changed it last, and when: epoch ms. What an earlier release made has no beginning. */
export interface Provenance {
  readonly createdBy?: string;
  readonly createdAt?: number;
  readonly updatedBy: string;
  readonly updatedAt: number;
  /** 1, then one more for each change of content. */
  readonly version: number;
}

/** A row as stored. `_id` = rowId(integration, kind, key). Bodies are JSON text. */
export interface Row {
  readonly _id: string;
  readonly integration: string;
  readonly kind: string;
  readonly key: string;
  readonly partition: string;
  /** The vendor's object; absent when gone. */
  readonly row?: string;
  /** The last delivery as it came, where one brought the row (pipelines). Of a tombstone of an `envelopes` batch that no delivery made: that of the row, else the row itself (then without `event`). */
  readonly data?: string;
  readonly event?: RowEvent;
  /** What the framework keeps about an element beside the row: JSON text of an object. Nobody who says what the row is touches it; a row that comes back begins without. */
  readonly header?: string;
  /** What it is a part of, where somebody said so (`anchorId`); absent when gone. */
  readonly anchor?: string;
  /** Where whoever said so gave its name (`author`); absent when gone. */
  readonly provenance?: Provenance;
  /** Of `row` alone, for the write rule. */
  readonly hash?: string;
  /** Hash of all that outputs are made of: `hash`, with a delivery or a header `faceOf` them; absent when gone. */
  readonly face?: string;
  readonly version?: number;
  readonly floor: number;
  readonly stamp: number;
  readonly heard: number;
  readonly ask?: number;
  readonly locate?: string;
  readonly seen: number;
  readonly gone: boolean;
  readonly goneAt?: number;
  /** What changed it last. */
  readonly by: 'run' | 'event';
  /** What its outputs were made of; face '' = of a tombstone. */
  readonly mapped?: { readonly face: string; readonly mapping: string };
  /** Set while the row is dirty or asks: epoch ms. */
  readonly due?: number;
  readonly rev: string;
}

/** What the source says about one thing now. */
export interface Present {
  readonly key: string;
  /** JSON text of the row, and its hash (hashText). */
  readonly text: string;
  readonly hash: string;
  readonly version?: number;
  /** What it is a part of (`anchorId`). The text decides it: of equal texts it is equal. */
  readonly anchor?: string;
}

export interface RowCounts {
  readonly received: number;
  readonly stored: number;
  readonly unchanged: number;
  /** The rule kept what was there, or made it a question. */
  readonly outvoted: number;
}

/** A page, or the answers of `get`. */
export interface ObservedBatch {
  readonly scope: Scope;
  readonly truth: Truth;
  readonly by: 'page' | 'get';
  /** Allotted before the read began. */
  readonly stamp: number;
  /** Generation that saw these rows; raises `seen`, win or lose. */
  readonly seen?: number;
  /** Partition that saw them; absent for answers of `get`. */
  readonly partition?: string;
  /** No key twice. */
  readonly rows: readonly Present[];
  /** Keys that the source says are not there (answers of `get`). */
  readonly absent?: readonly string[];
  /** Mapping in force: a row whose `mapped` differs is dirty. */
  readonly mapping: string;
  /** Declared pipelines read the envelope, so what a row held last is kept when it goes (`data`). */
  readonly envelopes?: boolean;
  /** Who says so, where that is kept. */
  readonly author?: string;
  /** Epoch ms. */
  readonly at: number;
}

/** The scan's next position, written after the rows of its page, or in one transaction with them (I3). */
export interface Checkpoint {
  readonly rev: string;
  /** The scan document to write, given what became of the page's rows: counters and position move together, so a repeated page counts once. */
  advance(counts: RowCounts): Writable<Stored>;
}

/** A row that wants mapping. */
export interface Dirty {
  readonly _id: string;
  readonly key: string;
  /** '' when gone. */
  readonly face: string;
  readonly gone: boolean;
  /** Index in `rows` of the batch when the batch's own content is what the row now holds; else the body has to be read. */
  readonly at?: number;
}

export interface Observed {
  readonly counts: RowCounts;
  readonly dirty: readonly Dirty[];
  /** New rev of the scan; undefined with a checkpoint that was refused (another owner went on); absent without one. */
  readonly rev?: string | undefined;
}

export interface ClaimedRow {
  readonly key: string;
  readonly stamp: number;
  readonly event?: RowEvent;
  readonly data?: string;
  /** `hashText` of `data`, where it is known. */
  readonly dataHash?: string;
  readonly locate?: string;
  /** Of a kind with partitions: the one that lists the row. */
  readonly partition?: string;
  /** How it goes, when it does. */
  readonly farewell?: Farewell;
}
/** How a row goes. */
export interface Farewell {
  /** Members that its header gets then. */
  readonly header?: JsonObject;
  /** Its tombstone never expires. */
  readonly forever?: boolean;
  /** Nothing stays of it, nor of what was kept about it; who delivers its removal has its key. */
  readonly bare?: boolean;
}
export type ClaimInput = ClaimedRow & (
  | { readonly is: 'changed' }
  | { readonly is: 'gone'; readonly version?: number }
  | { readonly is: 'present'; readonly version?: number; readonly text: string; readonly hash: string; readonly anchor?: string }
);

export interface ClaimedBatch {
  readonly scope: Scope;
  readonly truth: Truth;
  /** In order of receipt; a key may occur several times. */
  readonly claims: readonly ClaimInput[];
  readonly mapping: string;
  /** Who says so, where that is kept. */
  readonly author?: string;
  readonly at: number;
}

/**
 * What became of one claim: taken, so that outputs wait to be made of it (`stored`); known already, also by outputs (`unchanged`); kept out (`outvoted`); made a question
 * to the source (`asked`).
 */
export type ClaimOutcome = 'stored' | 'unchanged' | 'outvoted' | 'asked';

export interface Claimed extends Observed {
  /** In order of the claims. */
  readonly outcomes: readonly ClaimOutcome[];
}

/** Rows that a complete generation did not have (I5). */
export interface SweepFilter {
  readonly scope: Scope;
  readonly generation: number;
  readonly startStamp: number;
  /** In mixed kinds also `heard < startStamp`. */
  readonly truth: Truth;
  /** Partitions that are not complete: their rows are spared (I6). */
  readonly incomplete: readonly string[];
}

/** Another header for a row that nobody has written since it was read. */
export interface HeaderChange {
  readonly _id: string;
  /** Of the row as read. */
  readonly rev: string;
  /** JSON text of an object. */
  readonly header: string;
}

/** What a row that nobody has written since it was read is a part of; without `anchor` of nothing. */
export interface AnchorChange {
  readonly _id: string;
  /** Of the row as read. */
  readonly rev: string;
  readonly anchor?: string;
}

export interface RowQuery {
  readonly integration: string;
  readonly kind?: string;
  /** `_id` after this one; rows come in `_id` order. */
  readonly after?: string;
  readonly limit: number;
  readonly gone?: boolean;
  /** Only rows that it saw last. */
  readonly partition?: string;
  /** Only parts of these (`anchorId`). Found by an index, however many rows there are. */
  readonly anchors?: readonly string[];
  /** Only rows with `due` at or before. */
  readonly dueBy?: number;
  /** Only rows whose `mapped` is of another mapping. */
  readonly mappedNot?: string;
  /** Only rows with an open ask. */
  readonly asking?: boolean;
}

export interface Rows {
  /** `see` (or `seeMixed`) for each row, in one write; then the checkpoint. */
  observe(batch: ObservedBatch, checkpoint?: Checkpoint): Promise<Observed>;
  /** `hear` or `tell` for each claim in order, in one write. */
  claim(batch: ClaimedBatch): Promise<Claimed>;
  /** Gives the rows that are dirty now, and the ids of those that were written meanwhile: these are as they were. */
  setHeaders(changes: readonly HeaderChange[], of: { readonly mapping: string; readonly at: number }): Promise<{ readonly dirty: readonly Dirty[]; readonly lost: readonly string[] }>;
  /** For rows that were written before anchors were kept. Gives the ids of those that were written meanwhile: these are as they were. */
  setAnchors(changes: readonly AnchorChange[]): Promise<readonly string[]>;
  get(ids: readonly string[]): Promise<Row[]>;
  find(query: RowQuery): Promise<Row[]>;
  /** Rows of the scope that are not gone. */
  alive(scope: Scope): Promise<number>;
  /** Largest stamp, heard or ask of the scope, -1 when there is none (I14). */
  largestStamp(scope: Scope): Promise<number>;
  candidates(filter: SweepFilter): Promise<number>;
  /** Of the rows not gone, was any seen in this generation? */
  anySeen(scope: Scope, generation: number): Promise<boolean>;
  /** Up to `limit` candidates that this policy has not treated, for whoever has something to do before they are swept. Fewer: there are no others. */
  sweepable(filter: SweepFilter, of: { readonly policy: 'immediate' | 'verify'; readonly limit: number }): Promise<readonly { readonly _id: string; readonly key: string }[]>;
  /**
   * One batch of the sweep: up to `limit` candidates, buried (`immediate`: absent with stamp = startStamp) or asked about (`verify`: ask with `stamp`).
   * The filter is repeated at each write. `done` = no candidate is left that this policy has not treated. `only`: of these `_id`s.
   */
  sweep(filter: SweepFilter, batch: { readonly policy: 'immediate' | 'verify'; readonly stamp: number; readonly limit: number; readonly at: number; readonly envelopes?: boolean; readonly farewell?: Farewell; readonly only?: readonly string[] }): Promise<{ readonly dirty: readonly Dirty[]; readonly asked: number; readonly done: boolean }>;
  /** Scopes that own rows, with counts: what `list` shows, also for entries that left the configuration. */
  scopes(): Promise<(Scope & { readonly alive: number; readonly gone: number; readonly asks: number })[]>;
  /** Tombstones that went before `before` and whose outputs are written; at most `limit`. Gives how many were removed. */
  expire(before: number, limit: number): Promise<number>;
  /** Buries every row of the integration (purge), so that its outputs are taken out; at most `limit`. */
  buryAll(integration: string, batch: { readonly limit: number; readonly at: number }): Promise<readonly Dirty[]>;
  /** Removes every row document of the integration, and its events. */
  forget(integration: string): Promise<void>;
}
