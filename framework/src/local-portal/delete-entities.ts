import { toJson } from '../shared';
import type { StoredBlueprint } from './blueprint-store';
import { Refusal } from './envelope';
import type { Parts } from './parts';
import { bodyOf } from './write-set';

/**
 * Deletes entities of one blueprint, and with `dependents` whatever points to them, however far. Without it nothing is deleted when
 * anything points to one of them (422). Gives those of the identifiers that were there.
 */
export function deleteEntities(parts: Parts, blueprint: StoredBlueprint, options: { readonly identifiers: readonly string[]; readonly dependents: boolean }): readonly string[] {
  const { store, entities } = parts;
  return store.transact(() => {
    const found = entities.find(blueprint.n, options.identifiers);
    const numbers = found.map(({ n }) => n);
    if (options.dependents) entities.delete(entities.withDependents(numbers));
    else {
      const dependents = entities.dependents(numbers);
      if (dependents.length > 0) {
        throw new Refusal(422, 'entity_has_dependents', {
          message: `${dependents.length} entities point to what should be deleted; nothing was deleted`,
          details: { dependents: entities.byNumbers(dependents.slice(0, 10)).map((row) => ({ blueprint: parts.blueprints.byNumber(row.blueprint)?.identifier ?? '', identifier: row.identifier })) },
        });
      }
      entities.delete(numbers);
    }
    return found.map(({ identifier }) => identifier);
  });
}

const PAGE = 500;

/** Empties a blueprint. What points to its entities from other blueprints stays, without that relation. */
export function deleteAllEntities(parts: Parts, blueprint: StoredBlueprint): number {
  const { store, entities } = parts;
  let deleted = 0;
  for (let rows = entities.page({ blueprint: blueprint.n, after: '', limit: PAGE }); rows.length > 0; rows = entities.page({ blueprint: blueprint.n, after: '', limit: PAGE })) {
    store.transact(() => {
      unlink(parts, blueprint, rows.map(({ n }) => n));
      entities.delete(rows.map(({ n }) => n));
    });
    deleted += rows.length;
  }
  return deleted;
}

function unlink(parts: Parts, blueprint: StoredBlueprint, numbers: readonly number[]): void {
  const { entities, blueprints } = parts;
  const gone = new Set(entities.byNumbers(numbers).map(({ identifier }) => identifier));
  const outside = entities.byNumbers(entities.dependents(numbers)).filter((row) => row.blueprint !== blueprint.n);
  for (const row of outside) {
    const body = bodyOf({ text: row.body });
    for (const [key, { target }] of blueprints.byNumber(row.blueprint)?.relations ?? []) {
      const value = body.relations[key];
      if (target !== blueprint.identifier || value === undefined) continue;
      if (Array.isArray(value)) body.relations[key] = value.filter((entry) => !gone.has(entry as string));
      else if (gone.has(value as string)) body.relations[key] = null;
    }
    entities.write([{ row: { ...row, body: toJson(body) }, stored: true }]);
  }
}
