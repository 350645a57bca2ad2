import { FatalError } from '../../src/contract';
import { deferred } from '../../src/shared';
import { asset, part, startStage, type AnyContext, type Elements, type Stage } from './stage';

let stage: Stage;
afterEach(() => stage?.stop());

const RUNTIME = 'INTEGRATION-RUNTIME-';
const databases = (...names: string[]): Elements => new Map([['database', names.map((name) => asset(name))]]);
const numbers = (records: readonly { readonly messageId: string }[]): readonly string[] => records.map(({ messageId }) => messageId.replace(RUNTIME, ''));

describe('the audit log of a connector that runs', () => {
  const component = { id: 1_007, name: 'SALES-TEST', description: 'reads databases', wikiUrl: 'docs/x.md', status: 'SAMPLE' } as const;

  it('has its steps and refreshes, each with component, connector, instance and run', async () => {
    stage = await startStage([{ identifier: 'sales', services: ['database'], elements: databases('orders'), integration: { component } }]);
    const run = await stage.run('sales');
    const records = await stage.audited(`${RUNTIME}0043`, { integration: 'sales', component: 'SALES-TEST' });
    const steps = records.filter(({ messageId }) => messageId === `${RUNTIME}0101`).map(({ messageParameters }) => messageParameters['methodName']);
    expect(steps.slice(0, 5)).toEqual(['initialize', 'setAuditLog', 'setConnectorName', 'setContext', 'start']);
    expect(new Set(records.map(({ instanceId }) => instanceId)).size).toBe(1);
    expect(records.map(({ severity }) => severity)).toEqual(expect.arrayContaining(['STARTUP', 'DECISION', 'INFO']));
    expect(records.every(({ component: by }) => by.id === 1_007)).toBe(true);
    expect(records.find(({ messageId }) => messageId === `${RUNTIME}0043`)).toMatchObject({ runId: run.runId });
  });

  it('says what it is and with what it starts, and what a refresh compared', async () => {
    const elements = databases('orders', 'customers', 'bills');
    elements.set('table', [part('t', {}, { parent: { blueprint: 'database', identifier: 'orders' } })]);
    stage = await startStage([{ identifier: 'sales', services: ['database'], elements, connector: { connection: { endpoint: { address: 'postgres://me:hunter2@db:5432/sales' }, config: {} } }, entry: { settings: { schema: 'public' } } }]);
    await stage.run('sales');
    const records = await stage.audited(`${RUNTIME}0043`, { integration: 'sales' });
    const texts = records.filter(({ messageId }) => /000?8$|0102$|0127$|0043$/.test(messageId)).map(({ severity, messageText }) => `${severity} ${messageText.replace(/[0-9a-f-]{36}/, 'ID').replace(/\d+ ms/, 'N ms')}`);
    expect(texts).toEqual([
      'STARTUP Connector sales of type party is initialising as instance ID, direction FROM_THIRD_PARTY',
      'STARTUP Connector sales starts with {"endpoint":"postgres://[redacted]@db:5432/sales","schema":"public"}',
      'STARTUP Connector sales has started; its status is WAITING',
      'INFO The refresh of sales is complete after N ms; compared: {"database":3,"table":1}',
    ]);
    expect(JSON.stringify(records)).not.toContain('hunter2');
  });

  it('what listens and what was heard, or failed', async () => {
    let broken = false;
    let hear: ((text: string) => Promise<void>) | undefined;
    const methods = (context: () => AnyContext) => ({
      async start() {
        await context().listeners.external<string>((heard) => {
          hear = heard;
          return () => Promise.resolve();
        }, () => (broken ? Promise.reject(new Error('not now')) : Promise.resolve()));
        await context().outTopic.subscribe({ name: 'ends', blueprints: ['endpoint'] }, () => Promise.resolve());
      },
    });
    stage = await startStage([{ identifier: 'sales', services: ['database'], methods }]);
    const records = await stage.audited(`${RUNTIME}0127`, { integration: 'sales' });
    expect(records.filter(({ messageId }) => messageId.endsWith('0118')).map(({ messageText }) => messageText)).toEqual(['Connector sales listens to its third party', 'Connector sales listens to the Out Topic, subscription ends']);
    await hear!('a');
    await stage.audited(`${RUNTIME}0120`);
    broken = true;
    await expect(hear!('b')).rejects.toThrow('not now');
    expect((await stage.audited(`${RUNTIME}0119`)).find(({ messageId }) => messageId.endsWith('0119'))).toMatchObject({ severity: 'EXCEPTION', messageText: 'The listener of sales to its third party failed: not now', exception: { message: 'not now' } });
  });

  it('each step of the stop, with the methods in flight, those that do not return, and statistics', async () => {
    const called = deferred<void>();
    stage = await startStage([
      {
        identifier: 'sales',
        services: ['database'],
        connector: { engage: true },
        methods: () => ({ engage: () => (called.resolve(), new Promise<void>(() => undefined)), refresh: () => Promise.resolve(), statistics: () => ({ rows: 4 }) }),
      },
    ]);
    await called.promise;
    await stage.restart();
    const records = await stage.audited(`${RUNTIME}0026`);
    const from = records.findIndex(({ messageId }) => messageId === `${RUNTIME}0020`);
    const said = records.slice(from, records.findIndex(({ messageId }) => messageId === `${RUNTIME}0026`) + 1).filter(({ messageId }) => messageId.startsWith(RUNTIME));
    expect(numbers(said)).toEqual(expect.arrayContaining(['0020', '0021', '0103', '0110', '0023', '0024', '0022', '0025', '0026']));
    expect(said.map(({ messageText }) => messageText)).toEqual(
      expect.arrayContaining([
        'The signals of 1 methods in flight are aborted',
        'Method engage of sales still runs after its signal was aborted',
        'Connector sales is disconnected; its statistics: {"rows":4}',
        '1 methods did not return in time: ["sales engage"]',
      ]),
    );
    const order = numbers(said).filter((number) => ['0020', '0021', '0023', '0024', '0022', '0025', '0026'].includes(number));
    expect(order).toEqual(['0020', '0021', '0023', '0024', '0022', '0025', '0026']);
  });

  it('its engage loop, from the first call to the stop', async () => {
    stage = await startStage([{ identifier: 'sales', services: ['database'], connector: { engage: true }, methods: () => ({ engage: (signal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })) }) }]);
    await stage.audited(`${RUNTIME}0030`);
    await stage.restart();
    expect((await stage.audited(`${RUNTIME}0035`)).find(({ messageId }) => messageId.endsWith('0035'))).toMatchObject({ severity: 'SHUTDOWN', messageText: 'The engage loop of sales ends' });
  });

  it('why it does not run: its dates, a mode that it lacks, and what happens to its endpoints', async () => {
    const past = Date.now() - 60_000;
    const learned = { blueprint: 'endpoint', match: { protocol: 'pg' } } as const;
    const explicit = { connection: { endpoint: { address: 'db:5432' }, config: {} } };
    const over = { identifier: 'over', services: ['database'], elements: databases('a'), connector: { stopAt: past } } as const;
    const lacks = { identifier: 'lacks', services: ['database'], elements: databases('b'), connector: { learned }, integration: { endpoints: 'explicit' } } as const;
    const turns = { identifier: 'turns', services: ['database'], elements: databases('c'), connector: explicit } as const;
    const gives = { identifier: 'gives', services: ['infrastructure'], elements: new Map() } as const;
    stage = await startStage([over, lacks, turns, gives]);
    expect((await stage.audited(`${RUNTIME}0115`)).find(({ messageId }) => messageId.endsWith('0115'))).toMatchObject({ connector: 'over', severity: 'DECISION', messageText: expect.stringContaining(new Date(past).toISOString()) });
    expect((await stage.audited(`${RUNTIME}0037`)).find(({ messageId }) => messageId.endsWith('0037'))).toMatchObject({ connector: 'lacks', severity: 'ERROR' });
    await stage.audited(`${RUNTIME}0127`, { integration: 'turns' });
    await stage.restart([{ ...turns, connector: { learned } }, gives]);
    const records = await stage.audited('INTEGRATION-TARGETS-0010', { integration: 'turns' });
    expect(records.find(({ messageId }) => messageId === 'INTEGRATION-TARGETS-0006')).toMatchObject({ messageText: 'Connector turns works on learned endpoints, before explicit' });
  });
});

