import type { EntityMapping, Mapping } from '../../../contract';
import type { Json } from '../../../shared';
import { compileMapping } from '../compile-mapping';
import { newMapReport } from '../report';
import type { CompiledMapping, MappedRecord, MapReport, ResourceCounters } from '../types';
import { LIMITS, type Engine } from './both-engines';

export interface Given {
  readonly selector?: unknown;
  readonly port?: Readonly<Record<string, unknown>>;
  readonly entity?: Partial<EntityMapping>;
  readonly engine?: Engine;
}
export interface Mapped {
  readonly mapping: CompiledMapping;
  readonly records: readonly MappedRecord[];
  /** Bodies of all entities, in order. */
  readonly bodies: readonly Record<string, Json>[];
  readonly counters: ResourceCounters;
  readonly report: MapReport;
}

/** A mapping of one resource of the kind `thing`. */
export function mappingOf({ selector = 'true', port = {}, entity = {} }: Given): Mapping {
  const mappings = { identifier: '.id', blueprint: '"bp"', ...entity };
  return { resources: [{ kind: 'thing', selector: { query: selector }, port: { ...port, entity: { mappings } } }] };
}

export const compile = (mapping: Mapping, engine: Engine = 'closures'): CompiledMapping => compileMapping(mapping, { ...LIMITS, force: engine });

/** Maps records of the kind `thing` by a mapping of one resource. */
export async function mapWith(given: Given, records: readonly Json[]): Promise<Mapped> {
  const mapping = compile(mappingOf(given), given.engine);
  const report = newMapReport();
  const mapped = await mapping.map('thing', records, report);
  const bodies = mapped.flatMap(({ entities }) => entities.map(({ body }) => JSON.parse(body) as Record<string, Json>));
  return { mapping, records: mapped, bodies, counters: report.resources.get(0)!, report };
}
