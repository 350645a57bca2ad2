import { eventCatalogue, type ChangeKey, type Live } from '@integration-framework/framework';
import { locate } from './kinds/inside';
import { fromHook as mergeRequestFromHook } from './kinds/merge-request';
import { fromHook as pipelineFromHook } from './kinds/pipeline';
import { fromHook as projectFromHook } from './kinds/project';
import { fromHook as releaseFromHook } from './kinds/release';
import { groupFromHook, withProject } from './kinds/told';
import { withApiTimes } from './rows';
import { rootOf, type GitlabSettings } from './settings';

// `after` of a push that removes a tag, with SHA-1 and SHA-256.
const NO_COMMIT = ['0'.repeat(40), '0'.repeat(64)];

/** The second path of a key is where a row that was read has it: pipelines see that row itself. */
const catalogue = eventCatalogue({
  verify: { scheme: 'token', header: 'X-Gitlab-Token' },
  deliveryId: [{ header: 'x-gitlab-event-uuid' }],
  eventType: [{ header: 'x-gitlab-event' }],
  rules: [
    { kind: 'project', write: ['Project Hook'], deleteWhen: { event_name: ['project_destroy'] }, keys: ['id*=project_id or project.id or id'], object: '', row: projectFromHook },
    { kind: 'group', write: ['Subgroup Hook'], deleteWhen: { event_name: ['subgroup_destroy'] }, keys: ['fullPath=full_path', 'id*=group_id'], row: groupFromHook },
    {
      kind: 'merge-request',
      write: ['Merge Request Hook'],
      keys: ['id*=object_attributes.id or id', 'projectId=project.id or project_id'],
      object: 'object_attributes',
      row: mergeRequestFromHook,
      locate: ({ iid }, body) => locate(body, iid),
    },
    {
      kind: 'pipeline',
      write: ['Pipeline Hook'],
      keys: ['projectId=project.id or project_id', 'id*=object_attributes.id or id'],
      object: 'object_attributes',
      row: pipelineFromHook,
      locate: ({ id }, body) => locate(body, id),
    },
    {
      kind: 'release',
      write: ['Release Hook'],
      deleteWhen: { action: ['delete'] },
      keys: ['projectId*=project.id or project_id', 'tagName*=tag or tag_name'],
      object: '',
      row: releaseFromHook,
      locate: ({ tag }, body) => locate(body, tag),
    },
    { kind: 'feature-flag', write: ['Feature Flag Hook'], keys: ['projectId=project.id', 'id*=object_attributes.id'], row: withProject },
    { kind: 'issue', write: ['Issue Hook'], keys: ['projectId=project.id', 'id*=object_attributes.id', 'objectKind=object_kind', 'eventType=event_type'], row: withProject },
    { kind: 'deployment', write: ['Deployment Hook'], keys: ['projectId=project.id', 'id*=deployment_id'], row: withApiTimes },
    { kind: 'tag', write: ['Tag Push Hook'], deleteWhen: { after: NO_COMMIT }, keys: ['projectId*=project.id', 'ref*'], object: '' },
    { kind: 'vulnerability', write: ['Vulnerability Hook'], keys: ['projectId*=object_attributes.project_id', 'vulnerabilityUrl*=object_attributes.url'], row: withApiTimes },
  ],
});

/** Every list of keys ends with the address of the server, which no payload holds as the settings write it. */
const withUrl = (keys: readonly ChangeKey[], settings: GitlabSettings): readonly ChangeKey[] => [...keys, { name: 'url', value: rootOf(settings), identity: false }];

export const live: Live<GitlabSettings> = {
  ...catalogue,
  changes: (delivery, settings) => catalogue.changes(delivery, settings).map((change) => (change.is === 'ignored' ? change : { ...change, keys: withUrl(change.keys, settings) })),
  keys: (kind, envelope, settings) => withUrl(catalogue.keys?.(kind, envelope, settings) ?? [], settings),
};
