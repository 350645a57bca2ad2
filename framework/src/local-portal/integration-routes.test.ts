import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sign } from './sign';
import { CREDENTIALS, memoryLog, serve, stillClock, stopAll, type Served } from './test/serve';

const closing: (() => void)[] = [];
afterEach(async () => {
  await stopAll();
  for (const close of closing.splice(0)) close();
});

const SILENT = { 'x-skip-resync': 'true' };
const registration = { installationId: 'me', installationAppType: 'git', version: '1.0.0', changelogDestination: { type: 'KAFKA' }, config: { resources: [] }, actionsProcessingEnabled: true, incrementalSyncEnabled: false, createPortResourcesOrigin: 'Default' };

interface Message {
  readonly topic: string;
  readonly value: any; // eslint-disable-line @typescript-eslint/no-explicit-any
}

/** A registered integration, and what is published about it. */
async function registered(options: { featureFlags?: string[]; clock?: ReturnType<typeof stillClock> } = {}): Promise<Served & { readonly messages: Message[] }> {
  const messages: Message[] = [];
  const served = await serve({ ...options, publish: async (topic, message) => void messages.push({ topic, value: JSON.parse(message) }) });
  await served.call('POST', '/integration', registration);
  return { ...served, messages };
}

/** T4 to T8 of the truth table. */
const asksForResync = ({ value }: Message): boolean => value.diff.after?.updatedAt !== value.diff.after?.resyncState?.updatedAt && value.changelogDestination.type === 'KAFKA';

test('unknown, registered, read, listed, deleted', async () => {
  const served = await serve();
  const { call } = served;
  const unknown = await call('GET', '/integration/me?oceanCoreVersion=0.56.2&isPolling=false');
  expect(unknown).toMatchObject({ status: 404, body: { ok: false, error: 'not_found' } });
  expect(unknown.body).not.toHaveProperty('integration');
  const made = await call('POST', '/integration?integration_modes=create_resources', registration);
  expect(made).toMatchObject({ status: 200, body: { ok: true, integration: { ...registration, identifier: 'me', installationType: 'OnPrem', statusInfo: { updatedAt: expect.any(String) } } } });
  const { body } = await call('GET', '/integration/me');
  const { logAttributes, metricAttributes, ingestAttributes } = body.integration;
  expect(logAttributes).toEqual({ ingestUrl: expect.stringContaining(`${served.url}/v1/`), ingestId: expect.any(String) });
  expect([metricAttributes.ingestUrl, ingestAttributes.ingestUrl]).toEqual([expect.stringContaining(served.url), expect.stringContaining(served.url)]);
  expect((await call('GET', `/integration/${logAttributes.ingestId}?byField=logIngestId`)).body.integration.identifier).toBe('me');
  expect((await call('GET', '/integration?actionsProcessingEnabled=false')).body.integrations).toEqual([]);
  expect((await call('GET', '/integration')).body.integrations).toHaveLength(1);
  expect((await call('POST', '/integration', registration)).status).toBe(409);
  expect((await call('POST', '/integration', { version: '1' })).body.details).toEqual({ field: 'installationId' });
  expect((await call('DELETE', '/integration/me')).body).toEqual({ ok: true });
  expect((await call('GET', '/integration/me')).status).toBe(404);
});

test('what the portal keeps for itself cannot be written', async () => {
  const { call } = await registered();
  const before = (await call('GET', '/integration/me')).body.integration;
  const { body } = await call('PATCH', '/integration/me', { identifier: 'other', installationId: 'other', _id: 'x', ingestId: 'x', createdAt: 'x', resyncState: {}, processingMode: 'dsp', title: 'T', spec: { appSpec: { scheduledResyncInterval: 5 } } });
  expect(body.integration).toMatchObject({ identifier: 'me', installationId: 'me', _id: before._id, logAttributes: before.logAttributes, createdAt: before.createdAt, processingMode: 'dsp', title: 'T', spec: { appSpec: { scheduledResyncInterval: 5 } } });
  expect((await call('PATCH', '/integration/me', { config: 'text' })).status).toBe(422);
});

