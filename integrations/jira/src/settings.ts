import type { SettingsOf, SettingsSpec } from '@integration-framework/framework';

export const LIVING_ISSUES = 'statusCategory != Done OR updated >= -4w';
// Jira refuses a search that restricts nothing; this restricts nothing either.
export const EVERY_ISSUE = 'created >= "1970-01-01"';

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
    default: LIVING_ISSUES,
    pipelineDefault: EVERY_ISSUE,
    description: 'Which issues exist for the catalog: those that are not done or were changed in the last 4 weeks; with `pipelines` every issue. A resource of the mapping may say otherwise by `selector.jql`.',
    example: 'project in (SHOP, API) AND statusCategory != Done',
  },
} as const satisfies SettingsSpec;

export type JiraSettings = SettingsOf<typeof settings>;

/** Without an account nothing can be listed: only pushed events tell. */
export const hasAccount = (given: JiraSettings): boolean => given.baseUrl !== undefined;

const isDefault = (jql: string): boolean => jql === LIVING_ISSUES || jql === EVERY_ISSUE;

/** What one setting alone cannot tell. */
export function problemsOf(given: JiraSettings): readonly string[] {
  const { baseUrl, email, token, accessToken } = given;
  const problems: string[] = [];
  const isBasic = email !== undefined || token !== undefined;
  if (baseUrl !== undefined && !/^https?:$/.test(URL.canParse(baseUrl) ? new URL(baseUrl).protocol : '')) problems.push('baseUrl is not an address; write https://<site>.atlassian.net');
  if (baseUrl === undefined && (isBasic || accessToken !== undefined || !isDefault(given.jql))) problems.push('baseUrl is missing; write https://<site>.atlassian.net, or remove the other settings to take pushed events only');
  if (baseUrl !== undefined && !isBasic && accessToken === undefined) problems.push('an account is missing; set email and token, or accessToken');
  if (isBasic && accessToken !== undefined) problems.push('accessToken stands beside email and token; keep one of the two');
  if (isBasic && (email === undefined || token === undefined)) problems.push(`${email === undefined ? 'email' : 'token'} is missing; email and token go together`);
  return problems;
}
