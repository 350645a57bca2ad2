import { defineIntegration } from '@integration-framework/framework';
import { http } from './client';
import { asset } from './kinds/asset';
import { listen } from './listen';
import { live } from './live';
import { problemsOf, settings } from './settings';

export default defineIntegration({
  type: 'gcp-inventory-pubsub',
  version: '0.1.0',
  title: 'Google Cloud Asset Inventory',
  description: 'Assets of Google Cloud: the feed of Cloud Asset Inventory from a Pub/Sub subscription, and an import by its API.',
  settings,
  validate: problemsOf,
  http,
  kinds: [asset],
  live,
  listen,
});
