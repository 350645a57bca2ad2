import { ABSENT, type JsonObject, type Kind, type Partition, type PlanContext } from '@integration-framework/framework';
import { objectOf, unreadable, withheld } from '../client';
import { idOf, objectAt, textAt, updatedAt } from '../rows';
import { hasAccount, isSelected, type GithubSettings } from '../settings';

function organizationOf(answer: unknown): JsonObject {
  const row = objectOf(answer);
  if (textAt(row, 'login') === '') throw unreadable('an organization');
  return row;
}

const organizationPath = (login: string): string => `/orgs/${encodeURIComponent(login)}`;

/** The one of the settings; without it those that own a repository that the credentials see. */
async function* organizations(context: PlanContext<GithubSettings>): AsyncGenerator<Partition> {
  const { organization } = context.settings;
  if (organization !== undefined) {
    yield { name: organization.toLowerCase(), data: { login: organization } };
    return;
  }
  const logins = new Map<string, string>();
  for await (const row of context.stored<JsonObject>('repository')) {
    const owner = objectAt(row, 'owner');
    if (owner['type'] === 'Organization') logins.set(String(idOf(owner)), textAt(owner, 'login'));
  }
  for (const [name, login] of logins) yield { name, data: { login } };
}

export const organization: Kind<GithubSettings, JsonObject> = {
  name: 'organization',
  key: (row) => [idOf(row)],
  version: updatedAt,
  imported: false,
  after: ['repository'],
  paging: 'stable',
  listed: hasAccount,
  partitions: organizations,
  async *scan({ http, settings, partition }) {
    const url = organizationPath(String(partition.data?.['login']));
    // One that is not named was seen as the owner of a repository; it may be gone, or closed to us. One that is named is a mistake.
    const answer = await http.send({ url, ...(settings.organization === undefined && { accept: [403, 404, 451] }) });
    if (answer.status !== 200) throw withheld(url, answer.status);
    yield { rows: [organizationOf(answer.body)], next: undefined };
  },
  async get({ http }, { row }) {
    if (!row) return ABSENT;
    const answer = await http.send({ url: organizationPath(textAt(row, 'login')), accept: [404] });
    return answer.status === 404 ? ABSENT : organizationOf(answer.body);
  },
  member: ({ settings }, row) => isSelected(settings, textAt(row, 'login')),
};

/** One partition for each organization: what stands below `/orgs/{login}`. */
export async function* eachOrganization(context: PlanContext<GithubSettings>) {
  for await (const row of context.stored<JsonObject>('organization')) yield { name: String(idOf(row)), data: { login: textAt(row, 'login'), id: Number(idOf(row)) } };
}
