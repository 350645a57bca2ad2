import path from 'node:path';
import { conformance, readExchanges } from '@integration-framework/framework/testkit';
import azure from '../src/index';
import { deliveries, SUBSCRIPTION } from './records';
import { startTokenServer, type TokenServer } from './token-server';

let tokens: TokenServer | undefined;

conformance(azure, {
  folder: path.join(__dirname, '..'),
  exchanges: readExchanges(path.join(__dirname, '../fixtures')),
  async settings(resourceManagerUrl) {
    tokens = await startTokenServer();
    return {
      subscriptionId: SUBSCRIPTION,
      tenantId: 'tenant',
      clientId: 'planted-client-id',
      clientSecret: 'planted-client-secret',
      eventHubNamespace: 'acme-logs',
      eventHubName: 'activity',
      checkpointStorageAccountName: 'acmecheckpoints',
      checkpointStorageContainerName: 'catalog',
      resourceManagerUrl,
    };
  },
  deliveries,
  emptyPages: ['resource'],
  withheld: { kind: 'resource', answer: ({ path: at }) => (at.endsWith('/resources') ? { status: 200, body: { value: [], nextLink: 'https://management.azure.com/x?%24skiptoken=again' } } : undefined) },
  cleanUp: () => tokens?.close(),
});
