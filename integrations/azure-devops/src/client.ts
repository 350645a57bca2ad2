import { FrameworkError, SourceError, isObject, type Http, type HttpAnswer, type HttpRequest, type HttpSpec, type JsonObject } from '@integration-framework/framework';
import type { AzureDevOpsSettings } from './settings';

// The newest that Azure DevOps Server 2022 knows too.
const API_VERSION = '7.0';
// With it comes the page to sign in.
const SIGN_IN = 203;

export const http = (settings: AzureDevOpsSettings): HttpSpec => ({
  baseUrl: settings.azureDevOpsOrganizationUrl.replace(/\/+$/, ''),
  auth: () => ({ authorization: `Basic ${Buffer.from(`:${settings.azureDevOpsPersonalAccessToken.reveal()}`).toString('base64')}` }),
  // Else a token that is not taken sends us to a page where people sign in.
  headers: { 'x-tfs-fedauthredirect': 'Suppress' },
  concurrency: 8,
});

/** A call of one version of the API. Throws SOURCE_REFUSED also where Azure DevOps shows its page to sign in, with a status that looks like success. */
export async function call(client: Http, request: HttpRequest): Promise<HttpAnswer> {
  let answer: HttpAnswer;
  try {
    answer = await client.send({ ...request, query: { ...request.query, 'api-version': API_VERSION } });
  } catch (err) {
    throw err instanceof FrameworkError && err.code === 'SOURCE_UNREADABLE' && err.status === SIGN_IN ? signIn() : err;
  }
  if (answer.status === SIGN_IN) throw signIn();
  return answer;
}

const signIn = (): FrameworkError => new FrameworkError('SOURCE_REFUSED', ['Azure DevOps', 'it shows its page to sign in'], { status: SIGN_IN });

export interface ListPage {
  readonly rows: readonly JsonObject[];
  /** Of the next page; undefined: this is the last. */
  readonly token: string | undefined;
}

/** One page of a list. An answer without the list is no empty one, but for a 404 that `accept` takes. */
export async function readPage(client: Http, request: Pick<HttpRequest, 'url' | 'query' | 'accept'>, token: string | undefined): Promise<ListPage> {
  const answer = await call(client, { ...request, query: { ...request.query, continuationToken: token } });
  if (answer.status === 404) return { rows: [], token: undefined };
  const list = objectOf(answer.body)['value'];
  if (!Array.isArray(list)) throw unreadable('value');
  const next = answer.headers['x-ms-continuationtoken'];
  if (next !== undefined && next === token) throw new SourceError('the same page over and over', { recovery: 'incomplete' });
  return { rows: list.map(objectOf), token: next === '' ? undefined : next };
}

const unreadable = (what: string): FrameworkError => new FrameworkError('SOURCE_UNREADABLE', ['Azure DevOps', `${what} is missing in its answer`]);

export function objectOf(value: unknown): JsonObject {
  if (!isObject(value)) throw unreadable('an object');
  return value as JsonObject;
}

/** An inner object; without members when there is none. */
export function objectAt(row: JsonObject, member: string): JsonObject {
  const inner = row[member];
  return isObject(inner) ? (inner as JsonObject) : {};
}

/** A text of an object; '' when it has none: as a key that is told as missing. */
export function textAt(row: JsonObject, member: string): string {
  const value = row[member];
  return typeof value === 'string' ? value : '';
}
