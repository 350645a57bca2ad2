import { ABSENT, FrameworkError, SourceError, isObject, type Kind, type Page, type Position, type ScanContext } from '@integration-framework/framework';
import { idOf, listAt, objectOf, signIn, type JiraObject } from '../client';
import { listQuery, memberQuery } from '../jql';
import { FIELDS, toIssue } from '../rows';
import { hasAccount, type JiraSettings } from '../settings';

// What a list of issues may hold when fields are asked for.
const PAGE_ROWS = 100;
// The index that searches read trails the writes.
const INDEX_LAG_MS = 30_000;

interface Found {
  readonly rows: readonly JiraObject[];
  readonly token: string | undefined;
}
async function search(context: ScanContext<JiraSettings>, token: string | undefined): Promise<Found> {
  const body = { jql: listQuery(context), fields: FIELDS, maxResults: PAGE_ROWS, ...(token !== undefined && { nextPageToken: token }) };
  const answer = await context.http.send({ method: 'POST', url: '/search/jql', body, idempotent: true });
  const { nextPageToken: next, isLast } = objectOf(answer.body);
  if (next === undefined && isLast === false) throw new SourceError('a page that is not the last, without the token of the next', { recovery: 'incomplete' });
  return { rows: listAt(answer.body, 'issues').map(toIssue), token: typeof next === 'string' && next !== '' ? next : undefined };
}

const isExpired = (err: unknown): boolean => err instanceof FrameworkError && err.status === 400;

/**
 * The last page is the one without a token; a page may be empty and not the last. A token lives for 7 days: a stored one that is refused sends the scan to
 * its beginning, in the same generation, where what was seen stays seen.
 */
async function* scan(context: ScanContext<JiraSettings>, position: Position | undefined): AsyncIterable<Page<JiraObject>> {
  await signIn(context.http);
  let token = position === undefined ? undefined : String(position['token']);
  let isStored = token !== undefined;
  for (;;) {
    let found: Found;
    try {
      found = await search(context, token);
    } catch (err) {
      if (!isStored || !isExpired(err)) throw err;
      context.log.warn('the stored position is not accepted any more; reading from the beginning');
      token = undefined;
      isStored = false;
      continue;
    }
    isStored = false;
    if (found.token !== undefined && found.token === token) throw new SourceError('the same page over and over', { recovery: 'incomplete' });
    yield { rows: found.rows, next: found.token === undefined ? undefined : { token: found.token } };
    if (found.token === undefined) return;
    token = found.token;
  }
}

function version(row: JiraObject): number | undefined {
  const fields = row['fields'];
  const updated = isObject(fields) ? fields['updated'] : undefined;
  const at = typeof updated === 'string' ? Date.parse(updated) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

export const issue: Kind<JiraSettings, JiraObject> = {
  name: 'issue',
  key: (row) => [idOf(row)],
  version,
  // Jira alone knows whether the JQL still selects it, and a pushed issue may lack fields that the account sees.
  claims: 'ask',
  importType: 'jira:issue_updated',
  envelope: (row) => ({ webhookEvent: 'jira:issue_updated', issue: row }),
  // An issue leaves the list when it does not match the JQL any more, which time alone may bring about: absence is proven one by one.
  paging: 'drifting',
  lagMs: INDEX_LAG_MS,
  selectors: ['jql'],
  listed: hasAccount,
  scan,
  async get(context, at) {
    const answer = await context.http.send({ url: `/issue/${at.key}`, query: { fields: FIELDS.join(',') }, accept: [404] });
    return answer.status === 404 ? ABSENT : toIssue(objectOf(answer.body));
  },
  async member(context, row) {
    const id = String(idOf(row));
    const jql = memberQuery(context, id);
    if (jql === undefined) return true;
    // `reconcileIssues` makes the index wait for what was just written to this issue.
    const body = { jql, fields: ['id'], maxResults: 1, reconcileIssues: [Number(id)] };
    const answer = await context.http.send({ method: 'POST', url: '/search/jql', body, idempotent: true });
    return listAt(answer.body, 'issues').length > 0;
  },
};
