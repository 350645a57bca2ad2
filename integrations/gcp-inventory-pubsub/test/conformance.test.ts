import path from 'node:path';
import { conformance, readExchanges } from '@integration-framework/framework/testkit';
import gcp from '../src/index';
import { deliveries } from './events';
import { credentialsJson } from './key';

conformance(gcp, {
  folder: path.join(__dirname, '..'),
  exchanges: readExchanges(path.join(__dirname, '../fixtures')),
  settings: (assetUrl) => ({ projectId: 'acme-shop', topicName: 'asset-feed', subscriptionId: 'catalog', assetUrl, credentialsJson }),
  deliveries,
  emptyPages: ['asset'],
  withheld: { kind: 'asset', answer: ({ path: at }) => (at.endsWith('/assets') ? { status: 200, body: { readTime: '2026-02-01T00:00:00Z', nextPageToken: 'again' } } : undefined) },
});
