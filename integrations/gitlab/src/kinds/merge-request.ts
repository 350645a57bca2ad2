import type { JsonObject } from '@integration-framework/framework';
import { objectsOf } from '../client';
import { idAt, objectAt, objectsAt, textAt, updatedAt, withApiTimes, without } from '../rows';
import { kindInside } from './inside';

/** What an event says of itself, or in another way than the API. */
const OF_EVENTS = new Set(['action', 'oldrev', 'url', 'source', 'target', 'last_commit']);

/** A merge request of which only an event tells. */
export const fromHook = (attributes: JsonObject, body: JsonObject): JsonObject => ({
  ...withApiTimes(without(attributes, OF_EVENTS)),
  project_id: objectAt(body, 'project')['id'] ?? null,
  web_url: attributes['url'] ?? null,
  sha: objectAt(attributes, 'last_commit')['id'] ?? null,
  labels: objectsAt(attributes, 'labels').map((label) => textAt(label, 'title')),
  assignees: objectsAt(body, 'assignees'),
  reviewers: objectsAt(body, 'reviewers'),
});

export const mergeRequest = kindInside({
  name: 'merge-request',
  importType: 'gitlab:merge_request:import',
  feature: 'merge_requests_access_level',
  path: '/merge_requests',
  query: { scope: 'all', state: 'all', order_by: 'created_at', sort: 'asc' },
  key: (row) => [idAt(row, 'id')],
  version: updatedAt,
  toRow: (thing) => thing,
  nameOf: (row) => String(idAt(row, 'iid')),
  // By the list, because the call for one merge request answers in another shape.
  one: (iid) => ({ url: '', query: { scope: 'all', state: 'all', 'iids[]': [iid] } }),
  found: (answer) => objectsOf(answer)[0],
  addressOf: (row) => textAt(row, 'web_url'),
});
