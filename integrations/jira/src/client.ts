import { FrameworkError, isObject, type Http, type HttpSpec, type JsonObject } from '@integration-framework/framework';
import type { JiraSettings } from './settings';

export type JiraObject = JsonObject;

function credentials({ email, token, accessToken }: JiraSettings): Readonly<Record<string, string>> {
  if (accessToken) return { authorization: `Bearer ${accessToken.reveal()}` };
  if (email === undefined || token === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${email}:${token.reveal()}`).toString('base64')}` };
}

export const http = (settings: JiraSettings): HttpSpec => ({
  // Without an account nothing calls; the name of that host can belong to nobody (RFC 2606).
  baseUrl: `${(settings.baseUrl ?? 'https://no-account.invalid').replace(/\/+$/, '')}/rest/api/2`,
  auth: () => credentials(settings),
  // Jira counts the cost of calls in a short window; four at a time stay below what a site of ten users may.
  concurrency: 4,
});

/**
 * With a token that expired, Jira answers many calls as to a guest: 200 and an empty list, which would read as "all is gone". This call is the one that
 * refuses a guest, so each scan begins with it. Throws SOURCE_REFUSED.
 */
export async function signIn(client: Http): Promise<JiraObject> {
  return objectOf(await client.get('/myself'));
}

const unreadable = (what: string): FrameworkError => new FrameworkError('SOURCE_UNREADABLE', ['Jira', `${what} is missing in its answer`]);

export function objectOf(value: unknown): JiraObject {
  if (!isObject(value)) throw unreadable('an object');
  return value as JiraObject;
}

/** A list of objects at a member of the answer. An answer without it is no empty list. */
export function listAt(answer: unknown, member: string): readonly JiraObject[] {
  const list = objectOf(answer)[member];
  if (!Array.isArray(list)) throw unreadable(member);
  return list.map(objectOf);
}

/** A text of an object; '' when it has none: as a key that is told as missing. */
export function textOf(row: JiraObject, member: string): string {
  const value = row[member];
  return typeof value === 'string' ? value : '';
}

/** An id; '' when there is none. Lists give it as text, webhooks also as a number. */
export function idOf({ id }: JiraObject): string | number | bigint {
  return typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint' ? id : '';
}

/** A yes or no that decides whether a list is complete, so it is not guessed. */
export function flagAt(answer: unknown, member: string): boolean {
  const value = objectOf(answer)[member];
  if (typeof value !== 'boolean') throw unreadable(member);
  return value;
}
