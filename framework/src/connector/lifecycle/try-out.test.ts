import type { IntegrationConnector, Service } from '../../contract';
import { timeline } from './test/timeline';
import { tryOut } from './try-out';

const silent = { log: () => undefined, logException: () => undefined };
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

test('a start that ignores its signal is given up, and disconnected all the same', async () => {
  const clock = timeline();
  const called: string[] = [];
  const make = (): IntegrationConnector<Service> => ({
    initialize: () => void called.push('initialize'),
    start: () => new Promise(() => void called.push('start')),
    disconnect: async () => void called.push('disconnect'),
  });
  const tried = tryOut(
    { name: 'default' },
    {
      settings: { connectorId: 'c', identifier: 'berlin', settings: {}, connection: {}, services: [], engage: false, kinds: false, graceMs: 30_000, make },
      surroundings: { clock, newId: () => 'i', log: quiet, auditLog: () => silent, withhold: (text) => text, http: () => undefined as never, openContext: async () => ({ members: {}, unregister: () => undefined, close: () => undefined }) },
      startMs: 20_000,
    },
  );
  const said = expect(tried).rejects.toMatchObject({ code: 'CONNECTOR_TIMEOUT', message: expect.stringContaining('start of berlin did not return within 20000 ms') as string });
  await clock.advance(60_000);
  await said;
  expect(called).toEqual(['initialize', 'start', 'disconnect']);
});
