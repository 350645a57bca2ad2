import type { Delivery, JsonObject } from '@integration-framework/framework';

const TIME = 1_768_212_000_123;
const person = { creatorKey: '4028e485', creatorName: 'ann', lastModifierKey: '4028e485', lastModifierName: 'ann' };
const things: Readonly<Record<string, JsonObject>> = {
  page: { ...person, id: 1011, title: 'Page 1011', spaceKey: 'SHOP', self: 'https://wiki.example.com/display/SHOP/Page+1011', version: 2, creationDate: 1_768_122_000_000, modificationDate: TIME },
  space: { id: 101, key: 'SHOP', title: 'Space SHOP', isPersonalSpace: false, self: 'https://wiki.example.com/display/SHOP', creationDate: 1_768_122_000_000 },
  comment: { ...person, id: 501, self: 'https://wiki.example.com/x/501', parent: { id: 1011 } },
  attachment: { ...person, id: 601, fileName: 'plan.pdf', version: 1, spaceKey: 'SHOP' },
  template: { id: 701, name: 'Minutes' },
  blog: { ...person, id: 801, title: 'News', spaceKey: 'SHOP' },
  applicationLink: { id: 'a1b2', name: 'Jira' },
  user: { userKey: '4028e485', username: 'ann' },
  label: { id: 901, name: 'draft', prefix: 'global' },
  like: { id: 902 },
  group: { name: 'confluence-users' },
  addon: { key: 'com.example.addon' },
};

/** As Confluence's documentation of webhooks shows it. Data Center names the event in a header and in the body. */
export const delivery = (event: string, member: string, more: JsonObject = {}): Delivery => ({
  headers: { 'x-event-key': event },
  body: { timestamp: TIME, event, userKey: '4028e485', [member]: { ...things[member], ...more } },
});

const of = (member: string, ...events: readonly string[]): readonly Delivery[] => events.map((event) => delivery(event, member));

/** One delivery of each event of the catalogue, in its order. */
export const deliveries: readonly Delivery[] = [
  ...of('page', 'page_created', 'page_updated', 'page_moved', 'page_restored', 'page_removed', 'page_trashed'),
  ...of('page', 'blog_created'), // Data Center writes a blog as a page
  ...of('blog', 'blog_updated', 'blog_restored', 'blog_removed', 'blog_trashed'),
  ...of('space', 'space_created', 'space_updated', 'space_removed'),
  ...of('comment', 'comment_created', 'comment_updated', 'comment_removed'),
  ...of('attachment', 'attachment_created', 'attachment_updated', 'attachment_removed'),
  ...of('template', 'template_created', 'template_updated', 'template_removed'),
  ...of('applicationLink', 'applicationlink_created', 'applicationlink_updated', 'applicationlink_removed'),
  ...of('user', 'user_created', 'user_updated', 'user_deactivated', 'user_removed'),
  ...of('label', 'label_created', 'label_removed'),
  ...of('like', 'like_created', 'like_removed'),
  ...of('group', 'group_created', 'group_removed'),
  ...of('addon', 'connect_addon_installed', 'connect_addon_enabled', 'connect_addon_disabled', 'connect_addon_uninstalled'),
];
