import { ABSENT, type JsonObject, type Kind } from '@integration-framework/framework';
import { listPages, objectOf, objectsOf, type List } from '../client';
import { idOf, importEnvelope, ownerOf, textAt, updatedAt, without } from '../rows';
import { hasAccount, isSelected, type GithubSettings } from '../settings';

/** What not every call gives: the list, the call for one repository and webhooks differ in these, or they depend on who asks. */
const EXTRAS = new Set([
  ...['permissions', 'role_name', 'temp_clone_token', 'security_and_analysis', 'organization', 'parent', 'source', 'template_repository', 'network_count', 'subscribers_count', 'code_of_conduct', 'anonymous_access_enabled'],
  ...['allow_squash_merge', 'allow_merge_commit', 'allow_rebase_merge', 'allow_auto_merge', 'allow_update_branch', 'delete_branch_on_merge', 'use_squash_pr_title_as_default'],
  ...['squash_merge_commit_title', 'squash_merge_commit_message', 'merge_commit_title', 'merge_commit_message', 'custom_properties', 'master_branch', 'stargazers', 'has_pull_requests', 'pull_request_creation_policy'],
]);

export const toRepository = (repository: JsonObject): JsonObject => without(repository, EXTRAS);

/** By creation, which never changes: what is changed during a scan keeps its place. An installation is asked for its own list, which knows no order. */
function listOf({ organization, privateKey }: GithubSettings): List {
  const ordered = { sort: 'created', direction: 'asc' };
  const rowsOf = (answer: unknown): readonly JsonObject[] => objectsOf(answer).map(toRepository);
  if (organization !== undefined) return { url: `/orgs/${encodeURIComponent(organization)}/repos`, query: { type: 'all', ...ordered }, rowsOf };
  if (privateKey) return { url: '/installation/repositories', rowsOf: (answer) => rowsOf(objectOf(answer)['repositories']) };
  return { url: '/user/repos', query: ordered, rowsOf };
}

export const repository: Kind<GithubSettings, JsonObject> = {
  name: 'repository',
  key: (row) => [idOf(row)],
  version: updatedAt,
  importType: 'github-import-repository',
  envelope: (row) => importEnvelope('repository', row, textAt(row, 'full_name')),
  paging: 'drifting',
  listed: hasAccount,
  scan: (context, position) => listPages(context, listOf(context.settings), position),
  async get({ http }, { key }) {
    const answer = await http.send({ url: `/repositories/${key}`, accept: [404] });
    return answer.status === 404 ? ABSENT : toRepository(objectOf(answer.body));
  },
  member: ({ settings }, row) => isSelected(settings, ownerOf(textAt(row, 'full_name'))),
};
