import { toJson, type Json } from '../contract';
import { newMapReport, type CompiledMapping, type Processor } from '../pipeline';
import { groupBy, type Clock } from '../shared';
import type { Left, MappedRow, Output, RowToMap, Store } from '../store';
import { madeOf, type PipelineAccount } from './account';
import { runChain, type Ended } from './chain';
import type { Described } from './describe';
import { documentId, writeBody } from './documents';
import type { Letters } from './letters';
import { partsOf, type MakeOutputs, type MapHow } from './map-rows';

export interface ProcessRowsDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly pipeline: { readonly name: string; readonly integration: string; readonly sinks: readonly string[]; readonly processors: readonly Processor[]; readonly mapping?: CompiledMapping };
  /** Place among the pipelines of the entry: what a run counts it as. */
  readonly index: number;
  readonly letters: Letters;
  readonly account: PipelineAccount;
  describe(kind: string, row: RowToMap): Described;
}

/** A row, and what the processors made of it. */
interface Made {
  readonly row: RowToMap;
  readonly token: number;
  readonly described: Described;
  readonly ended: Ended;
}

/** A declared pipeline on the rows feed: every dirty row goes through its processors, and becomes one document, or with a `mapping` step entities. */
export function processRowsFor(deps: ProcessRowsDeps): MakeOutputs {
  const { pipeline, store } = deps;
  return async (mapping, batch, how) => {
    const made = await Promise.all(batch.rows.map((row) => processOne(deps, batch.kind, row)));
    const rows = pipeline.mapping ? await mapEntities(deps, { kind: batch.kind, made }, how) : made.map((one) => documentOf(deps, one));
    await keepFailures(deps, made);
    const since = deps.account.mark();
    const { changed, dirty, left = [] } = await store.outputs.rewrite({
      pipeline: pipeline.name,
      integration: pipeline.integration,
      kind: batch.kind,
      sinks: pipeline.sinks,
      mapping: mapping.hashOf(batch.kind),
      rows,
      departures: how.departures,
      ...(how.more && { more: true }),
      at: deps.clock.now(),
    });
    if (how.tally) count(deps, { kind: batch.kind, made, rows, changed, dirty }, how);
    await account(deps, { made, rows, changed, dirty }, { left, since });
    return dirty;
  };
}

function processOne(deps: ProcessRowsDeps, kind: string, row: RowToMap): Made | Promise<Made> {
  const token = deps.account.begin(row._id, row.heard);
  const described = deps.describe(kind, row);
  const ended = runChain(deps.pipeline.processors, described.event);
  return ended instanceof Promise ? ended.then((end) => ({ row, token, described, ended: end })) : { row, token, described, ended };
}

/** The one document of a row. What was discarded or failed leaves the sinks as they are. */
function documentOf({ pipeline }: ProcessRowsDeps, { row, described, ended }: Made): MappedRow {
  const to = { row: row._id, face: row.face };
  if (ended.is !== 'event') return { ...to, parts: [], keep: true };
  const { event } = ended;
  const { body, hash } = writeBody({ keys: described.keys, eventType: event.eventType, data: event.data });
  if (event.operation === 'delete') return { ...to, parts: [], last: body };
  return { ...to, parts: [{ output: documentId(pipeline.name, event.canonicalId), resource: 0, body, hash }] };
}

/** Entities by JQ: the step reads the row, the processors before it decide whether it comes to that. */
async function mapEntities({ pipeline }: ProcessRowsDeps, batch: { readonly kind: string; readonly made: readonly Made[] }, how: MapHow): Promise<readonly MappedRow[]> {
  const passed = batch.made.filter((one) => one.ended.is === 'event' && one.ended.event.operation === 'write' && one.row.row !== undefined);
  const records = await pipeline.mapping!.map(batch.kind, passed.map((one): Json => one.row.row!), newMapReport(), how.signal);
  const mapped = new Map(passed.map((one, at) => [one, records[at]!]));
  return batch.made.map((one): MappedRow => {
    const to = { row: one.row._id, face: one.row.face };
    const record = mapped.get(one);
    if (!record) return { ...to, parts: [], ...(one.ended.is !== 'event' && { keep: true }) };
    return { ...to, ...partsOf(pipeline.name, record) };
  });
}

/** Before the row counts as mapped its dead letter is kept; what went through takes its letter away. */
async function keepFailures({ letters, pipeline }: ProcessRowsDeps, made: readonly Made[]): Promise<void> {
  await letters.clear(made.filter(({ ended }) => ended.is !== 'dead').map(({ row }) => ({ pipeline: pipeline.name, row: row._id })));
  for (const { row, described, ended } of made) {
    if (ended.is !== 'dead') continue;
    const { event } = described;
    await letters.keep({ integration: pipeline.integration, pipeline: pipeline.name, kind: event.kind, row: row._id, stage: ended.stage, code: ended.code, message: ended.message, payload: toJson(event) });
  }
}

interface Counted {
  readonly made: readonly Made[];
  readonly rows: readonly MappedRow[];
  /** For each part, in order. */
  readonly changed: readonly boolean[];
  readonly dirty: readonly Output[];
}

/** In the terms of a run: one resource for each pipeline. */
function count({ index: resource }: ProcessRowsDeps, { kind, made, rows, changed, dirty }: Counted & { readonly kind: string }, { tally }: MapHow): void {
  const totals = tally!.of(kind, resource);
  for (const { row, ended } of made) {
    if (row.face === '') continue;
    totals.raw++;
    totals.items++;
    if (ended.is === 'event') totals.mapped++;
    else if (ended.is === 'discard') totals.filtered++;
    else totals.invalid[ended.code] = (totals.invalid[ended.code] ?? 0) + 1;
  }
  const sent = new Set(dirty.map((output) => output._id));
  let at = 0;
  rows.forEach((row, index) => {
    const moves = row.parts.filter(() => changed[at++]!);
    if (row.face === '' || made[index]!.ended.is !== 'event') return;
    // A row counts once, whatever it gives.
    const [first] = moves;
    if (!first) totals.unchanged++;
    else {
      tally!.await(first.output, kind, resource);
      if (!sent.has(first.output)) tally!.settled({ output: first.output, kinds: [kind], result: 'failed', created: false });
    }
  });
}

/** Events wait for what sinks have not taken yet of what they made, and of what they took back. */
async function account(deps: ProcessRowsDeps, { made, rows, changed, dirty }: Counted, { left, since }: { readonly left: readonly Left[]; readonly since: number }): Promise<void> {
  let at = 0;
  const moved = rows.map((row) => row.parts.filter(() => changed[at++]!).map((part) => part.output));
  let outputs = new Map([...left.map((one) => one.output), ...dirty].map((output) => [output._id, output]));
  // Sinks that failed get it later. Then all are read: what is told late must not be older than what others told meanwhile.
  if (moved.flat().some((id) => !outputs.has(id))) outputs = new Map((await deps.store.outputs.get([...new Set([...moved.flat(), ...outputs.keys()])])).map((output) => [output._id, output]));
  const takenBack = groupBy(left, ({ row }) => row);
  made.forEach(({ row, token, ended }, index) => {
    if (ended.is !== 'event') return deps.account.processed(row._id, token, { made: [], rest: ended.is === 'dead' ? 'dead' : 'filtered', since });
    const states = [...moved[index]!, ...(takenBack.get(row._id) ?? []).map(({ output }) => output._id)].map((id) => madeOf(id, outputs.get(id)));
    deps.account.processed(row._id, token, { made: states, rest: 'unchanged', since });
  });
}
