import path from 'node:path';
import { startChild } from './child';
import { packagedNode, preparePackages } from './packages';

/** What is there from the beginning; everything else is made by the API. */
export interface GithubSeed {
  /** Token → login of the user it belongs to. */
  readonly tokens: Readonly<Record<string, string>>;
  /** `admin` is always there. */
  readonly users?: readonly string[];
  readonly organizations?: readonly { readonly login: string; readonly name?: string; readonly members: readonly { readonly login: string; readonly role: 'admin' | 'member' }[] }[];
  readonly apps?: readonly GithubApp[];
}

/** A GitHub App that is installed for one account. With `webhook` it is told of everything that happens there. */
export interface GithubApp {
  readonly id: number;
  /** PEM. Signatures of its tokens are verified with it. */
  readonly privateKey: string;
  readonly installation: { readonly id: number; readonly account: string };
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>;
  readonly webhook?: { readonly url: string; readonly secret: string; readonly events: readonly string[] };
}

export interface GithubEmulator {
  /** `http://127.0.0.1:<port>`: its API. */
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** emulate 0.12.2, a stateful GitHub that nobody here wrote, in memory and on a free port. */
export async function startGithubEmulator(seed: GithubSeed): Promise<GithubEmulator> {
  const folder = await preparePackages('github');
  const child = await startChild({ name: 'github', command: packagedNode(folder), args: [path.join(folder, 'start.mjs'), '0', JSON.stringify(seedOf(seed))], ready: /^listening http:\/\/[^:]+:(\d+)/ });
  return { url: `http://127.0.0.1:${child.ready[1]}`, pid: child.pid, stop: child.stop, kill: child.kill };
}

/** As the emulator's own configuration calls it. */
const seedOf = ({ tokens, users = [], organizations = [], apps = [] }: GithubSeed): object => ({
  tokens: Object.fromEntries(Object.entries(tokens).map(([token, login]) => [token, { login, scopes: ['repo', 'admin:org', 'workflow', 'admin:repo_hook', 'admin:org_hook'] }])),
  github: {
    users: users.map((login) => ({ login })),
    orgs: organizations,
    apps: apps.map(({ id, privateKey, installation, permissions, webhook }) => ({
      app_id: id,
      slug: `app-${id}`,
      name: `App ${id}`,
      private_key: privateKey,
      permissions,
      ...(webhook && { webhook_url: webhook.url, webhook_secret: webhook.secret, events: webhook.events }),
      installations: [{ installation_id: installation.id, account: installation.account, repository_selection: 'all', permissions }],
    })),
  },
});
