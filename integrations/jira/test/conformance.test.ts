import path from 'node:path';
import { conformance, readExchanges } from '@integration-framework/framework/testkit';
import jira from '../src/index';
import { deliveries } from './deliveries';

conformance(jira, {
  folder: path.join(__dirname, '..'),
  exchanges: readExchanges(path.join(__dirname, '../fixtures')),
  settings: (baseUrl) => ({ baseUrl, email: 'catalog@example.com', token: 'planted-api-token' }),
  deliveries,
  emptyPages: ['issue'],
  withheld: {
    kind: 'issue',
    // The list turns in a circle.
    answer: ({ path: at }) => (at.endsWith('/search/jql') ? { status: 200, body: { issues: [], nextPageToken: 'again' } } : undefined),
  },
});
