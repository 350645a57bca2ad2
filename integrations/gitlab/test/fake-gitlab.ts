import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '@integration-framework/framework';
import { onePipeline } from './gitlab-data';

/** What is at GitLab. Tests change it. */
export interface World {
  readonly groups: JsonObject[];
  readonly projects: JsonObject[];
  readonly mergeRequests: JsonObject[];
  readonly pipelines: JsonObject[];
  /** By project; the API does not say whose a release is. */
  readonly releases: Map<number, JsonObject[]>;
}

export interface FakeGitlab {
  readonly url: string;
  /** Path and query of every call, in order. */
  readonly calls: readonly string[];
  close(): Promise<void>;
}

class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** A stateful server on loopback that answers as the documentation of GitLab's REST API v4 says. `page` = most rows of a page, whatever is asked for. */
export async function startFakeGitlab(world: World, { token, page }: { readonly token: string; readonly page: number }): Promise<FakeGitlab> {
  const calls: string[] = [];
  let url = '';

  const list = (response: ServerResponse, at: URL, rows: readonly JsonObject[]): void => {
    const size = Math.min(Number(at.searchParams.get('per_page') ?? 20), page);
    const number = Number(at.searchParams.get('page') ?? 1);
    const pages = Math.max(Math.ceil(rows.length / size), 1);
    const link = (rel: string, to: number): string => {
      const address = new URL(at);
      address.searchParams.set('page', String(to));
      address.searchParams.set('per_page', String(size));
      return `<${address.href}>; rel="${rel}"`;
    };
    const links = [...(number > 1 ? [link('prev', number - 1)] : []), ...(number < pages ? [link('next', number + 1)] : []), link('first', 1), link('last', pages)];
    response.writeHead(200, {
      'content-type': 'application/json',
      link: links.join(', '),
      'x-page': String(number),
      'x-next-page': number < pages ? String(number + 1) : '',
      'x-prev-page': number > 1 ? String(number - 1) : '',
      'x-per-page': String(size),
      'x-total': String(rows.length),
      'x-total-pages': String(pages),
    });
    response.end(JSON.stringify(rows.slice((number - 1) * size, number * size)));
  };

  const one = (response: ServerResponse, row: JsonObject | undefined, what: string): void => {
    if (!row) throw new Refusal(404, `404 ${what} Not Found`);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(row));
  };

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const at = new URL(request.url ?? '/', url);
    calls.push(`${at.pathname}${at.search}`);
    if (request.headers['private-token'] !== token && request.headers.authorization !== `Bearer ${token}`) throw new Refusal(401, '401 Unauthorized');
    const [, , , root, id = '', sub, name] = at.pathname.split('/').map(decodeURIComponent);
    if (root === 'groups') {
      const group = world.groups.find((row) => String(row['id']) === id || row['full_path'] === id);
      if (sub === undefined || !group) return one(response, group, 'Group');
      const below = `${String(group['full_path'])}/`;
      const inside = world.projects.filter(({ path_with_namespace: path }) => String(path).startsWith(below) && (at.searchParams.get('include_subgroups') === 'true' || !String(path).slice(below.length).includes('/')));
      return list(response, at, ordered(inside, at));
    }
    const project = world.projects.find((row) => String(row['id']) === id || row['path_with_namespace'] === id);
    if (root !== 'projects' || !project) throw new Refusal(404, '404 Project Not Found');
    const mine = (rows: readonly JsonObject[]): readonly JsonObject[] => ordered(rows.filter((row) => row['project_id'] === project['id']), at);
    if (sub === undefined) return one(response, { ...project, permissions: { project_access: null, group_access: { access_level: 20, notification_level: 3 } }, runners_token: 'GR13489-made-up' }, 'Project');
    const feature = { merge_requests: 'merge_requests_access_level', pipelines: 'builds_access_level', releases: 'releases_access_level' }[sub];
    if (feature === undefined) throw new Refusal(404, '404 Not Found');
    if (project[feature] === 'disabled') throw new Refusal(403, '403 Forbidden');
    if (sub === 'merge_requests') {
      const iids = at.searchParams.getAll('iids[]');
      return list(response, at, mine(world.mergeRequests).filter(({ iid }) => iids.length === 0 || iids.includes(String(iid))));
    }
    if (sub === 'pipelines') {
      if (name === undefined) return list(response, at, mine(world.pipelines));
      const found = mine(world.pipelines).find((row) => String(row['id']) === name);
      return one(response, found && onePipeline(found), '');
    }
    const releases = ordered(world.releases.get(Number(project['id'])) ?? [], at);
    return name === undefined ? list(response, at, releases) : one(response, releases.find((row) => row['tag_name'] === name), '');
  };

  const server = createServer((request, response) => {
    request.resume();
    try {
      answer(request, response);
    } catch (err) {
      const { status, message } = err instanceof Refusal ? err : new Refusal(500, '500 Internal Server Error');
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ message }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    calls,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** By what was asked for, descending unless said otherwise. */
function ordered(rows: readonly JsonObject[], at: URL): readonly JsonObject[] {
  const by = at.searchParams.get('order_by') ?? 'created_at';
  const compare = (a: JsonObject, b: JsonObject): number => (by === 'id' ? Number(a['id']) - Number(b['id']) : String(a[by]).localeCompare(String(b[by])));
  return rows.toSorted((a, b) => (at.searchParams.get('sort') === 'asc' ? compare(a, b) : compare(b, a)));
}
