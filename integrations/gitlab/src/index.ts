import { defineIntegration } from '@integration-framework/framework';
import { check } from './check';
import { http } from './client';
import { mergeRequest } from './kinds/merge-request';
import { pipeline } from './kinds/pipeline';
import { project } from './kinds/project';
import { release } from './kinds/release';
import { told } from './kinds/told';
import { live } from './live';
import { problemsOf, settings } from './settings';

export default defineIntegration({
  type: 'gitlab',
  version: '0.1.0',
  title: 'GitLab',
  description: 'Projects, merge requests, pipelines and releases of a GitLab group by its REST API and webhooks; issues, deployments and others by its webhooks.',
  settings,
  validate: problemsOf,
  http,
  kinds: [project, mergeRequest, pipeline, release, ...told],
  live,
  scope: ({ baseUrl }) => (URL.canParse(baseUrl) ? new URL(baseUrl).hostname : ''),
  check,
});
