export interface CatalogKey {
  readonly blueprint: string;
  readonly identifier: string;
}

/** Who wrote the catalog tells it here, and whoever follows it looks. Nothing is kept: what is missed is found by comparing. */
export interface CatalogChanges {
  tell(changed: readonly CatalogKey[]): void;
  /** Hears of these blueprints, until the function that it gives is called. */
  listen(blueprints: readonly string[], heard: (changed: readonly CatalogKey[]) => void): () => void;
  isFollowed(blueprint: string): boolean;
}

interface Listener {
  readonly blueprints: readonly string[];
  heard(changed: readonly CatalogKey[]): void;
}

export function createCatalogChanges(): CatalogChanges {
  const listeners = new Set<Listener>();
  return {
    tell(changed) {
      for (const { blueprints, heard } of listeners) {
        const own = changed.filter(({ blueprint }) => blueprints.includes(blueprint));
        if (own.length > 0) heard(own);
      }
    },
    listen(blueprints, heard) {
      const listener = { blueprints, heard };
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    isFollowed: (blueprint) => [...listeners].some(({ blueprints }) => blueprints.includes(blueprint)),
  };
}
