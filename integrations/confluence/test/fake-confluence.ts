import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '@integration-framework/framework';

/** What is at the site. Tests change it. */
export interface World {
  readonly spaces: JsonObject[];
  readonly pages: JsonObject[];
}

export interface FakeConfluence {
  readonly url: string;
  /** Path and query of every call, in order. */
  readonly calls: readonly string[];
  close(): Promise<void>;
}

/** A stateful server on loopback that answers as the documentation of Confluence's REST API v2 says. `limit` = most rows of a page, whatever is asked for. */
export async function startFakeConfluence(world: World, { account, limit }: { readonly account: string; readonly limit: number }): Promise<FakeConfluence> {
  const calls: string[] = [];
  let url = '';
  const send = (response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
  const refuse = (response: ServerResponse, status: number, title: string): void => send(response, status, { errors: [{ status, code: title.toUpperCase().replaceAll(' ', '_'), title, detail: null }] });

  const list = (response: ServerResponse, at: URL, rows: readonly JsonObject[]): void => {
    const size = Math.min(Number(at.searchParams.get('limit') ?? 25), limit);
    const cursor = at.searchParams.get('cursor');
    const after = cursor === null ? 0 : Number((JSON.parse(Buffer.from(cursor, 'base64').toString()) as { id: string }).id);
    const rest = rows.toSorted((a, b) => Number(a['id']) - Number(b['id'])).filter(({ id }) => Number(id) > after);
    const results = rest.slice(0, size).map((row) => shown(row, at));
    const next = new URL(at);
    next.searchParams.set('cursor', Buffer.from(JSON.stringify({ id: results.at(-1)?.['id'], contentOrder: 'id', contentOrderValue: results.at(-1)?.['id'] })).toString('base64'));
    const path = `${next.pathname}${next.search}`;
    const more = rest.length > size;
    send(response, 200, { results, _links: { ...(more && { next: path }), base: `${url}/wiki` } }, more ? { link: `<${path}>; rel="next", <${url}/wiki>; rel="base"` } : {});
  };

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const at = new URL(request.url ?? '/', url);
    calls.push(`${at.pathname}${at.search}`);
    const isAccount = request.headers.authorization === `Basic ${Buffer.from(account).toString('base64')}`;
    if (at.pathname === '/wiki/rest/api/user/current') {
      return send(response, 200, isAccount ? { type: 'known', accountId: '557058:a1', accountType: 'atlassian', displayName: 'Catalog', _links: { base: `${url}/wiki` } } : { type: 'anonymous', displayName: 'Anonymous', _links: { base: `${url}/wiki` } });
    }
    const spaces = isAccount ? world.spaces : [];
    const pages = isAccount ? world.pages.filter(({ status }) => status !== 'trashed') : [];
    const named = (name: string): readonly string[] | undefined => at.searchParams.getAll(name).flatMap((text) => text.split(',')).filter(Boolean);
    const within = (rows: readonly JsonObject[], member: string, values: readonly string[] = []): readonly JsonObject[] => rows.filter((row) => values.length === 0 || values.includes(String(row[member])));
    const [, , , , root, id, sub] = at.pathname.split('/');
    if (!at.pathname.startsWith('/wiki/api/v2/')) return refuse(response, 404, 'Not Found');
    if (root === 'spaces' && id === undefined) return list(response, at, within(within(spaces, 'id', named('ids')), 'key', named('keys')));
    if (root === 'pages' && id === undefined) return list(response, at, within(within(pages, 'id', named('id')), 'spaceId', named('space-id')));
    if (root === 'spaces' && sub === 'pages' && spaces.some((row) => row['id'] === id)) return list(response, at, pages.filter(({ spaceId }) => spaceId === id));
    return refuse(response, 404, 'Not Found');
  };

  const server = createServer((request, response) => {
    request.resume();
    answer(request, response);
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

/** Bodies and descriptions come only to who asks for them. */
function shown(row: JsonObject, at: URL): JsonObject {
  const { body, description, ...rest } = row;
  return { ...rest, ...(body !== undefined && { body: at.searchParams.get('body-format') === 'storage' ? body : {} }), ...(description !== undefined && { description: at.searchParams.get('description-format') === 'plain' ? description : null }) };
}
