import { defineIntegration } from '@integration-framework/framework';
import { check } from './check';
import { http } from './client';
import { issue } from './kinds/issue';
import { project } from './kinds/project';
import { told } from './kinds/told';
import { user } from './kinds/user';
import { live } from './live';
import { problemsOf, settings } from './settings';

export default defineIntegration({
  type: 'jira',
  version: '0.1.0',
  title: 'Jira Cloud',
  description: 'Projects, issues and users of a Jira Cloud site, by its REST API v3 and its webhooks.',
  settings,
  validate: problemsOf,
  http,
  kinds: [project, user, issue, ...told],
  live,
  check,
});
