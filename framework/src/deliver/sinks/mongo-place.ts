/** What a connection string says of its place, without credentials. */
export interface MongoPlace {
  /** As written, commas and all. */
  readonly hosts: string;
  /** Empty when the URL names none. */
  readonly database: string;
  /** What must stand in no message. */
  readonly secrets: readonly string[];
}

const PARTS = /^mongodb(?:\+srv)?:\/\/(?:([^:@/?#]*)(?::([^@/?#]*))?@)?((?:[\w.%-]+|\[[\da-fA-F:.]+\])(?::\d+)?(?:,(?:[\w.%-]+|\[[\da-fA-F:.]+\])(?::\d+)?)*)(?:\/([^/?#@]*))?(?:\?(.*))?$/s;

/** Undefined for what is no connection string; nothing of it may be shown then, for a part of it may be a password that was not encoded. */
export function mongoPlace(url: string): MongoPlace | undefined {
  const [, user, password, hosts, database = '', query = ''] = PARTS.exec(url) ?? [];
  if (hosts === undefined || (user === undefined && query.includes('@'))) return undefined;
  const parts = [password, decoded(password ?? '')].filter((part): part is string => part !== undefined && part !== '');
  return { hosts, database: decoded(database), secrets: [url, ...parts] };
}

/** Does MongoDB take this as the name of a collection that anyone may write? */
export const isCollectionName = (name: string): boolean => name !== '' && !/[$\0]|^system\.|^\.|\.\.|\.$/.test(name);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
