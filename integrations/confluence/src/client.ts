import { FrameworkError, SourceError, isObject, type Context, type Http, type HttpSpec, type JsonObject, type Page, type Position } from '@integration-framework/framework';
import { siteOf, type ConfluenceSettings } from './settings';

export const http = (settings: ConfluenceSettings): HttpSpec => ({
  baseUrl: `${siteOf(settings)}/wiki`,
  auth: () => (settings.username && settings.apiToken ? { authorization: `Basic ${Buffer.from(`${settings.username.reveal()}:${settings.apiToken.reveal()}`).toString('base64')}` } : {}),
  concurrency: 4,
});

const unreadable = (what: string): FrameworkError => new FrameworkError('SOURCE_UNREADABLE', ['Confluence', `${what} is missing in its answer`]);

export function objectOf(value: unknown): JsonObject {
  if (!isObject(value)) throw unreadable('an object');
  return value as JsonObject;
}

/** A text of an object; '' when it has none: as a key that is told as missing. */
export function textAt(row: JsonObject, member: string): string {
  const value = row[member];
  return typeof value === 'string' ? value : '';
}

/** An inner object; without members when there is none. */
export function objectAt(row: JsonObject, member: string): JsonObject {
  const inner = row[member];
  return isObject(inner) ? (inner as JsonObject) : {};
}

/**
 * Lists leave out what an account may not see, so to a guest, which somebody with an expired token may be taken for, all would be gone. This call tells a guest from
 * an account, so each scan begins with it. Throws SOURCE_REFUSED.
 */
export async function signIn(client: Http): Promise<JsonObject> {
  const user = objectOf(await client.get('/rest/api/user/current'));
  if (user['type'] === 'anonymous') throw new FrameworkError('SOURCE_REFUSED', ['Confluence', 'it takes us for a guest'], { status: 401 });
  if (textAt(user, 'accountId') === '') throw unreadable('accountId');
  return user;
}

export interface List {
  readonly url: string;
  readonly query: Readonly<Record<string, string | number>>;
  /** Of a space, which may have gone since it was listed. */
  readonly inside?: true;
}

interface ListPage {
  readonly rows: readonly JsonObject[];
  readonly cursor: string | undefined;
}

/** One page of a list of the API v2. Rows get `_links.base`, as the call for one thing would give it. */
export async function readPage({ http: client, settings }: Context<ConfluenceSettings>, { url, query, inside }: List, cursor: string | undefined): Promise<ListPage> {
  const answer = await client.send({ url, query: { ...query, cursor }, ...(inside && { accept: [404] }) });
  // Proves nothing about what was in it.
  if (answer.status === 404) throw new SourceError(`404 to ${url}: it is not there any more, or the account may not see it`, { recovery: 'incomplete' });
  const { results, _links: links } = objectOf(answer.body);
  if (!Array.isArray(results)) throw unreadable('results');
  const said = isObject(links) ? (links as JsonObject) : {};
  const base = textAt(said, 'base') || `${siteOf(settings)}/wiki`;
  const next = textAt(said, 'next');
  return {
    rows: results.map(objectOf).map((row) => ({ ...row, _links: { ...objectAt(row, '_links'), base } })),
    cursor: next === '' ? undefined : (new URL(next, base).searchParams.get('cursor') ?? ''),
  };
}

/** Pages of a list, by the cursor that each gives for the next. */
export async function* listPages(context: Context<ConfluenceSettings>, list: List, position: Position | undefined): AsyncIterable<Page<JsonObject>> {
  let cursor = position === undefined ? undefined : String(position['cursor'] ?? '');
  for (;;) {
    const page = await readPage(context, list, cursor);
    if (page.cursor !== undefined && (page.cursor === '' || page.cursor === cursor)) throw new SourceError('the next page has no cursor of its own', { recovery: 'incomplete' });
    yield { rows: page.rows, next: page.cursor === undefined ? undefined : { cursor: page.cursor } };
    if (page.cursor === undefined) return;
    ({ cursor } = page);
  }
}

/** One thing, by the list: the call for one gives trashed ones too, and more members. Nothing is a proof only for somebody who is signed in. */
export async function findOne(context: Context<ConfluenceSettings>, list: List): Promise<JsonObject | undefined> {
  const [row] = await readPage(context, { ...list, inside: true }, undefined).then(
    ({ rows }) => rows,
    (err: unknown) => {
      if (err instanceof SourceError && err.recovery === 'incomplete') return [];
      throw err;
    },
  );
  if (row !== undefined) return row;
  await signIn(context.http).catch((err: unknown) => {
    if (!(err instanceof FrameworkError && err.code === 'SOURCE_NOT_FOUND')) throw err;
  });
  return undefined;
}
