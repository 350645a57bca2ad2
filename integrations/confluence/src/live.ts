import { eventCatalogue } from '@integration-framework/framework';
import { fromHook as pageFromHook } from './kinds/page';
import { fromHook as spaceFromHook } from './kinds/space';

const named = (thing: string, ...endings: readonly string[]): readonly string[] => endings.map((ending) => `${thing}_${ending}`);
/** What a thing that is made, changed and removed tells. */
const edited = (thing: string) => ({ kind: thing, write: named(thing, 'created', 'updated'), delete: named(thing, 'removed'), keys: [`${thing}.id*`] });
/** What a thing that is only there or not tells. */
const toggled = (thing: string, key: string) => ({ kind: thing, write: named(thing, 'created'), delete: named(thing, 'removed'), keys: [`${thing}.${key}*`] });

export const live = eventCatalogue({
  verify: { scheme: 'hmac', header: 'X-Hub-Signature-256', fallbackHeader: 'X-Hub-Signature' },
  form: true,
  eventType: [{ header: 'x-event-key' }, { member: 'event' }],
  at: 'timestamp',
  rules: [
    { kind: 'page', write: named('page', 'created', 'updated', 'moved', 'restored'), delete: named('page', 'removed', 'trashed'), keys: ['page.id*'], row: pageFromHook },
    { kind: 'blog', write: named('blog', 'created', 'updated', 'restored'), delete: named('blog', 'removed', 'trashed'), keys: ['page.id* or blog.id'] },
    { ...edited('space'), row: spaceFromHook },
    edited('comment'),
    edited('attachment'),
    edited('template'),
    { kind: 'application-link', write: named('applicationlink', 'created', 'updated'), delete: named('applicationlink', 'removed'), keys: ['applicationLink.id*'] },
    { kind: 'user', write: named('user', 'created', 'updated', 'deactivated'), delete: named('user', 'removed'), keys: ['user.userKey*'] },
    toggled('label', 'id'),
    toggled('like', 'id'),
    toggled('group', 'name'),
    { kind: 'addon', write: named('connect_addon', 'installed', 'enabled', 'disabled'), delete: named('connect_addon', 'uninstalled'), keys: ['addon.key*'] },
  ],
});
