import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { problemSchema, type ProblemStatus } from './problem';
import type { Route } from './route';

const PROBLEM = { $ref: '#/components/schemas/Problem' };

/** The OpenAPI 3.1 document of a route table. */
export function openApiOf(routes: readonly Route[], about: { readonly title: string; readonly version: string }): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) (paths[route.path.replace('+}', '}')] ??= {})[route.method.toLowerCase()] = operationOf(route);
  return {
    openapi: '3.1.0',
    info: { ...about, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
    components: {
      schemas: { Problem: schemaOf(problemSchema, 'output') },
      securitySchemes: {
        apiToken: { type: 'http', scheme: 'bearer', description: 'API_TOKEN; needed when the address is not loopback' },
        triggerSecret: { type: 'http', scheme: 'bearer', description: 'Secret of the trigger channel; or `x-port-signature`, or the secret as last path segment' },
      },
    },
  };
}

/** Statuses of errors that a route may answer, its own and those of every route of its access. */
export function refusalsOf(route: Route): ProblemStatus[] {
  const every: ProblemStatus[] = route.access === 'open' ? [] : [401];
  if (route.access === 'operator') every.push(403);
  if (route.params !== undefined || route.query !== undefined || route.body !== undefined) every.push(400);
  if (route.access === 'operator' && route.method !== 'GET') every.push(415);
  if (route.method !== 'GET') every.push(413);
  every.push(500, 503);
  return [...new Set([...every, ...(route.refuses ?? [])])].sort();
}

function operationOf(route: Route): object {
  const declared = Object.entries(route.answers).map(([status, schema]) => [status, answerOf(Number(status), schema, route.produces)] as const);
  const refused = refusalsOf(route)
    .filter((status) => !(status in route.answers))
    .map((status) => [String(status), { description: STATUS_CODES[status] ?? '', content: { 'application/json': { schema: PROBLEM } } }] as const);
  const security = { open: undefined, operator: [{}, { apiToken: [] }], trigger: [{ triggerSecret: [] }, {}] }[route.access];
  return {
    summary: route.summary,
    tags: [route.path.split('/')[route.path.startsWith('/api/v1/') ? 3 : 1] || 'root'],
    ...(security && { security }),
    parameters: [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')],
    ...(route.body && { requestBody: { required: false, content: { 'application/json': { schema: schemaOf(route.body, 'input') } } } }),
    responses: Object.fromEntries([...declared, ...refused]),
  };
}

function answerOf(status: number, schema: z.ZodType, produces = 'application/json'): object {
  const description = STATUS_CODES[status] ?? '';
  return schema instanceof z.ZodUndefined ? { description } : { description, content: { [produces.split(';')[0] ?? produces]: { schema: schemaOf(schema, 'output') } } };
}

function parametersOf(schema: z.ZodType | undefined, where: 'path' | 'query'): object[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as { properties?: Record<string, { description?: string }>; required?: string[] };
  return Object.entries(properties).map(([name, { description, ...type }]) => ({ name, in: where, required: where === 'path' || required.includes(name), ...(description && { description }), schema: type }));
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
