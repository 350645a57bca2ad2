import { eventCatalogue } from '@integration-framework/framework';

/** One change of an asset, as the feed of the inventory sends it. */
export const live = eventCatalogue({
  eventType: [{ always: 'sync-event' }],
  rules: [{ kind: 'asset', write: ['sync-event'], deleteWhen: { deleted: ['true'] }, keys: ['resourceName*=asset.name', 'resourceType=asset.assetType'] }],
});
