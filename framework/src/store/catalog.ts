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
