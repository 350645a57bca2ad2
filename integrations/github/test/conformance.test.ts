import path from 'node:path';
import { conformance, readExchanges } from '@integration-framework/framework/testkit';
import github from '../src/index';
import { recorded } from './recorded';

conformance(github, {
  folder: path.join(__dirname, '..'),
  exchanges: readExchanges(path.join(__dirname, '../fixtures')),
  settings: (baseUrl) => ({ baseUrl, token: 'planted-access-token', organization: 'acme' }),
  deliveries: recorded,
  emptyPages: ['issue'],
  withheld: { kind: 'pull-request', answer: ({ path: at }) => (at.endsWith('/acme/shop/pulls') ? { status: 404 } : undefined) },
  unfilled: ['pull-request.properties.closed', 'pull-request.properties.merged'], // only open ones are listed
});
