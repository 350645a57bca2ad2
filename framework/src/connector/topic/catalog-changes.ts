export interface CatalogKey {
  readonly blueprint: string;
  readonly identifier: string;
}

/** Who wrote the catalog tells it here, and whoever follows it looks. Nothing is kept: what is missed is found by comparing. */
export interface CatalogChanges {
  tell(changed: readonly CatalogKey[]): void;
  listen(heard: (changed: readonly CatalogKey[]) => void): () => void;
}

export function createCatalogChanges(): CatalogChanges {
  const listeners = new Set<(changed: readonly CatalogKey[]) => void>();
  return {
    tell(changed) {
      if (changed.length > 0) for (const heard of listeners) heard(changed);
    },
    listen(heard) {
      listeners.add(heard);
      return () => void listeners.delete(heard);
    },
  };
}
