import type { Delivery, JsonObject } from '@integration-framework/framework';

export const SUBSCRIPTION = '11111111-2222-3333-4444-555555555555';
export const ID = `/subscriptions/${SUBSCRIPTION}/resourceGroups/Web/providers/Microsoft.Web/sites/Shop`;

/** A record of the activity log, as it is exported. */
export const record = (operationName: string, more: JsonObject = {}): JsonObject => ({
  time: '2026-02-01T10:11:12.3456789Z',
  resourceId: ID.toUpperCase(),
  operationName,
  category: 'Administrative',
  resultType: 'Success',
  correlationId: 'c0000000-0000-4000-8000-000000000001',
  callerIpAddress: '192.0.2.1',
  level: 'Information',
  ...more,
});

export const deliveries: readonly Delivery[] = [
  record('MICROSOFT.WEB/SITES/WRITE'),
  record('Microsoft.Resources/tags/write', { resourceId: `${ID}/providers/Microsoft.Resources/tags/default` }),
  record('MICROSOFT.WEB/SITES/DELETE'),
].map((body) => ({ headers: {}, body }));
