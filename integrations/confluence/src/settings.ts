import type { SettingsOf, SettingsSpec } from '@integration-framework/framework';

const ITEM_TYPES = ['space', 'page'];

export const settings = {
  baseUrl: { type: 'string', description: 'Address of the Confluence Cloud site, with or without `/wiki`. With a scoped token: https://api.atlassian.com/ex/confluence/<cloud id>.', example: 'https://acme.atlassian.net' },
  username: { type: 'string', secret: true, description: 'E-mail of the account that `apiToken` belongs to.' },
  apiToken: { type: 'string', secret: true, description: 'API token of the account. Without an account nothing is listed: only pushed events tell.' },
  itemTypes: { type: 'list', description: 'What is listed: `space`, `page`. Default: both.', example: ['page'] },
  spaceKeysFilter: { type: 'list', description: 'Keys of the spaces that exist for the catalog, with their pages. Default: all that the account sees.', example: ['SHOP', 'ENG'] },
} as const satisfies SettingsSpec;

export type ConfluenceSettings = SettingsOf<typeof settings>;

/** Without an account nothing can be listed: only pushed events tell. */
export const hasAccount = ({ baseUrl, username, apiToken }: ConfluenceSettings): boolean => baseUrl !== undefined && username !== undefined && apiToken !== undefined;

/** An empty list says nothing, as an absent one. */
const said = (list: readonly string[] | undefined): readonly string[] | undefined => (list?.length ? list : undefined);

export const lists = (given: ConfluenceSettings, itemType: string): boolean => hasAccount(given) && (said(given.itemTypes)?.includes(itemType) ?? true);

/** Keys of the spaces that are selected; undefined = all. */
export const selectedSpaces = (given: ConfluenceSettings): readonly string[] | undefined => said(given.spaceKeysFilter);

export const isSelected = (given: ConfluenceSettings, spaceKey: string): boolean => selectedSpaces(given)?.includes(spaceKey) ?? true;

/** The site without `/wiki`; the name of the default can belong to nobody (RFC 2606), and nothing calls it. */
export const siteOf = ({ baseUrl = 'https://no-account.invalid' }: ConfluenceSettings): string => baseUrl.replace(/\/+$/, '').replace(/\/wiki$/, '');

/** What one setting alone cannot tell. */
export function problemsOf(given: ConfluenceSettings): readonly string[] {
  const { baseUrl, username, apiToken, itemTypes = [] } = given;
  const problems: string[] = [];
  if (baseUrl !== undefined && !/^https?:$/.test(URL.canParse(baseUrl) ? new URL(baseUrl).protocol : '')) problems.push('baseUrl is not an address; write https://<site>.atlassian.net');
  const account = Object.entries({ baseUrl, username, apiToken });
  const missing = account.filter(([, value]) => value === undefined).map(([name]) => name);
  if (missing.length > 0 && missing.length < account.length) problems.push(`${missing.join(' and ')} is missing; baseUrl, username and apiToken go together, or remove them to take pushed events only`);
  for (const itemType of itemTypes) if (!ITEM_TYPES.includes(itemType)) problems.push(`itemTypes holds '${itemType}'; it takes ${ITEM_TYPES.join(' and ')}`);
  return problems;
}