describe('the audit log of runs', () => {
  const many = (count: number): Elements => databases(...Array.from({ length: count }, (_, n) => `d${n}`));
  const of = async (number: string): Promise<object> => (await stage.audited(`INTEGRATION-RUN-${number}`)).find(({ messageId }) => messageId.endsWith(`RUN-${number}`))!;

  it('what went, what was held, what was not shown, what stays', async () => {
    const held = many(40);
    const left = many(40);
    stage = await startStage([
      { identifier: 'sales', services: ['database'], elements: held },
      { identifier: 'keeps', services: ['display'], elements: left.set('form', left.get('database')!), connector: { onMissing: 'none' } },
    ]);
    left.delete('database');
    await stage.run('sales');
    await stage.run('keeps');
    held.set('database', held.get('database')!.slice(1));
    const run = await stage.run('sales');
    expect(await of('0006')).toMatchObject({ severity: 'ASSET', connector: 'sales', runId: run.runId, messageText: `Run ${run.runId} of sales removed 1 database.database that are gone from the third party` });
    held.set('database', held.get('database')!.slice(20));
    await stage.run('sales');
    expect(await of('0001')).toMatchObject({ severity: 'ACTION', messageText: expect.stringMatching(/would delete 20 of 39 database.database; rule share$/) });
    held.set('database', []);
    await stage.run('sales');
    expect(await of('0002')).toMatchObject({ severity: 'ACTION', messageText: expect.stringMatching(/was shown no database.database, where 39 were known$/) });
    left.set('form', left.get('form')!.slice(3));
    await stage.run('keeps');
    expect(await of('0007')).toMatchObject({ severity: 'DECISION', messageText: expect.stringMatching(/left 3 display.form in place/), additionalInformation: expect.arrayContaining(['d0', 'd1', 'd2']) });
  });

  it('why one failed or was cancelled, and that one was asked for twice', async () => {
    const reached = deferred<void>();
    let mood: 'fails' | 'hangs' | 'well' = 'fails';
    stage = await startStage([
      {
        identifier: 'sales',
        services: ['database'],
        elements: databases('a'),
        async onPage({ run }) {
          if (mood === 'fails') throw new FatalError('the schema is gone');
          if (mood === 'hangs') await new Promise<void>((_, reject) => (reached.resolve(), run.signal.addEventListener('abort', () => reject(run.signal.reason as Error), { once: true })));
        },
      },
    ]);
    await stage.run('sales');
    expect(await of('0009')).toMatchObject({ severity: 'ERROR', messageText: expect.stringContaining('the schema is gone') });
    expect(await of('0003')).toMatchObject({ severity: 'DECISION', messageText: expect.stringContaining('deletes no database.database') });
    mood = 'hangs';
    await stage.call('POST', '/api/v1/integrations/sales/restart');
    const runId = await stage.ask('sales');
    await reached.promise;
    const queued = await stage.ask('sales');
    expect(await stage.ask('sales')).toBe(queued);
    expect((await stage.audited(`${RUNTIME}0117`)).find(({ messageId }) => messageId.endsWith('0117'))).toMatchObject({ severity: 'DECISION', messageText: `A resync of sales that was asked for is part of run ${queued}, which others had asked for; cause rest` });
    mood = 'well';
    await stage.call('POST', `/api/v1/runs/${runId}/cancel`);
    expect(await of('0010')).toMatchObject({ severity: 'INFO', runId, messageText: expect.stringContaining('cancelled') });
  });
});

it('the default console shows two lines of a start, and two of a run; store and REST have all of them', async () => {
  stage = await startStage([{ identifier: 'sales', services: ['database'], connector: { engage: true }, methods: () => ({ engage: (signal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })) }), elements: databases('a') }]);
  await stage.audited(`${RUNTIME}0030`, { integration: 'sales' });
  const lines = () => [...stage.log.lines.filter(({ fields }) => fields['integration'] === 'sales').map(({ message }) => message), ...stage.console.filter(({ integration }) => integration === 'sales').map(({ code }) => code)];
  expect(lines()).toEqual([`${RUNTIME}0008`, `${RUNTIME}0127`]);
  const before = lines().length;
  await stage.run('sales');
  const records = await stage.audited(`${RUNTIME}0043`, { integration: 'sales' });
  expect(records.length).toBeGreaterThan(10);
  expect(lines().filter((line) => !line.startsWith(RUNTIME))).toEqual(['resync begins', 'resync ended']);
  expect(lines()).toHaveLength(before + 2);
});
