import type { Clock } from '../shared';
import { newMapReport, type CompiledMapping, type MappedRecord, type MapReport } from '../pipeline';
import { outputId, type MappedPart, type MappedRow, type Output, type ResourceTotals, type Rewritten, type RowToMap, type Store } from '../store';
import type { Tally } from './tally';

/** How rows are mapped: outputs that lose their last part go at once (an event) or at the end of the run. */
export interface MapHow {
  readonly departures: 'now' | 'held';
  /** Other pipelines map these rows too: whoever sees to all of them marks the rows as mapped. */
  readonly more?: boolean;
  readonly tally?: Tally;
  readonly signal: AbortSignal;
}

/** Rows of one kind. */
export interface RowBatch {
  readonly kind: string;
  readonly rows: readonly RowToMap[];
}

/** Makes outputs of rows, writes them, marks the rows as mapped, counts. Gives the outputs that a sink has to hear of. */
export type MakeOutputs = (mapping: CompiledMapping, batch: RowBatch, how: MapHow) => Promise<readonly Output[]>;

export interface MapRowsDeps {
  readonly store: Store;
  readonly pipeline: { readonly name: string; readonly integration: string; readonly sinks: readonly string[] };
  readonly clock: Clock;
}

/** The default pipeline: JQ mapping. */
export const mapRowsFor = (deps: MapRowsDeps): MakeOutputs => (mapping, batch, how) => mapRows({ ...deps, mapping }, batch, how);

async function mapRows(deps: MapRowsDeps & { readonly mapping: CompiledMapping }, batch: RowBatch, how: MapHow): Promise<readonly Output[]> {
  const { mapping, pipeline } = deps;
  const report = newMapReport();
  const live = batch.rows.filter((row) => row.row !== undefined);
  const records = await mapping.map(batch.kind, live.map((row) => row.row!), report, how.signal);

  const rows: MappedRow[] = batch.rows.filter((row) => row.row === undefined).map((row) => ({ row: row._id, face: row.face, parts: [] }));
  for (const [at, record] of records.entries()) {
    rows.push({ row: live[at]!._id, face: live[at]!.face, ...partsOf(pipeline.name, record) });
    if (record.uncertain !== undefined) how.tally?.uncertain(batch.kind, record.uncertain);
    for (const entity of record.protected) how.tally?.protect(outputId(pipeline.name, entity.blueprint, entity.identifier));
  }

  const rewritten = await deps.store.outputs.rewrite({
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
  if (how.tally) count(how.tally, { kind: batch.kind, report, parts: rows.flatMap((row) => row.parts), rewritten });
  return rewritten.dirty;
}

/** What a mapping made of a row. Where it may have given more than it did, what the row gave before stays. */
export function partsOf(pipeline: string, record: MappedRecord): Pick<MappedRow, 'parts' | 'keep'> {
  const parts = record.entities.map(({ blueprint, identifier, resource, body, hash, search }): MappedPart => ({ output: outputId(pipeline, blueprint, identifier), resource, body, hash, ...(search && { search }) }));
  const keep = record.uncertain !== undefined || record.protected.length > 0;
  return { parts, ...(keep && { keep }) };
}

function count(tally: Tally, mapped: { kind: string; report: MapReport; parts: readonly MappedPart[]; rewritten: Rewritten }): void {
  for (const [index, counters] of mapped.report.resources) addCounters(tally.of(mapped.kind, index), counters);
  // Of one identity that a resource gave several times in this batch the last one counts, the others are duplicates.
  const last = new Map(mapped.parts.map((part, at) => [`${part.resource} ${part.output}`, at]));
  const changed = new Set<string>();
  for (const [at, part] of mapped.parts.entries()) {
    const totals = tally.of(mapped.kind, part.resource);
    if (last.get(`${part.resource} ${part.output}`) !== at) totals.duplicates++;
    else if (mapped.rewritten.changed[at]) {
      tally.await(part.output, mapped.kind, part.resource);
      changed.add(part.output);
    } else totals.unchanged++;
  }
  // A sink is away, and what changed goes out when its time comes: perhaps long after this run.
  for (const output of mapped.rewritten.dirty) changed.delete(output._id);
  for (const output of changed) tally.settled({ output, kinds: [mapped.kind], result: 'failed', created: false });
}

const addMap = (into: Record<string, number>, from: Readonly<Record<string, number>>): void => {
  for (const [key, count] of Object.entries(from)) into[key] = (into[key] ?? 0) + count;
};

function addCounters(into: ResourceTotals, from: Omit<ResourceTotals, 'index' | 'blueprint' | 'resent' | 'unchanged' | 'delivered' | 'created' | 'failed' | 'deleted' | 'keptStale'>): void {
  for (const key of ['raw', 'items', 'emptyList', 'filtered', 'selectorNull', 'mapped', 'duplicates'] as const) into[key] += from[key];
  for (const key of ['invalid', 'fieldNull', 'fieldError', 'fieldDropped'] as const) addMap(into[key], from[key]);
}
