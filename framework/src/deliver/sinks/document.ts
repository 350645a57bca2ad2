import { types } from 'node:util';
import { isObject, type JsonObject } from '../../shared';
import type { DocumentItem, SinkProblem, SinkResult } from '../sink';

/** The members of what the processors made; undefined when they made something else than an object. */
export const fieldsOf = ({ data }: DocumentItem): JsonObject | undefined => (isObject(data) ? (data as JsonObject) : undefined);

/** What a sink of objects says about anything else. */
export const NO_OBJECT: SinkResult = { is: 'refused', error: 'the processors made no object of it, and this sink takes objects only' };

/** The event behind an item of an `insertOnly` sink. */
export function eventOf({ event, output }: DocumentItem): NonNullable<DocumentItem['event']> {
  if (event) return event;
  throw new Error(`the event of ${output} is missing: an insertOnly sink writes events`);
}

/** Members of the identity as text, which is what they are at every sink. */
export const identityOf = ({ keys }: DocumentItem): readonly { readonly name: string; readonly value: string }[] =>
  keys.filter(({ identity }) => identity).map(({ name, value }) => ({ name, value: String(value) }));

/** A top-level name that `$set` would read as a path or an operator. */
export const unsettable = (fields: JsonObject): string | undefined => Object.keys(fields).find((name) => name.includes('.') || name.startsWith('$'));

export const badName = (name: string): SinkResult => ({
  is: 'refused',
  code: 'FIELD_NAME',
  error: `the name ${JSON.stringify(name)} has a dot or begins with $: rename it in the mapper`,
});

export const messageOf = (thrown: unknown): string => (types.isNativeError(thrown) ? thrown.message : String(thrown));

export function urlProblems(url: string): readonly SinkProblem[] {
  if (/^https?:$/.test(parsedUrl(url)?.protocol ?? '')) return [];
  return [{ path: 'url', code: 'CONFIG_TYPE', severity: 'error', message: 'url must be an address that begins with http:// or https://', remedy: 'correct it' }];
}

const parsedUrl = (url: string): URL | undefined => (URL.canParse(url) ? new URL(url) : undefined);

/** The address without user, password, query and trailing slash, for names and messages. */
export function shownUrl(url: string): string {
  const parsed = parsedUrl(url);
  return parsed === undefined ? '' : `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`;
}

/** With the slash that paths are put behind. */
export const withSlash = (url: string): string => (url.endsWith('/') ? url : `${url}/`);
