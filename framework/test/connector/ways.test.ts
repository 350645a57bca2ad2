import type { IntegrationConnector, RefreshRun, Service } from '../../src/contract';
import { deferred } from '../../src/shared';
import type { Run } from '../../src/store';
import { asset, keys, startStage, type AnyContext, type Stage, type ThirdParty } from './stage';

let stage: Stage;
afterEach(() => stage.stop());

/** What a third party tells, whoever listens. */
function news() {
  const queue: string[] = [];
  let waiting = deferred<void>();
  let listener: ((name: string) => Promise<void>) | undefined;
  return {
    push(name: string) {
      queue.push(name);
      waiting.resolve();
    },
    call: (name: string) => listener!(name),
    register(heard: (name: string) => Promise<void>) {
      listener = heard;
      return async () => void (listener = undefined);
    },
    async next(signal: AbortSignal): Promise<string> {
      while (queue.length === 0) {
        waiting = deferred();
        signal.addEventListener('abort', () => waiting.reject(signal.reason), { once: true });
        await waiting.promise;
      }
      return queue.shift()!;
    },
  };
}
type News = ReturnType<typeof news>;
type Methods = IntegrationConnector<Service>;
const write = (context: () => AnyContext, name: string): Promise<unknown> => context().database.create('database', asset(name));

const blocking = (from: News) => (context: () => AnyContext): Methods => ({ engage: async (signal) => void (await write(context, await from.next(signal))) });
const notified = (from: News) => (context: () => AnyContext): Methods => ({ start: async () => void (await context().listeners.external<string>((heard) => from.register(heard), async (name) => void (await write(context, name)))) });
const follows = () => (context: () => AnyContext): Methods => ({
  start: async () => void (await context().outTopic.subscribe({ name: 'endpoints', blueprints: ['endpoint'] }, async ({ element }) => void (await write(context, `of ${element.identifier}`)))),
});
const polls = () => (): Methods => ({
  refresh: (run: RefreshRun) =>
    run
      .reconcile({
        blueprint: 'database' as never,
        source$: (async function* () {
          yield [asset('polled')];
        })(),
      })
      .then(() => undefined),
});
const party = (methods: ThirdParty['methods'], engage = false): ThirdParty => ({ identifier: 'pg', services: ['database'], methods: methods!, connector: { engage } });
const other: ThirdParty = { identifier: 'other', services: ['database'], methods: () => ({}) };
const has = (name: string): Promise<unknown> => stage.until(async () => keys(await stage.catalog('database')).includes(name));
const started = (): Promise<unknown> => stage.until(async () => ['WAITING', 'RUNNING'].includes((await stage.get<{ status: string }>('/api/v1/integrations/pg')).status));
const makeEndpoint = async (identifier: string): Promise<unknown> => (await stage.ready('other')).database.create('endpoint', { identifier, properties: { qualifiedName: identifier, address: 'http://x' } });

describe('4 four ways of synchronising', () => {
  test('a blocking call', async () => {
    const from = news();
    stage = await startStage([party(blocking(from), true)]);
    from.push('one');
    await has('one');
    from.push('two');
    await has('two');
  });

  test('an external notification', async () => {
    const from = news();
    stage = await startStage([party(notified(from))]);
    await started();
    await from.call('one');
    await has('one');
  });

  test('the Out Topic', async () => {
    stage = await startStage([party(follows()), other]);
    await makeEndpoint('e1');
    await has('of e1');
  });

  test('polling', async () => {
    stage = await startStage([party(polls())]);
    await stage.run('pg');
    await has('polled');
  });

  test('all four in one, beside each other', async () => {
    const from = news();
    const all: ThirdParty['methods'] = (context) => {
      const [one, two] = [notified(from)(context), follows()(context)];
      return { ...blocking(from)(context), ...polls()(), start: async (signal) => void (await Promise.all([one.start!(signal), two.start!(signal)])) };
    };
    stage = await startStage([party(all, true), other]);
    await started();
    // Polling first: it removes what it does not find.
    await stage.run('pg');
    from.push('engaged');
    await from.call('notified');
    await makeEndpoint('e1');
    for (const name of ['polled', 'engaged', 'notified', 'of e1']) await has(name);
  });
});

test('9 poll in refresh(): nextDueAt is shown, and kept over a restart', async () => {
  const entry = { entry: { resync: { atStart: false, everyMs: 3_600_000 } } };
  stage = await startStage([{ ...party(polls()), ...entry }]);
  await stage.run('pg');
  const due = async (): Promise<string | undefined> => (await stage.get<{ nextDueAt?: string }>('/api/v1/integrations/pg')).nextDueAt;
  const before = await stage.until(due);
  expect(Date.parse(before)).toBeGreaterThan(Date.now());
  await stage.restart();
  expect(await stage.until(due)).toBe(before);
});

test('21 refresh by REST: 202 with the run; during a run exactly one follow-up', async () => {
  const gate = deferred<void>();
  const begun: string[] = [];
  stage = await startStage([
    party(() => ({
      async refresh({ runId }) {
        begun.push(runId);
        if (begun.length === 1) await gate.promise;
      },
    })),
  ]);
  const ask = (word: string): ReturnType<Stage['call']> => stage.call('POST', `/api/v1/integrations/pg/${word}`);
  const first = await ask('resync');
  expect(first).toMatchObject({ status: 202, body: { runId: expect.any(String) } });
  await stage.until(() => begun.length === 1);
  const during = [await ask('resync'), await ask('refresh'), await ask('resync')];
  expect(new Set(during.map(({ body }) => body['runId'])).size).toBe(1);
  gate.resolve();
  await stage.flows.resync.ended(String(during[0]!.body['runId']));
  const { runs } = await stage.get<{ runs: Run[] }>('/api/v1/runs?integration=pg');
  expect(begun).toEqual([first.body['runId'], during[0]!.body['runId']]);
  expect(runs).toHaveLength(2);
});
