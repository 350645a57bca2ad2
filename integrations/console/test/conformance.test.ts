import path from 'node:path';
import { canonicalId, eventId, identityOf, keyNames, type Delivery } from '@integration-framework/framework';
import { conformance, kindOf } from '@integration-framework/framework/testkit';
import integration from '../src/index';

const at = 1_769_940_672_345;
const delivery = (eventName: string, more: Readonly<Record<string, string>>): Delivery => ({
  headers: {},
  body: { eventName, eventTimestamp: at, payload: { tenantId: 'acme', projectId: 'shop', ...more } },
});
const told: readonly (readonly [Delivery, string])[] = [
  [delivery('project_created', {}), 'console.project:acme/shop'],
  [delivery('service_created', { serviceName: 'api/gateway' }), 'console.service:acme/shop/api%2Fgateway'],
  [delivery('configuration_saved', { revisionName: 'main' }), 'console.configuration:acme/shop/main'],
  [delivery('tag_created', { tagName: 'v1.0.0' }), 'console.tag:acme/shop/v1.0.0'],
];

conformance(integration, { folder: path.join(__dirname, '..'), settings: () => ({}), deliveries: told.map(([given]) => given) });

test.each(told)('%j', (given, id) => {
  const type = (given.body as { eventName: string }).eventName;
  const [change, ...others] = integration.live!.changes({ ...given, type }, {});
  if (change?.is !== 'changed') throw new Error('not told');
  expect(others).toEqual([]);
  expect(canonicalId({ vendor: integration.type, kind: change.kind }, identityOf(change.keys)!)).toBe(id);
  expect(change).toMatchObject({ at, row: { tenantId: 'acme' } });
});

test('without a project there is no identity', () => {
  const [change] = integration.live!.changes({ headers: {}, body: { eventName: 'project_created', payload: { tenantId: 'acme' } }, type: 'project_created' }, {});
  expect(change?.is === 'changed' && identityOf(change.keys)).toBeUndefined();
});

test('what a key is called is its member of the payload', () => {
  const [change] = integration.live!.changes({ ...delivery('service_created', { serviceName: 'api' }), type: 'service_created' }, {});
  if (change?.is !== 'changed') throw new Error('not told');
  expect(eventId(keyNames(kindOf(integration, 'service')), identityOf(change.keys)!)).toEqual({ tenantId: 'acme', projectId: 'shop', serviceName: 'api' });
});

test('deliveries prove themselves in one fixed header', () => {
  expect(integration.live!.verify).toEqual({ scheme: 'suffix-hash', header: 'X-Mia-Signature', fixedHeader: true });
});
