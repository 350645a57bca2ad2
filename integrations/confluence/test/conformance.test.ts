import path from 'node:path';
import { conformance, readExchanges } from '@integration-framework/framework/testkit';
import confluence from '../src/index';
import { deliveries } from './deliveries';

conformance(confluence, {
  folder: path.join(__dirname, '..'),
  exchanges: readExchanges(path.join(__dirname, '../fixtures')),
  settings: (baseUrl) => ({ baseUrl, username: 'catalog@planted.example.com', apiToken: 'planted-api-token' }),
  deliveries,
  // A space that is closed to us between the plan and the scan.
  withheld: { kind: 'page', answer: ({ path: at }) => (at.endsWith('/spaces/101/pages') ? { status: 404 } : undefined) },
});
