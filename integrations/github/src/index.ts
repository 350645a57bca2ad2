import { defineIntegration } from '@integration-framework/framework';
import { check } from './check';
import { http } from './client';
import { issue } from './kinds/issue';
import { pullRequest } from './kinds/pull-request';
import { repository } from './kinds/repository';
import { told } from './kinds/told';
import { workflowRun } from './kinds/workflow-run';
import { live } from './live';
import { problemsOf, settings } from './settings';

export default defineIntegration({
  type: 'github',
  version: '0.1.0',
  title: 'GitHub',
  description: 'Repositories, pull requests, issues and workflow runs of GitHub by its REST API and webhooks; releases, deployments and others by its webhooks.',
  settings,
  validate: problemsOf,
  http,
  kinds: [repository, pullRequest, workflowRun, issue, ...told],
  live,
  check,
});
