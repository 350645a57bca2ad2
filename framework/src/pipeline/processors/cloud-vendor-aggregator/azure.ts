import { isObject, parseJson, type Clock, type JsonObject } from '../../../shared';
import { discard, lookUpFailed, missing, textAt, textsOf, timeOf, type Vendor } from './asset';
import type { AzureToken } from './azure-token';
import { createLookUps, troubleOf, type Answer } from './look-up';
import type { Send, Sent } from './send';

export interface AzureOptions {
  /** Address of the resource manager. */
  readonly manager: string;
  readonly token: AzureToken;
  readonly send: Send;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** A look-up was refused, or is not any more. */
  onRefused(message: string | undefined): void;
}

const DEFAULT_VERSION = '2025-01-01';
/** Types of resources that there are assets of, with the version of the API that knows them. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['microsoft.storage/storageaccounts', DEFAULT_VERSION],
  ['microsoft.web/sites', '2024-11-01'],
  ['microsoft.compute/virtualmachines', '2024-11-01'],
  ['microsoft.compute/disks', '2025-01-02'],
  ['microsoft.network/virtualnetworks', DEFAULT_VERSION],
  ['microsoft.network/networkinterfaces', DEFAULT_VERSION],
  ['microsoft.network/networksecuritygroups', DEFAULT_VERSION],
  ['microsoft.network/publicipaddresses', DEFAULT_VERSION],
  ['microsoft.cognitiveservices/accounts', DEFAULT_VERSION],
  ['microsoft.cognitiveservices/accounts/deployments', DEFAULT_VERSION],
]);
const OF_TAGS = 'microsoft.resources/tags/write';
const AT_TAGS = /\/providers\/microsoft\.resources\/tags\/[^/]+$/i;

/** Type in the id of a resource: `…/providers/<namespace>/<type>/<name>[/<type>/<name>…]`, in lower case. */
function typeIn(resourceId: string): string {
  const [namespace = '', ...rest] = resourceId.slice(resourceId.toLowerCase().lastIndexOf('/providers/') + '/providers/'.length).toLowerCase().split('/');
  return [namespace, ...rest.filter((_, index) => index % 2 === 0)].join('/');
}

/** The type that an operation is about; undefined when there are no assets of it. */
function typeOf(operation: string, resourceId: string): string | undefined {
  if (operation === OF_TAGS) {
    const found = typeIn(resourceId.replace(AT_TAGS, ''));
    return [...TYPES.keys()].filter((type) => `${found}/`.startsWith(`${type}/`)).sort((a, b) => b.length - a.length)[0];
  }
  const type = operation.replace(/\/(write|delete)$/, '');
  return type !== operation && TYPES.has(type) ? type : undefined;
}

const parentsOf = (id: string): readonly string[] => {
  const [, subscription] = /\/subscriptions\/([^/]+)/i.exec(id) ?? [];
  const [, group] = /\/resourcegroups\/([^/]+)/i.exec(id) ?? [];
  return [...(subscription === undefined ? [] : [`subscription/${subscription}`]), ...(group === undefined ? [] : [`resourceGroup/${group}`])];
};

/** Resources: those that were imported as they are; of a record of the activity log the resource is looked up. */
export function createAzure(options: AzureOptions): Vendor {
  const lookUp = createLookUps<JsonObject>(options);
  return async (event) => {
    const data = (isObject(event.data) ? event.data : {}) as JsonObject;
    const assetOf = (resource: JsonObject, id: string, ...times: readonly (string | undefined)[]) => ({
      name: textAt(resource, 'name') ?? id.slice(id.lastIndexOf('/') + 1),
      type: textAt(resource, 'type') ?? typeIn(id),
      provider: 'azure' as const,
      location: textAt(resource, 'location') ?? '',
      relationships: parentsOf(textAt(resource, 'id') ?? id),
      tags: textsOf(resource['tags']),
      timestamp: timeOf(event, ...times),
    });
    const imported = textAt(data, 'id');
    const operation = textAt(data, 'operationName')?.toLowerCase();
    if (operation === undefined) {
      if (imported === undefined) return missing('resource');
      return { is: 'asset', raw: data, asset: assetOf(data, imported, textAt(data, 'changedTime'), textAt(data, 'createdTime')) };
    }
    const resourceId = textAt(data, 'resourceId');
    if (resourceId === undefined) return missing('resourceId');
    const type = typeOf(operation, resourceId);
    if (type === undefined) return discard('unknown-type');
    if (!/^succe(ss|eded)$/i.test(textAt(data, 'resultType') ?? '')) return discard('not-completed');

    const id = resourceId.replace(AT_TAGS, '');
    const url = new URL(`${options.manager}${id.split('/').map(encodeURIComponent).join('/')}?api-version=${TYPES.get(type) ?? DEFAULT_VERSION}`);
    const found = await lookUp({ key: id.toLowerCase(), receivedAt: Date.parse(event.receivedAt), ask: () => resourceAt(url, options) });
    if (found.is === 'failed') return lookUpFailed(found.message);
    if (found.is === 'absent') return discard('not-found');
    options.onRefused(found.is === 'refused' ? found.message : undefined);
    const resource = found.is === 'found' ? found.value : withoutTags(data);
    return { is: 'asset', raw: data, asset: assetOf(resource, id, textAt(data, 'time')) };
  };
}

/** What a record itself says of the resource. */
const withoutTags = (record: JsonObject): JsonObject => ({ location: record['location'] ?? null });

async function resourceAt(url: URL, { send, token }: AzureOptions): Promise<Answer<JsonObject>> {
  const ask = async (renew: boolean): Promise<Sent | Exclude<Awaited<ReturnType<AzureToken>>, { is: 'found' }>> => {
    const held = await token(renew);
    return held.is === 'found' ? send({ url, headers: { authorization: `Bearer ${held.value}` } }) : held;
  };
  let sent = await ask(false);
  if (!('is' in sent) && sent.status === 401) sent = await ask(true);
  if ('is' in sent) return sent;
  if (sent.status === 404) return { is: 'absent' };
  if (sent.status !== 200) return troubleOf(sent, 'the resource manager') ?? { is: 'failed', message: `the resource manager answered ${sent.status}` };
  const body: unknown = parseJson(sent.text);
  return isObject(body) ? { is: 'found', value: body as JsonObject } : { is: 'failed', message: 'the resource manager answered something else than a resource' };
}
