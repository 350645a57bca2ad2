/**
 * What every store can do. Two implementations (embedded by libsql, MongoDB) behind this one interface; one contract suite runs against both.
 *
 * Rows and outputs are large and hot, so each store writes them in its own way. Everything else (runs, scans, ticks, state, dead letters) is small and goes
 * through Documents; its operations are written once, in runs.ts, scans.ts, ticks.ts, state.ts and dead-letters.ts.
 *
 * Rules that hold for every write: no lost update (guarded by `rev`, a unique token that is new in every write), an operation may be repeated (a crash between
 * an operation and what follows is healed by doing it again), and nothing rests on an index or on a transaction over several documents.
 */
export interface Store {
  readonly ownership: Ownership;
  readonly documents: Documents;
  readonly rows: Rows;
  readonly outputs: Outputs;
  readonly catalog: Catalog;
  /** Resolves when the store accepts writes; throws FrameworkError STORE_UNREACHABLE when it does not. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** How a process comes to own a store. Nothing else knows how. */
export interface Ownership {
  /** Resolves once this process owns the store. Embedded: throws STORE_HELD at once when another process holds it. MongoDB: stands by, resolves after the holder ended or fell silent. */
  acquire(signal: AbortSignal): Promise<void>;
  /** Aborts as soon as ownership is lost (a failed renewal). */
  readonly held: AbortSignal;
  /** Gives it up, so that a standby takes over at once. */
  release(): Promise<void>;
  /** Makes the address of this process known to whoever finds the store held. */
  announce(url: string): Promise<void>;
  /** Who holds it, for people: pid and address. */
  holder(): Promise<Holder | undefined>;
}
export interface Holder {
  readonly pid: number;
  readonly url: string;
  readonly startedAt: string;
}

// ---------------------------------------------------------------- documents

export type Collection = 'runs' | 'scans' | 'ticks' | 'state' | 'dead_letters' | 'deliveries';

/** A small JSON document. `rev` is the token of its last write. */
export interface Stored {
  readonly _id: string;
  readonly rev: string;
}
/** A document as written: the store sets `rev`. */
export type Writable<T extends Stored> = Omit<T, 'rev'>;

export interface DocumentQuery {
  /** Ids that begin with this text. */
  readonly prefix?: string;
  /** Top-level fields that must be equal. */
  readonly equals?: Readonly<Record<string, string | number | boolean>>;
  /** Top-level number or text fields that must be below. */
  readonly below?: Readonly<Record<string, string | number>>;
  /** Default: by `_id`, ascending. */
  readonly order?: { readonly by: string; readonly descending?: boolean };
  /** Only with the default order: ids after this one. */
  readonly after?: string;
  readonly limit: number;
}

export interface Documents {
  get<T extends Stored>(collection: Collection, id: string): Promise<T | undefined>;
  /** The new rev; undefined = the id is taken. */
  insert<T extends Stored>(collection: Collection, document: Writable<T>): Promise<string | undefined>;
  /** Replaces the document whose rev is still `rev`. The new rev; undefined = lost. */
  replace<T extends Stored>(collection: Collection, document: Writable<T>, rev: string): Promise<string | undefined>;
  /** Removes it; with `rev` only while that is its rev. False = it was not there, or lost. */
  remove(collection: Collection, id: string, rev?: string): Promise<boolean>;
  list<T extends Stored>(collection: Collection, query: DocumentQuery): Promise<T[]>;
}

// ---------------------------------------------------------------- rows

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

/** A row as stored. `_id` = rowId(integration, kind, key). Bodies are JSON text. */
export interface Row {
  readonly _id: string;
  readonly integration: string;
  readonly kind: string;
  readonly key: string;
  readonly partition: string;
  /** The vendor's object; absent when gone. */
  readonly row?: string;
  /** The last delivery as it came, where one brought the row (pipelines). */
  readonly data?: string;
  readonly event?: RowEvent;
  /** Of `row` alone, for the write rule. */
  readonly hash?: string;
  /** Hash of all that outputs are made of; absent when gone. */
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

export type ClaimInput = { readonly key: string; readonly stamp: number; readonly event?: RowEvent; readonly data?: string; readonly locate?: string } & (
  | { readonly is: 'changed' }
  | { readonly is: 'gone'; readonly version?: number }
  | { readonly is: 'present'; readonly version?: number; readonly text: string; readonly hash: string }
);

export interface ClaimedBatch {
  readonly scope: Scope;
  readonly truth: Truth;
  /** In order of receipt; a key may occur several times. */
  readonly claims: readonly ClaimInput[];
  readonly mapping: string;
  readonly at: number;
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

export interface RowQuery {
  readonly integration: string;
  readonly kind?: string;
  /** `_id` after this one; rows come in `_id` order. */
  readonly after?: string;
  readonly limit: number;
  readonly gone?: boolean;
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
  claim(batch: ClaimedBatch): Promise<Observed>;
  get(ids: readonly string[]): Promise<Row[]>;
  find(query: RowQuery): Promise<Row[]>;
  /** Rows of the scope that are not gone. */
  alive(scope: Scope): Promise<number>;
  /** Largest stamp, heard or ask of the scope, -1 when there is none (I14). */
  largestStamp(scope: Scope): Promise<number>;
  candidates(filter: SweepFilter): Promise<number>;
  /** Of the rows not gone, was any seen in this generation? */
  anySeen(scope: Scope, generation: number): Promise<boolean>;
  /**
   * One batch of the sweep: up to `limit` candidates, buried (`immediate`: absent with stamp = startStamp) or asked about (`verify`: ask with `stamp`).
   * The filter is repeated at each write. `done` = no candidate is left that this policy has not treated.
   */
  sweep(filter: SweepFilter, batch: { readonly policy: 'immediate' | 'verify'; readonly stamp: number; readonly limit: number; readonly at: number }): Promise<{ readonly dirty: readonly Dirty[]; readonly asked: number; readonly done: boolean }>;
  /** Scopes that own rows, with counts: what `list` shows, also for entries that left the configuration. */
  scopes(): Promise<(Scope & { readonly alive: number; readonly gone: number; readonly asks: number })[]>;
  /** Tombstones that went before `before` and whose outputs are written; at most `limit`. Gives how many were removed. */
  expire(before: number, limit: number): Promise<number>;
  /** Buries every row of the integration (purge), so that its outputs are taken out; at most `limit`. */
  buryAll(integration: string, batch: { readonly limit: number; readonly at: number }): Promise<readonly Dirty[]>;
  /** Removes every row document of the integration. */
  forget(integration: string): Promise<void>;
}

// ---------------------------------------------------------------- outputs

/** What one resource and row contribute to one output. */
export interface Part {
  /** `_id` of the row. */
  readonly row: string;
  readonly resource: number;
  /** JSON text of the entity (or document) as this part makes it, and the hash of its canonical form. */
  readonly body: string;
  readonly hash: string;
  /** Holds a search query: always sent. */
  readonly search?: boolean;
}

export interface SinkState {
  readonly sink: string;
  /** Hash that this sink accepted last (I9); absent = nobody knows what it holds (it may have been told). A sink without entry holds nothing of this output. */
  readonly hash?: string;
  readonly at?: number;
  readonly fails?: number;
  /** Not before this time, after a failure that may pass. */
  readonly next?: number;
  /** Message of a refusal. */
  readonly error?: string;
  readonly note?: string;
}

export interface Output {
  readonly _id: string;
  readonly pipeline: string;
  readonly integration: string;
  readonly kinds: readonly string[];
  /** In resource order, then by row. */
  readonly parts: readonly Part[];
  /** Keys that only a departed part had: `properties.x`, `relations.y`, `title`… */
  readonly cleared: readonly string[];
  readonly hash: string;
  /** No part left. */
  readonly gone: boolean;
  /** To be sent with the next run: a sink refused it, or it holds a search query. */
  readonly again: boolean;
  /** What the portal returned for a search identifier. */
  readonly identifier?: string;
  readonly sinks: readonly SinkState[];
  readonly due?: number;
  readonly rev: string;
}

export interface MappedPart {
  /** `_id` of the output: outputId(pipeline, blueprint, identifier). */
  readonly output: string;
  readonly resource: number;
  readonly body: string;
  readonly hash: string;
  /** Holds a search query: always sent, also by a run that does not map it. */
  readonly search?: boolean;
}

export interface MappedRow {
  readonly row: string;
  /** Face that was mapped; '' for a tombstone. */
  readonly face: string;
  /** Empty for a tombstone. */
  readonly parts: readonly MappedPart[];
  /** An item of the row could not be judged (mapping-semantics 13.2): parts that it gave before and does not give now stay. */
  readonly keep?: boolean;
}

export interface RewriteBatch {
  readonly pipeline: string;
  readonly integration: string;
  readonly kind: string;
  /** Sinks of the pipeline: an output is dirty while one of them holds another hash. */
  readonly sinks: readonly string[];
  readonly mapping: string;
  readonly rows: readonly MappedRow[];
  /** What happens to an output that loses its last part: `now` = due at once (by an event), `held` = waits for the end of the run (no due). */
  readonly departures: 'now' | 'held';
  readonly at: number;
}

export interface Rewritten {
  /** Outputs that a sink has to hear of, as they now are. */
  readonly dirty: readonly Output[];
  /** For each mapped part, in order of the batch: did its output change against what every sink holds? */
  readonly changed: readonly boolean[];
  /** Outputs that lost their last part and are held. */
  readonly held: number;
}

/** What a sink said about one output. */
export type Settlement = { readonly output: string; readonly sink: string } & (
  /** It holds `hash` now. `identifier`: what it named the output. */
  | { readonly is: 'accepted'; readonly hash: string; readonly note?: string; readonly identifier?: string }
  /** It holds nothing of it any more. */
  | { readonly is: 'letGo' }
  /** May pass: due again at `next`. */
  | { readonly is: 'failed'; readonly next: number; readonly error: string }
  /** Will not pass by itself: `again`, no due until the output changes or a run begins. */
  /** `hash`: what was refused; an output that has moved on since stays due. */
  | { readonly is: 'refused'; readonly error: string; readonly hash?: string }
);

export interface OutputQuery {
  readonly pipeline?: string;
  readonly integration?: string;
  readonly kind?: string;
  readonly after?: string;
  readonly limit: number;
  readonly dueBy?: number;
  readonly gone?: boolean;
  readonly again?: boolean;
}

export interface Outputs {
  /** Replaces the parts of these rows in all outputs of the pipeline, then sets `mapped` of the rows whose face is still the one that was mapped. */
  rewrite(batch: RewriteBatch): Promise<Rewritten>;
  get(ids: readonly string[]): Promise<Output[]>;
  /** In `_id` order. */
  find(query: OutputQuery): Promise<Output[]>;
  /** Outputs with a part of this row. */
  ofRow(row: string): Promise<Output[]>;
  /** Earliest `due` of the pipeline, undefined when nothing is due. */
  nextDue(pipeline: string): Promise<number | undefined>;
  /** Writes what sinks said. An output without parts that every sink let go of is removed. */
  settle(settlements: readonly Settlement[], at: number): Promise<void>;
  /** Outputs of the kind that some sink holds or should hold, held ones included: the population of the threshold. */
  stored(integration: string, kind: string): Promise<number>;
  /** Outputs of the kind without a part that wait for their release (gone, not due). */
  held(integration: string, kind: string): Promise<number>;
  /** Makes them due. Gives how many. `ids`: only these. */
  release(integration: string, selection: { readonly kind: string; readonly at: number; readonly ids?: readonly string[] }): Promise<number>;
  /** Outputs with `again` of these kinds become due. */
  wake(integration: string, kinds: readonly string[], at: number): Promise<number>;
  /** Clears the delivered hashes of these kinds, so that everything is sent again. */
  force(integration: string, kinds: readonly string[], at: number): Promise<number>;
  /** Outputs without parts, held, for entities that a sink has and the store does not know. */
  adopt(outputs: readonly { readonly _id: string; readonly pipeline: string; readonly integration: string; readonly kinds: readonly string[]; readonly sink: string }[], at: number): Promise<void>;
  /** Forgets sinks of the pipeline that are not in `sinks`; a new sink makes every output due. */
  alignSinks(pipeline: string, sinks: readonly string[], at: number): Promise<number>;
  counts(pipeline: string): Promise<{ readonly stored: number; readonly due: number; readonly held: number; readonly oldestDue?: number }>;
  forget(integration: string): Promise<void>;
}

// ---------------------------------------------------------------- catalog

/** interface.md 7. `updatedAt` is epoch milliseconds here; a date in MongoDB, text in REST. */
export interface CatalogDocument {
  readonly blueprint: string;
  readonly identifier: string;
  readonly integration: string;
  readonly kind: string;
  readonly title: string | null;
  readonly icon: string | null;
  readonly team: readonly string[];
  /** JSON text of the object. */
  readonly properties: string;
  readonly relations: string;
  readonly updatedAt: number;
}
export interface CatalogKey {
  readonly blueprint: string;
  readonly identifier: string;
  /** Only a document of this integration is removed: the later writer owns it. */
  readonly integration: string;
}
export interface CatalogQuery {
  readonly blueprint?: string;
  readonly integration?: string;
  readonly kind?: string;
  /** Text in identifier or title, without regard to case. */
  readonly q?: string;
  /** Opaque, of the last answer. */
  readonly cursor?: string;
  readonly limit: number;
}
export type CatalogResult = { readonly ok: true; readonly created: boolean; readonly ownerBefore?: string } | { readonly ok: false; readonly code: string; readonly message: string };

export interface Catalog {
  /** Replaces by blueprint and identifier; one result for each document, in order. */
  write(documents: readonly CatalogDocument[]): Promise<readonly CatalogResult[]>;
  remove(keys: readonly CatalogKey[]): Promise<void>;
  get(blueprint: string, identifier: string): Promise<CatalogDocument | undefined>;
  list(query: CatalogQuery): Promise<{ readonly documents: readonly CatalogDocument[]; readonly next: string | null }>;
  blueprints(): Promise<readonly { readonly identifier: string; readonly count: number }[]>;
}
