import { parseJson } from '../shared';
import type { EntityBody, EntityRow, EntityStore, EntityWrite } from './entity-store';

/** An entity in hand: as stored, or as the call has left it so far. */
export interface Held {
  readonly n: number;
  readonly blueprint: number;
  readonly identifier: string;
  readonly created: number;
  /** The table has it. */
  stored: boolean;
  source: number;
  updated: number;
  text: string;
  /** What its relations point to; set when the call changed them. */
  links?: EntityWrite['links'];
}

/** The entities that one call touches: read together, changed in order, so that a row sees those before it, and written together. */
export interface WriteSet {
  /** Reads these at once, so that `find` does not ask one by one. */
  prefetch(blueprint: number, identifiers: readonly string[]): void;
  find(blueprint: number, identifier: string): Held | undefined;
  put(held: Held): void;
  flush(): void;
}

export const bodyOf = (held: { readonly text: string }): EntityBody => parseJson(held.text) as unknown as EntityBody;

export const rowOf = ({ n, blueprint, identifier, source, created, updated, text }: Held): EntityRow => ({ n, blueprint, identifier, source, created, updated, body: text });

export function writeSet(entities: EntityStore): WriteSet {
  const known = new Map<number, Map<string, Held | undefined>>();
  const dirty = new Set<Held>();
  const of = (blueprint: number): Map<string, Held | undefined> => {
    let found = known.get(blueprint);
    if (!found) known.set(blueprint, (found = new Map()));
    return found;
  };
  const prefetch = (blueprint: number, identifiers: readonly string[]): void => {
    const held = of(blueprint);
    const missing = identifiers.filter((identifier) => !held.has(identifier));
    if (missing.length === 0) return;
    for (const identifier of missing) held.set(identifier, undefined);
    for (const { body, ...row } of entities.find(blueprint, missing)) held.set(row.identifier, { ...row, text: body, stored: true });
  };
  return {
    prefetch,
    find(blueprint, identifier) {
      const held = of(blueprint);
      if (!held.has(identifier)) prefetch(blueprint, [identifier]);
      return held.get(identifier);
    },
    put(held) {
      of(held.blueprint).set(held.identifier, held);
      dirty.add(held);
    },
    flush() {
      entities.write(
        [...dirty].map((held) => ({
          row: rowOf(held),
          ...(held.links ? { links: held.links } : {}),
          stored: held.stored,
        })),
      );
      for (const held of dirty) held.stored = true;
      dirty.clear();
    },
  };
}
