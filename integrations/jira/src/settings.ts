import type { SettingsOf, SettingsSpec } from '@integration-framework/framework';

export const settings = {
  baseUrl: {
    type: 'string',
    description: 'Address of the site. With an OAuth access token: https://api.atlassian.com/ex/jira/<cloud id>.',
    example: 'https://acme.atlassian.net',
  },
  email: { type: 'string', description: 'Account that `token` belongs to.', example: 'catalog@example.com' },
  token: { type: 'string', secret: true, description: 'API token of the account.' },
  accessToken: { type: 'string', secret: true, description: 'OAuth bearer token, instead of `email` and `token`.' },
  jql: {
    type: 'string',
    description: 'Which issues exist for the catalog. A resource of the mapping may say otherwise by `selector.jql`. Default: issues that are not done or were changed in the last 4 weeks.',
    example: 'project in (SHOP, API) AND statusCategory != Done',
  },
} as const satisfies SettingsSpec;

export type JiraSettings = SettingsOf<typeof settings>;

/** Without an account nothing can be listed: only pushed events tell. */
export const hasAccount = (given: JiraSettings): boolean => given.baseUrl !== undefined;

/** What one setting alone cannot tell. */
export function problemsOf(given: JiraSettings): readonly string[] {
  const { baseUrl, email, token, accessToken } = given;
  const problems: string[] = [];
  const isBasic = email !== undefined || token !== undefined;
  if (baseUrl !== undefined && !/^https?:$/.test(URL.canParse(baseUrl) ? new URL(baseUrl).protocol : '')) problems.push('baseUrl is not an address; write https://<site>.atlassian.net');
  if (baseUrl === undefined && (isBasic || accessToken !== undefined || given.jql !== undefined)) problems.push('baseUrl is missing; write https://<site>.atlassian.net, or remove the other settings to take pushed events only');
  if (baseUrl !== undefined && !isBasic && accessToken === undefined) problems.push('an account is missing; set email and token, or accessToken');
  if (isBasic && accessToken !== undefined) problems.push('accessToken stands beside email and token; keep one of the two');
  if (isBasic && (email === undefined || token === undefined)) problems.push(`${email === undefined ? 'email' : 'token'} is missing; email and token go together`);
  return problems;
}
