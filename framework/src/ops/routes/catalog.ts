import { z } from 'zod';
import { BAD_CURSOR, next, page, readCursor } from '../paging';
import { problem } from '../problem';
import { route } from '../route';
import { entitySchema, toEntity } from '../views';

const text = z.string().min(1).optional();
/** Blueprint and identifier of the last one shown, as both stores give it. */
const place = z.tuple([z.string(), z.string()]);

export const catalogRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/blueprints',
    summary: 'Blueprints that have entities in the catalog',
    access: 'operator',
    query: z.strictObject(page),
    answers: { 200: z.strictObject({ blueprints: z.array(z.strictObject({ identifier: z.string(), count: z.number().describe('Entities') })), next }) },
    async handle({ query, runtime }) {
      const all = (await runtime().store.catalog.blueprints()).map(({ identifier, count }) => ({ identifier, count })).sort((a, b) => (a.identifier < b.identifier ? -1 : 1));
      const rest = all.filter(({ identifier }) => query.cursor === undefined || identifier > query.cursor);
      const shown = rest.slice(0, query.limit);
      return { status: 200, body: { blueprints: shown, next: rest.length > shown.length ? (shown.at(-1)?.identifier ?? null) : null } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/entities',
    summary: 'Entities of the catalog',
    access: 'operator',
    query: z.strictObject({ blueprint: text, integration: text, kind: text, q: text.describe('Text in identifier or title'), ...page }),
    answers: { 200: z.strictObject({ entities: z.array(entitySchema), next }) },
    async handle({ query, runtime }) {
      const { blueprint, integration, kind, q, cursor, limit } = query;
      if (cursor !== undefined && !readCursor(cursor, place)) return problem(400, BAD_CURSOR);
      const found = await runtime().store.catalog.list({
        limit,
        ...(blueprint !== undefined && { blueprint }),
        ...(integration !== undefined && { integration }),
        ...(kind !== undefined && { kind }),
        ...(q !== undefined && { q }),
        ...(cursor !== undefined && { cursor }),
      });
      return { status: 200, body: { entities: found.documents.map(toEntity), next: found.next } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/entities/{blueprint}/{identifier}',
    summary: 'One entity',
    access: 'operator',
    params: z.strictObject({ blueprint: z.string(), identifier: z.string() }),
    answers: { 200: entitySchema },
    refuses: [404],
    async handle({ params, runtime }) {
      const found = await runtime().store.catalog.get(params.blueprint, params.identifier);
      return found ? { status: 200, body: toEntity(found) } : problem(404, `there is no entity ${params.identifier} of blueprint ${params.blueprint}`);
    },
  }),
];
