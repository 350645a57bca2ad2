import { ABSENT, type Kind } from '@integration-framework/framework';
import { flagAt, idOf, listAt, objectOf, signIn, type JiraObject } from '../client';
import { offsetPages } from '../offset-pages';
import { toProject } from '../rows';
import { hasAccount, type JiraSettings } from '../settings';

// The most that the list of projects gives at a time.
const PAGE_ROWS = 50;
const EXPAND = 'description,lead';

/** No version: a project says no time of its last change. */
export const project: Kind<JiraSettings, JiraObject> = {
  name: 'project',
  key: (row) => [idOf(row)],
  // Pushed projects lack most members.
  claims: 'ask',
  importType: 'project_updated',
  envelope: (row) => ({ webhookEvent: 'project_updated', project: row }),
  paging: 'drifting',
  listed: hasAccount,
  async *scan(context, position) {
    await signIn(context.http);
    yield* offsetPages(async (startAt) => {
      const answer = await context.http.get('/project/search', { startAt, maxResults: PAGE_ROWS, orderBy: 'key', expand: EXPAND });
      const size = objectOf(answer)['maxResults']; // the server may give fewer than we ask for
      return { rows: listAt(answer, 'values').map(toProject), length: typeof size === 'number' ? size : PAGE_ROWS, isLast: flagAt(answer, 'isLast') };
    }, position);
  },
  // By the list, because the call for one project answers in another shape.
  async get(context, at) {
    const answer = await context.http.send({ url: '/project/search', query: { id: at.key, expand: EXPAND }, accept: [404] });
    const [row] = answer.status === 404 ? [] : listAt(answer.body, 'values');
    return row === undefined ? ABSENT : toProject(row);
  },
};
