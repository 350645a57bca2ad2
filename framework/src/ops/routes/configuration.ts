import { z } from 'zod';
import { route } from '../route';
import { problemsSchema, toProblems } from '../views';

const document = z.record(z.string(), z.unknown());

const openApiRoute = (path: string) =>
  route({
    method: 'GET',
    path,
    summary: 'This API as an OpenAPI document',
    access: 'operator',
    answers: { 200: document },
    handle: ({ server }) => ({ status: 200, body: { ...server.openApi() } }),
  });

const LINKS = {
  ready: '/health/ready',
  checkUp: '/-/check-up',
  metrics: '/metrics',
  integrations: '/api/v1/integrations',
  runs: '/api/v1/runs',
  blueprints: '/api/v1/blueprints',
  entities: '/api/v1/entities',
  rows: '/api/v1/rows',
  deadLetters: '/api/v1/dead-letters',
  pipelines: '/api/v1/pipelines',
  audit: '/api/v1/audit',
  configurationSchema: '/api/v1/config/schema',
  openapi: '/api/v1/openapi.json',
};

export const configurationRoutes = [
  route({
    method: 'GET',
    path: '/',
    summary: 'What is here',
    access: 'open',
    answers: { 200: z.strictObject({ name: z.string(), version: z.string(), links: z.record(z.string(), z.string()) }) },
    handle: ({ server }) => ({ status: 200, body: { name: server.name, version: server.version, links: LINKS } }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/config/schema',
    summary: 'JSON Schema of the configuration',
    access: 'operator',
    answers: { 200: document },
    handle: ({ runtime }) => ({ status: 200, body: { ...runtime().configSchema() } }),
  }),
  route({
    method: 'POST',
    path: '/api/v1/config/validate',
    summary: 'All problems of the configuration in the body; opens nothing',
    access: 'operator',
    answers: { 200: z.strictObject({ problems: problemsSchema }) },
    // The text goes on as it came: problems point at its lines and columns.
    handle: async ({ raw, runtime }) => ({ status: 200, body: { problems: toProblems(await runtime().validateConfig(raw.toString('utf8'))) } }),
  }),
  openApiRoute('/api/v1/openapi.json'),
  openApiRoute('/documentations/json'),
];
