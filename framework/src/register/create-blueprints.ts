import { FrameworkError, type Blueprint, type Log } from '../contract';
import type { JsonObject } from '../shared';
import type { PortalActorClient } from '../portal';

// What a blueprint says about others. Created bare first, because two blueprints may name each other.
const ABOUT_OTHERS = ['relations', 'mirrorProperties', 'calculationProperties', 'aggregationProperties', 'ownership', 'teamInheritance'];

const without = (blueprint: Blueprint, members: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(blueprint).filter(([member]) => !members.includes(member))) as JsonObject;

/** Without what it says of others, which may not be there yet. */
export const createBare = (client: PortalActorClient, blueprint: Blueprint): Promise<void> => client.createBlueprint(without(blueprint, ABOUT_OTHERS));

/**
 * The default blueprints, in three passes: bare, with relations and ownership, in full. When one of them is there already none is created: the catalog
 * has been designed by somebody. When one is refused, those just created are removed again and the refusal is thrown. Gives those that were created.
 */
export async function createBlueprints(client: PortalActorClient, blueprints: readonly Blueprint[], options: { readonly log: Log; readonly signal: AbortSignal }): Promise<readonly string[]> {
  const { log, signal } = options;
  client.clearBlueprints();
  for (const { identifier } of blueprints) {
    if ((await client.blueprint(identifier)) === undefined) continue;
    log.info('no default blueprint is created, because one of them is there', { integration: client.actor.identifier, blueprint: identifier });
    return [];
  }
  const created: string[] = [];
  try {
    for (const blueprint of blueprints) {
      signal.throwIfAborted();
      await createBare(client, blueprint);
      created.push(blueprint.identifier);
    }
    for (const { identifier, ...rest } of blueprints) {
      const about: Record<string, unknown> = rest;
      const body = Object.fromEntries(['relations', 'ownership'].filter((member) => about[member] !== undefined).map((member) => [member, about[member]]));
      await client.patchBlueprint(identifier, body as JsonObject);
    }
    for (const blueprint of blueprints) await client.patchBlueprint(blueprint.identifier, without(blueprint, []));
    return created;
  } catch (err) {
    // The last created may relate to the first.
    await removeAll(client, created.reverse(), log);
    throw err;
  } finally {
    client.clearBlueprints();
  }
}

async function removeAll(client: PortalActorClient, identifiers: readonly string[], log: Log): Promise<void> {
  for (const identifier of identifiers) {
    try {
      await client.deleteBlueprint(identifier);
    } catch (err) {
      if (!(err instanceof FrameworkError)) throw err;
      log.warn('a blueprint just created could not be removed again', { integration: client.actor.identifier, blueprint: identifier, err });
      if (err.recovery === 'retry') return;
    }
  }
}
