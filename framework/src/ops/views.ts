import { z } from 'zod';
import type { Problem } from '../config';
import { parseJson } from '../shared';
import type { CatalogDocument, DeadLetter, Output, Row, Run } from '../store';
import { connectorMembers, toConnector } from './connector-view';
import type { IntegrationStatus, PipelineStatus } from './runtime';

// What leaves by REST, schema beside the function that makes it: inner fields stay inside because they are not named here.

const instant = z.iso.datetime().describe('RFC 3339, UTC');
const maybeInstant = instant.nullable();
const json = z.unknown();

/** RFC 3339 in UTC. */
export const toInstant = (at: number): string => new Date(at).toISOString();
const toMaybe = (at: number | undefined): string | null => (at === undefined ? null : toInstant(at));

// ---------------------------------------------------------------- runs

const counts = z.record(z.string(), z.number());
const rowTotals = z.strictObject({
  received: z.number(),
  stored: z.number(),
  unchanged: z.number(),
  outvoted: z.number(),
  skipped: z.number(),
  deadLettered: z.number(),
  gone: z.number(),
});
const resourceTotals = z.strictObject({
  index: z.number(),
  blueprint: z.string().describe('Its expression, as written'),
  raw: z.number(),
  items: z.number(),
  emptyList: z.number(),
  filtered: z.number(),
  selectorNull: z.number(),
  invalid: counts,
  mapped: z.number(),
  resent: z.number(),
  duplicates: z.number(),
  fieldNull: counts,
  fieldError: counts,
  fieldDropped: counts,
  unchanged: z.number(),
  delivered: z.number(),
  created: z.number(),
  failed: z.number(),
  deleted: z.number(),
  keptStale: z.number(),
});
export const runSchema = z.strictObject({
  runId: z.string(),
  integration: z.string(),
  cause: z.enum(['start', 'interval', 'rest', 'cli', 'kafka', 'webhook', 'polling', 'import', 'mapping', 'target', 'event', 'repair']),
  state: z.enum(['queued', 'running', 'completed', 'failed', 'aborted', 'needs-release']),
  requestedAt: instant,
  startedAt: maybeInstant,
  endedAt: maybeInstant,
  kinds: z.array(
    z.strictObject({
      kind: z.string(),
      state: z.enum(['queued', 'running', 'completed', 'failed', 'aborted', 'incomplete', 'needs-release']),
      generation: z.number(),
      rows: rowTotals,
      resources: z.array(resourceTotals),
      guard: z.strictObject({ candidates: z.number(), alive: z.number(), rule: z.enum(['share', 'nothing-seen', 'threshold', 'unknown']) }).optional(),
      reason: z.string().optional(),
      left: z.object({ count: z.number(), identifiers: z.array(z.string()) }).optional().describe('Gone at the source, and left in place (`onMissing: none`): how many, and the first 100.'),
    }),
  ),
  error: z.string().optional(),
});

export const toRun = (run: Run): z.input<typeof runSchema> => ({
  runId: run.runId,
  integration: run.integration,
  cause: run.cause,
  state: run.state,
  requestedAt: toInstant(run.requestedAt),
  startedAt: toMaybe(run.startedAt),
  endedAt: toMaybe(run.endedAt),
  kinds: run.kinds.map(({ kind, state, generation, rows, resources, guard, reason, left }) => ({
    kind,
    state,
    generation,
    rows,
    resources,
    ...(guard && { guard }),
    ...(reason !== undefined && { reason }),
    ...(left && { left: { count: left.count, identifiers: [...left.identifiers] } }),
  })),
  ...(run.error !== undefined && { error: run.error }),
});

export const ticketSchema = z.strictObject({ runId: z.string(), status: z.enum(['running', 'queued']), joined: z.boolean().describe('Part of a run that was asked for before') });
export const namedTicketSchema = z.strictObject({ identifier: z.string(), ...ticketSchema.shape });

// ---------------------------------------------------------------- integrations, pipelines

export const problemsSchema = z.array(
  z.strictObject({
    file: z.string(),
    line: z.number(),
    column: z.number(),
    path: z.string(),
    code: z.string(),
    severity: z.enum(['error', 'warning']),
    message: z.string(),
    remedy: z.string(),
  }),
);
export const toProblems = (problems: readonly Problem[]): z.input<typeof problemsSchema> =>
  problems.map(({ file, line, column, path, code, severity, message, remedy }) => ({ file, line, column, path, code, severity, message, remedy }));

