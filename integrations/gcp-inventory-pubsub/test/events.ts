import type { Delivery, JsonObject } from '@integration-framework/framework';

const bucket = (name: string, updateTime: string): JsonObject => ({
  name: `//storage.googleapis.com/${name}`,
  assetType: 'storage.googleapis.com/Bucket',
  ancestors: ['projects/123456789012'],
  updateTime,
  resource: { version: 'v1', location: 'eu', parent: '//cloudresourcemanager.googleapis.com/projects/123456789012', data: { name } },
});

export const changed: JsonObject = { asset: bucket('acme-invoices', '2026-02-01T10:11:12.345678Z'), window: { startTime: '2026-02-01T10:11:12.345678Z' }, priorAssetState: 'PRESENT' };
export const deleted: JsonObject = { asset: bucket('acme-invoices', '2026-02-01T11:00:00Z'), deleted: true, window: { startTime: '2026-02-01T11:00:00Z' } };

export const deliveries: readonly Delivery[] = [changed, deleted].map((body) => ({ headers: {}, body }));
