import { createHmac } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ContextClosed, Secret, type Disposer, type WebhookCall } from '../../src/contract';
import { asset, keys, startStage, type Stage } from './stage';

let stage: Stage;
afterEach(() => stage.stop());

const BODY = JSON.stringify({ name: 'd1' });
const sign = (body: string, secret = 'hunter2'): Record<string, string> => ({ 'x-proof': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`, authorization: 'Bearer none' });
const callers = { incoming: { callers: { secret: [new Secret('hunter2')] } } };

describe('6 external notification service: a webhook', () => {
  let calls: WebhookCall[];
  let dispose: Disposer;
  let taken: () => Promise<void>;
  let starts: number;
  const post = (headers: Record<string, string>, body = BODY): ReturnType<Stage['call']> => stage.call('POST', '/pg/news', body, headers);
  beforeEach(async () => {
    calls = [];
    starts = 0;
    taken = async () => undefined;
    stage = await startStage([
      {
        identifier: 'pg',
        services: ['database'],
        entry: callers,
        methods: (context) => ({
          async start() {
            dispose = await context().listeners.webhook('news', { scheme: 'hmac', header: 'x-proof' }, async (call) => {
              await taken();
              calls.push(call);
              await context().database.create('database', asset((call.body as { name: string }).name));
            });
            starts++;
          },
        }),
      },
    ]);
    await stage.until(async () => (await stage.get<{ status: string }>('/api/v1/integrations/pg')).status === 'WAITING');
  });

  test('called once, answered once what it wrote is stored; without what proves the sender', async () => {
    expect((await post(sign(BODY))).status).toBe(200);
    expect(await stage.context('pg').database.get({ blueprint: 'database', identifier: 'd1' })).toBeDefined();
    expect(calls).toEqual([{ headers: expect.not.objectContaining({ authorization: expect.anything(), 'x-proof': expect.anything() }), body: { name: 'd1' } }]);
    expect(keys(await stage.catalog('database'))).toEqual(['d1']);
  });

  test('a wrong proof, and none: 401, and it is not called', async () => {
    expect([(await post(sign(BODY, 'guessed'))).status, (await post({})).status, (await post(sign('{}'))).status]).toEqual([401, 401, 401]);
    expect(calls).toEqual([]);
  });

  test('it throws: 503, so that it is sent again', async () => {
    taken = () => Promise.reject(new Error('not now'));
    expect((await post(sign(BODY))).status).toBe(503);
    taken = async () => undefined;
    expect((await post(sign(BODY))).status).toBe(200);
    expect(calls).toHaveLength(1);
  });

  test('disposed, or its connector restarted: the old one hears nothing, the new one does', async () => {
    await dispose();
    expect((await post(sign(BODY))).status).toBe(404);
    expect((await stage.call('POST', '/api/v1/integrations/pg/restart')).status).toBe(202);
    await stage.until(() => starts === 2);
    await stage.until(async () => (await post(sign(BODY))).status === 200);
    expect(calls).toHaveLength(1);
  });

  test('22 after disconnect there is no such route', async () => {
    await stage.restart([{ identifier: 'pg', services: ['database'], entry: callers, methods: () => ({}) }]);
    await stage.ready('pg');
    expect((await post(sign(BODY))).status).toBe(404);
    expect(calls).toEqual([]);
  });
});

test('6 without `authentication` in the entry nobody may call: the configuration is wrong', async () => {
  stage = await startStage([{ identifier: 'pg', services: [], methods: (context) => ({ start: async () => void (await context().listeners.webhook('news', { scheme: 'token', header: 'x' }, async () => undefined)) }) }]);
  const status = await stage.until(async () => {
    const shown = await stage.get<{ status: string; failing: { message: string } | null }>('/api/v1/integrations/pg');
    return shown.status === 'CONFIG_FAILED' && shown;
  });
  expect(status.failing!.message).toContain('authentication');
});

test.each([
  ['nobody names brokers', 'orders', 'KAFKA_BROKERS'],
  ['the name of the topic is none', 'orders of today', 'no name of a topic'],
])('6 a topic of Kafka and %s: the configuration is wrong', async (_, topic, words) => {
  stage = await startStage([{ identifier: 'pg', services: [], methods: (context) => ({ start: async () => void (await context().listeners.kafka(topic, async () => undefined)) }) }]);
  const status = await stage.until(async () => {
    const shown = await stage.get<{ status: string; failing: { message: string } | null }>('/api/v1/integrations/pg');
    return shown.status === 'CONFIG_FAILED' && shown;
  });
  expect(status.failing!.message).toContain(words);
});

test('6 a directory: what changes in it, below its folders too', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'listened-'));
  const heard: string[] = [];
  stage = await startStage([{ identifier: 'files', services: ['files'], methods: (context) => ({ start: async () => void (await context().listeners.directory(folder, async (paths) => void heard.push(...paths))) }) }]);
  await stage.until(async () => (await stage.get<{ status: string }>('/api/v1/integrations/files')).status === 'WAITING');
  await mkdir(path.join(folder, 'inner'));
  await writeFile(path.join(folder, 'a.csv'), 'a');
  await stage.until(() => heard.includes('a.csv') && heard.includes('inner'));
  await stage.until(async () => {
    await writeFile(path.join(folder, 'inner', 'b.csv'), String(Math.random()));
    return heard.some((name) => name === path.join('inner', 'b.csv') || name === 'inner');
  });
  await rm(folder, { recursive: true });
});

test('6 whatever else can call: registered once, refused after disconnect, unregistered', async () => {
  let call: ((name: string) => Promise<void>) | undefined;
  const order: string[] = [];
  stage = await startStage([
    {
      identifier: 'pg',
      services: ['database'],
      methods: (context) => ({
        start: async () =>
          void (await context().listeners.external<string>(
            (heard) => {
              call = heard;
              order.push('registered');
              return async () => void order.push('unregistered');
            },
            async (name) => void (await context().database.create('database', asset(name))),
          )),
        disconnect: async () => void order.push('disconnect'),
      }),
    },
  ]);
  await stage.until(async () => (await stage.get<{ status: string }>('/api/v1/integrations/pg')).status === 'WAITING');
  await call!('d1');
  expect(keys(await stage.catalog('database'))).toEqual(['d1']);
  await stage.restart([{ identifier: 'pg', services: ['database'], methods: () => ({}) }]);
  expect(order).toEqual(['registered', 'unregistered', 'disconnect']);
  await expect(call!('d2')).rejects.toBeInstanceOf(ContextClosed);
});
