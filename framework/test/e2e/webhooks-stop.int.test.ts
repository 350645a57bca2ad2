import net from 'node:net';
import { describeWith, startMongo, type Mongo } from '../../../tools/servers';
import type { RunningFramework } from './framework-process';
import { runsOf } from './observe';
import { orderDeliveries } from './order-deliveries';
import { atRest, newDice, numberOf, ORDERS_SECRET, startOrders, type Orders } from './orders';
import { openSums, pipelinesOf, shown } from './pipeline-counts';
import { until } from './until';
import { signatureOf } from './vendor-call';
import { startFlood, type Flood } from './webhook-flood';

const LANES = 16;
const DELAY_S = 3;
const GRACE_S = 9;
/** Number of a delivery that comes slowly. */
const SLOW = 1_000_000;

describeWith({ needs: ['mongo'] }, 'SIGTERM under load', () => {
  let mongo: Mongo;
  let orders: Orders;
  let framework: RunningFramework | undefined;
  let flood: Flood | undefined;

  beforeAll(async () => {
    mongo = await startMongo();
    orders = await startOrders(mongo.url);
  });
  afterAll(async () => {
    await flood?.stop();
    await framework?.kill();
    await orders?.close();
    await mongo?.stop();
  });

  it('loses nothing that was answered, ends within the deadline, answers 503 meanwhile; the next start delivers what was pending', async () => {
    const { seed, random } = newDice();
    console.log(`seed ${seed}`);
    const { source, proxy } = orders;
    const { lanes } = orderDeliveries({ random, count: 60_000, orders: 2_000, lanes: LANES, unmarkedOneOf: Infinity, source });
    framework = await orders.start({ DELAY_SHUTDOWN_SECONDS: String(DELAY_S), SHUTDOWN_GRACE_SECONDS: String(GRACE_S) });
    const stopping = framework;
    await until('the first run ended', async () => (await runsOf(stopping)).some(({ state }) => state === 'completed'));
    await stopping.call('POST', '/api/v1/integrations/orders/resync', {});
    const sending = startFlood({ port: orders.port, path: '/orders/webhook', secret: ORDERS_SECRET, lanes });
    flood = sending;
    await until('500 answers', () => sending.isAnswered(500));
    // The sinks are away: what is accepted from here on is pending.
    await proxy.cut();
    await until('1,500 answers', () => sending.isAnswered(1_500));
    const slow = slowCall(orders.port, JSON.stringify({ event: 'order_changed', delivery: SLOW, mark: 'slow', order: { id: 'slow', version: 1, name: 'slow' } }));
    source.records.set('slow', { id: 'slow', version: 1, name: 'slow' });
    await slow.begun;
    const begun = Date.now();
    process.kill(stopping.pid, 'SIGTERM');
    await until('it says that it stops', async () => (await stopping.call('GET', '/health/ready')).status === 503);
    const before = sending.answered.size;
    expect(Date.now() - begun).toBeLessThan(DELAY_S * 1_000);
    await until('it serves on for a while', () => sending.isAnswered(before + 100), DELAY_S * 1_000);
    // What was being read when the intake closed is still taken: the process waits for it, and answers 503 to all else.
    await until('calls are answered 503', () => (sending.answers['503'] ?? 0) > 300, GRACE_S * 1_000);
    expect(await slow.finish()).toMatch(/^HTTP\/1.1 200 .*"status":"accepted"/s);
    const { code, signal } = await stopping.ended;
    const tookMs = Date.now() - begun;
    await sending.stop();
    const answered = new Set(sending.answered.keys());
    console.log(`stopped in ${tookMs} ms after ${answered.size} answers: ${JSON.stringify(sending.answers)}`);
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    expect(tookMs).toBeGreaterThanOrEqual(DELAY_S * 1_000);
    expect(tookMs).toBeLessThan((DELAY_S + GRACE_S) * 1_000);

    await proxy.join();
    framework = await orders.start();
    const pipelines = await atRest(framework);
    console.log(shown(pipelines));
    expect(openSums(pipelines)).toEqual([]);
    const history = await orders.history();
    const lost: number[] = [];
    const extra: number[] = [];
    for (const lane of lanes) {
      // In each lane what was answered was sent in order; one more may have been stored when its answer was cut off.
      const sent = lane.filter(({ repeats }) => !repeats);
      const first = sent.findIndex((delivery) => !answered.has(delivery));
      const passed = sent.slice(0, first);
      const orderOf = new Map(passed.map((delivery) => [numberOf(delivery), delivery.order]));
      const there = new Set([...new Set(sent.map(({ order }) => order))].flatMap((order) => history.get(order) ?? []));
      lost.push(...[...orderOf.keys()].filter((number) => !there.has(number)));
      extra.push(...[...there].filter((number) => !orderOf.has(number) && number !== numberOf(sent[first]!)));
      for (const order of new Set(orderOf.values())) {
        const wanted = passed.filter((delivery) => delivery.order === order).map(numberOf);
        expect(history.get(order)!.slice(0, wanted.length)).toEqual(wanted);
      }
    }
    expect(history.get('slow')).toEqual([SLOW]);
    expect({ lost, extra }).toEqual({ lost: [], extra: [] });
    // The resync of the start has read what was never sent, too.
    expect({ states: await orders.wrongStates('states'), latest: await orders.wrongStates('latest') }).toEqual({ states: [], latest: [] });
    const health = await framework.call('GET', '/-/check-up');
    expect(health.status).toBe(200);
    expect((await pipelinesOf(framework)).every(({ sinks }) => sinks.every(({ state }) => state === 'up'))).toBe(true);
  });

  it('by a caller that never ends its call is not kept from ending in time', async () => {
    await framework!.stop();
    framework = await orders.start({ DELAY_SHUTDOWN_SECONDS: '0', SHUTDOWN_GRACE_SECONDS: String(GRACE_S) });
    await atRest(framework);
    await slowCall(orders.port, '{"event":"order_changed"}'.padEnd(1_000)).begun;
    const begun = Date.now();
    expect(await framework.stop()).toMatchObject({ code: 0, signal: null });
    expect(Date.now() - begun).toBeLessThan(GRACE_S * 1_000);
  });
});

/** A signed call whose body comes in two halves. */
function slowCall(port: number, body: string): { readonly begun: Promise<void>; finish(): Promise<string> } {
  const socket = net.connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (data) => (answer += String(data)));
  const head = `POST /orders/webhook HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\nx-signature: ${signatureOf(ORDERS_SECRET, body)}\r\nx-delivery: slow\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n`;
  return {
    begun: new Promise((resolve, reject) => socket.on('error', reject).write(head + body.slice(0, 20), () => resolve())),
    finish: () =>
      new Promise((resolve) => {
        socket.on('close', () => resolve(answer));
        socket.write(body.slice(20));
      }),
  };
}
