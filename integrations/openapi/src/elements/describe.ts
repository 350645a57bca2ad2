import { isObject, type JsonObject } from '@integration-framework/framework';
import { operationsOf, type Operation } from '../document/operations';
import { serversOf } from '../document/servers';
import { listOf } from '../document/schema';

/** One document, as its elements are made of it. */
export interface Described {
  readonly document: JsonObject;
  /** First part of all identifiers. */
  readonly address: string;
  readonly url: URL | undefined;
  /** The `endpoint` entity that stands for the server; absent: one is made. */
  readonly entity: string | undefined;
  readonly maxDepth: number;
}

export const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined);
export const infoOf = ({ document }: Described): Readonly<Record<string, unknown>> => (isObject(document['info']) ? document['info'] : {});
export const titleOf = (of: Described): string => textOf(infoOf(of)['title']) ?? of.address;
export const operations = ({ document }: Described): Iterable<Operation> => operationsOf(document, () => undefined);

/** The addresses of the API; where nothing tells them, that of its document. */
export function addressesOf({ document, url, address }: Described): readonly [string, ...string[]] {
  const [first, ...others] = serversOf(document, url);
  return first === undefined ? [address] : [first, ...others];
}

/** Names of all APIs of the document: its tags, and undefined for what has none. */
export function apiNames(of: Described): readonly (string | undefined)[] {
  const tags = new Set<string>();
  for (const tag of listOf(of.document['tags'])) if (isObject(tag) && textOf(tag['name']) !== undefined) tags.add(tag['name'] as string);
  let hasUntagged = false;
  for (const operation of operations(of)) {
    if (operation.tags.length === 0) hasUntagged = true;
    for (const tag of operation.tags) tags.add(tag);
  }
  return hasUntagged || tags.size === 0 ? [undefined, ...tags] : [...tags];
}

export const apiParts = ({ address }: Described, tag: string | undefined): readonly string[] => (tag === undefined ? [address] : [address, tag]);
export const operationParts = ({ address }: Described, { method, path }: Operation): readonly string[] => [address, method, path];

/** What is known of a map of texts; undefined when that is nothing. */
export function notes(given: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> | undefined {
  const known = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '');
  return known.length === 0 ? undefined : Object.fromEntries(known);
}
