import { newId, type JsonObject } from '../shared';
import type { StoredBlueprint } from './blueprint-store';
import { checkBlueprint } from './check-blueprint';
import { deleteAllEntities } from './delete-entities';
import { documents } from './documents';
import { invalid, notFound, ok, Refusal } from './envelope';
import { isProtected } from './identifiers';
import { blueprintAt, type Parts } from './parts';
import { bodyObject, flag } from './read-query';
import { ACTOR } from './render';
import type { Call, Route } from './router';

/** E17 to E21: blueprints, and the deletion of all entities of one. */
export function blueprintRoutes(parts: Parts): readonly Route[] {
  const { blueprints, entities, clock } = parts;
  const migrations = documents(parts.store, 'migrations');
  const write = (body: unknown): StoredBlueprint => {
    const checked = checkBlueprint(body);
    if (isProtected(checked.identifier)) throw forbidden(checked.identifier);
    for (const { target } of Object.values(checked['relations'] as Record<string, { target: string }>)) {
      if (target !== checked.identifier && !blueprints.get(target)) throw notFound('Blueprint', target);
    }
    return blueprints.put(checked);
  };
  return [
    { method: 'GET', path: '/blueprints', answer: () => ok({ blueprints: blueprints.list().map(render) }) },
    { method: 'GET', path: '/blueprints/:blueprint', answer: (call) => ok({ blueprint: render(blueprintAt(parts, call.at['blueprint']!)) }) },
    {
      method: 'POST',
      path: '/blueprints',
      answer(call) {
        const body = bodyObject(call);
        if (typeof body['identifier'] === 'string' && blueprints.get(body['identifier'])) throw new Refusal(409, 'blueprint_exists', { message: `blueprint ${JSON.stringify(body['identifier'])} exists`, details: { withKey: 'identifier', withValue: body['identifier'] } });
        return ok({ blueprint: render(write(body)) }, 201);
      },
    },
    ...(['PUT', 'PATCH'] as const).map(
      (method): Route => ({
        method,
        path: '/blueprints/:blueprint',
        answer(call) {
          const { identifier, body: before } = blueprintAt(parts, call.at['blueprint']!);
          const body = bodyObject(call);
          if (body['identifier'] !== undefined && body['identifier'] !== identifier) throw invalid('identifier', 'cannot be changed');
          return ok({ blueprint: render(write({ ...(method === 'PATCH' ? before : {}), ...body, identifier })) });
        },
      }),
    ),
    {
      method: 'DELETE',
      path: '/blueprints/:blueprint',
      answer(call) {
        const blueprint = deletable(parts, call);
        const count = entities.count(blueprint.n);
        if (count > 0) throw new Refusal(422, 'blueprint_has_entities', { message: `blueprint ${JSON.stringify(blueprint.identifier)} has ${count} entities; delete them first`, details: { count } });
        blueprints.delete(blueprint.identifier);
        return ok();
      },
    },
    {
      method: 'DELETE',
      path: '/blueprints/:blueprint/all-entities',
      answer(call) {
        const deleteBlueprint = flag(call, 'delete_blueprint') ?? false;
        const blueprint = deleteBlueprint ? deletable(parts, call) : blueprintAt(parts, call.at['blueprint']!);
        deleteAllEntities(parts, blueprint);
        if (deleteBlueprint) blueprints.delete(blueprint.identifier);
        const migrationId = newId();
        // The work is done before the answer; the migration is there for callers that poll it.
        migrations.put(migrationId, { id: migrationId, actor: ACTOR, sourceBlueprint: blueprint.identifier, mapping: {}, status: 'COMPLETED', createdAt: new Date(clock.now()).toISOString() });
        return ok({ migrationId });
      },
    },
    { method: 'GET', path: '/migrations', answer: () => ok({ migrations: migrations.list() }) },
    {
      method: 'GET',
      path: '/migrations/:migration',
      answer(call) {
        const found = migrations.get(call.at['migration']!);
        if (!found) throw notFound('Migration', call.at['migration']!);
        return ok({ migration: found });
      },
    },
  ];
}

function deletable(parts: Parts, call: Call): StoredBlueprint {
  const blueprint = blueprintAt(parts, call.at['blueprint']!);
  if (isProtected(blueprint.identifier)) throw forbidden(blueprint.identifier);
  const dependents = parts.blueprints.list().filter((other) => other !== blueprint && [...other.relations.values()].some(({ target }) => target === blueprint.identifier));
  if (dependents.length > 0) {
    throw new Refusal(422, 'blueprint_has_dependents', { message: `blueprint ${JSON.stringify(blueprint.identifier)} is the target of relations`, details: { dependents: dependents.map(({ identifier }) => identifier) } });
  }
  return blueprint;
}

const forbidden = (identifier: string): Refusal => new Refusal(403, 'forbidden', { message: `blueprint ${JSON.stringify(identifier)} belongs to the portal and cannot be written` });

function render(blueprint: StoredBlueprint): JsonObject {
  const [createdAt, updatedAt] = [new Date(blueprint.created).toISOString(), new Date(blueprint.updated).toISOString()];
  return { ...blueprint.body, createdAt, createdBy: ACTOR, updatedAt, updatedBy: ACTOR };
}
