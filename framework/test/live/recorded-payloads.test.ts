import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { isObject, parseJson, Secret, toJson, type Integration, type JsonObject } from '../../src/contract';
import { createRoute, createWebhooks, verify, type ReceivedDelivery, type Routed } from '../../src/live';
import { loadIntegration } from '../../src/load';
import { applyClaim, rowId, type RowState } from '../../src/store';
import { recordedLog } from '../../src/testkit';

const folder = path.join(__dirname, '../../../integrations/github');
const SECRET = 'planted';

interface Recorded {
  readonly name: string;
  readonly examples: readonly JsonObject[];
}
// The package belongs to the integration, not to the framework.
const recorded = (createRequire(path.join(folder, 'package.json'))('@octokit/webhooks-examples/api.github.com/index.json') as readonly Recorded[]).flatMap(({ name, examples }) =>
  examples.map((example) => ({ name, body: Buffer.from(JSON.stringify(example)) })),
);

function load(): Integration {
  const result = loadIntegration({ type: 'github', folder });
  if ('problems' in result) throw new Error(toJson(result.problems));
  return result.loaded.integration;
}

describe("every payload of Octokit's examples", () => {
  const integration = load();
  const credentials = { secret: [new Secret('old'), new Secret(SECRET)] };
  const signed = (body: Buffer) => ['X-Hub-Signature-256', `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`];
  const received = (name: string, body: Buffer): ReceivedDelivery => ({ headers: { 'x-github-event': name }, text: body.toString(), body: parseJson(body.toString()), at: 1, origin: 'webhook' });
  const routeAs = (truth: 'told' | 'listed', envelopes: boolean) => createRoute({ integration, identifier: 'hub', settings: { pullRequests: 'all' }, truthOf: () => truth, envelopes });

  test('signed it is accepted; with one byte more, or signed by another, it is not', () => {
    const verifier = integration.live!.verify!;
    for (const { body } of recorded) {
      expect(verify(verifier, { rawHeaders: signed(body), body }, credentials)).toBe(true);
      expect(verify(verifier, { rawHeaders: signed(body), body: Buffer.concat([body, Buffer.from(' ')]) }, credentials)).toBe(false);
      expect(verify(verifier, { rawHeaders: signed(body), body }, { secret: [new Secret('another')] })).toBe(false);
    }
  });

  test.each(['told', 'listed'] as const)('%s: routed or ignored, none is a dead letter', (truth) => {
    const route = routeAs(truth, false);
    const counts: Record<string, number> = {};
    for (const { name, body } of recorded) {
      const routed: Routed = route(received(name, body));
      const what = routed.is === 'records' ? 'records' : routed.is === 'ignored' ? routed.reason : `${routed.code}: ${routed.message}`;
      counts[what] = (counts[what] ?? 0) + 1;
    }
    expect(counts).toEqual({ records: 110, ping: 4, 'unknown-event': 215 });
  });

  test.each(['application/json', 'application/x-www-form-urlencoded'])('called as %s: each is answered 200 and routed as before', async (type) => {
    const route = routeAs('told', true);
    const results: string[] = [];
    const log = recordedLog();
    const webhooks = createWebhooks({
      routes: [
        {
          path: '/github/webhook',
          integration: 'hub',
          live: integration.live!,
          authentication: credentials,
          maxBodyBytes: 1_048_576,
          busy: () => undefined,
          async accept(delivery) {
            const routed = route(delivery);
            return { status: routed.is === 'records' ? 'accepted' : routed.is === 'dead' ? 'dead-lettered' : 'ignored', ...(routed.is === 'ignored' && { reason: routed.reason }), deliveryId: 'x' };
          },
        },
      ],
      imports: [],
      log,
      clock: { now: () => 1 },
      count: (result) => results.push(result),
      authFailed: () => results.push('unauthorized'),
    });
    const server = createServer((incoming, response) => void webhooks.handler(incoming, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const post = (name: string, body: Buffer) =>
      new Promise<number | undefined>((resolve, reject) => {
        const { port } = server.address() as AddressInfo;
        const headers = { 'content-type': type, 'x-github-event': name, 'x-hub-signature-256': signed(body)[1] };
        request({ port, host: '127.0.0.1', path: '/github/webhook', method: 'POST', agent, headers }, (answer) => answer.resume().on('end', () => resolve(answer.statusCode)))
          .on('error', reject)
          .end(body);
      });
    const statuses = new Set<number | undefined>();
    for (const { name, body } of recorded) statuses.add(await post(name, type === 'application/json' ? body : Buffer.from(String(new URLSearchParams({ payload: body.toString() })))));
    agent.destroy();
    await new Promise((resolve) => server.close(resolve));
    const counts = Object.fromEntries(['accepted', 'ignored'].map((result) => [result, results.filter((other) => other === result).length]));
    expect([[...statuses], results.length, counts, log.lines]).toEqual([[200], 329, { accepted: 110, ignored: 219 }, []]);
  });

  test('the envelope is the whole body with the name of the event', () => {
    const route = routeAs('told', true);
    for (const { name, body } of recorded) {
      const routed = route(received(name, body));
      if (routed.is !== 'records') continue;
      const sent = parseJson(body.toString());
      expect(parseJson(routed.envelope)).toEqual({ ...(isObject(sent) && sent), eventType: name });
      expect(routed.records[0]!.claim.data).toBe(routed.envelope);
    }
  });

  test('told in any order, each thing ends as its newest event says', () => {
    const route = routeAs('told', false);
    const records = recorded.flatMap(({ name, body }) => {
      const routed = route(received(name, body));
      return routed.is === 'records' ? routed.records : [];
    });
    const inOrder = (list: typeof records): ReadonlyMap<string, RowState> => {
      const rows = new Map<string, RowState>();
      for (const [stamp, { kind, truth, claim }] of list.entries()) {
        const scope = { integration: 'hub', kind };
        const id = rowId(scope, claim.key);
        rows.set(id, applyClaim(rows.get(id), { scope, truth, mapping: '', at: 1 }, { ...claim, stamp }).row);
      }
      return rows;
    };
    const rows = inOrder(records);
    const newest = new Map<string, number>();
    for (const { kind, version, claim } of records) {
      const id = rowId({ integration: 'hub', kind }, claim.key);
      if (version !== undefined) newest.set(id, Math.max(newest.get(id) ?? -1, version));
    }
    expect(newest.size).toBeGreaterThan(5);
    for (const rowsOfOneOrder of [rows, inOrder([...records].reverse())]) {
      for (const [id, version] of newest) expect([id, rowsOfOneOrder.get(id)?.version]).toEqual([id, version]);
    }
  });
});
