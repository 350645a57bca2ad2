import type { Http, JsonObject } from '@integration-framework/framework';
import { readPage, textAt } from './client';

const PAGE_ROWS = 100;

export interface Project {
  readonly id: string;
  readonly name: string;
}

const isWellFormed = (project: JsonObject): boolean => project['state'] === 'wellFormed';

/** Projects that are neither being made nor being deleted. */
export async function* wellFormedProjects(client: Http): AsyncIterable<Project> {
  let token: string | undefined;
  do {
    const page = await readPage(client, { url: '/_apis/projects', query: { stateFilter: 'wellFormed', $top: PAGE_ROWS } }, token);
    for (const project of page.rows.filter(isWellFormed)) yield { id: textAt(project, 'id'), name: textAt(project, 'name') };
    token = page.token;
  } while (token !== undefined);
}
