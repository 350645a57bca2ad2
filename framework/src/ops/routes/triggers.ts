import { z } from 'zod';
import { refusal } from '../problem';
import { route } from '../route';
import { namedTicketSchema } from '../views';

interface Params {
  readonly id?: string;
  readonly secret?: string;
}

const resyncRoute = (path: string, params: z.ZodType<Params>) =>
  route({
    method: 'POST',
    path,
    summary: 'The trigger WEBHOOK: a resync of the entry, or of the one the message names, else of all',
    access: 'trigger',
    params,
    answers: { 202: z.strictObject({ runs: z.array(namedTicketSchema) }) },
    refuses: [404, 409],
    async handle({ params: { id, secret }, headers, raw, runtime, server }) {
      const answer = await runtime().webhook.receive({ headers, body: raw, ...(id !== undefined && { identifier: id }), ...(secret !== undefined && { secret }) });
      if (answer.is === 'refused') {
        server.metrics.authFailure({});
        const reason = 'invalid or missing credentials';
        server.refused({ method: 'POST', route: path, reason });
        return refusal('NOT_AUTHENTICATED', reason);
      }
      if (answer.is === 'unknown') return refusal('ENTRY_UNKNOWN', `there is no entry ${answer.identifier} that can run`);
      return { status: 202, body: { runs: answer.runs.map(({ identifier, runId, status, joined }) => ({ identifier, runId, status, joined })) } };
    },
  });

export const triggerRoutes = [
  resyncRoute('/resync', z.strictObject({})),
  resyncRoute('/resync/{id}', z.strictObject({ id: z.string() })),
  resyncRoute('/resync/{id}/{secret}', z.strictObject({ id: z.string(), secret: z.string() })),
];
