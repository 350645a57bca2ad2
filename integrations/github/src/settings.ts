import type { SettingsOf, SettingsSpec } from '@integration-framework/framework';

export const settings = {
  baseUrl: {
    type: 'string',
    default: 'https://api.github.com',
    description: 'Address of the API; of GitHub Enterprise Server `https://<host>/api/v3`.',
    example: 'https://github.example.com/api/v3',
  },
  token: { type: 'string', secret: true, description: 'Access token. Without credentials nothing is listed: only pushed events tell.' },
  clientId: { type: 'string', description: 'Of an OAuth app, with `clientSecret`, instead of `token`: reads public data only.', example: 'Iv1.0123456789abcdef' },
  clientSecret: { type: 'string', secret: true, description: 'Secret of the OAuth app.' },
  organization: { type: 'string', description: 'Whose repositories exist for the catalog. Default: all that the token sees.', example: 'acme' },
  pullRequests: {
    type: 'string',
    enum: ['open', 'all'],
    description: 'Which pull requests exist for the catalog: with `open` a closed one leaves it. Default: `open` where they are listed, else `all`.',
    example: 'open',
  },
} as const satisfies SettingsSpec;

export type GithubSettings = SettingsOf<typeof settings>;

/** Without credentials nothing can be listed: only pushed events tell. */
export const hasAccount = (given: GithubSettings): boolean => given.token !== undefined || given.clientSecret !== undefined;

export const wantsOnlyOpen = (given: GithubSettings): boolean => (given.pullRequests ?? (hasAccount(given) ? 'open' : 'all')) === 'open';

/** Is this repository, by its full name, one of those that exist for the catalog? */
export const isSelected = ({ organization }: GithubSettings, fullName: string): boolean =>
  organization === undefined || fullName.toLowerCase().startsWith(`${organization.toLowerCase()}/`);

/** What one setting alone cannot tell. */
export function problemsOf(given: GithubSettings): readonly string[] {
  const { baseUrl, token, clientId, clientSecret, organization } = given;
  const problems: string[] = [];
  if (!/^https?:$/.test(URL.canParse(baseUrl) ? new URL(baseUrl).protocol : '')) problems.push('baseUrl is not an address; write https://api.github.com, or https://<host>/api/v3');
  if ((clientId === undefined) !== (clientSecret === undefined)) problems.push(`${clientId === undefined ? 'clientId' : 'clientSecret'} is missing; clientId and clientSecret go together`);
  if (token !== undefined && clientSecret !== undefined) problems.push('clientSecret stands beside token; keep one of the two');
  if (token === undefined && clientSecret !== undefined && organization === undefined) problems.push('organization is missing; an OAuth app reads public data of one organization only');
  return problems;
}
