import { ContextClosed, type RefreshRun } from '../../src/contract';
import { deferred } from '../../src/shared';
import { asset, keys, startStage, type AnyContext, type Stage } from './stage';

let stage: Stage;
afterEach(() => stage.stop());

interface View {
  readonly statistics: Readonly<Record<string, unknown>>;
  readonly targets: readonly { readonly name: string; readonly statistics: Readonly<Record<string, unknown>> }[];
}
const message = { id: 'SALES-0001', severity: 'DECISION', message: 'Read {count} schemas', systemAction: 'so', userAction: 'none' } as const;

test('ctx.run is the run that refresh was given, for its time, also for engage beside it; it compares', async () => {
  const goOn = deferred<void>();
  const reached = deferred<void>();
  let kept: RefreshRun | undefined;
  const methods = (context: () => AnyContext) => ({
    async refresh(run: RefreshRun) {
      kept = context().run;
      expect([kept?.runId, kept?.cause, kept?.target]).toEqual([run.runId, run.cause, 'default']);
      reached.resolve();
      await goOn.promise;
      await kept!.reconcile({ blueprint: 'database', source$: (async function* () { yield [asset('a')] as never; })() });
    },
  });
  stage = await startStage([{ identifier: 'pg', services: ['database'], methods }]);
  const context = await stage.ready('pg');
  expect(context.run).toBeUndefined();
  const runId = await stage.ask('pg');
  await reached.promise;
  expect(context.run?.runId).toBe(runId);
  goOn.resolve();
  expect(await stage.flows.resync.ended(runId)).toMatchObject({ state: 'completed' });
  expect(keys(await stage.catalog('database'))).toEqual(['a']);
  expect(context.run).toBeUndefined();
  // What is kept of a run that is over compares nothing.
  await expect(kept!.reconcile({ blueprint: 'database', source$: (async function* () { yield [asset('b')] as never; })() })).resolves.toMatchObject({ compared: false });
});

test('ctx.metrics stand in the status of target and connector and in the metrics of the process, over a restart of the instance; ctx.statistics say more', async () => {
  stage = await startStage([{ identifier: 'pg', services: ['database'], connector: { targets: [{ name: 'eu' }, { name: 'us' }] }, methods: () => ({ refresh: () => Promise.resolve(), statistics: () => ({ own: 1 }) }) }]);
  const eu = await stage.ready('pg', 'eu');
  const us = await stage.ready('pg', 'us');
  eu.metrics.count('pages', 2);
  us.metrics.count('pages', 3);
  us.metrics.gauge('lag_ms', 40);
  const view = await stage.until(async () => {
    const seen = await stage.get<View>('/api/v1/integrations/pg');
    return seen.statistics['own'] === 2 && seen;
  });
  expect(view.statistics).toEqual({ pages: 5, lag_ms: 40, own: 2 });
  expect(view.targets.map(({ name, statistics }) => [name, statistics])).toEqual([['eu', { pages: 2, own: 1 }], ['us', { pages: 3, lag_ms: 40, own: 1 }]]);
  const scraped = await (await fetch(`${stage.url}/metrics`)).text();
  expect(scraped).toContain('if_connector_values{integration="pg",kind="pages"} 5');
  expect(() => us.metrics.count('pages of us')).toThrow('is no name of a metric');

  await stage.call('POST', '/api/v1/integrations/pg/restart');
  const later = await stage.until(() => stage.context('pg', 'eu') !== eu && stage.context('pg', 'eu'));
  later.metrics.count('pages');
  expect((await stage.get<View>('/api/v1/integrations/pg')).targets.find(({ name }) => name === 'eu')!.statistics['pages']).toBe(3);
  expect(() => eu.metrics.count('pages')).toThrow(ContextClosed);
  expect(() => eu.run?.runId ?? eu.audit.log('read', message, { count: 3 })).toThrow(ContextClosed);
});

test('ctx.audit speaks for the instance', async () => {
  stage = await startStage([{ identifier: 'pg', services: ['database'] }]);
  const context = await stage.ready('pg');
  context.audit.log('read', message, { count: 3 });
  context.audit.logException('read', { ...message, id: 'SALES-0002', severity: 'EXCEPTION' }, { count: 4 }, new Error('no schema'));
  const records = await stage.audited('SALES-0002', { integration: 'pg' });
  const { targets } = await stage.get<{ targets: readonly { instanceId: string }[] }>('/api/v1/integrations/pg');
  expect(records.filter(({ messageId }) => messageId.startsWith('SALES'))).toMatchObject([
    { severity: 'DECISION', messageText: 'Read 3 schemas', connector: 'pg', instanceId: targets[0]!.instanceId, component: { name: 'PARTY-CONNECTOR' } },
    { severity: 'EXCEPTION', messageText: 'Read 4 schemas', exception: { message: 'no schema' } },
  ]);
});
