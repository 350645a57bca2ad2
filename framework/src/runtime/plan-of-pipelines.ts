import type { Entry } from '../load';
import type { CompiledMapping } from '../pipeline';
import { hashText } from '../shared';
import type { DeclaredPipeline } from './declared-pipelines';

/** The threshold is an option of mappings; without one the guard on rows is what holds deletions. */
const OPTIONS = { deleteDependentEntities: true, createMissingRelatedEntities: false, enableMergeEntity: true, entityDeletionThreshold: 1 };

/** Declared pipelines, as a run sees what maps its rows: the kinds that they read, and one resource for each kind and pipeline. */
export function planOfPipelines(entry: Pick<Entry, 'integration'>, pipelines: readonly DeclaredPipeline[]): CompiledMapping {
  const named = new Set(pipelines.flatMap((pipeline) => pipeline.mapping?.kinds ?? []));
  const all = pipelines.some((pipeline) => pipeline.mapping === undefined);
  const kinds = (entry.integration.kinds ?? []).map((kind) => kind.name).filter((kind) => all || named.has(kind));
  const hash = hashText(JSON.stringify(pipelines.map(({ name, hash: of, feed }) => [name, of, feed])));
  return {
    problems: [],
    options: pipelines.find((pipeline) => pipeline.mapping)?.mapping?.options ?? OPTIONS,
    kinds,
    resources: kinds.flatMap((kind) => pipelines.map(({ name }, index) => ({ index, kind, selector: {}, selectorHash: '', blueprints: [name], runs: true }))),
    hashOf: () => hash,
    map: () => Promise.reject(new Error('declared pipelines process rows themselves')),
  };
}
