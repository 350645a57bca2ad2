import { ABSENT, FrameworkError, isObject, SourceError, type JsonObject, type Kind, type Page, type Position, type ScanContext } from '@integration-framework/framework';
import { objectOf, parentOf } from '../client';
import type { GcpSettings } from '../settings';

// The most that a list of resources gives at a time.
const PAGE_ROWS = 1_000;
// The inventory trails the clouds by some minutes; its feed does not wait for it.
const LAG_MS = 10 * 60_000;

const textAt = (row: JsonObject, member: string): string => {
  const value = row[member];
  return typeof value === 'string' ? value : '';
};

/** An answer without any member is an empty page; one of another shape is none. */
function assetsOf(answer: unknown): readonly JsonObject[] {
  const { assets, readTime } = objectOf(answer);
  if (assets === undefined && typeof readTime === 'string') return [];
  if (!Array.isArray(assets)) throw new FrameworkError('SOURCE_UNREADABLE', ['Cloud Asset Inventory', 'assets are missing in its answer']);
  return assets.map(objectOf);
}

const isExpired = (err: unknown): boolean => err instanceof FrameworkError && err.status === 400;

/** A stored token that is refused sends the scan to its beginning, in the same generation, where what was seen stays seen. */
async function* scan(context: ScanContext<GcpSettings>, position: Position | undefined): AsyncIterable<Page<JsonObject>> {
  const query = { contentType: 'RESOURCE', pageSize: PAGE_ROWS, assetTypes: context.settings.assetTypes };
  let token = position === undefined ? undefined : String(position['token']);
  for (let isStored = token !== undefined; ; isStored = false) {
    let answer: unknown;
    try {
      answer = await context.http.get(`/${parentOf(context.settings)}/assets`, { ...query, pageToken: token });
    } catch (err) {
      if (!isStored || !isExpired(err)) throw err;
      context.log.warn('the stored position is not accepted any more; reading from the beginning');
      token = undefined;
      continue;
    }
    const next = textAt(objectOf(answer), 'nextPageToken');
    if (next !== '' && next === token) throw new SourceError('the same page over and over', { recovery: 'incomplete' });
    yield { rows: assetsOf(answer), next: next === '' ? undefined : { token: next } };
    if (next === '') return;
    token = next;
  }
}

/** `updateTime` of an asset, in lists and in the feed. */
export function updatedAt(row: JsonObject): number | undefined {
  const at = Date.parse(textAt(row, 'updateTime'));
  return Number.isNaN(at) ? undefined : at;
}

export const asset: Kind<GcpSettings, JsonObject> = {
  name: 'asset',
  vendor: 'gcp',
  keys: ['resourceName'],
  key: (row) => [textAt(row, 'name')],
  version: updatedAt,
  envelope: (row) => ({ asset: row }),
  importType: (row) => textAt(row, 'assetType'),
  // The feed may tell of types that are not listed: absence is proven one by one.
  paging: 'drifting',
  lagMs: LAG_MS,
  scan,
  async get(context, at) {
    const query = { assetNames: decodeURIComponent(at.key), contentType: 'RESOURCE' };
    // An asset that never was is an invalid argument.
    const { status, body } = await context.http.send({ url: `/${parentOf(context.settings)}:batchGetAssetsHistory`, query, accept: [400, 404] });
    if (status !== 200) return ABSENT;
    const { assets = [] } = objectOf(body);
    if (!Array.isArray(assets)) throw new FrameworkError('SOURCE_UNREADABLE', ['Cloud Asset Inventory', 'assets are missing in its answer']);
    const last = assets.map(objectOf).at(-1);
    return last && last['deleted'] !== true && isObject(last['asset']) ? (last['asset'] as JsonObject) : ABSENT;
  },
};
