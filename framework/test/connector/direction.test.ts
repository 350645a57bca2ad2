import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { defineIntegration, DirectionNotPermitted, type Http, type Integration, type NewElement, type RefreshRun } from '../../src/contract';
import type { AuditRecord } from '../../src/audit';
import { until } from '../e2e/until';
import { asset, startStage, type Stage, type ThirdParty } from './stage';

/** Databases of another system, by HTTP, with a log of its own. */
async function startRegistry() {
  const held = new Map<string, object>();
  const log: string[] = [];
  const server = http.createServer((request, response) => {
    log.push(`${request.method!} ${request.url!}`);
    const name = decodeURIComponent(request.url!.slice(1));
    let text = '';
    request.on('data', (data: Buffer) => (text += String(data)));
    request.on('end', () => {
      if (request.method === 'PUT') held.set(name, JSON.parse(text) as object);
      if (request.method === 'DELETE') held.delete(name);
      response.setHeader('content-type', 'application/json').end(JSON.stringify(request.method === 'GET' ? [...held].map(([identifier, properties]) => ({ identifier, properties })) : {}));
    });
  });
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  return { held, log, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => new Promise((closed) => server.close(closed)) };
}
type Registry = Awaited<ReturnType<typeof startRegistry>>;

let registry: Registry;
let stage: Stage;
beforeEach(async () => {
  delete clients.last;
  registry = await startRegistry();
});
afterEach(async () => {
  await stage.stop();
  await registry.close();
});

/** What the connector that was made last calls with. */
const clients: { last?: Http } = {};

/** Keeps the registry equal to the catalog, or tries to. */
function mirror(direction: 'FROM_THIRD_PARTY' | 'TO_THIRD_PARTY' | 'OTHER'): ThirdParty {
  const integration = defineIntegration({
    type: 'mirror',
    version: '1.0.0',
    title: 'Mirror',
    description: 'Databases of the catalog, in another system.',
    settings: {},
    http: () => ({ baseUrl: registry.url }),
    services: ['database'],
    connector(deps) {
      const client = (clients.last = deps.http);
      return {
        refresh: (run: RefreshRun) =>
          run
            .reconcile({
              blueprint: 'database',
              source$: (async function* () {
                yield (await client.get('/')) as NewElement<'database'>[];
              })(),
              targetWrite: {
                upsert: async ({ identifier, properties }) => void (await client.send({ method: 'PUT', url: `/${encodeURIComponent(identifier)}`, body: properties })),
                remove: async (identifier) => void (await client.send({ method: 'DELETE', url: `/${encodeURIComponent(identifier)}` })),
              },
            })
            .then(() => undefined),
      };
    },
  });
  return { identifier: 'mirror', services: ['database'], connector: { direction }, integration: integration as unknown as Integration };
}

it('7.4 TO_THIRD_PARTY: what the catalog has is written there, what was brought over goes there too, the rest is left', async () => {
  const elements = new Map([['database' as const, [asset('a'), asset('b')]]]);
  registry.held.set('foreign', { name: 'foreign' });
  stage = await startStage([{ identifier: 'source', services: ['database'], elements }, mirror('TO_THIRD_PARTY')]);
  await stage.run('source');
  await stage.catalog('database');
  expect(await stage.run('mirror')).toMatchObject({ state: 'completed' });
  expect([...registry.held.keys()].sort()).toEqual(['a', 'b', 'foreign']);
  // Nothing to do: nothing is written.
  registry.log.length = 0;
  await stage.run('mirror');
  expect(registry.log.filter((line) => !line.startsWith('GET'))).toEqual([]);

  elements.set('database', [asset('a', { description: 'changed' })]);
  registry.held.set('a', { name: 'changed there' });
  await stage.run('source');
  await stage.catalog('database');
  await stage.run('mirror');
  expect(registry.held).toEqual(new Map<string, object>([['foreign', { name: 'foreign' }], ['a', { qualifiedName: 'a', name: 'a', description: 'changed' }]]));
  expect(await stage.catalog('database')).toHaveProperty('size', 1);
  const told = await until('what nobody brought there is told', async () => {
    const records = (await stage.get<{ records: AuditRecord[] }>('/api/v1/audit?severity=ACTION&integration=mirror')).records;
    return records.length > 0 && records;
  });
  expect(told[0]!).toMatchObject({ messageText: 'database foreign is in the third party of mirror and not in the store', additionalInformation: [] });
});

it.each(['FROM_THIRD_PARTY', 'OTHER'] as const)('7.3 %s never writes to the server: the client refuses it, and the server never hears of it', async (direction) => {
  stage = await startStage([mirror(direction)]);
  while (!clients.last) await new Promise((resolve) => setImmediate(resolve));
  const client = clients.last;
  await expect(client.send({ method: 'PUT', url: '/a', body: {} })).rejects.toThrow(DirectionNotPermitted);
  await expect(client.get('/')).resolves.toEqual([]);
  expect(registry.log).toEqual(['GET /']);
});

it.each(['TO_THIRD_PARTY', 'OTHER'] as const)('7.3 %s never writes to the catalog', async (direction) => {
  stage = await startStage([{ identifier: 'writer', services: ['database'], connector: { direction } }]);
  const context = await stage.ready('writer');
  await expect(context.database.create('database', asset('a') as NewElement<'database'>)).rejects.toThrow(DirectionNotPermitted);
  await expect(context.database.remove({ blueprint: 'database', identifier: 'a' })).rejects.toThrow(DirectionNotPermitted);
  expect((await stage.catalog('database')).size).toBe(0);
});
