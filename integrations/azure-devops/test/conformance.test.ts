import path from 'node:path';
import { conformance, readExchanges } from '@integration-framework/framework/testkit';
import azureDevOps from '../src/index';
import { deliveries } from './deliveries';

conformance(azureDevOps, {
  folder: path.join(__dirname, '..'),
  exchanges: readExchanges(path.join(__dirname, '../fixtures')),
  settings: (url) => ({ azureDevOpsOrganizationUrl: url, azureDevOpsPersonalAccessToken: 'planted-access-token', webhookHost: 'https://catalog.example.com' }),
  deliveries,
  withheld: {
    kind: 'repository',
    // The list turns in a circle.
    answer: ({ path: at }) => (at.endsWith('/git/repositories') ? { status: 200, headers: { 'x-ms-continuationtoken': 'again' }, body: { value: [] } } : undefined),
  },
});
