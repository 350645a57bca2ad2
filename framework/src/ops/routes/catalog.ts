import { z } from 'zod';
import type { CatalogDocument } from '../../store';
import { BAD_CURSOR, next, page, readCursor, writeCursor } from '../paging';
import { problem, refusal } from '../problem';
import { route } from '../route';
import type { OperationsRuntime } from '../runtime';
import { entitySchema, toEntity } from '../views';

const text = z.string().min(1).optional();
/** Blueprint and identifier of the last one shown, as both stores give it. */
const place = z.tuple([z.string(), z.string()]);
const zone = z.string().min(1).optional().describe('Only what this zone shows');
/** Documents that one answer looks at: a zone that shows next to nothing must not make it read a whole catalog. */
const LOOKED_AT = 5_000;

type Query = Parameters<OperationsRuntime['store']['catalog']['list']>[0];
interface Listed {
  readonly documents: readonly CatalogDocument[];
  readonly next: string | null;
}

const cursorOf = ({ blueprint, identifier }: CatalogDocument): string => writeCursor([blueprint, identifier]);

/** A page of what a zone shows. It may be short, and even empty, where more is to come: `next` says so. */
async function listInZone({ store, visibleIn }: Pick<OperationsRuntime, 'store' | 'visibleIn'>, name: string, query: Query): Promise<Listed> {
  const shown: CatalogDocument[] = [];
  let { cursor } = query;
  for (let looked = 0; looked < LOOKED_AT; ) {
    const { documents, next: after } = await store.catalog.list({ ...query, limit: Math.max(query.limit, 100), ...(cursor !== undefined && { cursor }) });
    for (const document of await visibleIn(name, documents)) {
      if (shown.length === query.limit) return { documents: shown, next: cursorOf(shown.at(-1)!) };
      shown.push(document);
    }
    if (after === null) return { documents: shown, next: null };
    cursor = after;
    looked += documents.length;
  }
  return { documents: shown, next: cursor ?? null };
}

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
    query: z.strictObject({ blueprint: text, integration: text, kind: text, q: text.describe('Text in identifier or title'), zone, ...page }),
    answers: { 200: z.strictObject({ entities: z.array(entitySchema), next }) },
    async handle({ query, runtime }) {
      const { blueprint, integration, kind, q, cursor, limit } = query;
      if (cursor !== undefined && !readCursor(cursor, place)) return problem(400, BAD_CURSOR);
      const filter = {
        limit,
        ...(blueprint !== undefined && { blueprint }),
        ...(integration !== undefined && { integration }),
        ...(kind !== undefined && { kind }),
        ...(q !== undefined && { q }),
        ...(cursor !== undefined && { cursor }),
      };
      const found = query.zone === undefined ? await runtime().store.catalog.list(filter) : await listInZone(runtime(), query.zone, filter);
      return { status: 200, body: { entities: found.documents.map(toEntity), next: found.next } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/entities/{blueprint}/{identifier}',
    summary: 'One entity',
    access: 'operator',
    params: z.strictObject({ blueprint: z.string(), identifier: z.string() }),
    query: z.strictObject({ zone }),
    answers: { 200: entitySchema },
    refuses: [404],
    async handle({ params, query, runtime }) {
      const { store, visibleIn } = runtime();
      const document = await store.catalog.get(params.blueprint, params.identifier);
      const [found] = document && query.zone !== undefined ? await visibleIn(query.zone, [document]) : [document];
      return found ? { status: 200, body: toEntity(found) } : refusal('ELEMENT_MISSING', `there is no entity ${params.identifier} of blueprint ${params.blueprint}`);
    },
  }),
];
