import { ConfigError, ContextClosed, defineIntegration, FatalError, FrameworkError, Secret, serviceNames, type Connection, type Integration, type IntegrationConnector } from '.';

const told = { type: 'demo', version: '1', title: 'Demo', description: 'for this test', settings: { schema: { type: 'string', required: true, description: 'which schema' } } } as const;

// What compiles is the test of these; the lines below each @ts-expect-error must not.
describe('types', () => {
  test('a connector has any of its methods: none, each, all', () => {
    const none: IntegrationConnector = {};
    const each: readonly IntegrationConnector[] = [
      { initialize: (instanceId: string) => void instanceId },
      { setAuditLog: (log) => void log.log },
      { setConnectorName: (name: string) => void name },
      { setContext: (context) => void context.isActive() },
      { start: (signal) => Promise.reject(signal.reason as Error) },
      { engage: async () => undefined },
      { refresh: async (run) => void run.runId },
      { disconnect: async () => undefined },
      { statistics: () => ({ rows: 1 }) },
    ];
    const all: Required<IntegrationConnector> = Object.assign({}, ...each) as Required<IntegrationConnector>;
    // @ts-expect-error a method that does not exist
    const more: IntegrationConnector = { reload: () => undefined };
    expect([none, all, more].map((connector) => Object.keys(connector).length)).toEqual([0, 9, 1]);
  });

  test('the context has exactly the declared services', () => {
    const declared = defineIntegration({
      ...told,
      services: ['database', 'files'],
      connector: ({ context, settings }) => ({
        start: async () => {
          void [settings.schema.length, context.database, context.files, context.signal];
          // @ts-expect-error not declared
          void context.topic;
        },
        setContext(given) {
          void given.database;
          // @ts-expect-error not declared
          void given.topic;
        },
      }),
    });
    const undeclared = defineIntegration({
      ...told,
      connector: ({ context, settings }) => {
        void context.requestRefresh;
        // @ts-expect-error none is declared
        void context.database;
        // @ts-expect-error no such setting
        void settings.table;
        return {};
      },
    });
    // @ts-expect-error there is no such service
    defineIntegration({ ...told, services: ['email'] });
    const any: readonly Integration<never>[] = [declared, undeclared];
    expect(any.map(({ services }) => services)).toEqual([['database', 'files'], undefined]);
  });
});

test('twelve services', () => expect(new Set(serviceNames).size).toBe(12));

test('errors are of the table, and known by name', () => {
  expect([new ConfigError('x'), new FatalError('x'), new ContextClosed('sales', 'create')].map((err) => [err instanceof FrameworkError, err.name, err.code, err.message])).toEqual([
    [true, 'ConfigError', 'CONNECTOR_CONFIG', 'x'],
    [true, 'FatalError', 'CONNECTOR_FATAL', 'x'],
    [true, 'ContextClosed', 'CONTEXT_CLOSED', 'the context of sales is closed: create was refused'],
  ]);
});

test('a connection prints no secret', () => {
  const connection: Connection = { endpoint: { address: 'pg://db' }, config: { password: new Secret('hunter2') } };
  expect(JSON.stringify(connection)).not.toContain('hunter2');
});
