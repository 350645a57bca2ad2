import { freePorts } from '../../../tools/servers/free-port';
import { folderWith, startProcess, type Folder, type RunningFramework } from './framework-process';
import { entitiesOf, runsOf } from './observe';
import { orderDeliveries } from './order-deliveries';
import { newDice, ORDERS_SECRET } from './orders';
import { openAsks } from './pipeline-counts';
import { ownIntegrations, startRecordsSource, type RecordsSource } from './records-source';
import { until } from './until';
import { callAsVendor, signatureOf } from './vendor-call';
import { startFlood } from './webhook-flood';

let source: RecordsSource;
let folder: Folder;
let framework: RunningFramework;
let port: number;

beforeEach(async () => {
  [port] = (await freePorts(1)) as [number];
  source = await startRecordsSource(10);
  folder = folderWith({
    integrationsPath: ownIntegrations,
    integrations: [
      {
        identifier: 'orders',
        type: 'orders',
        config: { url: source.url, authentication: { secret: { fromEnv: 'ORDERS_SECRET' } } },
        mapping: { resources: [{ kind: 'order', selector: { query: 'true' }, port: { entity: { mappings: { identifier: '.id', title: '.name', blueprint: '"order"', properties: { version: '.version' } } } } }] },
      },
    ],
  });
});
afterEach(async () => {
  source.hold = undefined;
  await framework?.kill();
  await source.close();
  folder.remove();
});

const begin = async (): Promise<void> => {
  framework = await startProcess(folder, { HTTP_PORT: String(port), ORDERS_SECRET });
  await framework.runLine(1);
};

/** The catalog, and the source as it should show there. */
const catalog = async (): Promise<Record<string, unknown>> => Object.fromEntries((await entitiesOf(framework, 'order')).map(({ identifier, title, properties }) => [identifier, `${String(properties['version'])} ${title}`]));
const listed = (): Record<string, unknown> => Object.fromEntries([...source.records.values()].map((order) => [order.id, `${String(order['version'])} ${String(order['name'])}`]).sort());
const settled = (): Promise<unknown> =>
  until('no run goes on and no question is open', async () => (await runsOf(framework)).every(({ state }) => state !== 'running' && state !== 'queued') && (await openAsks(framework)) === 0);

async function tell(event: 'order_changed' | 'order_removed', order: { readonly id: string; readonly version: number; readonly name: string }): Promise<void> {
  const body = JSON.stringify({ event, order });
  const answer = await callAsVendor(`${framework.url}/orders/webhook`, { headers: { 'content-type': 'application/json', 'x-signature': signatureOf(ORDERS_SECRET, body) }, body });
  expect(answer).toMatchObject({ status: 200, body: { status: 'accepted' } });
}

it('a page that is older than what was heard meanwhile undoes nothing, and questions are answered', async () => {
  const order = (id: string, version: number) => ({ id, version, name: `${id} at ${version}` });
  for (const id of ['kept', 'changed', 'removed', 'back']) source.records.set(id, order(id, 1));
  await begin();
  expect(await catalog()).toEqual(listed());

  // The source answers this page late, with what it knew when it was asked.
  const stale = JSON.stringify({ records: [...source.records.values()], next: null });
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const pages = source.asked.pages;
  source.hold = () => (source.asked.pages === pages + 1 ? gate : Promise.resolve());
  source.fault = (_request, page) => (page === pages + 1 ? { status: 200, body: stale } : undefined);
  await framework.call('POST', '/api/v1/integrations/orders/resync', {});
  await until('the page is asked for', () => source.asked.pages > pages);

  source.records.set('changed', order('changed', 2));
  await tell('order_changed', order('changed', 2));
  source.records.delete('removed');
  await tell('order_removed', order('removed', 2));
  source.records.delete('back');
  await tell('order_removed', order('back', 2));
  source.records.set('back', order('back', 3));
  await tell('order_changed', order('back', 3));
  source.records.set('new', order('new', 1));
  await tell('order_changed', order('new', 1));
  // A late one of before, and one about an order that the source never had.
  await tell('order_changed', order('changed', 1));
  await tell('order_changed', order('ghost', 7));
  await until('what was heard shows before the run ends', async () => JSON.stringify(await catalog()) === JSON.stringify(listed()));
  expect((await runsOf(framework))[0]).toMatchObject({ state: 'running' });

  release();
  await settled();
  expect((await runsOf(framework))[0]).toMatchObject({ state: 'completed' });
  expect(await catalog()).toEqual(listed());
  expect(Object.keys(await catalog())).toEqual(['back', 'changed', 'kept', 'new']);
});

it('a question that the source refuses is asked again until it is answered', async () => {
  source.records.set('a', { id: 'a', version: 1, name: 'a' });
  await begin();
  source.records.set('b', { id: 'b', version: 1, name: 'b' });
  let refused = 0;
  source.fault = (request) => (request.url === '/records/b' && ++refused <= 2 ? { status: 503, headers: { 'retry-after': '0' } } : undefined);
  await tell('order_changed', { id: 'b', version: 1, name: 'b' });
  await until('it was asked in vain', () => refused >= 1);
  await until('b is there', async () => 'b' in (await catalog()));
  await settled();
  expect(refused).toBeGreaterThan(2);
});

it('2,000 events of 200 orders, some late, while one resync follows the other: in the end the catalog is the source, without a further run', async () => {
  const { seed, random } = newDice();
  console.log(`seed ${seed}`);
  const { lanes } = orderDeliveries({ random, count: 2_000, orders: 200, lanes: 8, unmarkedOneOf: Infinity, source });
  const wanted = lanes.flat().length;
  await begin();
  const flood = startFlood({ port, path: '/orders/webhook', secret: ORDERS_SECRET, lanes });
  let resyncs = 0;
  await until('every event is answered', async () => {
    await framework.call('POST', '/api/v1/integrations/orders/resync', {});
    resyncs++;
    return flood.isAnswered(wanted);
  });
  await until('no run goes on', async () => (await runsOf(framework)).every(({ state }) => state !== 'running' && state !== 'queued'));
  const runs = (await runsOf(framework)).length;
  await settled();
  await until('the catalog is the source', async () => JSON.stringify(await catalog()) === JSON.stringify(listed()), 20_000).catch(async () => expect(await catalog()).toEqual(listed()));
  expect((await runsOf(framework)).length).toBe(runs);
  console.log(`${runs} runs of ${resyncs} requests, ${source.asked.pages} pages and questions: ${JSON.stringify(flood.answers)}`);
  expect(flood.answers['duplicate']).toBe(lanes.flat().filter(({ repeats }) => repeats).length);
  await flood.stop();
});
