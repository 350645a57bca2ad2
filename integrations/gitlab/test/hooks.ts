import type { Delivery, JsonObject } from '@integration-framework/framework';
import { WEB } from './gitlab-data';

/** Deliveries as GitLab's documentation of webhooks shows them, about objects of the API. */
const user: JsonObject = { id: 6, name: 'Ann', username: 'ann', avatar_url: null, email: '[REDACTED]' };

const projectOf = ({ id, name, path_with_namespace: path, description, default_branch }: JsonObject): JsonObject => ({
  id: id!,
  name: name!,
  description: description!,
  web_url: `${WEB}/${String(path)}`,
  avatar_url: null,
  git_ssh_url: `git@gitlab.example.com:${String(path)}.git`,
  git_http_url: `${WEB}/${String(path)}.git`,
  namespace: 'Acme',
  visibility_level: 0,
  path_with_namespace: path!,
  default_branch: default_branch!,
  ci_config_path: null,
  homepage: `${WEB}/${String(path)}`,
});

const hookTime = (text: unknown): string => `${String(text).slice(0, 19).replace('T', ' ')} UTC`;

let sent = 0;
const delivery = (event: string, body: JsonObject): Delivery => ({ headers: { 'x-gitlab-event': event, 'x-gitlab-event-uuid': `13792a34-cac6-4fda-95a8-c58e00a3954e-${++sent}`, 'x-gitlab-instance': WEB }, body });

export const projectHook = (project: JsonObject, eventName: string): Delivery =>
  delivery('Project Hook', {
    event_name: eventName,
    created_at: project['created_at']!,
    updated_at: project['updated_at']!,
    name: project['name']!,
    path: project['path']!,
    path_with_namespace: project['path_with_namespace']!,
    project_id: project['id']!,
    project_namespace_id: 90,
    owners: [{ name: 'Ann', email: '[REDACTED]' }],
    project_visibility: 'private',
  });

export const subgroupHook = (group: JsonObject, eventName: string): Delivery =>
  delivery('Subgroup Hook', {
    created_at: '2026-01-20T09:40:12Z',
    updated_at: '2026-01-20T09:40:12Z',
    event_name: eventName,
    name: group['name']!,
    path: group['path']!,
    full_path: group['full_path']!,
    group_id: group['id']!,
    parent_group_id: 90,
    parent_name: 'acme',
    parent_path: 'acme',
    parent_full_path: 'acme',
  });

export const mergeRequestHook = (project: JsonObject, row: JsonObject, action: string): Delivery =>
  delivery('Merge Request Hook', {
    object_kind: 'merge_request',
    event_type: 'merge_request',
    user,
    project: projectOf(project),
    object_attributes: {
      id: row['id']!,
      iid: row['iid']!,
      target_branch: row['target_branch']!,
      source_branch: row['source_branch']!,
      source_project_id: project['id']!,
      target_project_id: project['id']!,
      author_id: 6,
      assignee_ids: [7],
      assignee_id: 7,
      reviewer_ids: [7],
      title: row['title']!,
      description: row['description']!,
      created_at: hookTime(row['created_at']),
      updated_at: hookTime(row['updated_at']),
      last_edited_at: null,
      milestone_id: null,
      state_id: 1,
      state: row['state']!,
      draft: false,
      work_in_progress: false,
      merge_status: 'unchecked',
      detailed_merge_status: 'checking',
      url: row['web_url']!,
      source: projectOf(project),
      target: projectOf(project),
      last_commit: { id: row['sha']!, message: 'Change', title: 'Change', timestamp: '2026-01-03T23:36:29+02:00', url: `${WEB}/x`, author: { name: 'Ann', email: '[REDACTED]' } },
      labels: [{ id: 206, title: 'API', color: '#ffffff', project_id: project['id']!, type: 'ProjectLabel' }],
      action,
    },
    labels: [{ id: 206, title: 'API', color: '#ffffff', project_id: project['id']!, type: 'ProjectLabel' }],
    changes: { updated_at: { previous: '2026-01-02 16:50:55 UTC', current: '2026-01-02 16:52:00 UTC' } },
    assignees: [{ id: 7, name: 'Bob', username: 'bob', avatar_url: null }],
    reviewers: [{ id: 7, name: 'Bob', username: 'bob', avatar_url: null }],
  });

