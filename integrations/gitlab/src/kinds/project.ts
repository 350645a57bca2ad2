import { ABSENT, type JsonObject, type Kind } from '@integration-framework/framework';
import { groupUrl, listPages, objectOf } from '../client';
import { idAt, objectAt, textAt, updatedAt, withApiTimes, without } from '../rows';
import { isInGroup } from '../selection';
import { hasAccount, type GitlabSettings } from '../settings';

/** What not every call gives, or depends on who asks. `runners_token` is a secret. */
const EXTRAS = new Set(['permissions', 'runners_token', 'statistics', 'license', 'license_url', 'import_error', 'custom_attributes']);

const toRow = (project: JsonObject): JsonObject => without(project, EXTRAS);

/** A project of which only an event tells. */
export function fromHook(body: JsonObject): JsonObject {
  const { name = null, path = null, path_with_namespace = null, created_at = null, updated_at = null } = body;
  const id = idAt(body, 'project_id') || idAt(objectAt(body, 'project'), 'id');
  return withApiTimes({ id, name, path, path_with_namespace, visibility: textAt(body, 'project_visibility').split('|').at(-1) || null, created_at, updated_at });
}

export const project: Kind<GitlabSettings, JsonObject> = {
  name: 'project',
  key: (row) => [idAt(row, 'id')],
  version: updatedAt,
  // Pushed projects lack most members.
  claims: 'ask',
  importType: 'gitlab:project:import',
  paging: 'drifting',
  listed: hasAccount,
  // By id, which never changes: what is changed during a scan keeps its place.
  async *scan(context, position) {
    const query = { include_subgroups: true, with_shared: false, order_by: 'id', sort: 'asc' };
    for await (const { rows, next } of listPages(context, { url: `${groupUrl(context.settings)}/projects`, query }, position)) yield { rows: rows.map(toRow), next };
  },
  async get(context, { key }) {
    const answer = await context.http.send({ url: `/projects/${key}`, accept: [404] });
    return answer.status === 404 ? ABSENT : toRow(objectOf(answer.body));
  },
  member: (context, row) => isInGroup(context, textAt(row, 'web_url')),
};
