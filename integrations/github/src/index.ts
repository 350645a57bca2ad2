import { defineIntegration } from '@integration-framework/framework';
import { check } from './check';
import { http } from './client';
import { branch } from './kinds/branch';
import { deployment } from './kinds/deployment';
import { issue } from './kinds/issue';
import { organization } from './kinds/organization';
import { pullRequest } from './kinds/pull-request';
import { release } from './kinds/release';
import { repository } from './kinds/repository';
import { team } from './kinds/team';
import { told } from './kinds/told';
import { user } from './kinds/user';
import { workflow } from './kinds/workflow';
import { workflowRun } from './kinds/workflow-run';
import { live } from './live';
import { problemsOf, settings } from './settings';

export default defineIntegration({
  type: 'github',
  version: '0.1.0',
  title: 'GitHub',
  description: 'Organizations, repositories, pull requests, issues, releases, workflows and their runs, teams, members, branches and deployments of GitHub, by its REST API and its webhooks.',
  settings,
  validate: problemsOf,
  http,
  kinds: [repository, pullRequest, workflowRun, issue, organization, release, workflow, team, user, branch, deployment, ...told],
  live,
  check,
});
