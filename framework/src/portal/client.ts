import { FrameworkError, isObject } from '../contract';
import { objectOf, parseJson, toJson, type JsonObject } from '../shared';
import { succeeded } from './answer';
import { blueprintCalls } from './blueprints';
import { deleteEntities } from './delete-entities';
import { owned } from './owned';
import { query, segment } from './path';
import { search } from './search';
import type { PortalActor, PortalActorClient, PortalIntegration } from './types';
import { upsert } from './upsert';
import { ownership } from './user-agent';
import type { Call, Wire } from './wire';

// Our own writes at boot must not come back as a request for a resync.
const SKIP_RESYNC = { 'x-skip-resync': 'true' };

/** The calls of one integration. Throws CONFIG_INVALID when its names cannot stand in a User-Agent. */
export function actorClient(wire: Wire, product: string, actor: PortalActor): PortalActorClient {
  const owner = ownership(product, actor);
  const base = `/integration/${segment(actor.identifier)}`;
  const call = (method: Call['method'], path: string, body?: unknown): Call => ({ method, path, userAgent: owner.plain, ...(body === undefined ? {} : { body: toJson(body) }) });

  /** With all digits: the mapping in it is written back and compared. */
  const integrationOf = async (asked: Call, missing: readonly number[] = []): Promise<PortalIntegration | undefined> => {
    const outcome = await wire.send(asked);
    if (missing.includes(outcome.status)) return undefined;
    if (!succeeded(outcome) || objectOf(outcome.text) === undefined) throw wire.error(asked, outcome);
    const integration = (parseJson(outcome.text) as JsonObject)['integration'];
    return isObject(integration) ? (integration as unknown as PortalIntegration) : undefined;
  };
  const written = async (asked: Call): Promise<PortalIntegration> => {
    const integration = await integrationOf(asked);
    if (integration === undefined) throw new FrameworkError('PORTAL_ANSWER', [200, `${asked.method} ${asked.path}`, 'no integration in it']);
    return integration;
  };
  /** For calls that nothing depends on. */
  const leniently = async (what: string, asked: Call): Promise<void> => {
    try {
      await wire.tell(asked);
    } catch (err) {
      if (!(err instanceof FrameworkError)) throw err;
      wire.log.warn(`the portal did not take ${what}`, { integration: actor.identifier, err });
    }
  };

  return {
    actor,
    integration: (id = actor.identifier) => integrationOf(call('GET', `/integration/${segment(id)}`), [404]),
    createIntegration: (body, options) =>
      written(call('POST', `/integration${query({ integration_modes: options?.createResources === true ? 'create_resources' : undefined })}`, body)),
    patchIntegration: (body) => written({ ...call('PATCH', base, { version: actor.version, ...body }), headers: SKIP_RESYNC, repeatable: true }),
    putMapping: (config) => wire.tell({ ...call('PATCH', `${base}/config`, { config }), headers: SKIP_RESYNC, repeatable: true }),
    resyncState: (body) => leniently('the state of the resync', { ...call('PATCH', `${base}/resync-state`, body), repeatable: true }),
    resyncRequest: async () => {
      // 404: not registered yet, so nobody can have asked.
      const request = (await wire.find({ ...call('GET', `${base}/resync-request`), priority: 'live' }))?.['request'];
      if (!isObject(request) || typeof request['updatedAt'] !== 'string') return undefined;
      return { id: typeof request['id'] === 'string' ? request['id'] : '', updatedAt: request['updatedAt'] };
    },
    examples: (kind, examples) =>
      leniently('the examples of a kind', { ...call('POST', `${base}/kinds/${segment(kind)}/examples`, { examples }), priority: 'background' }),
    ...blueprintCalls(wire, owner),
    upsert: (blueprint, entities, options, signal) => upsert(wire, { userAgent: owner.writer, blueprint, entities, options, signal }),
    deleteEntities: (blueprint, identifiers, options, signal) => deleteEntities(wire, { userAgent: owner.writer, blueprint, identifiers, ...options, signal }),
    owned: (signal) => owned(wire, owner, signal),
    stillOwned: (blueprint, identifiers, signal) =>
      search(wire, { userAgent: owner.writer, blueprint, identifiers, datasource: [owner.prefix, owner.suffix], priority: 'resync', signal }),
    deleteIntegration: async () => {
      const asked = call('DELETE', base);
      const outcome = await wire.send(asked);
      if (outcome.status !== 404 && !succeeded(outcome)) throw wire.error(asked, outcome);
    },
  };
}
