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
  /** Number of the event that made it (events feed): a part of an older event does not replace it. */
  readonly order?: number;
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
  /** Of a gone document: what the removal said (JSON text as a part's body), for sinks that tell more than the name. */
  readonly last?: string;
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
  /** Number of the event behind it. */
  readonly order?: number;
}

export interface MappedRow {
  readonly row: string;
  /**
   * Face that was mapped; '' for a tombstone. Of a row that has another by now nothing is taken: whoever changed it maps it too, and what they made may be written already.
   * Absent: what an event said, whatever the row holds; `order` tells which event is later.
   */
  readonly face?: string;
  /** Empty for a tombstone. */
  readonly parts: readonly MappedPart[];
  /** An item of the row could not be judged (mapping-semantics 13.2): parts that it gave before and does not give now stay. */
  readonly keep?: boolean;
  /** The row gives nothing any more: what its removal says, for the outputs that lose their last part by it (`Output.last`). */
  readonly last?: string;
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
  /** Another pipeline maps these rows after this one, so they stay dirty. */
  readonly more?: boolean;
  readonly at: number;
}

export interface Rewritten {
  /** Outputs that a sink has to hear of, as they now are. */
  readonly dirty: readonly Output[];
  /** For each mapped part, in order of the batch: did its output change against what every sink holds? */
  readonly changed: readonly boolean[];
  /** Outputs that lost their last part and are held. */
  readonly held: number;
  /** Rows that give an output nothing any more, and the output as it is without them, where a sink may hold it. Absent: none. */
  readonly left?: readonly Left[];
}

export interface Left {
  /** `_id` of the row. */
  readonly row: string;
  readonly output: Output;
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
  /** Replaces the parts of these rows, where their face is still the one that was mapped, in all outputs of the pipeline; then sets `mapped` of them. */
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
  /** These, refused before, become due again. */
  retry(ids: readonly string[], at: number): Promise<void>;
  /** Outputs with `again` of these kinds become due. */
  wake(integration: string, kinds: readonly string[], at: number): Promise<number>;
  /** Clears the delivered hashes of these kinds, so that everything is sent again. */
  force(integration: string, kinds: readonly string[], at: number): Promise<number>;
  /** Outputs without parts, held, for entities that a sink has and the store does not know. */
  adopt(outputs: readonly { readonly _id: string; readonly pipeline: string; readonly integration: string; readonly kinds: readonly string[]; readonly sink: string }[], at: number): Promise<void>;
  /**
   * Forgets sinks of the pipeline that are not in `sinks`; a new sink makes every output due. Sinks in `reshaped` write otherwise now: what they accepted no longer
   * counts, so that everything is sent to them again. Gives how many outputs were changed.
   */
  alignSinks(pipeline: string, to: { readonly sinks: readonly string[]; readonly reshaped?: readonly string[]; readonly at: number }): Promise<number>;
  /** Removes every output of the integration whose pipeline is not one of these: what sinks hold of them stays there. */
  keepPipelines(integration: string, pipelines: readonly string[]): Promise<void>;
  counts(pipeline: string): Promise<{ readonly stored: number; readonly due: number; readonly held: number; readonly oldestDue?: number }>;
  forget(integration: string): Promise<void>;
}