describe('a change', () => {
  test('makes a request, newer with each, also with an empty body', async () => {
    const { call } = await registered();
    const request = async () => (await call('GET', '/integration/me/resync-request')).body.request;
    expect(await request()).toBeNull();
    await call('PATCH', '/integration/me', {});
    const first = await request();
    expect(first).toEqual({ id: expect.any(String), updatedAt: '2026-01-01T00:00:00.000Z' });
    await call('PATCH', '/integration/me/config', { config: { resources: [] } });
    const second = await request();
    expect(second.id).not.toBe(first.id);
    expect(second.updatedAt > first.updatedAt).toBe(true);
  });

  test('with the skip header makes none, and no message', async () => {
    const { call, messages } = await registered();
    await call('PATCH', '/integration/me', { version: '2' }, SILENT);
    await call('PATCH', '/integration/me/config', { config: { resources: [{ kind: 'x' }] } }, SILENT);
    expect((await call('GET', '/integration/me')).body.integration).toMatchObject({ version: '2', config: { resources: [{ kind: 'x' }] } });
    expect((await call('GET', '/integration/me/resync-request')).body).toEqual({ ok: true, request: null });
    expect(messages).toEqual([]);
  });

  test('is told apart from a state write, even in the same millisecond', async () => {
    const { call, messages } = await registered();
    await call('PATCH', '/integration/me/resync-state', { status: 'running', lastResyncStart: '2026-01-01T00:00:00+00:00', lastResyncEnd: null, nextResync: null, intervalInMinuets: null });
    await call('PATCH', '/integration/me', { title: 'x' });
    await call('PATCH', '/integration/me/resync-state', { status: 'completed', lastResyncEnd: '2026-01-01T00:00:01+00:00' });
    expect(messages.map(({ topic }) => topic)).toEqual(['local.change.log', 'local.change.log', 'local.change.log']);
    expect(messages.map(asksForResync)).toEqual([false, true, false]);
    expect(messages[1]!.value).toMatchObject({ action: 'UPDATE', resourceType: 'integration', context: { integrationId: 'me' }, trigger: { by: { orgId: 'local' } }, diff: { before: { identifier: 'me' }, after: { identifier: 'me', installationId: 'me', title: 'x' } } });
    const { integration } = (await call('GET', '/integration/me')).body;
    expect(integration.resyncState).toMatchObject({ status: 'completed', lastResyncStart: '2026-01-01T00:00:00+00:00', lastResyncEnd: '2026-01-01T00:00:01+00:00', nextResync: null, intervalInMinuets: null });
    expect(integration.updatedAt).toBe(integration.resyncState.updatedAt);
    expect((await call('GET', '/integration/me/resync-request')).body.request).not.toBeNull();
  });

  test('goes to the topic of requests when the flag is on', async () => {
    const { call, messages } = await registered({ featureFlags: ['OCEAN_KAFKA_INTEGRATION_RESYNC_REQUESTS_TOPIC_ENABLED'] });
    await call('PATCH', '/integration/me', {});
    expect(messages.map(({ topic }) => topic)).toEqual(['local.integration.resync.requests']);
    expect(messages[0]!.value.context).toEqual({ integrationId: 'me' });
  });

  test('config is closed, may be null, and must be there', async () => {
    const { call } = await registered();
    expect((await call('PATCH', '/integration/me/config', { config: null })).body.integration.config).toBeNull();
    expect((await call('PATCH', '/integration/me/config', { config: {}, more: 1 })).body.details).toEqual({ field: 'more' });
    expect((await call('PATCH', '/integration/me/config', {})).body.details).toEqual({ field: 'config' });
    expect((await call('PATCH', '/integration/other/config', { config: {} })).status).toBe(404);
  });
});

describe('a registered webhook', () => {
  interface Received {
    readonly headers: IncomingHttpHeaders;
    readonly text: string;
  }

  /** Answers with these statuses in turn, the last one from then on. */
  async function receiver(statuses: number[]): Promise<{ readonly url: string; readonly received: Received[]; next(count: number): Promise<void> }> {
    const received: Received[] = [];
    let arrived = (): void => undefined;
    const server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      request.on('end', () => {
        received.push({ headers: request.headers, text });
        response.writeHead(statuses[received.length - 1] ?? statuses.at(-1)!).end();
        arrived();
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    closing.push(() => server.close());
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/resync/me/planted-secret`,
      received,
      next: (count) => new Promise((done) => ((arrived = () => received.length >= count && done()), arrived())),
    };
  }

  test('gets a signed POST of the change', async () => {
    const target = await receiver([202]);
    const { call } = await registered();
    await call('PATCH', '/integration/me', { changelogDestination: { type: 'WEBHOOK', url: target.url }, title: 'é' });
    await target.next(1);
    const [{ headers, text }] = target.received as [Received];
    expect(headers['x-port-signature']).toBe(sign(CREDENTIALS.clientSecret, { timestamp: Number(headers['x-port-timestamp']), body: text }));
    expect(headers['x-port-timestamp']).toBe('1767225600');
    expect(text).toBe(JSON.stringify(JSON.parse(text)));
    expect(JSON.parse(text)).toMatchObject({ context: { integrationId: 'me' }, diff: { after: { title: 'é' } } });
  });

  test('is tried 3 times, with pauses, and its URL is in no log line', async () => {
    const target = await receiver([500, 503, 500]);
    const clock = stillClock();
    const { call } = await registered({ clock });
    await call('PATCH', '/integration/me', { changelogDestination: { type: 'WEBHOOK', url: target.url } });
    await target.next(3);
    await call('PATCH', '/integration/me/resync-state', { status: 'running' });
    expect(clock.slept).toHaveLength(2);
    expect(target.received).toHaveLength(3);
    expect(JSON.stringify(memoryLog.lines)).not.toContain('planted-secret');
  });

  test('hears nothing of a silent change', async () => {
    const target = await receiver([202]);
    const { call } = await registered();
    await call('PATCH', '/integration/me', { changelogDestination: { type: 'WEBHOOK', url: target.url } }, SILENT);
    await call('PATCH', '/integration/me', { title: 'told' });
    await target.next(1);
    expect(target.received.map(({ text }) => (JSON.parse(text) as { diff: { after: { title: string } } }).diff.after.title)).toEqual(['told']);
  });
});
