import { z } from 'zod';
import { limiter } from '../../shared';
import { rowId, type Row } from '../../store';
import { BAD_CURSOR, next, page, readCursor, writeCursor } from '../paging';
import { problem } from '../problem';
import { route } from '../route';
import type { OperationsRuntime } from '../runtime';
import { rowSchema, toRow } from '../views';

const text = z.string().min(1).optional();
const place = z.tuple([z.string(), z.string()]);
/** Reads at once: a page of 1,000 rows must not crowd out a run. */
const READS = 8;

type Stored = Pick<OperationsRuntime['store'], 'rows' | 'outputs'>;

/** Rows of one integration after another, each in `_id` order. */
async function listRows(store: Stored, query: { integration?: string | undefined; kind?: string | undefined; after?: readonly [string, string] | undefined; limit: number }): Promise<Row[]> {
  const owners = query.integration !== undefined ? [query.integration] : [...new Set((await store.rows.scopes()).map((scope) => scope.integration))].sort();
  const found: Row[] = [];
  for (const integration of owners) {
    const [lastOwner, lastId] = query.after ?? [];
    if (found.length >= query.limit) break;
    if (lastOwner !== undefined && integration < lastOwner) continue;
    const after = integration === lastOwner ? lastId : undefined;
    found.push(...(await store.rows.find({ integration, limit: query.limit - found.length, ...(query.kind !== undefined && { kind: query.kind }), ...(after !== undefined && { after }) })));
  }
  return found;
}

async function withOutputs(store: Stored, rows: readonly Row[]): Promise<z.input<typeof rowSchema>[]> {
  const limit = limiter(READS);
  return Promise.all(rows.map((row) => limit(async () => toRow(row, await store.outputs.ofRow(row._id)))));
}

export const rowRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/rows',
    summary: 'Rows as stored, with what they were mapped to',
    access: 'operator',
    query: z.strictObject({ integration: text, kind: text, ...page }),
    answers: { 200: z.strictObject({ rows: z.array(rowSchema), next }) },
    async handle({ query, runtime }) {
      const { integration, kind, cursor, limit } = query;
      const after = cursor === undefined ? undefined : readCursor(cursor, place);
      if (cursor !== undefined && after === undefined) return problem(400, BAD_CURSOR);
      const { store } = runtime();
      const found = await listRows(store, { integration, kind, after, limit: limit + 1 });
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      return { status: 200, body: { rows: await withOutputs(store, shown), next: last && found.length > limit ? writeCursor([last.integration, last._id]) : null } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/rows/{integration}/{kind}/{key+}',
    summary: 'One row. A key of several members may be given as it is listed, or as one percent-encoded segment',
    access: 'operator',
    params: z.strictObject({ integration: z.string(), kind: z.string(), key: z.string() }),
    answers: { 200: rowSchema },
    refuses: [404],
    async handle({ params, runtime }) {
      const { store } = runtime();
      const [row] = await store.rows.get([rowId(params, params.key)]);
      const [shown] = row ? await withOutputs(store, [row]) : [];
      return shown ? { status: 200, body: shown } : problem(404, `there is no row ${params.key} of kind ${params.kind} in ${params.integration}`);
    },
  }),
];
