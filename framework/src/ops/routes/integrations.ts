import { z } from 'zod';
import { BAD_CURSOR, next, page, readCursor, writeCursor } from '../paging';
import { problem, refusal } from '../problem';
import { route } from '../route';
import { integrationSchema, namedTicketSchema, ticketSchema, toIntegration } from '../views';

const one = z.strictObject({ id: z.string() });
const place = z.tuple([z.string()]);

const resyncRoute = (word: 'resync' | 'refresh' | 'import') =>
  route({
    method: 'POST',
    path: `/api/v1/integrations/{id}/${word}`,
    summary: word === 'resync' ? 'Asks for a resync of this entry; answers once the request is stored' : 'The same as `resync`',
    access: 'operator',
    params: one,
    body: z.strictObject({
      kinds: z.array(z.string().min(1)).min(1).optional().describe('Only these'),
      targets: z.array(z.string().min(1)).min(1).optional().describe('Of an entry with a connector: only these'),
      force: z.boolean().optional().describe('Send everything again'),
    }),
    answers: { 202: ticketSchema },
    refuses: [404, 409],
    async handle({ params, body, runtime }) {
      const { kinds, targets, force } = body;
      const { runId, status, joined } = await runtime().requestResync({ identifier: params.id, cause: 'rest', ...(kinds && { kinds }), ...(targets && { targets }), ...(force !== undefined && { force }) });
      return { status: 202, body: { runId, status, joined } };
    },
  });

export const integrationRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/integrations',
    summary: 'All entries, with those that left the configuration and still own rows',
    access: 'operator',
    query: z.strictObject(page),
    answers: { 200: z.strictObject({ integrations: z.array(integrationSchema), next }) },
    async handle({ query, runtime }) {
      const all = await runtime().integrations();
      let from = 0;
      if (query.cursor !== undefined) {
        const [last] = readCursor(query.cursor, place) ?? [];
        if (last === undefined) return problem(400, BAD_CURSOR);
        from = all.findIndex((status) => status.identifier === last) + 1;
      }
      const shown = all.slice(from, from + query.limit);
      const more = from + shown.length < all.length;
      return { status: 200, body: { integrations: shown.map(toIntegration), next: more ? writeCursor([shown.at(-1)?.identifier ?? '']) : null } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/integrations/{id}',
    summary: 'One entry',
    access: 'operator',
    params: one,
    answers: { 200: integrationSchema },
    refuses: [404],
    async handle({ params, runtime }) {
      const found = (await runtime().integrations()).find((status) => status.identifier === params.id);
      return found ? { status: 200, body: toIntegration(found) } : refusal('ENTRY_UNKNOWN', `there is no entry ${params.id}`);
    },
  }),
  resyncRoute('resync'),
  resyncRoute('refresh'),
  resyncRoute('import'),
  route({
    method: 'POST',
    path: '/api/v1/integrations/resync',
    summary: 'Asks for a resync of several entries, or of all that can run',
    access: 'operator',
    body: z.strictObject({ identifiers: z.array(z.string().min(1)).min(1).optional() }),
    answers: { 202: z.strictObject({ runs: z.array(namedTicketSchema) }) },
    refuses: [404, 409],
    async handle({ body, runtime }) {
      const runnable = runtime().runnable();
      const asked = [...new Set(body.identifiers ?? runnable)];
      // Those that will be refused come first: the call fails before anything is started.
      const order = [...asked.filter((id) => !runnable.includes(id)), ...asked.filter((id) => runnable.includes(id))];
      const runs: z.input<typeof namedTicketSchema>[] = [];
      for (const identifier of order) {
        const { runId, status, joined } = await runtime().requestResync({ identifier, cause: 'rest' });
        runs.push({ identifier, runId, status, joined });
      }
      return { status: 202, body: { runs } };
    },
  }),
];
