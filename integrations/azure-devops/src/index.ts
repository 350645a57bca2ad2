import { defineIntegration } from '@integration-framework/framework';
import { check } from './check';
import { http } from './client';
import { repository } from './kinds/repository';
import { live } from './live';
import { problemsOf, settings } from './settings';
import { subscribe } from './subscribe';

export default defineIntegration({
  type: 'azure-devops',
  version: '0.1.0',
  title: 'Azure DevOps',
  description: 'Git repositories of an Azure DevOps organization, by its REST API and by service hooks, which it puts in place itself.',
  settings,
  validate: problemsOf,
  http,
  kinds: [repository],
  live,
  subscribe,
  check,
});
