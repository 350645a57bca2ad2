import type { Delivery } from '@integration-framework/framework';

const deployment = {
  name: 'shop.war',
  runtimeName: 'shop.war',
  status: 'OK',
  enabled: true,
  persistent: true,
  content: [{ hash: { BYTES_VALUE: '3q2+7w==' } }],
  subdeployment: { 'pay.jar': { subsystem: null } },
  subsystem: { undertow: { 'active-sessions': 0, 'context-root': '/shop' } },
};
const body = { deployment, timestamp: '2026-02-01T10:11:12.345Z', eventType: 'jboss:deployment_status' };

/** What a poll hands over of a deployment that changed, and of one that is gone. */
export const deliveries: readonly Delivery[] = [
  { headers: {}, body },
  { headers: { operation: 'delete' }, body },
];
