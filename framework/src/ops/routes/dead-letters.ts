import { z } from 'zod';
import { readDeadLetter, type DeadLetter } from '../../store';
import { BAD_CURSOR, next, page, readCursor, writeCursor } from '../paging';
import { problem } from '../problem';
import { route } from '../route';
import { deadLetterSchema, toDeadLetter, toWholeDeadLetter, wholeDeadLetterSchema } from '../views';

const text = z.string().min(1).optional();
const one = z.strictObject({ n: z.string() });
const place = z.tuple([z.string()]);
const stage = deadLetterSchema.shape.stage.optional();

const replayed = z.strictObject({ replayed: z.number() });
const missing = (n: string) => problem(404, `there is no dead letter ${n}`);
/** Their ids are numbers; any other text names none. */
const toId = (n: string): number => (/^\d{1,12}$/.test(n) ? Number(n) : -1);

export const deadLetterRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/dead-letters',
    summary: 'Dead letters, oldest first, without payload',
    access: 'operator',
    query: z.strictObject({ integration: text, pipeline: text, stage, code: text, ...page }),
    answers: { 200: z.strictObject({ deadLetters: z.array(deadLetterSchema), next }) },
    async handle({ query, runtime }) {
      const { limit, cursor, ...filter } = query;
      const [after] = cursor === undefined ? [] : (readCursor(cursor, place) ?? ['']);
      if (after === '') return problem(400, BAD_CURSOR);
      const equals = Object.fromEntries(Object.entries(filter).filter((entry): entry is [string, string] => entry[1] !== undefined));
      const found = await runtime().store.documents.list<DeadLetter>('dead_letters', { equals, limit: limit + 1, ...(after !== undefined && { after }) });
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      return { status: 200, body: { deadLetters: shown.map(toDeadLetter), next: last && found.length > limit ? writeCursor([last._id]) : null } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/dead-letters/{n}',
    summary: 'One dead letter with its payload',
    access: 'operator',
    params: one,
    answers: { 200: wholeDeadLetterSchema },
    refuses: [404],
    async handle({ params, runtime }) {
      const letter = await readDeadLetter(runtime().store.documents, toId(params.n));
      return letter ? { status: 200, body: toWholeDeadLetter(letter) } : missing(params.n);
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/dead-letters/{n}',
    summary: 'Discards one',
    access: 'operator',
    params: one,
    answers: { 204: z.undefined() },
    refuses: [404],
    async handle({ params, runtime }) {
      return (await runtime().discard(toId(params.n))) ? { status: 204, body: undefined } : missing(params.n);
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/dead-letters/{n}/replay',
    summary: 'Tries one again',
    access: 'operator',
    params: one,
    body: z.strictObject({}),
    answers: { 202: replayed },
    refuses: [404],
    async handle({ params, runtime }) {
      const letter = await readDeadLetter(runtime().store.documents, toId(params.n));
      if (!letter) return missing(params.n);
      return { status: 202, body: { replayed: await runtime().replay({ id: letter.id }) } };
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/dead-letters/replay',
    summary: 'Tries all again that match',
    access: 'operator',
    body: z.strictObject({ integration: text, stage, code: text }),
    answers: { 202: replayed },
    async handle({ body, runtime }) {
      const { integration, stage: only, code } = body;
      const count = await runtime().replay({ ...(integration !== undefined && { integration }), ...(only !== undefined && { stage: only }), ...(code !== undefined && { code }) });
      return { status: 202, body: { replayed: count } };
    },
  }),
];
