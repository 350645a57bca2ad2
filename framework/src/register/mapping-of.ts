import { isObject, type Mapping } from '../contract';
import type { Entry } from '../load';
import type { PortalActorClient } from '../portal';

/**
 * The mapping to run with: the entry's own; without one the portal's, read now; without a portal the folder's. No mapping, `{}` and no resources are all
 * `resources: []`: whether that ends a run is the caller's to say. Throws PORTAL_UNREACHABLE or PORTAL_REFUSED (then the one last read will do), PORTAL_ANSWER.
 */
export async function mappingOf(entry: Pick<Entry, 'mapping' | 'defaultMapping'>, client: PortalActorClient | undefined): Promise<Mapping> {
  if (entry.mapping !== undefined) return entry.mapping;
  if (client === undefined) return entry.defaultMapping;
  const config: unknown = (await client.integration())?.config;
  return isMapping(config) ? config : { resources: [] };
}

const isMapping = (config: unknown): config is Mapping => isObject(config) && Array.isArray(config['resources']);
