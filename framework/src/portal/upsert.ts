import { setMaxListeners } from 'node:events';
import { FrameworkError, isObject } from '../contract';
import { objectOf } from '../shared';
import { shorten, succeeded, type Complaint, type Outcome } from './answer';
import { bulkBody, MAX_BYTES, pack, type Batch } from './pack';
import { causeOf, query, segment } from './path';
import { isTransient } from './retry';
import type { UpsertOptions, UpsertResult } from './types';
import type { Call, Wire } from './wire';

type Refusal = Extract<UpsertResult, { ok: false }>;

export interface Upsert {
  readonly userAgent: string;
  readonly blueprint: string;
  /** JSON text of each. */
  readonly entities: readonly string[];
  readonly options: UpsertOptions;
  readonly signal?: AbortSignal | undefined;
}

/**
 * E24 in as many calls as it takes, E23 where a bulk is too large. One result for each entity, in order; rejects only when aborted.
 * Once the portal used up the retries of one call, the calls that have not gone out yet are not sent: their entities are `transient` too.
 */
export async function upsert(wire: Wire, work: Upsert): Promise<readonly UpsertResult[]> {
  const { entities, options, signal } = work;
  const results = new Array<UpsertResult>(entities.length);
  // Each call that waits for its turn listens to it.
  if (signal !== undefined) setMaxListeners(0, signal);
  let path: string;
  try {
    path = `/blueprints/${segment(work.blueprint)}/entities`;
  } catch (err) {
    return results.fill(refusalOf(err));
  }
  const parameters = query({
    upsert: true,
    merge: options.merge,
    create_missing_related_entities: options.createMissingRelatedEntities,
    ...causeOf(options.runId),
  });
  const turn = { priority: options.runId === undefined ? 'live' : 'resync', signal } as const;
  const call = (end: string, body: string): Call => ({ method: 'POST', path: `${path}${end}${parameters}`, userAgent: work.userAgent, body, repeatable: true, ...turn });
  let ended: Refusal | undefined;

  /** The outcome, or why there is none. */
  const send = async (one: () => Call): Promise<Outcome | Refusal> => {
    if (ended !== undefined) return ended;
    try {
      const outcome = await wire.send(one());
      if (isTransient(outcome.status)) ended ??= refusal(outcome.status, wire.complaint(outcome));
      return outcome;
    } catch (err) {
      return (ended ??= refusalOf(err));
    }
  };

  const single = async (at: number): Promise<void> => {
    const outcome = await wire.single(turn, () => send(() => call('', entities[at]!)));
    if ('ok' in outcome) results[at] = outcome;
    else if (outcome.status === 413) results[at] = tooLarge(Buffer.byteLength(entities[at]!));
    else results[at] = singleResult(outcome) ?? unanswered(outcome);
  };

  const bulk = async (batch: Batch): Promise<void> => {
    const part = entities.slice(batch.from, batch.to);
    const outcome = await wire.bulk(turn, () => send(() => call('/bulk', bulkBody(part))));
    if ('ok' in outcome) return void results.fill(outcome, batch.from, batch.to);
    if (outcome.status === 413) return void (await Promise.all(part.map((_, at) => single(batch.from + at))));
    const joined = joinRows(outcome, part);
    for (let at = batch.from; at < batch.to; at++) results[at] = joined?.[at - batch.from] ?? unanswered(outcome);
  };

  const unanswered = (outcome: Outcome): Refusal => {
    const whole = refusal(outcome.status, wire.complaint(outcome));
    // A 2xx that is not what was asked for did not come from the portal, but from something before it.
    return succeeded(outcome) ? { ...whole, transient: true } : whole;
  };

  const run = async (batch: Batch): Promise<void> => {
    if (batch.form === 'oversized') results[batch.from] = tooLarge(batch.bytes);
    else if (batch.form === 'single') await single(batch.from);
    else await bulk(batch);
  };
  await Promise.all(Array.from(pack(entities), run));
  return results;
}

const refusal = (status: number, complaint: Complaint): Refusal => ({
  ok: false,
  status,
  code: complaint.code,
  message: complaint.message,
  unmet: status === 404,
  transient: isTransient(status),
});

const tooLarge = (bytes: number): Refusal =>
  refusal(413, { code: 'payload_too_large', message: `the entity has ${bytes} bytes; the portal takes at most ${MAX_BYTES}` });

/** Without a token nothing can be sent, now; a path that cannot be built will not get better. */
function refusalOf(thrown: unknown): Refusal {
  if (!(thrown instanceof FrameworkError)) throw thrown;
  return { ok: false, status: thrown.status ?? 0, code: thrown.code, message: thrown.message, unmet: false, transient: thrown.code !== 'PORTAL_PATH' };
}

function singleResult(outcome: Outcome): UpsertResult | undefined {
  const entity = succeeded(outcome) ? objectOf(outcome.text)?.['entity'] : undefined;
  if (!isObject(entity) || typeof entity['identifier'] !== 'string') return undefined;
  return { ok: true, identifier: entity['identifier'], created: outcome.status === 201 };
}

/** Rows belong to entities by `index`, not by their order; an entity that no row names has failed. Undefined when there are no rows at all. */
function joinRows(outcome: Outcome, entities: readonly string[]): UpsertResult[] | undefined {
  const body = succeeded(outcome) ? objectOf(outcome.text) : undefined;
  if (body === undefined) return undefined;
  const joined = entities.map((): UpsertResult => refusal(outcome.status, { code: 'no_row', message: 'the portal did not say what became of this entity' }));
  for (const row of rowsOf(body['entities'])) {
    if (row.index < joined.length && typeof row.identifier === 'string') joined[row.index] = { ok: true, identifier: row.identifier, created: row['created'] === true };
  }
  for (const row of rowsOf(body['errors'])) {
    if (row.index < joined.length) joined[row.index] = rowRefusal(row, entities[row.index]!);
  }
  return joined;
}

interface Row {
  readonly index: number;
  readonly identifier?: unknown;
  readonly [member: string]: unknown;
}

const rowsOf = (rows: unknown): readonly Row[] =>
  Array.isArray(rows) ? rows.filter((row): row is Row => isObject(row) && Number.isInteger(row['index']) && (row['index'] as number) >= 0) : [];

function rowRefusal(row: Row, entity: string): Refusal {
  const status = typeof row['statusCode'] === 'number' ? row['statusCode'] : 422;
  const code = typeof row['error'] === 'string' ? row['error'] : `http_${status}`;
  const message = typeof row['message'] === 'string' ? shorten(row['message']) : code;
  // `unknown` stands for a search identifier that found nothing: no related entity will ever meet that.
  const unresolved = row.identifier === 'unknown' && !entity.includes('"identifier":"unknown"');
  return { ...refusal(status, { code, message }), ...(unresolved ? { unmet: false } : {}) };
}
