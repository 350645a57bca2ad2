import { defineIntegration, type Disposer, type KafkaMessage } from '../contract';
import { stageConnector, type StagedConnector } from './stage-connector';

describe('a topic that a staged connector listens to', () => {
  let heard: KafkaMessage[];
  let dispose: Disposer;
  let fails: boolean;
  const stage = (): StagedConnector<'infrastructure'> =>
    stageConnector({
      integration: defineIntegration({
        type: 'news',
        version: '1.0.0',
        title: 'News',
        description: 'News',
        settings: {},
        services: ['infrastructure'],
        connector: (deps) => ({
          async start() {
            dispose = await deps.context.listeners.kafka('news', async (message) => {
              if (fails) throw new Error('not now');
              heard.push(message);
              await deps.context.infrastructure.create('host', { identifier: String(message.key), properties: { qualifiedName: String(message.key), name: String(message.key) } });
            });
          },
        }),
      }),
    });
  beforeEach(() => {
    heard = [];
    fails = false;
  });

  it('gives messages as a broker would: bytes, and the same offset again when it throws', async () => {
    const staged = stage();
    await staged.start();
    await staged.produce('news', { key: 'web-1', value: '{}', headers: { source: 'test' } });
    fails = true;
    await expect(staged.produce('news', { key: 'web-2' })).rejects.toThrow('not now');
    fails = false;
    await staged.produce('news', { key: 'web-2' });
    expect(heard).toEqual([
      { topic: 'news', partition: 0, offset: '0', timestamp: expect.any(Number), key: Buffer.from('web-1'), value: Buffer.from('{}'), headers: { source: [Buffer.from('test')] } },
      { topic: 'news', partition: 0, offset: '1', timestamp: expect.any(Number), key: Buffer.from('web-2'), value: undefined, headers: {} },
    ]);
    expect([...staged.elements('host').keys()]).toEqual(['web-1', 'web-2']);
  });

  it('gives none to whoever does not listen, or does not any more', async () => {
    const staged = stage();
    await staged.start();
    await expect(staged.produce('new', {})).rejects.toThrow('nobody listens to the topic new; listened to: news');
    await dispose();
    await expect(staged.produce('news', {})).rejects.toThrow('nobody listens');
    await staged.start();
    await staged.disconnect();
    await expect(staged.produce('news', {})).rejects.toThrow('nobody listens');
    expect(heard).toEqual([]);
  });
});

it('has what a connector says, counts, and the run it is in', async () => {
  const seen: (string | undefined)[] = [];
  const message = { id: 'NEWS-0001', severity: 'INFO', message: 'Read {count}', systemAction: 'none', userAction: 'none' } as const;
  const staged = stageConnector({
    integration: defineIntegration({
      type: 'news',
      version: '1.0.0',
      title: 'News',
      description: 'News',
      settings: {},
      connector: (deps) => ({
        async refresh(run) {
          const { context } = deps;
          seen.push(context.run?.runId, run.runId);
          context.metrics.count('pages', 3);
          context.metrics.gauge('lag', 7);
          context.audit.log('read', message, { count: 3 });
          context.audit.logException('read', message, { count: 4 }, new Error('late'));
        },
      }),
    }) as never,
  });
  await staged.refresh();
  expect(seen[0]).toBe(seen[1]);
  expect(staged.measures()).toEqual({ pages: 3, lag: 7 });
  expect(staged.audited).toEqual([{ action: 'read', message, parameters: { count: 3 } }, { action: 'read', message, parameters: { count: 4 }, thrown: new Error('late') }]);
});