export const integrationSchema = z.strictObject({
  identifier: z.string(),
  type: z.string(),
  version: z.string().nullable(),
  state: z.enum(['starting', 'waiting', 'running', 'paused', 'degraded', 'config-failed', 'failed', 'stopped', 'orphaned']),
  kinds: z.array(z.string()),
  nextRunAt: maybeInstant,
  lastRun: runSchema.nullable(),
  problems: problemsSchema,
  webhookPath: z.string().optional(),
  webhookUrl: z.string().optional().describe('The address to give to the vendor'),
  pipelines: z.array(z.string()),
  ...connectorMembers,
  paused: z.boolean().optional().describe('No run begins until it is resumed'),
});
export const toIntegration = (status: IntegrationStatus): z.input<typeof integrationSchema> => ({
  identifier: status.identifier,
  type: status.type,
  version: status.version ?? null,
  state: status.state,
  kinds: [...status.kinds],
  nextRunAt: toMaybe(status.nextRunAt),
  lastRun: status.lastRun ? toRun(status.lastRun) : null,
  problems: toProblems(status.problems),
  ...(status.webhookPath !== undefined && { webhookPath: status.webhookPath }),
  ...(status.webhookUrl !== undefined && { webhookUrl: status.webhookUrl }),
  pipelines: [...status.pipelines],
  ...(status.connector && toConnector(status.connector)),
  ...(status.paused !== undefined && { paused: status.paused }),
});

export const sinkStatusSchema = z.strictObject({
  sink: z.string(),
  state: z.enum(['up', 'down', 'unknown']),
  lastSuccessAt: maybeInstant,
  error: z.string().optional(),
  counters: counts.describe('Since the process began'),
});
export const pipelineSchema = z.strictObject({
  name: z.string(),
  integration: z.string(),
  state: z.enum(['running', 'paused']),
  feed: z.enum(['rows', 'events']).optional(),
  received: z.record(z.string(), z.number()).optional().describe('Events of its entry since the process began: received = ignored + duplicate + accepted + dead'),
  trouble: z.array(z.string()).describe('What keeps processors from working'),
  backlog: z.number().describe('Outputs that are due, and events that wait'),
  held: z.number().describe('Deletions that wait for a release'),
  lagSeconds: z.number().describe('Age of the oldest due output; 0 = nothing is due'),
  sinks: z.array(sinkStatusSchema),
});
export const toPipeline = (status: PipelineStatus, now: number): z.input<typeof pipelineSchema> => ({
  name: status.name,
  integration: status.integration,
  state: status.state,
  ...(status.feed !== undefined && { feed: status.feed }),
  ...(status.received && { received: { ...status.received } }),
  trouble: [...status.trouble],
  backlog: status.backlog,
  held: status.held,
  lagSeconds: lagSeconds(status, now),
  sinks: status.sinks.map((sink) => ({
    sink: sink.sink,
    state: sink.state,
    lastSuccessAt: toMaybe(sink.lastSuccessAt),
    ...(sink.error !== undefined && { error: sink.error }),
    counters: { ...sink.counters },
  })),
});
export const lagSeconds = (status: PipelineStatus, now: number): number => (status.oldestDueAt === undefined ? 0 : Math.max(0, now - status.oldestDueAt) / 1_000);

// ---------------------------------------------------------------- catalog, rows

export const entitySchema = z.strictObject({
  _id: z.string(),
  identifier: z.string(),
  blueprint: z.string(),
  integration: z.string(),
  kind: z.string(),
  title: z.string().nullable(),
  icon: z.string().nullable(),
  team: z.array(z.string()),
  properties: json,
  relations: json,
  updatedAt: instant,
});
export const toEntity = (document: CatalogDocument): z.input<typeof entitySchema> => ({
  _id: document.identifier,
  identifier: document.identifier,
  blueprint: document.blueprint,
  integration: document.integration,
  kind: document.kind,
  title: document.title,
  icon: document.icon,
  team: [...document.team],
  properties: parseJson(document.properties),
  relations: parseJson(document.relations),
  updatedAt: toInstant(document.updatedAt),
});

