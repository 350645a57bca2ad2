import { defineIntegration } from '@integration-framework/framework';
import { told } from './kinds/told';
import { live } from './live';
import { settings } from './settings';

export default defineIntegration({
  type: 'github',
  version: '0.1.0',
  title: 'GitHub',
  description: 'Repositories, pull requests, issues, workflow runs, releases and deployments of GitHub, by its webhooks.',
  settings,
  kinds: told,
  live,
});
