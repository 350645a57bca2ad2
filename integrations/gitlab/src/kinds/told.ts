import type { JsonObject, Kind } from '@integration-framework/framework';
import { idAt, objectAt, textAt, timeAt, updatedAt, withApiTimes } from '../rows';
import type { GitlabSettings } from '../settings';

type Told = Kind<GitlabSettings, JsonObject>;

/** As the API would write a group. */
export function groupFromHook(body: JsonObject): JsonObject {
  const { group_id: id = null, name = null, path = null, full_path = null, parent_group_id: parent_id = null, created_at = null, updated_at = null } = body;
  return withApiTimes({ id, name, path, full_path, parent_id, created_at, updated_at });
}

/** What an event says of a thing, and the project, which not every such thing names. */
export const withProject = (attributes: JsonObject, body: JsonObject): JsonObject => ({ ...withApiTimes(attributes), project_id: objectAt(body, 'project')['id'] ?? null });

const byId = ['group', 'issue', 'feature-flag'].map((name): Told => ({ name, key: (row) => [idAt(row, 'id')], version: updatedAt }));

/** Kinds that are never listed: what webhooks tell is all that is known of them. Where an object has no time of its own, receipt orders. */
export const told: readonly Told[] = [
  ...byId,
  { name: 'deployment', key: (row) => [idAt(row, 'deployment_id')], version: (row) => timeAt(row, 'status_changed_at') },
  { name: 'tag', keys: ['projectId', 'ref'], key: (row) => [idAt(objectAt(row, 'project'), 'id'), textAt(row, 'ref')] },
  { name: 'vulnerability', keys: ['projectId', 'vulnerabilityUrl'], key: (row) => [idAt(row, 'project_id'), textAt(row, 'url')], version: updatedAt },
];