export const rowSchema = z.strictObject({
  _id: z.string(),
  integration: z.string(),
  kind: z.string(),
  key: z.string(),
  partition: z.string(),
  row: json.describe("The vendor's object; null when it is gone"),
  event: z.strictObject({ type: z.string(), operation: z.enum(['write', 'delete']), at: instant, data: json.optional() }).optional(),
  hash: z.string().optional(),
  face: z.string().optional().describe('Hash of all that outputs are made of'),
  version: z.number().optional(),
  floor: z.number().describe('Largest version ever applied'),
  stamp: z.number(),
  heard: z.number(),
  ask: z.number().optional().describe('Stamp of an open question to the source'),
  seen: z.number().describe('Generation that saw it last'),
  gone: z.boolean(),
  goneAt: instant.optional(),
  by: z.enum(['run', 'event']),
  mapped: z.strictObject({ face: z.string(), mapping: z.string() }).optional(),
  due: instant.optional().describe('It wants work then'),
  rev: z.string(),
  outputs: z
    .array(
      z.strictObject({
        pipeline: z.string(),
        resource: z.number(),
        entity: json.describe('What this row gives to it'),
        sinks: z.array(z.strictObject({ sink: z.string(), at: maybeInstant, delivered: z.boolean(), error: z.string().optional() })),
      }),
    )
    .describe('What it was mapped to'),
});
export const toRow = ({ event, goneAt, due, row, data, locate: _locate, ...stored }: Row, outputs: readonly Output[]): z.input<typeof rowSchema> => ({
  ...stored,
  row: row === undefined ? null : parseJson(row),
  ...(event && { event: { type: event.type, operation: event.operation, at: toInstant(event.at), ...(data !== undefined && { data: parseJson(data) }) } }),
  ...(goneAt !== undefined && { goneAt: toInstant(goneAt) }),
  ...(due !== undefined && { due: toInstant(due) }),
  outputs: outputs.flatMap((output) =>
    output.parts
      .filter((part) => part.row === stored._id)
      .map((part) => ({
        pipeline: output.pipeline,
        resource: part.resource,
        entity: parseJson(part.body),
        sinks: output.sinks.map(({ sink, at, hash, error }) => ({ sink, at: toMaybe(at), delivered: hash === output.hash, ...(error !== undefined && { error }) })),
      })),
  ),
});

// ---------------------------------------------------------------- dead letters

export const deadLetterSchema = z.strictObject({
  id: z.number(),
  integration: z.string(),
  pipeline: z.string(),
  kind: z.string().optional(),
  row: z.string().optional(),
  sink: z.string().optional(),
  stage: z.enum(['source', 'filter', 'mapper', 'plugin', 'aggregator', 'sink']),
  code: z.string(),
  message: z.string(),
  attempts: z.number(),
  firstAt: instant,
  lastAt: instant,
});
export const wholeDeadLetterSchema = z.strictObject({ ...deadLetterSchema.shape, payload: json.describe('The event or raw delivery; null when it was too large to keep') });
export const toDeadLetter = (letter: DeadLetter): z.input<typeof deadLetterSchema> => ({
  id: letter.id,
  integration: letter.integration,
  pipeline: letter.pipeline,
  ...(letter.kind !== undefined && { kind: letter.kind }),
  ...(letter.row !== undefined && { row: letter.row }),
  ...(letter.sink !== undefined && { sink: letter.sink }),
  stage: letter.stage,
  code: letter.code,
  message: letter.message,
  attempts: letter.attempts,
  firstAt: toInstant(letter.firstAt),
  lastAt: toInstant(letter.lastAt),
});
/** A payload that is not JSON (a raw delivery may be anything) is shown as text. */
export const toWholeDeadLetter = (letter: DeadLetter): z.input<typeof wholeDeadLetterSchema> => ({ ...toDeadLetter(letter), payload: letter.payload === undefined ? null : jsonOrText(letter.payload) });

function jsonOrText(text: string): unknown {
  try {
    return parseJson(text);
  } catch (err) {
    if (err instanceof SyntaxError) return text;
    throw err;
  }
}
