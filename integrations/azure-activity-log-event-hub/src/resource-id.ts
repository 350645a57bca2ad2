const PROVIDERS = '/providers/';
const AT_TAGS = /\/providers\/microsoft\.resources\/tags\/[^/]+$/;

/** Name of a resource: its id in lower case. The tags of a resource are no resource of their own. */
export const resourceIdOf = (id: string): string => id.toLowerCase().replace(AT_TAGS, '');

/** `<namespace>/<type>[/<type>…]` of an id in lower case; undefined when it is none of a resource. */
export function typeOf(id: string): string | undefined {
  const at = id.lastIndexOf(PROVIDERS);
  if (at < 0) return undefined;
  const [namespace = '', ...rest] = id.slice(at + PROVIDERS.length).split('/');
  const types = rest.filter((_, index) => index % 2 === 0);
  return types.length > 0 && rest.length % 2 === 0 ? [namespace, ...types].join('/') : undefined;
}

/** The group that holds the resource, as part of a path; undefined for what stands outside of groups or in another subscription. */
export function groupIn(id: string, subscriptionId: string): string | undefined {
  const [, subscription, group] = /^\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\//.exec(id) ?? [];
  return subscription === subscriptionId.toLowerCase() ? group : undefined;
}
