import { describeWith, startMongo, type Mongo } from '../../../tools/servers';
import type { RunningFramework } from './framework-process';
import { runsOf } from './observe';
import { orderDeliveries, type OrderDelivery } from './order-deliveries';
import { atRest, newDice, numberOf, ORDERS_SECRET, startOrders, type Orders } from './orders';
import { openSums, pipelinesOf, shown } from './pipeline-counts';
import { until } from './until';
import { startFlood } from './webhook-flood';

const WEBHOOKS = Number(process.env['WEBHOOKS'] ?? 20_000);
const LANES = 16;
const CUT_MS = 10_000;
const PATIENCE_MS = 240_000;

describeWith({ needs: ['mongo'] }, 'webhooks at full speed, while a resync runs, the process is killed, and sinks refuse and go away', () => {
  let mongo: Mongo;
  let orders: Orders;
  let framework: RunningFramework | undefined;

  beforeAll(async () => {
    mongo = await startMongo();
  });
  afterEach(async () => {
    await framework?.kill();
    await orders?.close();
  });
  afterAll(() => mongo?.stop(), 60_000);

  // Where the state is in MongoDB, the next process has to wait until it believes that the killed one is gone, which takes 20 s.
  it.each([
    { webhooks: WEBHOOKS, kills: 5, inMongo: false, state: 'the data folder' },
    { webhooks: WEBHOOKS / 10, kills: 1, inMongo: true, state: 'MongoDB' },
  ])('lose nothing: $webhooks over a tenth of orders, killed $kills times, state in $state', async ({ webhooks, kills, inMongo }) => {
    const { seed, random } = newDice();
    orders = await startOrders(mongo.url, { inMongo });
    const { source, proxy } = orders;
    const { lanes, byOrder } = orderDeliveries({ random, count: webhooks, orders: webhooks / 10, lanes: LANES, unmarkedOneOf: 500, source });
    const all = lanes.flat();
    const moments = Array.from({ length: kills }, () => Math.floor(webhooks * (0.05 + random(900) / 1_000))).sort((a, b) => a - b);
    const cutAt = Math.floor(webhooks * (0.1 + random(700) / 1_000));
    console.log(`seed ${seed}: killed after ${moments.join(', ')} answers, cut off after ${cutAt}`);
    proxy.refuseEvery = 10;
    const begun = Date.now();
    framework = await orders.start();
    const flood = startFlood({ port: orders.port, path: '/orders/webhook', secret: ORDERS_SECRET, lanes });
    const answered = (count: number): Promise<true> => until(`${count} answers`, () => flood.isAnswered(count), PATIENCE_MS);

    const ended = new AbortController();
    const watching = watch(() => framework!, { answered: () => flood.answered.size, signal: ended.signal });
    const cutting = answered(cutAt).then(async () => {
      await proxy.cut();
      await new Promise((resolve) => setTimeout(resolve, CUT_MS));
      await proxy.join();
    });
    for (const moment of moments) {
      await answered(moment);
      expect((await framework.kill()).signal).toBe('SIGKILL');
      framework = await orders.start();
    }
    await answered(all.length);
    const seconds = (Date.now() - begun) / 1_000;
    await cutting;
    ended.abort();
    const open = await watching;
    proxy.refuseEvery = 0;
    const pipelines = await atRest(framework);
    console.log(
      [
        `${flood.answered.size} answered in ${seconds} s, at rest after ${(Date.now() - begun) / 1_000} s: ${JSON.stringify(flood.answers)}`,
        `${proxy.seen.refused} of ${proxy.seen.batches} batches refused; ${source.asked.pages} pages and questions asked of the source in ${(await runsOf(framework)).length} runs; counters of the last process:`,
        shown(pipelines),
      ].join('\n'),
    );

    // What comes again after its answer is known, also to a process that did not give that answer.
    expect(all.filter((delivery) => delivery.repeats && flood.answered.get(delivery) !== 'duplicate').map(({ id }) => id)).toEqual([]);
    expect([...open, ...openSums(pipelines)]).toEqual([]);
    // States are those of the source; the history has every event once, in the order in which they were taken; what its mapper refused is kept.
    expect({ states: await orders.wrongStates('states'), latest: await orders.wrongStates('latest') }).toEqual({ states: [], latest: [] });
    const passes = (deliveries: readonly OrderDelivery[]): readonly number[] => deliveries.filter(({ marked }) => marked).map(numberOf);
    const history = await orders.history();
    expect([...byOrder].flatMap(([order, deliveries]) => (String(history.get(order) ?? []) === String(passes(deliveries)) ? [] : [{ order, wanted: passes(deliveries), there: history.get(order) }]))).toEqual([]);
    const refused = all.filter(({ marked, repeats }) => !marked && !repeats).map(numberOf);
    expect([...(await deadDeliveries(framework))].sort()).toEqual(refused.sort());
  }, 600_000);
});

/** Numbers of the deliveries among the dead letters. */
async function deadDeliveries(framework: RunningFramework): Promise<readonly number[]> {
  const { deadLetters } = await framework.get<{ deadLetters: { id: number; pipeline: string; stage: string; code: string }[] }>('/api/v1/dead-letters?limit=1000');
  return Promise.all(
    deadLetters.map(async ({ id, pipeline, stage, code }) => {
      expect({ pipeline, stage, code }).toEqual({ pipeline: 'events', stage: 'mapper', code: 'FIELD_MISSING' });
      const letter = JSON.stringify(await framework.get(`/api/v1/dead-letters/${id}`));
      return Number(/\\*"delivery\\*":(\d+)/.exec(letter)?.[1]);
    }),
  );
}

/** Every 500 answers: asks for a resync when none runs, and looks whether counters close at that moment. Gives those that did not. */
async function watch(framework: () => RunningFramework, { answered, signal }: { answered(): number; readonly signal: AbortSignal }): Promise<readonly string[]> {
  const open: string[] = [];
  for (let next = 500; !signal.aborted; next += 500) {
    await until(`answer ${next}`, () => signal.aborted || answered() >= next, PATIENCE_MS);
    await until('the framework answers', async () => {
      if (signal.aborted) return true;
      open.push(...openSums(await pipelinesOf(framework())));
      const runs = await runsOf(framework());
      if (!runs.some(({ state }) => state === 'running' || state === 'queued')) await framework().call('POST', '/api/v1/integrations/orders/resync', {});
      return true;
    }, PATIENCE_MS);
  }
  return open;
}
