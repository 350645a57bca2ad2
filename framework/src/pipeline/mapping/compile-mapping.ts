import { createHash } from 'node:crypto';
import type { Mapping } from '../../contract';
import { hashText, type Json } from '../../shared';
import { compileResource, type RunnableResource } from './compile-resource';
import type { Evaluator } from './evaluate';
import { newBudget } from './jq/failure';
import { mapRecords } from './map-records';
import { stableText } from './stable-text';
import type { CompiledMapping, MappingOptions, MappingProblem } from './types';

/** Raise it when the same mapping gives other entities than before: every row is then mapped again. */
const ENGINE_VERSION = 1;

/** What an evaluation may cost, and the environment variables that expressions may read. */
export interface MappingLimits {
  readonly steps: number;
  readonly bytes: number;
  /** For a batch of up to 100 inputs in jq. */
  readonly timeoutMs: number;
  readonly env: Readonly<Record<string, string>>;
  /** Tests run every vector through both engines. */
  readonly force?: Evaluator['force'];
}

/** Compiles a mapping as users write it. Never throws for what is in it: `problems` says what cannot work. */
export function compileMapping(mapping: Mapping, limits: MappingLimits): CompiledMapping {
  const problems: MappingProblem[] = [];
  const budget = newBudget(limits);
  const evaluator: Evaluator = { budget, limits, ...(limits.force && { force: limits.force }) };
  const options: MappingOptions = {
    deleteDependentEntities: mapping.deleteDependentEntities ?? true,
    createMissingRelatedEntities: mapping.createMissingRelatedEntities ?? true,
    enableMergeEntity: mapping.enableMergeEntity ?? true,
    entityDeletionThreshold: mapping.entityDeletionThreshold === undefined ? 0.9 : (mapping.entityDeletionThreshold ?? 0),
  };
  const resources = (mapping.resources ?? []).map((resource, index) =>
    compileResource(resource, { index, budget, environment: limits.env as Json, report: (problem) => problems.push(problem) }),
  );
  const ofKind = (kind: string): readonly RunnableResource[] => resources.filter((resource) => resource.kind === kind);
  const circumstances = stableText([ENGINE_VERSION, limits.env, limits.steps, limits.bytes, limits.timeoutMs]);
  return {
    problems,
    options,
    resources,
    kinds: [...new Set(resources.map(({ kind }) => kind))],
    hashOf: (kind) => hashText(stableText([circumstances, ...ofKind(kind).map(({ hash }) => hash)])),
    map: (kind, records, report, signal) =>
      mapRecords(
        ofKind(kind).filter(({ runs }) => runs),
        records,
        { evaluator, report, ...(signal && { signal }) },
      ),
  };
}

/** Names a selector by its text: SHA-256 hex of the trimmed query; undefined for a blank one. */
export function selectorHash(query: string): string | undefined {
  const trimmed = query.trim();
  return trimmed === '' ? undefined : createHash('sha256').update(trimmed).digest('hex');
}
