import { FrameworkError, type Blueprint, type Log } from '../contract';
import type { PortalActorClient } from '../portal';
import type { JsonObject } from '../shared';
import { createBare } from './create-blueprints';

/**
 * The blueprints of elements, which connectors share: each that the portal lacks is created, and one that is there is given the properties and relations that it lacks; whatever
 * it has stays. Idempotent; of two at once in different processes the next boot mends what one did over the other. One that is refused is told, and the others go on. Gives
 * those that were created. Throws when the portal cannot be reached or refuses us.
 */
export async function ensureBlueprints(client: PortalActorClient, blueprints: readonly Blueprint[], options: { readonly log: Log; readonly signal: AbortSignal }): Promise<readonly string[]> {
  const { log, signal } = options;
  const integration = client.actor.identifier;
  const created: string[] = [];
  const refused = new Set<string>();
  const each = async (work: (blueprint: Blueprint) => Promise<void>): Promise<void> => {
    for (const blueprint of blueprints) {
      if (refused.has(blueprint.identifier)) continue;
      signal.throwIfAborted();
      try {
        await work(blueprint);
      } catch (err) {
        if (!(err instanceof FrameworkError) || err.code === 'PORTAL_REFUSED' || err.recovery === 'retry') throw err;
        refused.add(blueprint.identifier);
        log.error('a blueprint of elements is not as they need it; the next start tries again', { integration, blueprint: blueprint.identifier, err });
      }
    }
  };
  client.clearBlueprints();
  await each(async (blueprint) => {
    if ((await client.blueprint(blueprint.identifier)) !== undefined) return;
    try {
      await createBare(client, blueprint);
      created.push(blueprint.identifier);
    } catch (err) {
      // Another process was faster.
      if (!(err instanceof FrameworkError) || err.status !== 409) throw err;
    }
  });
  // Relations only now: what they lead to is there.
  await each(async (blueprint) => {
    const more = lacking(await client.blueprint(blueprint.identifier), blueprint);
    if (more) await client.patchBlueprint(blueprint.identifier, more);
  });
  client.clearBlueprints();
  return created;
}

/** The members that have to be written; a patch replaces them as a whole. */
function lacking(there: Blueprint | undefined, wanted: Blueprint): JsonObject | undefined {
  if (!there) return undefined;
  const properties = there.schema.properties ?? {};
  const relations = there.relations ?? {};
  const lacks = (known: object, all: object | undefined): boolean => Object.keys(all ?? {}).some((name) => !(name in known));
  const more = {
    ...(lacks(properties, wanted.schema.properties) && { schema: { ...there.schema, properties: { ...wanted.schema.properties, ...properties } } }),
    ...(lacks(relations, wanted.relations) && { relations: { ...wanted.relations, ...relations } }),
  };
  return Object.keys(more).length > 0 ? (more as unknown as JsonObject) : undefined;
}