export const pipelineHook = (project: JsonObject, row: JsonObject): Delivery =>
  delivery('Pipeline Hook', {
    object_kind: 'pipeline',
    object_attributes: {
      id: row['id']!,
      iid: row['iid']!,
      name: row['name']!,
      ref: row['ref']!,
      tag: false,
      sha: row['sha']!,
      before_sha: '0000000000000000000000000000000000000000',
      source: row['source']!,
      status: row['status']!,
      detailed_status: 'passed',
      stages: ['build', 'test'],
      created_at: hookTime(row['created_at']),
      finished_at: hookTime(row['updated_at']),
      duration: 63,
      queued_duration: 10,
      variables: [],
      url: row['web_url']!,
    },
    merge_request: null,
    user,
    project: projectOf(project),
    commit: { id: row['sha']!, message: 'Change', timestamp: '2026-01-12T17:23:21+02:00', url: `${WEB}/x`, author: { name: 'Ann', email: '[REDACTED]' } },
    builds: [],
  });

export const releaseHook = (project: JsonObject, row: JsonObject, action: string): Delivery =>
  delivery('Release Hook', {
    id: 1,
    created_at: hookTime(row['created_at']),
    description: row['description']!,
    name: row['name']!,
    released_at: hookTime(row['released_at']),
    tag: row['tag_name']!,
    object_kind: 'release',
    project: projectOf(project),
    url: `${WEB}/${String(project['path_with_namespace'])}/-/releases/${String(row['tag_name'])}`,
    action,
    assets: { count: 0, links: [], sources: [] },
    commit: { id: 'ee0a3fb31ac16e11b9dbb596ad16d4af654d08f8', message: 'Prepare', title: 'Prepare', timestamp: '2026-01-31T14:58:32+11:00', url: `${WEB}/x`, author: { name: 'Ann', email: '[REDACTED]' } },
  });

export const issueHook = (project: JsonObject): Delivery =>
  delivery('Issue Hook', {
    object_kind: 'issue',
    event_type: 'issue',
    user,
    project: projectOf(project),
    object_attributes: {
      id: 301,
      iid: 23,
      title: 'Pay page slow',
      description: 'It is',
      author_id: 6,
      assignee_ids: [7],
      project_id: project['id']!,
      created_at: '2026-01-03 17:15:43 UTC',
      updated_at: '2026-01-03 17:25:43 UTC',
      closed_at: '2026-01-03 17:25:43 UTC',
      confidential: false,
      due_date: null,
      state_id: 2,
      state: 'closed',
      severity: 'high',
      type: 'Issue',
      url: `${WEB}/${String(project['path_with_namespace'])}/-/issues/23`,
      action: 'close',
      labels: [{ id: 206, title: 'API', color: '#ffffff', project_id: project['id']!, type: 'ProjectLabel' }],
    },
    assignees: [{ id: 7, name: 'Bob', username: 'bob', avatar_url: null }],
    labels: [],
    changes: {},
  });

export const featureFlagHook = (project: JsonObject): Delivery =>
  delivery('Feature Flag Hook', { object_kind: 'feature_flag', project: projectOf(project), user, user_url: `${WEB}/ann`, object_attributes: { id: 6, name: 'new-checkout', description: 'The new checkout', active: true } });

export const deploymentHook = (project: JsonObject, status: string, at: string): Delivery =>
  delivery('Deployment Hook', {
    object_kind: 'deployment',
    status,
    status_changed_at: at,
    deployment_id: 15,
    deployable_id: 796,
    deployable_url: `${WEB}/${String(project['path_with_namespace'])}/-/jobs/796`,
    environment: 'production',
    environment_tier: 'production',
    environment_slug: 'production',
    environment_external_url: 'https://shop.example.com',
    project: projectOf(project),
    short_sha: '279484c0',
    user,
    user_url: `${WEB}/ann`,
    commit_url: `${WEB}/x`,
    commit_title: 'Change',
    ref: 'main',
  });

