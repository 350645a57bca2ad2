import { z } from 'zod';
import type { JsonObject } from '../../shared';
import { targetSchema, toTarget } from '../connector-view';
import { BAD_CURSOR, next, page, readCursor, writeCursor } from '../paging';
import { problem, refusal } from '../problem';
import { route } from '../route';

const one = z.strictObject({ id: z.string() });
const place = z.tuple([z.string()]);
const json = z.record(z.string(), z.unknown()).optional();

const pauseRoute = (word: 'pause' | 'resume', summary: string) =>
  route({
    method: 'POST',
    path: `/api/v1/integrations/{id}/${word}`,
    summary,
    access: 'operator',
    params: one,
    body: z.strictObject({}),
    answers: { 202: z.strictObject({ identifier: z.string(), paused: z.boolean() }) },
    refuses: [404, 409],
    async handle({ params, runtime }) {
      const paused = word === 'pause';
      await runtime().setEntryPaused(params.id, paused);
      return { status: 202, body: { identifier: params.id, paused } };
    },
  });

export const connectorRoutes = [
  pauseRoute('pause', 'No run of this entry begins, and its connector waits for no news, until it is resumed. What is running ends; what is asked for is queued; listeners go on'),
  pauseRoute('resume', 'Goes on with what waited'),
  route({
    method: 'POST',
    path: '/api/v1/integrations/{id}/restart',
    summary: 'Disconnects a connector, or one of its targets, and sets it up anew. The run in flight ends aborted, a queued one is kept',
    access: 'operator',
    params: one,
    query: z.strictObject({ target: z.string().min(1).optional().describe('Only this one') }),
    body: z.strictObject({}),
    answers: { 202: z.strictObject({ identifier: z.string(), targets: z.array(z.string()).describe('Those that begin anew') }) },
    refuses: [404, 409],
    async handle({ params, query, runtime }) {
      return { status: 202, body: { identifier: params.id, targets: [...(await runtime().restart(params.id, query.target))] } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/integrations/{id}/targets',
    summary: 'What the connector works on, with those that are gone and still hold elements (`orphaned`)',
    access: 'operator',
    params: one,
    query: z.strictObject(page),
    answers: { 200: z.strictObject({ targets: z.array(targetSchema), next }) },
    refuses: [404],
    async handle({ params, query, runtime }) {
      const found = (await runtime().integrations()).find((status) => status.identifier === params.id);
      if (!found) return refusal('ENTRY_UNKNOWN', `there is no entry ${params.id}`);
      const all = found.connector?.targets ?? [];
      let from = 0;
      if (query.cursor !== undefined) {
        const [last] = readCursor(query.cursor, place) ?? [];
        if (last === undefined) return problem(400, BAD_CURSOR);
        from = all.findIndex(({ name }) => name === last) + 1;
      }
      const shown = all.slice(from, from + query.limit);
      const more = from + shown.length < all.length;
      return { status: 200, body: { targets: shown.map(toTarget), next: more ? writeCursor([shown.at(-1)?.name ?? '']) : null } };
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/integrations/{id}/targets',
    summary: 'Gives the connector a target: keys as in the file, secrets as references. Again with other keys: it is disconnected and set up anew',
    access: 'operator',
    params: one,
    // Its keys are those of the file, and the integration knows its settings: both are checked behind this.
    body: z.looseObject({
      name: z.string().min(1).describe('Unique in the entry, and lasting: what is found there is kept by it'),
      entity: z.string().optional().describe('Identifier of the entity that it stands for'),
      connection: json.describe("Instead of the entry's, member by member; not beside `entity`"),
      config: json.describe('Settings of the integration that differ there. A secret is a reference: { "fromEnv": NAME } or { "fromFile": PATH }'),
      metadataSource: z.object({ id: z.string(), kind: z.string().optional() }).optional(),
      direction: z.string().optional(),
      onMissing: z.string().optional(),
    }),
    answers: { 202: z.strictObject({ name: z.string(), result: z.enum(['added', 'changed', 'unchanged']) }) },
    refuses: [404, 409],
    async handle({ params, body, runtime }) {
      return { status: 202, body: await runtime().addTarget(params.id, body as JsonObject) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/integrations/{id}/targets/{name}',
    summary: 'Disconnects a target that REST gave, or the connector itself. Its elements stay, and it is shown as `orphaned`, until a purge or until another target reads them',
    access: 'operator',
    params: z.strictObject({ id: z.string(), name: z.string() }),
    answers: { 204: z.undefined() },
    refuses: [404, 409],
    async handle({ params, runtime }) {
      await runtime().removeTarget(params.id, params.name);
      return { status: 204, body: undefined };
    },
  }),
];
