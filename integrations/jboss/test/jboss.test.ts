import { canonicalId, eventId, eventNameOf, identityOf, keyNames, Secret, type JsonObject, type ListenContext, type Message } from '@integration-framework/framework';
import { kindOf, testContext, testHttp } from '@integration-framework/framework/testkit';
import jboss from '../src/index';
import { fingerprintOf } from '../src/deployments';
import type { JbossSettings } from '../src/settings';
import { deliveries } from './deliveries';
import { deployed, startWildFlyServer, type WildFlyServer } from './wildfly-server';

const live = jboss.live!;
const deployment = kindOf(jboss, 'deployment');
const settings: JbossSettings = { wildFlyUrl: 'http://localhost:9990/management', username: 'admin', password: new Secret('planted-password'), pollingInterval: 1 };

test.each([
  ['http://localhost:9990/management', 'localhost:9990', 'jboss.deployment@localhost%3A9990:shop.war'],
  ['https://WildFly.example.com/management/', 'wildfly.example.com:443', 'jboss.deployment@wildfly.example.com%3A443:shop.war'],
  ['http://10.0.0.7/management', '10.0.0.7:80', 'jboss.deployment@10.0.0.7%3A80:shop.war'],
])('the scope of %s', (wildFlyUrl, scope, id) => {
  expect(jboss.scope?.({ ...settings, wildFlyUrl })).toBe(scope);
  expect(canonicalId({ vendor: jboss.type, kind: 'deployment', scope }, deployment.key({ name: 'shop.war' }))).toBe(id);
});

test('settings: an address is one', () => {
  expect(jboss.validate?.(settings)).toEqual([]);
  expect(jboss.validate?.({ ...settings, wildFlyUrl: 'localhost:9990' })).toEqual(['wildFlyUrl is not an address; write http://<host>:9990/management']);
});

test('a deployment is told, and is gone by the header of the message', () => {
  const changes = deliveries.flatMap((delivery) => live.changes({ ...delivery, type: eventNameOf(live, delivery)!.type }, settings));
  expect(changes.map(({ is }) => is)).toEqual(['changed', 'gone']);
  for (const change of changes) {
    if (change.is === 'ignored') throw new Error('a deployment was expected');
    expect(change).toMatchObject({ kind: 'deployment', keys: [{ name: 'deploymentName', identity: true, value: 'shop.war' }], row: { name: 'shop.war' } });
    expect(deployment.key(change.row)).toEqual(identityOf(change.keys));
    expect(eventId(keyNames(deployment), identityOf(change.keys)!)).toBe('shop.war');
  }
  expect(live.verify).toBeUndefined();
});

test('a fingerprint is blind for numbers inside subsystems and for the order of members, and for nothing else', () => {
  const row = { name: 'a', status: 'OK', content: [{ size: 1 }], subdeployment: { 'b.jar': { calls: 1, on: true } }, subsystem: { web: { sessions: 1n, root: '/a', list: [1, 'x'] } } };
  const same: JsonObject = { ...row, subdeployment: { 'b.jar': { on: true, calls: 2 } }, subsystem: { web: { list: [7, 'x'], root: '/a', sessions: 9_007_199_254_740_993n } } };
  expect(fingerprintOf(same)).toBe(fingerprintOf(row));
  const others: readonly JsonObject[] = [{ ...row, status: 'FAILED' }, { ...row, content: [{ size: 2 }] }, { ...row, subdeployment: null }, { ...row, subsystem: { web: { ...row.subsystem.web, root: '/b' } } }];
  expect(new Set([row, ...others].map(fingerprintOf)).size).toBe(5);
});

