import { ABSENT, FrameworkError, SourceError, type JsonObject, type Kind, type Page, type Position, type ScanContext } from '@integration-framework/framework';
import { objectOf, valuesOf } from '../client';
import { idOfRow } from '../live';
import { groupIn, typeOf } from '../resource-id';
import type { AzureSettings } from '../settings';

/** What is imported. */
const TYPES = [
  'Microsoft.Storage/storageAccounts',
  'Microsoft.Web/sites',
  'Microsoft.Compute/virtualMachines',
  'Microsoft.Compute/disks',
  'Microsoft.Network/virtualNetworks',
  'Microsoft.Network/networkInterfaces',
  'Microsoft.Network/networkSecurityGroups',
  'Microsoft.Network/publicIPAddresses',
];
const IMPORTED = new Set(TYPES.map((type) => type.toLowerCase()));
const QUERY = { 'api-version': '2021-04-01', $expand: 'createdTime,changedTime' };

const isExpired = (err: unknown): boolean => err instanceof FrameworkError && err.status === 400;

/** The token in the address of the next page; undefined on the last. */
function nextOf(answer: unknown): string | undefined {
  const { nextLink } = objectOf(answer);
  if (typeof nextLink !== 'string' || nextLink === '') return undefined;
  const token = URL.canParse(nextLink) ? new URL(nextLink).searchParams.get('$skiptoken') : null;
  if (!token) throw new SourceError('the address of the next page holds no token', { recovery: 'incomplete' });
  return token;
}

/** A stored token that is refused sends the scan to its beginning, in the same generation, where what was seen stays seen. */
async function* scan(context: ScanContext<AzureSettings>, position: Position | undefined): AsyncIterable<Page<JsonObject>> {
  const url = `/subscriptions/${encodeURIComponent(context.settings.subscriptionId)}/resources`;
  const query = { ...QUERY, $filter: TYPES.map((type) => `resourceType eq '${type}'`).join(' or ') };
  let token = position === undefined ? undefined : String(position['token']);
  for (let isStored = token !== undefined; ; isStored = false) {
    let answer: unknown;
    try {
      answer = await context.http.get(url, { ...query, $skiptoken: token });
    } catch (err) {
      if (!isStored || !isExpired(err)) throw err;
      context.log.warn('the stored position is not accepted any more; reading from the beginning');
      token = undefined;
      continue;
    }
    const next = nextOf(answer);
    if (next !== undefined && next === token) throw new SourceError('the same page over and over', { recovery: 'incomplete' });
    yield { rows: valuesOf(answer), next: next === undefined ? undefined : { token: next } };
    if (next === undefined) return;
    token = next;
  }
}

/** The row is a record of the activity log, or the resource as it is listed, whichever was learned last: they share no version. */
export const resource: Kind<AzureSettings, JsonObject> = {
  name: 'resource',
  vendor: 'azure',
  keys: ['resourceId'],
  key: (row) => [idOfRow(row) ?? ''],
  claims: 'decide',
  importType: 'FromLiveLoad',
  // Records tell of types and subscriptions that are never listed: absence is proven one by one.
  paging: 'drifting',
  scan,
  async get(context, at) {
    const id = decodeURIComponent(at.key);
    const { subscriptionId } = context.settings;
    const [type, group] = [typeOf(id), groupIn(id, subscriptionId)];
    // What the import does not read stays as it was told.
    if (type === undefined || group === undefined || !IMPORTED.has(type)) return at.row ?? ABSENT;
    const name = id.slice(id.lastIndexOf('/') + 1).replaceAll("'", "''");
    const url = `/subscriptions/${encodeURIComponent(subscriptionId)}/resourceGroups/${encodeURIComponent(group)}/resources`;
    const { status, body } = await context.http.send({ url, query: { ...QUERY, $filter: `resourceType eq '${type}' and name eq '${name}'` }, accept: [404] });
    return status === 404 ? ABSENT : (valuesOf(body).find((row) => idOfRow(row) === id) ?? ABSENT);
  },
};
