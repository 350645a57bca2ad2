import type { JsonObject } from '@integration-framework/framework';
import { objectOf } from '../client';
import { idAt, objectAt, textAt, updatedAt, withApiTimes } from '../rows';
import { kindInside } from './inside';

/** What the list gives. The call for one gives more with every release of GitLab. */
const MEMBERS = ['id', 'iid', 'project_id', 'name', 'status', 'source', 'ref', 'sha', 'web_url', 'created_at', 'updated_at'];

const toRow = (pipeline: JsonObject): JsonObject => Object.fromEntries(MEMBERS.flatMap((member) => (pipeline[member] === undefined ? [] : [[member, pipeline[member]]])));

/** A pipeline of which only an event tells. */
export const fromHook = (attributes: JsonObject, body: JsonObject): JsonObject =>
  toRow({ ...withApiTimes(attributes), project_id: objectAt(body, 'project')['id'] ?? null, web_url: attributes['url'] ?? null });

export const pipeline = kindInside({
  name: 'pipeline',
  importType: 'gitlab:pipeline:import',
  feature: 'builds_access_level',
  path: '/pipelines',
  query: { order_by: 'id', sort: 'asc' },
  key: (row) => [idAt(row, 'id')],
  version: updatedAt,
  toRow,
  nameOf: (row) => String(idAt(row, 'id')),
  one: (id) => ({ url: `/${encodeURIComponent(id)}` }),
  found: objectOf,
  addressOf: (row) => textAt(row, 'web_url'),
});