describe('listening', () => {
  let server: WildFlyServer;
  let stop: AbortController;
  beforeEach(async () => {
    server = await startWildFlyServer();
    stop = new AbortController();
  });
  afterEach(() => server.close());

  interface Told {
    readonly context: ListenContext<JbossSettings>;
    readonly lines: readonly string[];
    /** What was delivered of each call, and the looks before it. */
    readonly batches: readonly (readonly Message[])[];
  }
  function listenContext(given: { readonly stored?: readonly JsonObject[]; readonly deliver?: (messages: readonly Message[]) => Promise<void> } = {}): Told {
    const own = { ...settings, wildFlyUrl: `${server.url}/` };
    const context = testContext(own, { http: testHttp(jboss, own, { retries: 0 }).http!, signal: stop.signal });
    const batches: (readonly Message[])[] = [];
    return {
      batches,
      lines: context.log.lines,
      context: {
        ...context,
        async deliver(origin, messages) {
          expect(origin).toBe('poll');
          await given.deliver?.(messages);
          batches.push(messages);
        },
        async *stored<TRow>() {
          yield* (given.stored ?? []) as readonly TRow[];
        },
      },
    };
  }
  const read = ({ text, headers }: Message): readonly unknown[] => {
    const { deployment: row, eventType } = JSON.parse(text) as { readonly deployment: JsonObject; readonly eventType: string };
    return [row['name'], row['status'], headers?.['operation'], eventType];
  };
  const told = (batches: readonly (readonly Message[])[]) => batches.map((messages) => messages.map((message) => read(message).slice(0, 3)));
  const until = async (condition: () => boolean): Promise<void> => {
    for (const deadline = Date.now() + 20_000; !condition(); await new Promise(setImmediate)) {
      if (Date.now() > deadline) throw new Error(`not within 20 s: ${condition.toString()}`);
    }
  };
  const looks = (): number => server.statuses.filter((status) => status === 200).length;
  /** Two whole looks from now on. */
  const lookedTwice = async (): Promise<void> => {
    const before = looks();
    await until(() => looks() >= before + 2);
  };
  const rowOf = (name: string, status: string): JsonObject => ({ ...(JSON.parse(JSON.stringify(deployed(name))) as JsonObject), runtimeName: name, status });

  test('tells what is there, what changed, what is gone, and nothing of what did not change', async () => {
    server.deployments.set('shop.war', deployed('shop.war')).set('api.war', deployed('api.war'));
    const { context, batches } = listenContext();
    const listening = jboss.listen!(context);
    await lookedTwice();
    expect(told(batches)).toEqual([[['shop.war', 'OK', undefined], ['api.war', 'OK', undefined]]]);

    server.deployments.set('shop.war', deployed('shop.war', { status: 'FAILED' }));
    await lookedTwice();
    server.deployments.set('shop.war', deployed('shop.war', { status: 'FAILED', subsystem: { undertow: { 'active-sessions': 12, 'context-root': '/shop', servlet: { pay: { 'request-count': 99, 'servlet-class': 'shop.Pay' } } } } }));
    await lookedTwice();
    server.deployments.delete('api.war');
    await lookedTwice();
    server.deployments.set('api.war', deployed('api.war'));
    await lookedTwice();
    expect(told(batches.slice(1))).toEqual([[['shop.war', 'FAILED', undefined]], [['api.war', 'OK', 'delete']], [['api.war', 'OK', undefined]]]);
    expect(server.statuses.filter((status) => status === 401)).toHaveLength(1); // one nonce for all of it

    stop.abort();
    await listening;
  });

  test('a message is the documented envelope', async () => {
    server.deployments.set('shop.war', deployed('shop.war'));
    const { context, batches } = listenContext();
    const listening = jboss.listen!(context);
    await until(() => batches.length > 0);
    stop.abort();
    await listening;
    const { content, subdeployment, subsystem } = deployed('shop.war');
    expect(JSON.parse(batches[0]![0]!.text)).toEqual({
      deployment: { name: 'shop.war', runtimeName: 'shop.war', status: 'OK', enabled: true, persistent: true, content, subdeployment, subsystem },
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      eventType: 'jboss:deployment_status',
    });
  });

  test('after a restart it compares with what is stored', async () => {
    server.deployments.set('same.war', deployed('same.war')).set('changed.war', deployed('changed.war')).set('new.war', deployed('new.war'));
    const { name, enabled, persistent, content, subdeployment, subsystem } = rowOf('same.war', 'OK') as JsonObject;
    const stored = { name, runtimeName: name, status: 'OK', enabled, persistent, content, subdeployment, subsystem } as JsonObject;
    const { context, batches } = listenContext({ stored: [stored, { ...stored, name: 'changed.war', runtimeName: 'old.war' }, { ...stored, name: 'gone.war' }] });
    const listening = jboss.listen!(context);
    await lookedTwice();
    stop.abort();
    await listening;
    expect(told(batches)).toEqual([[['changed.war', 'OK', undefined], ['new.war', 'OK', undefined], ['gone.war', 'OK', 'delete']]]);
  });

  test('a deployment that cannot be read is not gone; it is told once', async () => {
    server.deployments.set('shop.war', deployed('shop.war'));
    const { context, batches, lines } = listenContext();
    const listening = jboss.listen!(context);
    await lookedTwice();
    server.deployments.set('shop.war', undefined);
    await lookedTwice();
    stop.abort();
    await listening;
    expect(batches).toHaveLength(1);
    expect(lines).toEqual([expect.stringContaining("deployments: [ 'shop.war' ]")]);
  });

  test.each<[string, { readonly status: number; readonly body: unknown }]>([
    ['fails', { status: 500, body: { outcome: 'failed', 'failure-description': 'WFLYCTL0216' } }],
    ['says that it failed', { status: 200, body: { outcome: 'failed', result: [] } }],
    ['is of another shape', { status: 200, body: { outcome: 'success', result: {} } }],
    ['has a nameless deployment', { status: 200, body: { outcome: 'success', result: [{ address: [], outcome: 'success', result: {} }] } }],
  ])('a list that %s proves nothing, and ends the listening', async (_, answer) => {
    server.deployments.set('shop.war', deployed('shop.war'));
    const { context, batches } = listenContext();
    const listening = jboss.listen!(context).catch((err: unknown) => err);
    await until(() => batches.length > 0);
    server.answer = () => answer;
    expect(await listening).toMatchObject({ name: 'FrameworkError' });
    expect(batches).toHaveLength(1);
  });

  test('what could not be stored is not taken as told', async () => {
    server.deployments.set('shop.war', deployed('shop.war'));
    const { context } = listenContext({ deliver: () => Promise.reject(new Error('the store is away')) });
    await expect(jboss.listen!(context)).rejects.toThrow('the store is away');
  });

  test('a nonce that grew old is replaced, in between and for every call', async () => {
    server.deployments.set('shop.war', deployed('shop.war'));
    server.nonceUses = 2;
    const { context, batches } = listenContext();
    const listening = jboss.listen!(context);
    await until(() => looks() >= 6);
    stop.abort();
    await listening;
    expect(server.statuses.slice(0, 9)).toEqual([401, 200, 200, 401, 401, 200, 200, 401, 401]);
    expect(batches).toHaveLength(1);
  });

  test('a nonce that is stale whatever we do is a refusal', async () => {
    server.nonceUses = 0;
    await expect(jboss.listen!(listenContext().context)).rejects.toMatchObject({ code: 'SOURCE_REFUSED' });
    expect(server.statuses).toEqual([401, 401, 401, 401]);
  });

  test('a call that is tried again counts again', async () => {
    server.deployments.set('shop.war', deployed('shop.war'));
    const failures = [{ status: 500, body: { outcome: 'failed' } }, { status: 500, body: { outcome: 'failed' } }];
    server.answer = () => failures.shift();
    const own = { ...settings, wildFlyUrl: server.url };
    expect(await jboss.check!(testContext(own, { http: testHttp(jboss, own).http! }))).toEqual({ ok: true, lines: [`${server.url}: 1 deployments`] });
    expect(server.statuses).toEqual([401, 500, 500, 200]);
  });

  test('a wrong password is a refusal for the operator, and shows nowhere', async () => {
    server.password = 'another';
    const { context, lines } = listenContext();
    const failure = await jboss.listen!(context).catch((err: unknown) => err);
    expect(failure).toMatchObject({ code: 'SOURCE_REFUSED', act: 'operator' });
    expect(server.statuses).toEqual([401, 401, 401, 401]);
    expect(`${String(failure)}${lines.join()}`).not.toContain('planted-password');
    expect(await jboss.check!(context)).toMatchObject({ ok: false, lines: [expect.stringContaining('refused our credentials')] });
  });

  test('a server that wants another scheme never gets the password', async () => {
    server.challenge = () => 'Basic realm="ManagementRealm"';
    await expect(jboss.listen!(listenContext().context)).rejects.toMatchObject({ code: 'SOURCE_REFUSED', message: expect.stringContaining('no digest authentication') as string });
    expect(server.statuses).toEqual([401]);
  });

  test('a stop in the middle of a call or a pause ends it without an error', async () => {
    const { context } = listenContext();
    stop.abort();
    await expect(jboss.listen!(context)).resolves.toBeUndefined();
  });
});
