import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FrameworkError, Secret, type JsonObject, type ListenContext, type Message } from '@integration-framework/framework';
import { testContext, testHttp } from '@integration-framework/framework/testkit';
import { manage } from '../src/client';
import { fingerprintOf, readDeployments } from '../src/deployments';
import jboss from '../src/index';
import type { JbossSettings } from '../src/settings';
import { describeWithWildFly, startWildFly, USER, type WildFly } from './wildfly';

describeWithWildFly('a real WildFly', () => {
  let server: WildFly;
  let folder: string;
  beforeAll(async () => {
    server = await startWildFly();
    folder = await mkdtemp(path.join(tmpdir(), 'war-'));
    await mkdir(path.join(folder, 'shop.war/WEB-INF'), { recursive: true });
    await writeFile(path.join(folder, 'shop.war/WEB-INF/web.xml'), '<web-app/>');
    await writeFile(path.join(folder, 'shop.war/index.jsp'), 'session <%= session.getId() %>');
  });
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const settingsOf = (password: string = USER.password): JbossSettings => ({ wildFlyUrl: server.managementUrl, username: USER.username, password: new Secret(password), pollingInterval: 20 });
  const contextOf = (settings: JbossSettings, signal?: AbortSignal) => testContext(settings, { http: testHttp(jboss, settings).http!, ...(signal && { signal }) });
  const address = [{ deployment: 'shop.war' }];

  test('tells a deployment, that it stopped, started and went; its traffic is no change', async () => {
    const stop = new AbortController();
    const own = contextOf(settingsOf(), stop.signal);
    const operator = contextOf(settingsOf());
    const operate = (operation: JsonObject): Promise<unknown> => manage(operator, operation);
    const told: { readonly row: JsonObject; readonly operation: string | undefined }[] = [];
    const context: ListenContext<JbossSettings> = {
      ...own,
      async deliver(_, messages: readonly Message[]) {
        told.push(...messages.map(({ text, headers }) => ({ row: (JSON.parse(text) as { readonly deployment: JsonObject }).deployment, operation: headers?.['operation'] })));
      },
      async *stored<TRow>() {
        yield* [] as readonly TRow[];
      },
    };
    const listening = jboss.listen!(context);
    listening.catch(() => undefined); // what it ends with is awaited below
    const last = async (condition: (row: JsonObject, operation: string | undefined) => boolean): Promise<void> => {
      const isTold = (): boolean => told.slice(-1).some(({ row, operation }) => condition(row, operation));
      for (const deadline = Date.now() + 20_000; !isTold(); await new Promise(setImmediate)) {
        if (Date.now() > deadline) throw new Error(`not told: ${JSON.stringify(told.map(({ row, operation }) => [row['name'], row['status'], operation]))}`);
      }
    };

    await operate({ operation: 'add', address, content: [{ path: path.join(folder, 'shop.war'), archive: false }], enabled: true });
    await last((row) => row['status'] === 'OK');
    expect(told.at(-1)?.row).toMatchObject({ name: 'shop.war', runtimeName: 'shop.war', enabled: true, persistent: true, subsystem: { undertow: { 'context-root': '/shop' } } });

    const before = told.length;
    const quiet = (await readDeployments(operator)).deployments.get('shop.war')!;
    expect(await (await fetch(`${server.webUrl}/shop/index.jsp`)).text()).toMatch(/^session /);
    const busy = (await readDeployments(operator)).deployments.get('shop.war')!;
    expect(busy).toMatchObject({ subsystem: { undertow: { 'active-sessions': 1 } } });
    expect(fingerprintOf(busy)).toBe(fingerprintOf({ ...quiet, subsystem: { ...(quiet['subsystem'] as JsonObject), undertow: (busy['subsystem'] as JsonObject)['undertow']! } }));

    await operate({ operation: 'undeploy', address });
    await last((row) => row['status'] === 'STOPPED');
    await operate({ operation: 'deploy', address });
    await last((row) => row['status'] === 'OK');
    await operate({ operation: 'remove', address });
    await last((row, operation) => operation === 'delete');
    stop.abort();
    await listening;
    expect(told.slice(before).filter(({ row }) => row['name'] !== 'shop.war')).toEqual([]);
    expect(own.log.lines).toEqual([]);
  });

  test('the check says how many there are, and refuses a wrong password', async () => {
    expect(await jboss.check!(contextOf(settingsOf()))).toEqual({ ok: true, lines: [`${server.managementUrl}: 0 deployments`] });
    expect(await jboss.check!(contextOf(settingsOf('another')))).toMatchObject({ ok: false, lines: [expect.stringContaining('refused our credentials')] });
  });

  test('an operation that fails is an error', async () => {
    await expect(manage(contextOf(settingsOf()), { operation: 'undeploy', address: [{ deployment: 'nope.war' }] })).rejects.toBeInstanceOf(FrameworkError);
  });
});
