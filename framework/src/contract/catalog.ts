import type { Json } from '../shared';

/** Port's blueprint (port-contract 8.2), as far as this framework reads it; other members are passed on. */
export interface Blueprint {
  readonly identifier: string;
  readonly title?: string;
  readonly icon?: string;
  readonly description?: string;
  readonly schema: { readonly properties: Readonly<Record<string, BlueprintProperty>>; readonly required?: readonly string[] };
  readonly relations?: Readonly<Record<string, BlueprintRelation>>;
  readonly mirrorProperties?: Readonly<Record<string, unknown>>;
  readonly calculationProperties?: Readonly<Record<string, unknown>>;
  readonly aggregationProperties?: Readonly<Record<string, unknown>>;
  readonly [member: string]: unknown;
}
export interface BlueprintProperty {
  readonly type: 'string' | 'number' | 'boolean' | 'object' | 'array';
  readonly format?: string;
  readonly title?: string;
  readonly enum?: readonly unknown[];
  readonly [member: string]: unknown;
}
export interface BlueprintRelation {
  readonly target: string;
  readonly required?: boolean;
  readonly many?: boolean;
  readonly title?: string;
  readonly [member: string]: unknown;
}

/** Port's search query (port-contract 8.3), evaluated. */
export interface SearchQuery {
  readonly combinator: Json;
  readonly rules: readonly Json[];
}

/** One entity as mapped: what the portal and the catalog get. A key that is not mapped is absent; one without value is null. */
export interface Entity {
  readonly blueprint: string;
  /** Text, or a search query that the portal resolves. */
  readonly identifier: string | SearchQuery;
  readonly title?: string | null;
  readonly icon?: string | null;
  readonly team?: Json;
  readonly properties: Readonly<Record<string, Json>>;
  readonly relations: Readonly<Record<string, Json>>;
}

/** A mapping as users write it (mapping-semantics 1). Expressions are text; a YAML scalar that is not text stands for its JSON text. */
export interface Mapping {
  readonly deleteDependentEntities?: boolean;
  readonly createMissingRelatedEntities?: boolean;
  readonly enableMergeEntity?: boolean;
  readonly entityDeletionThreshold?: number | null;
  readonly resources: readonly Resource[];
  readonly [member: string]: unknown;
}
export interface Resource {
  readonly kind: string;
  readonly selector?: { readonly query?: unknown; readonly [member: string]: unknown };
  readonly port: {
    readonly itemsToParse?: unknown;
    readonly itemsToParseName?: string;
    readonly itemsToParseTopLevelTransform?: boolean;
    readonly entity: { readonly mappings: EntityMapping | readonly EntityMapping[] };
  };
}
export interface EntityMapping {
  readonly identifier: unknown;
  readonly blueprint: unknown;
  readonly title?: unknown;
  readonly icon?: unknown;
  readonly team?: unknown;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly relations?: Readonly<Record<string, unknown>>;
}
