import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '@integration-framework/framework';

export interface WildFlyServer {
  /** Of the management API. */
  readonly url: string;
  /** Statuses of its answers, in order. */
  readonly statuses: readonly number[];
  /** By name; what is undefined cannot be read. */
  readonly deployments: Map<string, JsonObject | undefined>;
  /** How often a nonce may be used. */
  nonceUses: number;
  /** The value of WWW-Authenticate, from a nonce. */
  challenge: (nonce: string, isStale: boolean) => string;
  password: string;
  /** Answers, instead of its own, for as long as it gives one. */
  answer: () => { readonly status: number; readonly body: unknown } | undefined;
  close(): Promise<void>;
}

const REALM = 'ManagementRealm';
const md5 = (...parts: readonly string[]): string => createHash('md5').update(parts.join(':')).digest('hex');

/** The management API, as far as deployments go, behind digest authentication with nonces that are counted and grow old. */
export async function startWildFlyServer(): Promise<WildFlyServer> {
  const counts = new Map<string, number>();
  const statuses: number[] = [];

  /** Taken, wrong, or too old. */
  function judge(header: string | undefined, method: string): 'taken' | 'wrong' | 'stale' {
    const member = (name: string): string => new RegExp(`[ ,]${name}="?([^",]+)"?`).exec(header ?? '')?.[1] ?? '';
    const count = counts.get(member('nonce'));
    if (count === undefined) return header === undefined ? 'wrong' : 'stale';
    const expected = md5(md5(member('username'), REALM, state.password), member('nonce'), member('nc'), member('cnonce'), 'auth', md5(method, '/management'));
    if (member('uri') !== '/management' || member('response') !== expected) return 'wrong';
    if (parseInt(member('nc'), 16) !== count + 1 || count >= state.nonceUses) return 'stale';
    counts.set(member('nonce'), count + 1);
    return 'taken';
  }

  const listed = (): JsonObject => ({
    outcome: 'success',
    result: [...state.deployments].map(([name, result]) => ({
      address: [{ deployment: name }],
      ...(result ? { outcome: 'success', result } : { outcome: 'failed', 'failure-description': 'WFLYCTL0158: Operation handler failed' }),
    })),
  });

  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const end = (status: number, body: unknown, headers = {}): void => {
        statuses.push(status);
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
      };
      const verdict = judge(request.headers.authorization, request.method ?? '');
      if (verdict !== 'taken') {
        const nonce = randomUUID();
        counts.set(nonce, 0);
        end(401, {}, { 'www-authenticate': state.challenge(nonce, verdict === 'stale' && request.headers.authorization !== undefined) });
        return;
      }
      const given = state.answer();
      if (given) return end(given.status, given.body);
      const { operation, address } = JSON.parse(Buffer.concat(pieces).toString()) as { readonly operation: string; readonly address: unknown };
      const isKnown = request.url === '/management' && operation === 'read-resource' && JSON.stringify(address) === '[{"deployment":"*"}]';
      end(isKnown ? 200 : 500, isKnown ? listed() : { outcome: 'failed' });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const state: WildFlyServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/management`,
    statuses,
    deployments: new Map(),
    nonceUses: Infinity,
    challenge: (nonce, isStale) => `Digest realm="${REALM}", nonce="${nonce}", opaque="00000000", algorithm=MD5, qop=auth${isStale ? ', stale=true' : ''}`,
    password: 'planted-password',
    answer: () => undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return state;
}

/** A deployment as the API shows it. */
export const deployed = (name: string, more: JsonObject = {}): JsonObject => ({
  content: [{ hash: { BYTES_VALUE: '3q2+7w==' } }],
  enabled: true,
  'enabled-time': 1_769_940_672_345,
  managed: true,
  name,
  persistent: true,
  'runtime-name': name,
  status: 'OK',
  subdeployment: null,
  subsystem: { undertow: { 'active-sessions': 0, 'context-root': '/shop', servlet: { pay: { 'request-count': 0, 'servlet-class': 'shop.Pay' } } } },
  ...more,
});
