import type { IntegrationConnector, Service } from '../../contract';
import { timeline } from './test/timeline';
import { tryOut } from './try-out';

const silent = { log: () => undefined, logException: () => undefined };
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

async function begin(make: () => IntegrationConnector<Service>, clock = timeline()) {
  const settings = { connectorId: 'c', identifier: 'berlin', settings: {}, connection: { config: {} }, services: [], engage: false, kinds: false, graceMs: 30_000, make };
  const openContext = async () => ({ members: {}, unregister: () => undefined, close: () => undefined });
  await tryOut({ name: 'default' }, { settings, surroundings: { clock, newId: () => 'i', log: quiet, auditLog: () => silent, withhold: (text) => text, http: () => undefined as never, openContext }, startMs: 20_000 });
}

test('a method that nobody calls is refused; an object of a class has what it likes', async () => {
  await expect(begin(() => ({ begin: async () => undefined, refresh: async () => undefined }) as never)).rejects.toMatchObject({
    code: 'CONNECTOR_CONFIG',
    message: 'the connector has begin, which nobody calls; its methods are initialize, setAuditLog, setConnectorName, setContext, start, refresh, engage, disconnect, statistics',
  });
  class Own {
    readonly names = (): string => 'all';
    async start(): Promise<void> {
      this.read();
    }
    read(): void {
      this.names();
    }
  }
  await begin(() => new Own());
});

test('a start that ignores its signal is given up, and disconnected all the same', async () => {
  const clock = timeline();
  const called: string[] = [];
  const make = (): IntegrationConnector<Service> => ({
    initialize: () => void called.push('initialize'),
    start: () => new Promise(() => void called.push('start')),
    disconnect: async () => void called.push('disconnect'),
  });
  const tried = begin(make, clock);
  const said = expect(tried).rejects.toMatchObject({ code: 'CONNECTOR_TIMEOUT', message: expect.stringContaining('start of berlin did not return within 20000 ms') as string });
  await clock.advance(60_000);
  await said;
  expect(called).toEqual(['initialize', 'start', 'disconnect']);
});
