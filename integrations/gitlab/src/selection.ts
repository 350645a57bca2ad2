import type { Context } from '@integration-framework/framework';
import { groupUrl, objectOf, unreadable } from './client';
import { textAt } from './rows';
import { groupOf, rootOf, type GitlabSettings } from './settings';

/** Full path of the group, also where the settings name it by its id. */
async function groupPath({ settings, http }: Context<GitlabSettings>): Promise<string> {
  const group = groupOf(settings);
  if (!/^\d+$/.test(group)) return group;
  const path = textAt(objectOf(await http.get(groupUrl(settings), { with_projects: false })), 'full_path');
  if (path === '') throw unreadable('full_path'); // an empty one would select nothing, and delete everything
  return path;
}

/** Is what lies at this address of the web pages inside the group? */
export async function isInGroup(context: Context<GitlabSettings>, address: string): Promise<boolean> {
  if (!URL.canParse(address)) return false;
  // GitLab may live below a path of its host.
  const root = `${new URL(rootOf(context.settings)).pathname.replace(/\/$/, '')}/`;
  const { pathname } = new URL(address);
  const path = pathname.startsWith(root) ? pathname.slice(root.length) : pathname.slice(1);
  return path.toLowerCase().startsWith(`${(await groupPath(context)).toLowerCase()}/`);
}
