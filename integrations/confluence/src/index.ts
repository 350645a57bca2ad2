import { defineIntegration } from '@integration-framework/framework';
import { check } from './check';
import { http } from './client';
import { page } from './kinds/page';
import { space } from './kinds/space';
import { told } from './kinds/told';
import { live } from './live';
import { problemsOf, settings } from './settings';

export default defineIntegration({
  type: 'confluence',
  version: '0.1.0',
  title: 'Confluence',
  description: 'Spaces and pages of a Confluence Cloud site by its REST API v2, and what the webhooks of Confluence tell.',
  settings,
  validate: problemsOf,
  http,
  kinds: [space, page, ...told],
  live,
  check,
});
