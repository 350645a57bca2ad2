import { randomInt, randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { freePorts } from '../../../tools/servers/free-port';
import { folderWith, startProcess, type Folder, type RunningFramework } from './framework-process';
import { startMongoProxy, type MongoProxy } from './mongo-proxy';
import { runsOf } from './observe';
import type { OrderDelivery } from './order-deliveries';
import { isAtRest, openAsks, pipelinesOf, shown, type SeenPipeline } from './pipeline-counts';
import { ownIntegrations, startRecordsSource, type RecordsSource } from './records-source';
import { until } from './until';

const PATIENCE_MS = 240_000;

export const ORDERS_SECRET = 'the-secret-of-the-orders';

/** A source of orders, a framework that hears of them and lists them, and MongoDB behind a proxy that can refuse and go away. */
export interface Orders {
  readonly source: RecordsSource;
  readonly proxy: MongoProxy;
  readonly folder: Folder;
  readonly port: number;
  /** A process of it, always at the same port. */
  start(environment?: Readonly<Record<string, string>>): Promise<RunningFramework>;
  /** Where a state sink differs from the source. */
  wrongStates(collection: 'states' | 'latest'): Promise<readonly unknown[]>;
  /** Numbers of the deliveries in the history of each order, in its order. */
  history(): Promise<ReadonlyMap<string, readonly number[]>>;
  close(): Promise<void>;
}

interface Document {
  readonly _id: string;
  readonly [field: string]: unknown;
}

/** `inMongo`: the framework's own state is there too. */
export async function startOrders(mongoUrl: string, { inMongo = false } = {}): Promise<Orders> {
  const name = `orders-${randomUUID()}`;
  const [client, proxy, source, [port]] = await Promise.all([new MongoClient(mongoUrl).connect(), startMongoProxy(mongoUrl), startRecordsSource(100), freePorts(1)]);
  const fields = { version: '{{ order.version }}', name: '{{ order.name }}' };
  const sink = (collection: string, more: object = {}): object => ({ type: 'mongo', url: { fromEnv: 'SINK_URL' }, collection, name: collection, ...more });
  const folder = folderWith({
    ...(inMongo && { mongodb: { url: mongoUrl, database: `${name}-state` } }),
    integrationsPath: ownIntegrations,
    integrations: [
      {
        identifier: 'orders',
        type: 'orders',
        config: { url: source.url, authentication: { secret: { fromEnv: 'ORDERS_SECRET' } } },
        pipelines: [
          { name: 'states', processors: [{ type: 'mapper', outputEvent: fields }], sinks: [sink('states')] },
          {
            name: 'events',
            processors: [{ type: 'mapper', onMissing: 'error', outputEvent: { ...fields, delivery: '{{ delivery ?? -1 }}', mark: '{{ mark }}' } }],
            sinks: [sink('latest'), sink('history', { insertOnly: true })],
          },
        ],
      },
    ],
  });
  return {
    source,
    proxy,
    folder,
    port: port!,
    start: (environment = {}) => startProcess(folder, { HTTP_PORT: String(port), ORDERS_SECRET, SINK_URL: `${proxy.url}/${name}`, ...environment }),
    async wrongStates(collection) {
      const wanted = new Map([...source.records.values()].map((order) => [`orders.order:${order.id}`, { version: order['version'], name: order['name'] }]));
      const documents = await client.db(name).collection<Document>(collection).find({}, { projection: { version: 1, name: 1 } }).toArray();
      const there = new Map(documents.map(({ _id, ...rest }) => [_id, rest]));
      const ids = [...new Set([...wanted.keys(), ...there.keys()])].filter((id) => JSON.stringify(there.get(id)) !== JSON.stringify(wanted.get(id)));
      return ids.map((id) => ({ id, there: there.get(id)?.['version'], wanted: wanted.get(id)?.version }));
    },
    async history() {
      const kept = new Map<string, number[]>();
      for (const { _eventId: order, delivery } of await client.db(name).collection<Document>('history').find().toArray()) {
        if ((delivery as number) >= 0) kept.set(order as string, [...(kept.get(order as string) ?? []), delivery as number]); // others were read from the source
      }
      return kept;
    },
    async close() {
      await Promise.all([client.db(name).dropDatabase(), client.db(`${name}-state`).dropDatabase()]);
      await Promise.all([source.close(), proxy.close(), client.close()]);
      folder.remove();
    },
  };
}

/** Number that a delivery has in the history. */
export const numberOf = ({ id }: OrderDelivery): number => Number(id.slice(1));

/** No run goes on, nothing is on its way, no question is open. */
export const atRest = (framework: RunningFramework): Promise<readonly SeenPipeline[]> =>
  until(
    'all is at rest',
    async () => {
      const pipelines = await pipelinesOf(framework);
      if (!isAtRest(pipelines)) throw new Error(`on its way:\n${shown(pipelines)}`);
      const runs = await runsOf(framework);
      return runs.every(({ state }) => state !== 'running' && state !== 'queued') && (await openAsks(framework)) === 0 && pipelines;
    },
    PATIENCE_MS,
  );

/** A seed for a random test, named by SEED where one has to be repeated, and numbers from it. */
export function newDice(): { readonly seed: number; random(below: number): number } {
  const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31));
  let state = seed;
  return {
    seed,
    random(below) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return (state >>> 8) % below;
    },
  };
}
