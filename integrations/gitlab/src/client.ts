import { FrameworkError, SourceError, isObject, type Context, type HttpAnswer, type HttpSpec, type JsonObject, type Page, type Position } from '@integration-framework/framework';
import { groupOf, rootOf, type GitlabSettings } from './settings';

// The most that a list gives at a time.
const PAGE_ROWS = 100;

export const http = (settings: GitlabSettings): HttpSpec => ({
  baseUrl: `${rootOf(settings)}/api/v4`,
  // GitLab takes personal, project, group and OAuth tokens this way.
  auth: () => (settings.token ? { authorization: `Bearer ${settings.token.reveal()}` } : {}),
  concurrency: 8,
});

export const unreadable = (what: string): FrameworkError => new FrameworkError('SOURCE_UNREADABLE', ['GitLab', `${what} is missing in its answer`]);

export function objectOf(value: unknown): JsonObject {
  if (!isObject(value)) throw unreadable('an object');
  return value as JsonObject;
}

export function objectsOf(value: unknown): readonly JsonObject[] {
  if (!Array.isArray(value)) throw unreadable('a list');
  return value.map(objectOf);
}

export const groupUrl = (settings: GitlabSettings): string => `/groups/${encodeURIComponent(groupOf(settings))}`;

export interface List {
  readonly url: string;
  readonly query: Readonly<Record<string, string | boolean>>;
  /** Of a project, which may have gone, or been closed to us, since it was listed. */
  readonly inside?: true;
}

/** Pages of a list, by the address of the next one that each gives. A position is what that address says of the place in the list. */
export async function* listPages(context: Context<GitlabSettings>, { url, query, inside }: List, position: Position | undefined): AsyncIterable<Page<JsonObject>> {
  let at = position;
  for (;;) {
    const answer = await context.http.send({ url, query: { ...query, per_page: PAGE_ROWS, ...at }, ...(inside && { accept: [403, 404] }) });
    // Proves nothing about what is in it.
    if (answer.status !== 200) throw new SourceError(`${answer.status} to ${url}: the project is not there any more, or the token may not read it`, { recovery: 'incomplete' });
    const rows = objectsOf(answer.body);
    const next = nextOf(answer);
    if (next !== undefined && isSame(next, at)) throw new SourceError('the address of the next page is the one of this page', { recovery: 'incomplete' });
    yield { rows, next };
    if (next === undefined) return;
    at = next;
  }
}

// Page numbers or a place by key, as the server chooses: everything else in the address is ours.
const PLACES = ['page', 'id_after', 'id_before', 'cursor', 'page_token'];

function nextOf({ headers }: HttpAnswer): Position | undefined {
  const address = /<([^>]+)>;[^,]*\brel="next"/.exec(headers['link'] ?? '')?.[1];
  if (address === undefined) return undefined;
  const said = new URL(address, 'https://gitlab.com').searchParams;
  return Object.fromEntries(PLACES.flatMap((name) => (said.has(name) ? [[name, said.get(name) ?? '']] : [])));
}

const isSame = (next: Position, at: Position | undefined): boolean => Object.keys(next).length === 0 || (at !== undefined && Object.entries(next).every(([name, value]) => at[name] === value));
