import { FrameworkError, isObject, type Mapping } from '../contract';
import type { Entry } from '../load';
import type { PortalActorClient, PortalIntegration } from '../portal';

const EMPTY: Mapping = { resources: [] };

/** What each integration was last seen to map, for the time the portal cannot be reached. */
const lastRead = new WeakMap<PortalActorClient, Mapping>();

/**
 * The mapping to run with: the entry's own; without one the portal's, read now; without a portal the folder's. No mapping, `{}` and no resources are all
 * `resources: []`: whether that ends a run is the caller's to say. While the portal cannot be reached or refuses us it is the one last read; throws
 * PORTAL_UNREACHABLE, PORTAL_REFUSED or PORTAL_ANSWER when there is none.
 */
export async function mappingOf(entry: Pick<Entry, 'mapping' | 'defaultMapping'>, client: PortalActorClient | undefined): Promise<Mapping> {
  if (entry.mapping !== undefined) return entry.mapping;
  if (client === undefined) return entry.defaultMapping;
  try {
    return remember(client, await client.integration());
  } catch (err) {
    const last = lastRead.get(client);
    const outage = err instanceof FrameworkError && (err.recovery === 'retry' || err.code === 'PORTAL_REFUSED');
    if (last !== undefined && outage) return last;
    throw err;
  }
}

/** The mapping of an integration just read. */
export function remember(client: PortalActorClient, integration: PortalIntegration | undefined): Mapping {
  const mapping = isMapping(integration?.config) ? integration.config : EMPTY;
  lastRead.set(client, mapping);
  return mapping;
}

const isMapping = (config: unknown): config is Mapping => isObject(config) && Array.isArray(config['resources']);
