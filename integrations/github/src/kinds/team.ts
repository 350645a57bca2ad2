import { ABSENT, type JsonObject, type Kind } from '@integration-framework/framework';
import { listPages, objectOf, objectsOf } from '../client';
import { idOf, objectAt, textAt, without } from '../rows';
import { actsForSomebody, isSelected, type GithubSettings } from '../settings';
import { eachOrganization } from './organization';

/** What the list does not give, or what depends on who asks. */
const EXTRAS = new Set(['created_at', 'updated_at', 'members_count', 'repos_count', 'permissions', 'organization']);

/** The team above it: what names it. */
function namedTeam(team: JsonObject): JsonObject | null {
  const { id, slug = null, name = null } = team;
  return id === undefined ? null : { id, slug, name };
}

/** The list does not say which organization a team is of. */
const toTeam = (team: JsonObject, organization: JsonObject): JsonObject => ({ ...without(team, EXTRAS), parent: namedTeam(objectAt(team, 'parent')), organization });

const teamsPath = (login: string): string => `/orgs/${encodeURIComponent(login)}/teams`;

export const team: Kind<GithubSettings, JsonObject> = {
  name: 'team',
  key: (row) => [idOf(row)],
  imported: false,
  after: ['organization'],
  paging: 'drifting',
  listed: actsForSomebody,
  partitions: eachOrganization,
  scan({ partition: { data = {} }, ...context }, position) {
    const login = String(data['login']);
    return listPages(context, { url: teamsPath(login), inside: true, rowsOf: (answer) => objectsOf(answer).map((row) => toTeam(row, { id: data['id'] ?? null, login })) }, position);
  },
  async get({ http }, { row }) {
    if (!row) return ABSENT;
    const organization = objectAt(row, 'organization');
    const answer = await http.send({ url: `${teamsPath(textAt(organization, 'login'))}/${encodeURIComponent(textAt(row, 'slug'))}`, accept: [404] });
    return answer.status === 404 ? ABSENT : toTeam(objectOf(answer.body), organization);
  },
  member: ({ settings }, row) => isSelected(settings, textAt(objectAt(row, 'organization'), 'login')),
};
