import path from 'node:path';
import { conformance, readExchanges } from '@integration-framework/framework/testkit';
import gitlab from '../src/index';
import { deliveries } from './hooks';

conformance(gitlab, {
  folder: path.join(__dirname, '..'),
  exchanges: readExchanges(path.join(__dirname, '../fixtures')),
  settings: (baseUrl) => ({ baseUrl, token: 'planted-access-token', group: 'acme' }),
  deliveries,
  withheld: { kind: 'merge-request', answer: ({ path: at }) => (at.endsWith('/projects/11/merge_requests') ? { status: 403, body: { message: '403 Forbidden' } } : undefined) },
});