export const tagHook = (project: JsonObject, after: string): Delivery =>
  delivery('Tag Push Hook', {
    object_kind: 'tag_push',
    event_name: 'tag_push',
    before: '0000000000000000000000000000000000000000',
    after,
    ref: 'refs/tags/v1.0.0',
    ref_protected: true,
    checkout_sha: after.startsWith('000') ? null : after,
    user_id: 6,
    user_name: 'Ann',
    project_id: project['id']!,
    project: projectOf(project),
    commits: [],
    total_commits_count: 0,
  });

export const vulnerabilityHook = (project: JsonObject): Delivery =>
  delivery('Vulnerability Hook', {
    object_kind: 'vulnerability',
    object_attributes: {
      url: `${WEB}/${String(project['path_with_namespace'])}/-/security/vulnerabilities/1`,
      title: 'REXML DoS vulnerability',
      state: 'confirmed',
      project_id: project['id']!,
      location: { file: 'Gemfile.lock', dependency: { package: { name: 'rexml' }, version: '3.3.1' } },
      cvss: [],
      severity: 'high',
      identifiers: [{ name: 'CVE-2024-41123', external_id: 'CVE-2024-41123', external_type: 'cve', url: 'https://cve.example.com/CVE-2024-41123' }],
      issues: [],
      report_type: 'dependency_scanning',
      confirmed_at: '2026-01-08T00:46:14.413Z',
      created_at: '2026-01-08T00:46:14.413Z',
      updated_at: '2026-01-08T00:46:14.413Z',
    },
  });

const shop: JsonObject = { id: 11, name: 'shop', path: 'shop', path_with_namespace: 'acme/shop', description: '', default_branch: 'main', created_at: '2026-01-12T08:00:00.000Z', updated_at: '2026-01-12T09:30:00.123Z' };
const inShop = { project_id: 11, created_at: '2026-01-02T10:00:00.001Z', updated_at: '2026-01-02T10:20:30.456Z', sha: 'da1560886d4f094c3e6c9ef40349f7d38b5d27d7' };

/** One delivery at least of each event of the catalogue. */
export const deliveries: readonly Delivery[] = [
  projectHook(shop, 'project_create'),
  projectHook(shop, 'project_destroy'),
  subgroupHook({ id: 92, name: 'platform', path: 'platform', full_path: 'acme/platform' }, 'subgroup_create'),
  subgroupHook({ id: 92, name: 'platform', path: 'platform', full_path: 'acme/platform' }, 'subgroup_destroy'),
  mergeRequestHook(shop, { ...inShop, id: 11_001, iid: 1, title: 'Change 1', description: '', state: 'opened', target_branch: 'main', source_branch: 'change-1', web_url: `${WEB}/acme/shop/-/merge_requests/1` }, 'open'),
  pipelineHook(shop, { ...inShop, id: 11_001, iid: 1, name: 'Build', ref: 'main', source: 'push', status: 'success', web_url: `${WEB}/acme/shop/-/pipelines/11001` }),
  releaseHook(shop, { tag_name: 'v1.0/rc', name: 'v1.0', description: '', created_at: inShop.created_at, released_at: inShop.created_at }, 'create'),
  releaseHook(shop, { tag_name: 'v1.0/rc', name: 'v1.0', description: '', created_at: inShop.created_at, released_at: inShop.created_at }, 'delete'),
  featureFlagHook(shop),
  issueHook(shop),
  deploymentHook(shop, 'success', '2026-01-28 21:50:00 +0200'),
  tagHook(shop, '82b3d5ae55f7080f1e6022629cdb57bfae7cccc7'),
  tagHook(shop, '0'.repeat(40)),
  vulnerabilityHook(shop),
];
