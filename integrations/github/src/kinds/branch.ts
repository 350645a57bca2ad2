import type { JsonObject } from '@integration-framework/framework';
import { objectsOf } from '../client';
import { idOf, objectAt, textAt } from '../rows';
import { kindInside } from './inside';

/** The call for one branch gives its commit whole; the list names it. */
function toBranch(row: JsonObject): JsonObject {
  const { sha = null, url = null } = objectAt(row, 'commit');
  return { name: row['name'] ?? null, commit: { sha, url }, protected: row['protected'] ?? false };
}

export const branch = kindInside({
  name: 'branch',
  path: '/branches',
  rowsOf: objectsOf,
  toThing: toBranch,
  identity: { keys: ['repositoryId', 'name'], key: (row) => [idOf(objectAt(row, 'repository')), textAt(row, 'name')] },
  numberOf: (row) => textAt(row, 'name'),
});
