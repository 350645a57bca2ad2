import type { JsonObject } from '@integration-framework/framework';
import { objectOf } from '../client';
import { idAt, objectAt, textAt, withApiTimes, without } from '../rows';
import { kindInside } from './inside';

/** What an event says of itself, or in another way than the API. */
const OF_EVENTS = new Set(['object_kind', 'action', 'project', 'tag', 'url', 'id']);

/** A release of which only an event tells. */
export const fromHook = (body: JsonObject): JsonObject => ({
  ...withApiTimes(without(body, OF_EVENTS)),
  tag_name: body['tag'] ?? null,
  project_id: objectAt(body, 'project')['id'] ?? null,
  _links: { self: body['url'] ?? null },
});

/** No version: a release says no time of its last change. */
export const release = kindInside({
  name: 'release',
  importType: 'gitlab:release:import',
  feature: 'releases_access_level',
  path: '/releases',
  query: { order_by: 'created_at', sort: 'asc' },
  keys: ['projectId', 'tagName'],
  key: (row) => [idAt(row, 'project_id'), textAt(row, 'tag_name')],
  // A release does not name its project.
  toRow: (thing, projectId) => ({ ...thing, project_id: projectId }),
  nameOf: (row) => textAt(row, 'tag_name'),
  one: (tag) => ({ url: `/${encodeURIComponent(tag)}` }),
  found: objectOf,
  addressOf: (row) => textAt(objectAt(row, '_links'), 'self'),
});
