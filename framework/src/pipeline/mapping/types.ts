import type { Json } from '../../shared';

/** A place in a mapping that cannot work, found when it is compiled. */
export interface MappingProblem {
  readonly resource: number;
  /** `selector.query`, `port.itemsToParse`, `identifier`, `blueprint`, `properties.x`, `relations.y` … */
  readonly field: string;
  /** Inside the expression, from 1. */
  readonly line: number;
  readonly column: number;
  /** What is wrong and what to do, with the expression. */
  readonly message: string;
  /** `error`: the resource does not run (selector, identifier, blueprint, unknown kind); `warning`: the field is null. */
  readonly severity: 'error' | 'warning';
}

export interface MappingOptions {
  readonly deleteDependentEntities: boolean;
  readonly createMissingRelatedEntities: boolean;
  readonly enableMergeEntity: boolean;
  /** 0 = never delete. */
  readonly entityDeletionThreshold: number;
}

/** Why items could not become an entity (mapping-semantics 2). */
export type InvalidReason = 'notObject' | 'itemsToParse' | 'selectorError' | 'selectorNotBoolean' | 'noIdentifier' | 'noBlueprint' | 'badIdentifier';

/** Counters of one resource; plain numbers and maps, so that batches add up and runs store them. */
export interface ResourceCounters {
  raw: number;
  items: number;
  emptyList: number;
  filtered: number;
  selectorNull: number;
  invalid: Partial<Record<InvalidReason, number>>;
  mapped: number;
  duplicates: number;
  fieldNull: Record<string, number>;
  fieldError: Record<string, number>;
  fieldDropped: Record<string, number>;
}

/** One entity that a row gives. */
export interface MappedEntity {
  readonly resource: number;
  readonly blueprint: string;
  /** The identifier; of a search identifier `?` and the hash of the evaluated query. */
  readonly identifier: string;
  /** JSON text of the entity: members `blueprint identifier title icon team properties relations`, mapped ones only. */
  readonly body: string;
  /** Hash of its canonical form (mapping-semantics 12). */
  readonly hash: string;
  /** A search identifier, relation or team is in it: always sent. */
  readonly search: boolean;
}

export interface MappedRecord {
  /** In resource order; the last one wins where a resource gives one identity twice. */
  readonly entities: readonly MappedEntity[];
  /** Identities that may not be deleted in this run, though this record did not give them (mapping-semantics 13.2). */
  readonly protected: readonly { readonly blueprint: string; readonly identifier: string }[];
  /** Set when deletion of the kind has to be skipped, with the reason (13.2). */
  readonly uncertain?: string;
}

/** Adds up over the batches of a run. */
export interface MapReport {
  readonly resources: Map<number, ResourceCounters>;
  /** First message by resource and field or reason, for one log line each. */
  readonly examples: Map<string, string>;
}

export interface CompiledResource {
  readonly index: number;
  readonly kind: string;
  /** Members beside `query`, and the hash that names them ('' when there are none). */
  readonly selector: Readonly<Record<string, unknown>>;
  readonly selectorHash: string;
  /** Blueprints that its expressions fix; undefined = computed from the item. */
  readonly blueprints: readonly (string | undefined)[];
  /** False: a selector, identifier or blueprint does not compile. */
  readonly runs: boolean;
}

/** A mapping ready to run. */
export interface CompiledMapping {
  readonly problems: readonly MappingProblem[];
  readonly options: MappingOptions;
  readonly resources: readonly CompiledResource[];
  /** Kinds that it names, in order. */
  readonly kinds: readonly string[];
  /** Hash of all that maps a kind: its resources with their index. */
  hashOf(kind: string): string;
  /**
   * Maps records of one kind. One evaluation of an item serves all its fields. Never throws for a bad item: it is counted.
   * Rejects only when `signal` aborts.
   */
  map(kind: string, records: readonly Json[], report: MapReport, signal?: AbortSignal): Promise<readonly MappedRecord[]>;
}
