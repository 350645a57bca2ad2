import { defineIntegration } from '@integration-framework/framework';
import { openapiConnector } from './connector';
import { problemsOf, settings } from './settings';

export default defineIntegration({
  type: 'openapi',
  version: '0.1.0',
  title: 'OpenAPI',
  description: 'APIs as their OpenAPI documents describe them: operations, parameters, bodies and answers. Reads files and URLs, and calls no operation.',
  settings,
  validate: problemsOf,
  services: ['api'],
  component: {
    id: 1601,
    name: 'OPENAPI',
    description: 'Keeps the catalog of APIs equal to their OpenAPI documents.',
    wikiUrl: 'https://spec.openapis.org/oas/latest.html',
    status: 'TECHNICAL_PREVIEW',
  },
  endpoints: 'both',
  targets: [{ name: 'server', blueprint: 'endpoint', deployedImplementationType: 'OpenAPI document' }],
  schedule: { every: '60m', engage: true },
  connector: openapiConnector,
});
