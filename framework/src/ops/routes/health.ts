import { z } from 'zod';
import { route } from '../route';
import type { Check } from '../runtime';
import type { ServerState } from '../server-state';
import { sinkStatusSchema, toInstant } from '../views';

const live = z.strictObject({ status: z.literal('OK'), name: z.string(), version: z.string() });
const state = z.string().describe('`ok`, or what is wrong');
const checks = z.strictObject({ store: state, portal: state, trigger: state, routes: state.optional() });
const ready = z.strictObject({ status: z.literal('OK'), name: z.string(), version: z.string(), checks });
const notReady = z.strictObject({ status: z.literal('KO'), name: z.string(), version: z.string(), checks });
const checkUp = z.strictObject({
  status: z.enum(['OK', 'KO']),
  sources: z.array(z.strictObject({ integration: z.string(), state: z.enum(['up', 'down', 'unknown']), lastSuccessAt: z.iso.datetime().nullable(), error: z.string().optional(), backlog: z.number().describe('Open questions to it') })),
  processors: z.array(z.strictObject({ pipeline: z.string(), trouble: z.string() })).describe('Processors that do not work just now'),
  sinks: z.array(z.strictObject({ pipeline: z.string(), ...sinkStatusSchema.omit({ counters: true }).shape, backlog: z.number().describe('Due outputs of its pipeline') })),
});

/** Kubernetes gives a probe one second unless told otherwise: an answer after that says nothing, so a store that hangs is told in time. */
const PROBE_MS = 900;

/** `routes` is told only while they close. */
async function readiness(server: ServerState): Promise<Readonly<Record<string, Check>>> {
  const closing = server.phase === 'serving' ? {} : { routes: { ok: false, detail: 'stopping' } };
  return { ...closing, ...(await partsReady(server)) };
}

async function partsReady({ runtime }: ServerState): Promise<Readonly<Record<string, Check>>> {
  const all = (detail: string): Readonly<Record<string, Check>> => Object.fromEntries(['store', 'portal', 'trigger'].map((name) => [name, { ok: false, detail }]));
  if (runtime === undefined) return all('standing by: this process does not own its store yet');
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Readonly<Record<string, Check>>>((resolve) => {
    timer = setTimeout(() => resolve(all(`no answer within ${PROBE_MS} ms`)), PROBE_MS);
  });
  try {
    return await Promise.race([runtime.readiness(), late]);
  } catch {
    return all('the check failed');
  } finally {
    clearTimeout(timer);
  }
}

const liveRoute = (path: string) =>
  route({
    method: 'GET',
    path,
    summary: 'Is the process alive?',
    access: 'open',
    answers: { 200: live },
    handle: ({ server }) => ({ status: 200, body: { status: 'OK' as const, name: server.name, version: server.version } }),
  });

const readyRoute = (path: string) =>
  route({
    method: 'GET',
    path,
    summary: 'Are routes open, does the store accept writes, does the trigger consume, did the portal accept us?',
    access: 'open',
    answers: { 200: ready, 503: notReady },
    async handle({ server }) {
      const found = Object.entries(await readiness(server));
      const told = checks.parse(Object.fromEntries(found.map(([name, check]) => [name, check.ok ? 'ok' : (check.detail ?? 'not ok')])));
      const about = { name: server.name, version: server.version, checks: told };
      if (found.every(([, check]) => check.ok)) return { status: 200, body: { status: 'OK' as const, ...about } };
      return { status: 503, body: { status: 'KO' as const, ...about } };
    },
  });

export const healthRoutes = [
  liveRoute('/health/live'),
  liveRoute('/-/healthz'),
  readyRoute('/health/ready'),
  readyRoute('/-/ready'),
  route({
    method: 'GET',
    path: '/-/check-up',
    summary: 'State of each source and sink; 503 when one is down',
    access: 'open',
    answers: { 200: checkUp, 503: checkUp },
    async handle({ runtime }) {
      const [sources, pipelines] = await Promise.all([runtime().sources(), runtime().pipelines()]);
      const last = (at: number | undefined): string | null => (at === undefined ? null : toInstant(at));
      const body = {
        sources: sources.map((source) => ({ integration: source.integration, state: source.state, lastSuccessAt: last(source.lastSuccessAt), ...(source.error !== undefined && { error: source.error }), backlog: source.backlog })),
        processors: pipelines.flatMap((pipeline) => pipeline.trouble.map((trouble) => ({ pipeline: pipeline.name, trouble }))),
        sinks: pipelines.flatMap((pipeline) =>
          pipeline.sinks.map((sink) => ({ pipeline: pipeline.name, sink: sink.sink, state: sink.state, lastSuccessAt: last(sink.lastSuccessAt), ...(sink.error !== undefined && { error: sink.error }), backlog: pipeline.backlog })),
        ),
      };
      const down = [...body.sources, ...body.sinks].some((one) => one.state === 'down');
      if (down) return { status: 503, body: { status: 'KO' as const, ...body } };
      return { status: 200, body: { status: 'OK' as const, ...body } };
    },
  }),
  route({
    method: 'GET',
    path: '/metrics',
    summary: 'Metrics for Prometheus',
    access: 'open',
    produces: 'text/plain; version=0.0.4; charset=utf-8',
    answers: { 200: z.string() },
    handle: async ({ server }) => ({ status: 200, body: await server.metrics.render() }),
  }),
];
