import { defineIntegration } from '@integration-framework/framework';
import { kinds } from './kinds';
import { live } from './live';

export default defineIntegration({
  type: 'console',
  version: '0.1.0',
  title: 'Mia-Platform Console',
  description: 'Projects, services, saved configurations and tags of a Mia-Platform Console, by its webhooks.',
  settings: {},
  kinds,
  live,
});
