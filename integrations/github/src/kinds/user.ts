import { ABSENT, type JsonObject, type Kind } from '@integration-framework/framework';
import { listPages, objectsOf } from '../client';
import { idOf, objectAt, textAt } from '../rows';
import { hasAccount, isSelected, type GithubSettings } from '../settings';
import { eachOrganization } from './organization';

const membersPath = (login: string): string => `/orgs/${encodeURIComponent(login)}/members`;

/** A member of an organization; one person in two of them is two rows. */
export const user: Kind<GithubSettings, JsonObject> = {
  name: 'user',
  keys: ['organizationId', 'id'],
  key: (row) => [idOf(objectAt(row, 'organization')), idOf(row)],
  imported: false,
  after: ['organization'],
  paging: 'drifting',
  listed: hasAccount,
  partitions: eachOrganization,
  scan({ partition: { data = {} }, ...context }, position) {
    const login = String(data['login']);
    return listPages(context, { url: membersPath(login), inside: true, rowsOf: (answer) => objectsOf(answer).map((row) => ({ ...row, organization: { id: data['id'] ?? null, login } })) }, position);
  },
  async get({ http }, { row }) {
    if (!row) return ABSENT;
    // It says whether, not what.
    const answer = await http.send({ url: `${membersPath(textAt(objectAt(row, 'organization'), 'login'))}/${encodeURIComponent(textAt(row, 'login'))}`, accept: [404] });
    return answer.status === 404 ? ABSENT : row;
  },
  member: ({ settings }, row) => isSelected(settings, textAt(objectAt(row, 'organization'), 'login')),
};
