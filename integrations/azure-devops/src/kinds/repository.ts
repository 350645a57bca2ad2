import { ABSENT, type Absent, type Context, type JsonObject, type Kind, type Reference } from '@integration-framework/framework';
import { call, objectAt, objectOf, readPage, textAt } from '../client';
import { wellFormedProjects } from '../projects';
import type { AzureDevOpsSettings } from '../settings';

export const IMPORT_TYPE = 'azure-devops-repository';

/** Only the call for one repository gives its links. */
const toRow = ({ _links: _, ...repository }: JsonObject): JsonObject => repository;

const listOf = (project: string): string => `/${encodeURIComponent(project)}/_apis/git/repositories`;

/** The call for one repository does not know one that is switched off; the list of its project does. */
async function get(context: Context<AzureDevOpsSettings>, { key, row }: Reference<JsonObject>): Promise<JsonObject | Absent> {
  const answer = await call(context.http, { url: `/_apis/git/repositories/${key}`, accept: [404] });
  if (answer.status !== 404) return toRow(objectOf(answer.body));
  const project = row ? textAt(objectAt(row, 'project'), 'id') : '';
  if (project === '') return ABSENT;
  let token: string | undefined;
  do {
    const page = await readPage(context.http, { url: listOf(project), accept: [404] }, token);
    const found = page.rows.find((repository) => textAt(repository, 'id') === decodeURIComponent(key));
    if (found) return toRow(found);
    token = page.token;
  } while (token !== undefined);
  return ABSENT;
}

/** No version: a repository says no time of its last change. */
export const repository: Kind<AzureDevOpsSettings, JsonObject> = {
  name: 'repository',
  keys: ['repositoryId'],
  key: (row) => [textAt(row, 'id')],
  importType: IMPORT_TYPE,
  envelope: (row) => ({ eventType: IMPORT_TYPE, resource: { repository: row } }),
  // Projects are counted off page by page: one that moves may be passed over.
  paging: 'drifting',
  async *partitions({ http }) {
    for await (const { id } of wellFormedProjects(http)) yield { name: id, data: { project: id } };
  },
  async *scan({ http, partition }, position) {
    let token = position === undefined ? undefined : String(position['token']);
    for (;;) {
      const page = await readPage(http, { url: listOf(String(partition.data?.['project'] ?? '')) }, token);
      token = page.token;
      yield { rows: page.rows.map(toRow), next: token === undefined ? undefined : { token } };
      if (token === undefined) return;
    }
  },
  get,
};
