import { blueprintOf, isVisible, type Located, type Reading, type Registry } from '../connector';
import { parseJson, groupBy } from '../shared';
import type { CatalogDocument, Store } from '../store';

/** Parts of parts: more levels than any blueprint has, and an end where an anchor leads in a circle. */
const LEVELS = 20;

type Json = Readonly<Record<string, unknown>>;

/**
 * What a zone shows of the catalog. Of an element of a connector its row says in which zones it is, and a part is where its asset is; where no connector holds it
 * (its entry left the file, a mapping made it), the catalog does: `zoneMembership`, else that of what it is a part of, else it is in all zones.
 */
export function createZoneView(of: { readonly catalog: Pick<Store['catalog'], 'get'>; readonly registry: Pick<Registry, 'locate'>; readonly reading: Pick<Reading, 'zonesOf'> }): (zone: string, documents: readonly CatalogDocument[]) => Promise<readonly CatalogDocument[]> {
  const { catalog, registry, reading } = of;

  return async (zone, documents) => {
    /** Of anchors, by blueprint and identifier: many parts share one. */
    const known = new Map<string, readonly string[]>();
    const located = new Map<CatalogDocument, Located>();
    for (const [blueprint, group] of groupBy(documents, (document) => document.blueprint)) {
      const rows = await registry.locate(blueprint, group.map(({ identifier }) => identifier));
      for (const document of group) {
        const at = rows.get(document.identifier);
        if (at && at.entry.identifier === document.integration) located.set(document, at);
      }
    }

    async function zonesOf(document: CatalogDocument, level: number): Promise<readonly string[]> {
      const own = (parseJson(document.properties) as Json)['zoneMembership'];
      if (Array.isArray(own)) return own.filter((one) => typeof one === 'string');
      const relations = parseJson(document.relations) as Json;
      for (const [name, { anchor, target }] of Object.entries(blueprintOf(document.blueprint)?.relations ?? {})) {
        const end = relations[name];
        if (!anchor || typeof end !== 'string' || level >= LEVELS) continue;
        const id = `${target}/${end}`;
        const above = known.has(id) ? undefined : await catalog.get(target, end);
        if (!known.has(id)) known.set(id, above ? await zonesOf(above, level + 1) : []);
        return known.get(id)!;
      }
      return [];
    }

    const shown: CatalogDocument[] = [];
    for (const document of documents) {
      const at = located.get(document);
      if (isVisible(at ? await reading.zonesOf(at, document.blueprint, known) : await zonesOf(document, 0), [zone])) shown.push(document);
    }
    return shown;
  };
}
