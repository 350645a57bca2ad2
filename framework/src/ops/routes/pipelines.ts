import { z } from 'zod';
import { next, page } from '../paging';
import { problem } from '../problem';
import { route } from '../route';
import { pipelineSchema, toPipeline } from '../views';

const commandRoute = (word: 'pause' | 'resume', summary: string) =>
  route({
    method: 'POST',
    path: `/api/v1/pipelines/{name}/${word}`,
    summary,
    access: 'operator',
    params: z.strictObject({ name: z.string() }),
    body: z.strictObject({}),
    answers: { 202: z.strictObject({ name: z.string(), state: z.enum(['running', 'paused']) }) },
    refuses: [404],
    async handle({ params, runtime }) {
      if (!(await runtime()[word](params.name))) return problem(404, `there is no pipeline ${params.name}`);
      return { status: 202, body: { name: params.name, state: word === 'pause' ? ('paused' as const) : ('running' as const) } };
    },
  });

export const pipelineRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/pipelines',
    summary: 'Pipelines: state, backlog, lag, counters of each sink',
    access: 'operator',
    query: z.strictObject(page),
    answers: { 200: z.strictObject({ pipelines: z.array(pipelineSchema), next }) },
    async handle({ query, runtime }) {
      const now = Date.now();
      const all = [...(await runtime().pipelines())].sort((a, b) => (a.name < b.name ? -1 : 1));
      const rest = all.filter(({ name }) => query.cursor === undefined || name > query.cursor);
      const shown = rest.slice(0, query.limit).map((status) => toPipeline(status, now));
      return { status: 200, body: { pipelines: shown, next: rest.length > shown.length ? (shown.at(-1)?.name ?? null) : null } };
    },
  }),
  commandRoute('pause', 'Stops delivering; outputs wait'),
  commandRoute('resume', 'Delivers again'),
];
