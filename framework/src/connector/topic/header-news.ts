import type { ElementRef } from '../../contract';
import { partsOf, type KeptHeader, type Registry } from '../elements';
import { catalogue } from '../services';
import type { CatalogChanges } from './catalog-changes';

/**
 * What is kept beside an element is not written to the catalog, and so nobody tells of it there. Classifications are told of the element; zones of what is a part of it and
 * is seen where it is: the asset itself has them among its properties.
 */
export function createHeaderNews({ registry, changes }: { readonly registry: Registry; readonly changes: CatalogChanges }): (ref: ElementRef, before: KeptHeader, after: KeptHeader) => Promise<void> {
  async function tellParts(blueprint: string, identifiers: readonly string[], above: readonly string[] = []): Promise<void> {
    for (const part of partsOf(blueprint, catalogue.blueprints.keys())) {
      if (!followedFrom(part, changes, above)) continue;
      const found = new Set<string>();
      for await (const page of registry.parts(part, { blueprint, identifiers })) for (const { content } of page) found.add(content.identifier);
      changes.tell([...found].map((identifier) => ({ blueprint: part, identifier })));
      // Parts of parts of one blueprint (parameters in parameters) are followed once.
      if (found.size > 0 && !above.includes(part)) await tellParts(part, [...found], [...above, part]);
    }
  }
  return async (ref, before, after) => {
    if (JSON.stringify(before.classifications) !== JSON.stringify(after.classifications)) changes.tell([ref]);
    if (JSON.stringify(before.zones) !== JSON.stringify(after.zones)) await tellParts(ref.blueprint, [ref.identifier]);
  };
}

/** Does anybody follow these, or what is a part of them? Else nobody has to look for them. */
function followedFrom(blueprint: string, changes: CatalogChanges, seen: readonly string[]): boolean {
  if (changes.isFollowed(blueprint)) return true;
  return !seen.includes(blueprint) && partsOf(blueprint, catalogue.blueprints.keys()).some((part) => followedFrom(part, changes, [...seen, blueprint]));
}
