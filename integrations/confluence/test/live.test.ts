import { canonicalId, deliveryIdOf, eventNameOf, identityOf, keyNames, type Change, type Delivery, type JsonObject } from '@integration-framework/framework';
import confluence from '../src/index';
import type { ConfluenceSettings } from '../src/settings';
import { deliveries, delivery } from './deliveries';

const live = confluence.live!;
const settings: ConfluenceSettings = {};
type Thing = Exclude<Change, { readonly is: 'ignored' }>;

function changeOf(given: Delivery): Thing {
  const { type } = eventNameOf(live, given)!;
  const [change, ...others] = live.changes({ ...given, type }, settings);
  if (!change || change.is === 'ignored' || others.length > 0) throw new Error(`one change was expected of ${type}`);
  return change;
}

test.each<[string, Change['is'], string]>([
  ['page_created', 'changed', 'page:1011'],
  ['page_updated', 'changed', 'page:1011'],
  ['page_moved', 'changed', 'page:1011'],
  ['page_restored', 'changed', 'page:1011'],
  ['page_removed', 'gone', 'page:1011'],
  ['page_trashed', 'gone', 'page:1011'],
  ['blog_created', 'changed', 'blog:1011'],
  ['blog_updated', 'changed', 'blog:801'],
  ['blog_restored', 'changed', 'blog:801'],
  ['blog_removed', 'gone', 'blog:801'],
  ['blog_trashed', 'gone', 'blog:801'],
  ['space_created', 'changed', 'space:101'],
  ['space_updated', 'changed', 'space:101'],
  ['space_removed', 'gone', 'space:101'],
  ['comment_created', 'changed', 'comment:501'],
  ['comment_updated', 'changed', 'comment:501'],
  ['comment_removed', 'gone', 'comment:501'],
  ['attachment_created', 'changed', 'attachment:601'],
  ['attachment_updated', 'changed', 'attachment:601'],
  ['attachment_removed', 'gone', 'attachment:601'],
  ['template_created', 'changed', 'template:701'],
  ['template_updated', 'changed', 'template:701'],
  ['template_removed', 'gone', 'template:701'],
  ['applicationlink_created', 'changed', 'application-link:a1b2'],
  ['applicationlink_updated', 'changed', 'application-link:a1b2'],
  ['applicationlink_removed', 'gone', 'application-link:a1b2'],
  ['user_created', 'changed', 'user:4028e485'],
  ['user_updated', 'changed', 'user:4028e485'],
  ['user_deactivated', 'changed', 'user:4028e485'],
  ['user_removed', 'gone', 'user:4028e485'],
  ['label_created', 'changed', 'label:901'],
  ['label_removed', 'gone', 'label:901'],
  ['like_created', 'changed', 'like:902'],
  ['like_removed', 'gone', 'like:902'],
  ['group_created', 'changed', 'group:confluence-users'],
  ['group_removed', 'gone', 'group:confluence-users'],
  ['connect_addon_installed', 'changed', 'addon:com.example.addon'],
  ['connect_addon_enabled', 'changed', 'addon:com.example.addon'],
  ['connect_addon_disabled', 'changed', 'addon:com.example.addon'],
  ['connect_addon_uninstalled', 'gone', 'addon:com.example.addon'],
])('%s: %s, %s', (type, is, id) => {
  const given = deliveries.find((candidate) => eventNameOf(live, candidate)?.type === type)!;
  const change = changeOf(given);
  expect([change.is, canonicalId({ vendor: confluence.type, kind: change.kind }, identityOf(change.keys)!)]).toEqual([is, `confluence.${id}`]);
  // Orders what is only told; the vendor has no id of a delivery.
  expect([change.at, deliveryIdOf(live, given)]).toEqual([1_768_212_000_123, undefined]);
});

test('every event of the catalogue has its delivery here, and no other', () => {
  expect(deliveries.map((given) => eventNameOf(live, given)!.type)).toEqual([...live.events]);
});

test('the header names the event, else the body', () => {
  expect(eventNameOf(live, { headers: { 'x-event-key': 'page_created' }, body: { event: 'page_updated' } })).toEqual({ type: 'page_created', inHeader: true });
  expect(eventNameOf(live, { headers: {}, body: { event: 'page_updated' } })).toEqual({ type: 'page_updated', inHeader: false });
});

test('names of keys', () => {
  const named = Object.fromEntries((confluence.kinds ?? []).map((kind) => [kind.name, keyNames(kind)]));
  expect(named).toMatchObject({ page: ['id'], blog: ['id'], space: ['id'], user: ['userKey'], group: ['name'], addon: ['key'], like: ['id'] });
  for (const given of deliveries) expect([changeOf(given).kind, changeOf(given).keys.map(({ name }) => name)]).toEqual([changeOf(given).kind, named[changeOf(given).kind]]);
});

test.each<[string, string, JsonObject, JsonObject]>([
  ['page_updated', 'page', {}, { id: '1011', spaceKey: 'SHOP', createdAt: '2026-01-11T09:00:00.000Z', version: { number: 2, createdAt: '2026-01-12T10:00:00.123Z' }, _links: { base: '', webui: 'https://wiki.example.com/display/SHOP/Page+1011' } }],
  ['page_updated', 'page', { spaceKey: undefined, space: { key: 'ENG' }, creationDate: 'soon' } as unknown as JsonObject, { spaceKey: 'ENG', createdAt: null }],
  ['space_created', 'space', {}, { id: '101', key: 'SHOP', name: 'Space SHOP', createdAt: '2026-01-11T09:00:00.000Z' }],
])('without an account, %s gives a %s as the API writes it', (event, member, more, row) => {
  expect(changeOf(delivery(event, member, more)).row).toMatchObject(row);
});

test('an event without the id of its thing makes no identity', () => {
  expect(identityOf(changeOf({ headers: {}, body: { event: 'page_created', page: { title: 'x' } } }).keys)).toBeUndefined();
  expect(identityOf(changeOf({ headers: {}, body: { event: 'space_created' } }).keys)).toBeUndefined();
});

test('while they are listed, events of spaces and pages only ask; all else is told', () => {
  expect(confluence.kinds?.filter(({ claims }) => claims === 'ask').map(({ name }) => name)).toEqual(['space', 'page']);
  expect(confluence.kinds?.filter(({ scan }) => scan).map(({ name, importType }) => [name, importType])).toEqual([['space', 'space'], ['page', 'page']]);
});

test('forms and both headers of a signature are taken', () => {
  expect([live.form, live.verify]).toEqual([true, { scheme: 'hmac', header: 'X-Hub-Signature-256', fallbackHeader: 'X-Hub-Signature' }]);
});
