import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Hook {
  readonly id: string;
  readonly status: string;
  readonly publisherId: string;
  readonly eventType: string;
  readonly consumerId: string;
  readonly consumerActionId: string;
  readonly publisherInputs: Readonly<Record<string, string>>;
  readonly consumerInputs: Readonly<Record<string, string>>;
}

export interface AzureDevOpsServer {
  readonly url: string;
  /** As they were put in place, password included. */
  readonly hooks: readonly Hook[];
  add(hook: Omit<Hook, 'id' | 'publisherId' | 'consumerId' | 'consumerActionId'>): Hook;
  /** Creating hooks of these projects is answered with this status. */
  refuse(projects: readonly string[], status?: number): void;
  /** Every call is answered with the page to sign in. */
  signOut(): void;
  close(): Promise<void>;
}

const MASK = '********';

/** Projects and service hooks of an organization, as Azure DevOps documents them: passwords are masked, disabled hooks stay in the list. */
export async function startAzureDevOps(projects: readonly { readonly id: string; readonly name: string; readonly state: string }[]): Promise<AzureDevOpsServer> {
  let hooks: Hook[] = [];
  let refused: { readonly projects: readonly string[]; readonly status: number } = { projects: [], status: 403 };
  let signedOut = false;
  let count = 0;
  const ours = { publisherId: 'tfs', consumerId: 'webHooks', consumerActionId: 'httpRequest' };
  const add = (hook: Omit<Hook, 'id'>): Hook => {
    const added = { ...hook, id: `hook-${++count}` };
    hooks.push(added);
    return added;
  };
  const masked = (hook: Hook): Hook => ({ ...hook, consumerInputs: { ...hook.consumerInputs, ...('basicAuthPassword' in hook.consumerInputs && { basicAuthPassword: MASK }) } });

  function answerTo({ method, url: at }: IncomingMessage, text: string): readonly [number, unknown] {
    const url = new URL(at ?? '/', 'http://localhost');
    const route = `${method} ${url.pathname}`;
    if (url.searchParams.get('api-version') === null) return [400, { message: 'no api-version' }];
    if (route === 'GET /_apis/projects') return [200, { count: projects.length, value: projects }];
    if (route === 'GET /_apis/hooks/subscriptions') {
      const named = hooks.filter((hook) => hook.publisherId === url.searchParams.get('publisherId') && hook.consumerId === url.searchParams.get('consumerId') && hook.consumerActionId === url.searchParams.get('consumerActionId'));
      return [200, { count: named.length, value: named.map(masked) }];
    }
    if (route === 'POST /_apis/hooks/subscriptions') {
      const hook = JSON.parse(text) as Omit<Hook, 'id' | 'status'>;
      if (refused.projects.includes(hook.publisherInputs['projectId'] ?? '')) return [refused.status, { message: `no permission to hook ${JSON.stringify(hook.consumerInputs)}` }];
      return [200, masked(add({ ...hook, status: 'enabled' }))];
    }
    const id = /^DELETE \/_apis\/hooks\/subscriptions\/([^/]+)$/.exec(route)?.[1];
    if (id === undefined || !hooks.some((hook) => hook.id === id)) return [404, { message: 'not found' }];
    hooks = hooks.filter((hook) => hook.id !== id);
    return [204, undefined];
  }

  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      if (signedOut) {
        response.writeHead(203, { 'content-type': 'text/html' }).end('<html>Sign in</html>');
        return;
      }
      const [status, body] = answerTo(request, Buffer.concat(pieces).toString());
      response.writeHead(status, { 'content-type': 'application/json' }).end(body === undefined ? undefined : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get hooks() {
      return hooks;
    },
    add: (hook) => add({ ...ours, ...hook }),
    refuse(named, status = 403) {
      refused = { projects: named, status };
    },
    signOut() {
      signedOut = true;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
