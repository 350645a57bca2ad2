import { ABSENT, FrameworkError, type Kind } from '@integration-framework/framework';
import { objectOf, signIn, textOf, type JiraObject } from '../client';
import { offsetPages } from '../offset-pages';
import { hasAccount, type JiraSettings } from '../settings';

// The most that the list of users gives at a time.
const PAGE_ROWS = 1_000;

/** The call for one user adds these; the list does not have them. */
const toRow = ({ expand: _, groups: __, applicationRoles: ___, ...user }: JiraObject): JiraObject => user;

function usersOf(answer: unknown): readonly JiraObject[] {
  if (!Array.isArray(answer)) throw new FrameworkError('SOURCE_UNREADABLE', ['Jira', 'its answer holds no list of users']);
  return answer.map(objectOf).map(toRow);
}

/** No version: a user says no time of its last change. */
export const user: Kind<JiraSettings, JiraObject> = {
  name: 'user',
  key: (row) => [textOf(row, 'accountId')],
  imported: false,
  paging: 'drifting',
  listed: hasAccount,
  async *scan(context, position) {
    await signIn(context.http);
    // The list says neither its size nor its end, and may hold back a user of a page: going on by what came repeats some and misses none, and only an
    // empty page ends it.
    yield* offsetPages(async (startAt) => {
      const rows = usersOf(await context.http.get('/users/search', { startAt, maxResults: PAGE_ROWS }));
      return { rows, length: rows.length, isLast: rows.length === 0 };
    }, position);
  },
  async get(context, at) {
    const answer = await context.http.send({ url: '/user', query: { accountId: decodeURIComponent(at.key) }, accept: [404] });
    return answer.status === 404 ? ABSENT : toRow(objectOf(answer.body));
  },
};
