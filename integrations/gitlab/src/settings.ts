import type { SettingsOf, SettingsSpec } from '@integration-framework/framework';

export const settings = {
  baseUrl: { type: 'string', default: 'https://gitlab.com', description: 'Address of GitLab, without `/api/v4`.', example: 'https://gitlab.example.com' },
  token: { type: 'string', secret: true, description: 'Access token of a group, project or person with the scope `read_api`. Without it nothing is listed: only pushed events tell.' },
  group: { type: 'string', description: 'Full path or id of the group whose projects exist for the catalog, with those of its subgroups.', example: 'acme/platform' },
} as const satisfies SettingsSpec;

export type GitlabSettings = SettingsOf<typeof settings>;

/** Without an account nothing can be listed: only pushed events tell. */
export const hasAccount = (given: GitlabSettings): boolean => given.token !== undefined && given.group !== undefined;

/** `baseUrl` in one form, whatever it ends with. */
export const rootOf = ({ baseUrl }: GitlabSettings): string => baseUrl.replace(/\/+$/, '');

/** The group as GitLab names it: a full path, or an id in digits. */
export const groupOf = ({ group = '' }: GitlabSettings): string => group.replace(/^\/+|\/+$/g, '');

const protocolOf = (address: string): string => (URL.canParse(address) ? new URL(address).protocol : '');

/** What one setting alone cannot tell. */
export function problemsOf(given: GitlabSettings): readonly string[] {
  const { baseUrl, token, group } = given;
  const problems: string[] = [];
  if (!/^https?:$/.test(protocolOf(baseUrl))) problems.push('baseUrl is not an address; write https://gitlab.com, or that of your own server');
  else if (/\/api\/v\d+\/*$/.test(baseUrl)) problems.push('baseUrl ends in the path of the API; leave out /api/v4');
  if (token !== undefined && group === undefined) problems.push('group is missing; write the full path of the group whose projects are to be listed, such as acme/platform');
  if (token === undefined && group !== undefined) problems.push('token is missing; set it, or remove group to take pushed events only');
  if (group !== undefined && (protocolOf(group) !== '' || groupOf(given) === '')) problems.push('group is not the path of a group; write what follows the host in its address, such as acme/platform');
  return problems;
}
