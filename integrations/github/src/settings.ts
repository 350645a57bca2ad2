import type { SettingsOf, SettingsSpec } from '@integration-framework/framework';
import { privateKeyOf } from './app-token';

export const settings = {
  baseUrl: {
    type: 'string',
    default: 'https://api.github.com',
    description: 'Address of the API; of GitHub Enterprise Server `https://<host>/api/v3`.',
    example: 'https://github.example.com/api/v3',
  },
  token: { type: 'string', secret: true, description: 'Access token. Without credentials nothing is listed: only pushed events tell.' },
  clientId: { type: 'string', description: 'Of an OAuth app, with `clientSecret`: reads public data only. Of a GitHub App, with `privateKey`, instead of `appId`.', example: 'Iv1.0123456789abcdef' },
  clientSecret: { type: 'string', secret: true, description: 'Secret of the OAuth app.' },
  appId: { type: 'integer', min: 1, description: 'Of a GitHub App, with `privateKey` and `installationId`.', example: 123456 },
  privateKey: { type: 'string', secret: true, description: 'Private key of the GitHub App: the content of its .pem file; line ends may be written as `\\n`.' },
  installationId: { type: 'integer', min: 1, description: 'Which installation of the GitHub App; the last part of the address of its settings page.', example: 7654321 },
  organization: { type: 'string', description: 'Whose repositories exist for the catalog. Default: all that the credentials see.', example: 'acme' },
  pullRequests: {
    type: 'string',
    enum: ['open', 'all'],
    default: 'open',
    pipelineDefault: 'all',
    description: 'Which pull requests exist for the catalog: with `open` a closed one leaves it.',
    example: 'open',
  },
} as const satisfies SettingsSpec;

export type GithubSettings = SettingsOf<typeof settings>;

/** Without credentials nothing can be listed: only pushed events tell. */
export const hasAccount = (given: GithubSettings): boolean => given.token !== undefined || given.clientSecret !== undefined || given.privateKey !== undefined;

/** An OAuth app by itself acts for nobody: it reads what everybody may read. */
export const actsForSomebody = (given: GithubSettings): boolean => given.token !== undefined || given.privateKey !== undefined;

export const wantsOnlyOpen = (given: GithubSettings): boolean => given.pullRequests === 'open';

/** Is what this login owns among that which exists for the catalog? */
export const isSelected = ({ organization }: GithubSettings, owner: string): boolean => organization === undefined || owner.toLowerCase() === organization.toLowerCase();

/** What one setting alone cannot tell. */
export function problemsOf(given: GithubSettings): readonly string[] {
  const { baseUrl, token, clientId, clientSecret, organization } = given;
  const problems: string[] = [];
  if (!/^https?:$/.test(URL.canParse(baseUrl) ? new URL(baseUrl).protocol : '')) problems.push('baseUrl is not an address; write https://api.github.com, or https://<host>/api/v3');
  const isApp = given.privateKey !== undefined || given.appId !== undefined || given.installationId !== undefined;
  const chosen = [token && 'token', isApp && 'privateKey', clientSecret && 'clientSecret'].filter((name) => typeof name === 'string');
  if (chosen.length > 1) problems.push(`${chosen.at(-1)} stands beside ${chosen[0]}; keep one of the two`);
  if (isApp) problems.push(...problemsOfApp(given));
  else if ((clientId === undefined) !== (clientSecret === undefined)) problems.push(`${clientId === undefined ? 'clientId' : 'clientSecret'} is missing; clientId and clientSecret go together`);
  if (chosen.length === 1 && clientSecret !== undefined && organization === undefined) problems.push('organization is missing; an OAuth app reads public data of one organization only');
  return problems;
}

function problemsOfApp({ appId, clientId, installationId, privateKey }: GithubSettings): readonly string[] {
  const problems: string[] = [];
  if (appId === undefined && clientId === undefined) problems.push('appId is missing; a GitHub App needs appId (or clientId), installationId and privateKey');
  if (appId !== undefined && clientId !== undefined) problems.push('clientId stands beside appId; keep one of the two');
  if (installationId === undefined) problems.push('installationId is missing; a GitHub App needs appId (or clientId), installationId and privateKey');
  if (privateKey === undefined) problems.push('privateKey is missing; a GitHub App needs appId (or clientId), installationId and privateKey');
  else if (privateKeyOf(privateKey) === undefined) problems.push('privateKey is not an RSA key in PEM; give the content of the .pem file of the GitHub App, best by { fromFile: … }');
  return problems;
}
