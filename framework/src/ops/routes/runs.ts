import { z } from 'zod';
import type { Documents, Run } from '../../store';
import { BAD_CURSOR, next, page, readCursor, writeCursor } from '../paging';
import { problem, refusal } from '../problem';
import { route } from '../route';
import { runSchema, toRun } from '../views';

const one = z.strictObject({ run: z.string() });
const place = z.tuple([z.number(), z.string()]);
type Place = z.infer<typeof place>;

/** Runs that began in one millisecond: one for each entry, when all are asked at once. */
const MOST_AT_ONCE = 10_000;

/**
 * Newest first. Several runs may be asked for in one millisecond, and a store promises no order among equals: so the runs of the instant at which a page
 * ends are read whole and ordered by id.
 */
async function listRuns(documents: Pick<Documents, 'list'>, query: { equals: Record<string, string>; after?: Place | undefined; limit: number }): Promise<Run[]> {
  const at = async (requestedAt: number, after?: string): Promise<Run[]> => {
    const same = await documents.list<Run>('runs', { equals: { ...query.equals, requestedAt }, limit: MOST_AT_ONCE });
    return same.sort((a, b) => (a._id < b._id ? -1 : 1)).filter((run) => after === undefined || run._id > after);
  };
  const found = query.after ? await at(...query.after) : [];
  if (found.length < query.limit) {
    const order = { by: 'requestedAt', descending: true } as const;
    const older = await documents.list<Run>('runs', { equals: query.equals, ...(query.after && { below: { requestedAt: query.after[0] } }), order, limit: query.limit });
    const last = older.at(-1);
    if (last) found.push(...older.filter((run) => run.requestedAt > last.requestedAt).sort(latestFirst), ...(await at(last.requestedAt)));
  }
  return found.slice(0, query.limit);
}

const latestFirst = (a: Run, b: Run): number => b.requestedAt - a.requestedAt || (a._id < b._id ? -1 : 1);

const commandRoute = (word: 'release' | 'cancel', needs: Run['state'], summary: string) =>
  route({
    method: 'POST',
    path: `/api/v1/runs/{run}/${word}`,
    summary,
    access: 'operator',
    params: one,
    body: z.strictObject({}),
    answers: { 202: runSchema },
    refuses: [404, 409],
    async handle({ params, runtime }) {
      const { store } = runtime();
      const read = (): Promise<Run | undefined> => store.documents.get<Run>('runs', params.run);
      const before = await read();
      if (!before) return refusal('RUN_UNKNOWN', `there is no run ${params.run}`);
      if (!(await runtime()[word](params.run))) return refusal(word === 'release' ? 'RUN_NOT_HELD' : 'RUN_NOT_RUNNING', `the run is ${(await read())?.state ?? 'gone'}, not ${needs}`);
      return { status: 202, body: toRun((await read()) ?? before) };
    },
  });

export const runRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/runs',
    summary: 'Runs, newest first',
    access: 'operator',
    query: z.strictObject({ integration: z.string().min(1).optional(), state: runSchema.shape.state.optional(), ...page }),
    answers: { 200: z.strictObject({ runs: z.array(runSchema), next }) },
    async handle({ query, runtime }) {
      const { integration, state, cursor, limit } = query;
      const after = cursor === undefined ? undefined : readCursor(cursor, place);
      if (cursor !== undefined && after === undefined) return problem(400, BAD_CURSOR);
      const equals = { ...(integration !== undefined && { integration }), ...(state !== undefined && { state }) };
      const found = await listRuns(runtime().store.documents, { equals, after, limit: limit + 1 });
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      return { status: 200, body: { runs: shown.map(toRun), next: last && found.length > limit ? writeCursor([last.requestedAt, last._id]) : null } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/runs/{run}',
    summary: 'One run',
    access: 'operator',
    params: one,
    answers: { 200: runSchema },
    refuses: [404],
    async handle({ params, runtime }) {
      const run = await runtime().store.documents.get<Run>('runs', params.run);
      return run ? { status: 200, body: toRun(run) } : refusal('RUN_UNKNOWN', `there is no run ${params.run}`);
    },
  }),
  commandRoute('release', 'needs-release', 'Lets a held deletion go on'),
  commandRoute('cancel', 'running', 'Ends a run'),
];
