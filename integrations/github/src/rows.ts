import { isObject, type Json, type JsonObject, type Version } from '@integration-framework/framework';

/** An id; '' when there is none. */
export function idOf({ id }: JsonObject): string | number | bigint {
  return typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint' ? id : '';
}

/** An inner object; without members when there is none. */
export function objectAt(row: JsonObject, member: string): JsonObject {
  const inner = row[member];
  return isObject(inner) ? (inner as JsonObject) : {};
}

/** A text of an object; '' when there is none. */
export function textAt(row: JsonObject, member: string): string {
  const value = row[member];
  return typeof value === 'string' ? value : '';
}

/** `updated_at`, exact to the second: two states of one second are told apart by asking. */
export function updatedAt({ updated_at: text }: JsonObject): Version | undefined {
  const at = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

export function without(row: JsonObject, members: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(row).filter(([member]) => !members.has(member)));
}

const OF_REPOSITORY = ['id', 'node_id', 'name', 'full_name', 'private', 'fork', 'html_url', 'url', 'default_branch'];

/** A repository inside another row: what names it. Its counters and times are its own, and change without the row. */
export function namedRepository(row: JsonObject, member: string): JsonObject | null {
  const repository = row[member];
  if (!isObject(repository)) return null;
  const owner = objectAt(repository as JsonObject, 'owner');
  return { ...(Object.fromEntries(OF_REPOSITORY.filter((name) => name in repository).map((name) => [name, repository[name]])) as JsonObject), owner: { login: owner['login'] ?? null, id: owner['id'] ?? null, type: owner['type'] ?? null } };
}

/** Full name of the repository that a thing is in, by the thing's own address; '' when that does not tell. */
export const repositoryByAddress = (thing: JsonObject): string => /\/repos\/([^/]+\/[^/]+)/.exec(textAt(thing, 'url') || textAt(objectAt(thing, 'commit'), 'url'))?.[1] ?? '';

/**
 * The row of a thing in a repository, which lists do not always name: `repository`, and `__repository`, its name, as mappings of Port's own integration call it.
 * The thing's own address tells the name, also where the repository was renamed since.
 */
export function inRepository(thing: JsonObject, id: Json): JsonObject {
  const fullName = repositoryByAddress(thing);
  const name = fullName.split('/')[1] ?? '';
  return { repository: { id, name, full_name: fullName }, ...thing, __repository: name };
}

/** Full name of the repository of such a row. */
export const repositoryOf = (row: JsonObject): string => textAt(objectAt(row, 'repository'), 'full_name');

/** Login of the owner, by a full name. */
export const ownerOf = (fullName: string): string => fullName.split('/')[0] ?? '';

/** What declared pipelines read for a row that no delivery brought. */
export function importEnvelope(type: string, row: JsonObject, fullName: string): JsonObject {
  const [organization = '', repository = ''] = fullName.split('/');
  return { type, id: row['id'] ?? null, name: row['name'] ?? row['title'] ?? null, full_name: fullName, organization, repository, data: row };
}
