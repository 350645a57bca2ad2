import type { JsonObject } from '@integration-framework/framework';

/** Objects as GitLab's API writes them; values are made up. */
export const WEB = 'https://gitlab.example.com';

const day = (index: number, at: string): string => `2026-01-${String((index % 27) + 1).padStart(2, '0')}T${at}`;
const user = (id: number, username: string): JsonObject => ({ id, username, name: username, state: 'active', locked: false, avatar_url: null, web_url: `${WEB}/${username}` });
const ann = user(6, 'ann');
const bob = user(7, 'bob');
const pathOf = (project: JsonObject): string => String(project['path_with_namespace']);
const webOf = (project: JsonObject): string => `${WEB}/${pathOf(project)}`;

export const group = (id: number, fullPath: string): JsonObject => {
  const path = fullPath.split('/').at(-1)!;
  return { id, web_url: `${WEB}/groups/${fullPath}`, name: path, path, full_name: fullPath.replaceAll('/', ' / '), full_path: fullPath, description: '', visibility: 'private', parent_id: null, created_at: day(0, '08:00:00.000Z') };
};

export function project(id: number, path: string, more: JsonObject = {}): JsonObject {
  const segments = path.split('/');
  const name = segments.at(-1)!;
  const namespace = segments.slice(0, -1).join('/');
  return {
    id,
    description: `What ${name} does`,
    name,
    name_with_namespace: segments.join(' / '),
    path: name,
    path_with_namespace: path,
    created_at: day(id, '08:00:00.000Z'),
    default_branch: 'main',
    tag_list: ['backend'],
    topics: ['backend'],
    ssh_url_to_repo: `git@gitlab.example.com:${path}.git`,
    http_url_to_repo: `${WEB}/${path}.git`,
    web_url: `${WEB}/${path}`,
    readme_url: `${WEB}/${path}/-/blob/main/README.md`,
    forks_count: 0,
    avatar_url: null,
    star_count: 2,
    last_activity_at: day(id, '09:30:00.123Z'),
    visibility: 'private',
    namespace: { id: 90, name: namespace, path: namespace, kind: 'group', full_path: namespace, parent_id: null, avatar_url: null, web_url: `${WEB}/groups/${namespace}` },
    container_registry_image_prefix: `registry.example.com/${path}`,
    _links: { self: `${WEB}/api/v4/projects/${id}`, issues: `${WEB}/api/v4/projects/${id}/issues`, merge_requests: `${WEB}/api/v4/projects/${id}/merge_requests` },
    empty_repo: false,
    archived: false,
    updated_at: day(id, '09:30:00.123Z'),
    issues_access_level: 'enabled',
    merge_requests_access_level: 'enabled',
    builds_access_level: 'enabled',
    releases_access_level: 'enabled',
    open_issues_count: 3,
    shared_with_groups: [],
    ...more,
  };
}

export const mergeRequest = (owner: JsonObject, iid: number, more: JsonObject = {}): JsonObject => ({
  id: Number(owner['id']) * 1_000 + iid,
  iid,
  project_id: owner['id']!,
  title: `Change ${iid}`,
  description: 'As agreed',
  state: 'opened',
  created_at: day(iid, '10:00:00.001Z'),
  updated_at: day(iid, '10:20:30.456Z'),
  merged_by: null,
  merge_user: null,
  merged_at: null,
  closed_by: null,
  closed_at: null,
  target_branch: 'main',
  source_branch: `change-${iid}`,
  user_notes_count: 1,
  upvotes: 0,
  downvotes: 0,
  author: ann,
  assignees: [bob],
  assignee: bob,
  reviewers: [bob],
  source_project_id: owner['id']!,
  target_project_id: owner['id']!,
  labels: ['API'],
  draft: false,
  work_in_progress: false,
  milestone: null,
  merge_when_pipeline_succeeds: false,
  merge_status: 'can_be_merged',
  detailed_merge_status: 'mergeable',
  sha: 'da1560886d4f094c3e6c9ef40349f7d38b5d27d7',
  merge_commit_sha: null,
  squash_commit_sha: null,
  discussion_locked: null,
  should_remove_source_branch: null,
  force_remove_source_branch: true,
  reference: `!${iid}`,
  references: { short: `!${iid}`, relative: `!${iid}`, full: `${pathOf(owner)}!${iid}` },
  web_url: `${webOf(owner)}/-/merge_requests/${iid}`,
  time_stats: { time_estimate: 0, total_time_spent: 0, human_time_estimate: null, human_total_time_spent: null },
  squash: false,
  task_completion_status: { count: 0, completed_count: 0 },
  has_conflicts: false,
  blocking_discussions_resolved: true,
  ...more,
});

/** An element of the list. */
export const pipeline = (owner: JsonObject, iid: number, more: JsonObject = {}): JsonObject => ({
  id: Number(owner['id']) * 1_000 + iid,
  iid,
  project_id: owner['id']!,
  sha: 'bcbb5ec396a2c0f828686f14fac9b80b780504f2',
  ref: 'main',
  status: 'success',
  source: 'push',
  created_at: day(iid, '11:00:00.002Z'),
  updated_at: day(iid, '11:05:00.003Z'),
  web_url: `${webOf(owner)}/-/pipelines/${Number(owner['id']) * 1_000 + iid}`,
  name: 'Build and test',
  ...more,
});

/** The answer to the call for one. */
export const onePipeline = (listed: JsonObject): JsonObject => ({
  ...listed,
  before_sha: '0000000000000000000000000000000000000000',
  tag: false,
  yaml_errors: null,
  user: ann,
  started_at: listed['created_at'] ?? null,
  finished_at: listed['updated_at'] ?? null,
  committed_at: null,
  duration: 240,
  queued_duration: 12,
  coverage: '98.2',
  detailed_status: { icon: 'status_success', text: 'Passed', label: 'passed', group: 'success', tooltip: 'passed', has_details: true, details_path: '/-/pipelines', illustration: null, favicon: '/favicon.png' },
});

export const release = (owner: JsonObject, tag: string, index: number, more: JsonObject = {}): JsonObject => ({
  tag_name: tag,
  description: `What ${tag} brings`,
  name: `Release ${tag}`,
  created_at: day(index, '12:00:00.004Z'),
  released_at: day(index, '12:00:00.004Z'),
  upcoming_release: false,
  author: ann,
  commit: { id: 'ee0a3fb31ac16e11b9dbb596ad16d4af654d08f8', short_id: 'ee0a3fb3', title: 'Prepare', created_at: day(index, '11:58:32.000+11:00'), message: 'Prepare', author_name: 'Ann', author_email: 'ann@example.com' },
  commit_path: `/${pathOf(owner)}/-/commit/ee0a3fb31ac16e11b9dbb596ad16d4af654d08f8`,
  tag_path: `/${pathOf(owner)}/-/tags/${tag}`,
  assets: { count: 1, sources: [{ format: 'zip', url: `${webOf(owner)}/-/archive/${tag}/source.zip` }], links: [] },
  evidences: [],
  _links: { closed_issues_url: `${webOf(owner)}/-/issues?state=closed`, self: `${webOf(owner)}/-/releases/${encodeURIComponent(tag)}` },
  ...more,
});
