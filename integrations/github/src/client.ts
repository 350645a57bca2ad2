import { FrameworkError, SourceError, isObject, type Context, type HttpAnswer, type HttpSpec, type JsonObject, type Page, type Position } from '@integration-framework/framework';
import { credentials } from './credentials';
import type { GithubSettings } from './settings';

// The most that a list gives at a time.
const PAGE_ROWS = 100;

// What GitHub asks for when it slows somebody down without saying for how long.
const SECONDARY_LIMIT_MS = 60_000;

/** GitHub refuses with 403 who has used up the hour, and says by its own clock when the next one begins. */
export function rateLimit({ status, headers, body }: HttpAnswer): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const after = Number(headers['retry-after'] ?? Number.NaN);
  if (Number.isFinite(after)) return after * 1_000;
  const wait = Number(headers['x-ratelimit-reset'] ?? Number.NaN) * 1_000 - Date.parse(headers['date'] ?? '');
  if (headers['x-ratelimit-remaining'] === '0' && Number.isFinite(wait)) return Math.max(wait, 1_000);
  return isObject(body) && String(body['message']).includes('secondary rate limit') ? SECONDARY_LIMIT_MS : undefined;
}

export const http = (settings: GithubSettings): HttpSpec => ({
  baseUrl: settings.baseUrl.replace(/\/+$/, ''),
  auth: credentials(settings),
  headers: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' },
  // GitHub asks to avoid many requests at once, and slows down those who do not.
  concurrency: 8,
  rateLimit,
});

export const unreadable = (what: string): FrameworkError => new FrameworkError('SOURCE_UNREADABLE', ['GitHub', `${what} is missing in its answer`]);

export function objectOf(value: unknown): JsonObject {
  if (!isObject(value)) throw unreadable('an object');
  return value as JsonObject;
}

export function objectsOf(value: unknown): readonly JsonObject[] {
  if (!Array.isArray(value)) throw unreadable('a list');
  return value.map(objectOf);
}

/** `owner/name` as the path of a repository's calls. */
export const repositoryPath = (fullName: string): string => `/repos/${fullName.split('/').map(encodeURIComponent).join('/')}`;

// No such thing, or none for these credentials; not permitted; blocked for legal reasons.
const WITHHELD: readonly number[] = [403, 404, 451];

/** Says of one repository or organization that it cannot be read: the others go on, and nothing of it is deleted. */
export const withheld = (url: string, status: number): SourceError =>
  new SourceError(`${url} answered ${status}: it is not there any more, or the credentials may not read it`, { recovery: 'incomplete' });

export interface List {
  readonly url: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Of a repository or an organization that was listed: it may have gone since, or be closed to the credentials. */
  readonly inside?: true;
  rowsOf(answer: unknown): readonly JsonObject[];
}

/** Pages of a list, by the address of the next one that each gives. A position is what that address adds to ours: a page number, or a cursor. */
export async function* listPages(context: Context<GithubSettings>, list: List, position: Position | undefined): AsyncIterable<Page<JsonObject>> {
  const own = { ...list.query, per_page: PAGE_ROWS };
  let at = position;
  for (;;) {
    const answer = await context.http.send({ url: list.url, query: { ...own, ...at }, ...(list.inside && { accept: [...WITHHELD, 410] }) });
    // Proves nothing about what was in it.
    if (WITHHELD.includes(answer.status)) throw withheld(list.url, answer.status);
    // What is switched off in a repository has no rows.
    const rows = answer.status === 410 ? [] : list.rowsOf(answer.body);
    const next = answer.status === 410 ? undefined : nextOf(answer, own);
    yield { rows, next };
    if (next === undefined) return;
    at = next;
  }
}

function nextOf({ headers }: HttpAnswer, own: Readonly<Record<string, unknown>>): Position | undefined {
  const address = /<([^>]+)>;[^,]*\brel="next"/.exec(headers['link'] ?? '')?.[1];
  if (address === undefined) return undefined;
  const added = Object.fromEntries([...new URL(address, 'https://api.github.com').searchParams].filter(([name]) => !(name in own)));
  if (Object.keys(added).length === 0) throw new SourceError('the address of the next page is the one of this page', { recovery: 'incomplete' });
  return added;
}
