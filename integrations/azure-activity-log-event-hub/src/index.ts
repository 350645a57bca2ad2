import { defineIntegration } from '@integration-framework/framework';
import { http } from './client';
import { resource } from './kinds/resource';
import { listen } from './listen';
import { live } from './live';
import { problemsOf, settings } from './settings';

export default defineIntegration({
  type: 'azure-activity-log-event-hub',
  version: '0.1.0',
  title: 'Azure Activity Log by Event Hub',
  description: 'Resources of Azure: records of the activity log from an event hub, and an import by the resource manager.',
  settings,
  validate: problemsOf,
  http,
  kinds: [resource],
  live,
  listen,
});
