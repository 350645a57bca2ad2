import type { Entry } from '../load';
import type { CompiledMapping } from '../pipeline';
import { outputId, readState, writeState } from '../store';
import type { Downstream, ResyncDeps } from './deps';

/**
 * The first run of a store lists what the portal shows as ours before anything is delivered: each entity that the store does not know becomes an output
 * without parts, held until a row gives it one or an operator lets it go. So a lost store, or a take-over from another product, deletes nothing by itself.
 */
export async function adoptUnknown(deps: ResyncDeps, work: { readonly entry: Entry; readonly mapping: CompiledMapping; readonly downstream: Downstream; readonly signal: AbortSignal }): Promise<void> {
  const pipeline = work.downstream.toPortal;
  if (!deps.portal || pipeline === undefined) return;
  const name = `listed/${work.entry.identifier}`;
  if ((await readState<number>(deps.store.documents, name)) !== undefined) return;
  for await (const page of deps.portal.owned(work.entry, work.signal)) {
    const outputs = page.map((entity) => ({
      _id: outputId(pipeline, entity.blueprint, entity.identifier),
      pipeline,
      integration: work.entry.identifier,
      kinds: kindsThatGive(work.mapping, entity.blueprint),
      sink: 'port',
    }));
    if (outputs.length > 0) await deps.store.outputs.adopt(outputs, deps.clock.now());
  }
  await writeState(deps.store.documents, name, deps.clock.now());
}

/** Kinds whose mapping can give the blueprint; all of them where none is known to. */
function kindsThatGive(mapping: CompiledMapping, blueprint: string): readonly string[] {
  const able = mapping.resources.filter((resource) => resource.blueprints.some((known) => known === undefined || known === blueprint)).map((resource) => resource.kind);
  return [...new Set(able.length > 0 ? able : mapping.kinds)];
}
