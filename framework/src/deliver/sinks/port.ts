import type { Blueprint } from '../../contract';
import type { PortalActorClient, UpsertResult } from '../../portal';
import { groupBy } from '../../shared';
import { rankBlueprints, relatedIdentifiers } from '../order';
import type { Sink, SinkItem, SinkOptions, SinkResult } from '../sink';

export interface PortSinkOptions {
  readonly client: PortalActorClient;
  /** Their relations give the order of writes and deletes. */
  readonly blueprints: readonly Blueprint[];
}

/** The portal: upserts in bulk, parents first; deletes of what is still ours, children first. */
export function portSink({ client, blueprints }: PortSinkOptions): Sink {
  const ranks = rankBlueprints(blueprints);
  const rankOf = (blueprint: string): number => ranks.get(blueprint) ?? 0;

  async function upsert(items: readonly SinkItem[], options: SinkOptions, signal: AbortSignal): Promise<Map<SinkItem, UpsertResult>> {
    const results = new Map<SinkItem, UpsertResult>();
    const send = async (group: readonly SinkItem[]): Promise<void> => {
      const answers = await client.upsert(
        group[0]!.blueprint,
        group.map((item) => item.body!),
        { merge: options.merge, createMissingRelatedEntities: options.createMissingRelatedEntities, ...(options.runId !== undefined && { runId: options.runId }) },
        signal,
      );
      for (const [at, item] of group.entries()) results.set(item, answers[at]!);
    };
    const groups = [...groupBy(items, (item) => item.blueprint).values()];
    // With bare targets made by the portal no order is needed; without, each rank waits for the one before.
    const steps = options.createMissingRelatedEntities ? [groups] : [...groupBy(groups, (group) => rankOf(group[0]!.blueprint))].sort(([a], [b]) => a - b).map(([, step]) => step);
    for (const step of steps) await Promise.all(step.map(send));
    return results;
  }

  /** Entities that point at each other find their targets once all of them exist: first without relations, then whole. */
  async function untangle(unmet: readonly SinkItem[], options: SinkOptions, signal: AbortSignal): Promise<Map<SinkItem, UpsertResult>> {
    const names = new Set(unmet.map((item) => item.identifier));
    const tangled = unmet.filter((item) => relatedIdentifiers((JSON.parse(item.body!) as { relations?: Record<string, unknown> }).relations).some((name) => names.has(name)));
    if (tangled.length === 0) return new Map();
    const bare = tangled.map((item): SinkItem => {
      const { relations: _relations, ...rest } = JSON.parse(item.body!) as Record<string, unknown>;
      return { ...item, body: JSON.stringify(rest) };
    });
    await upsert(bare, options, signal);
    return upsert(tangled, options, signal);
  }

  async function remove(items: readonly SinkItem[], options: SinkOptions, signal: AbortSignal): Promise<Map<SinkItem, SinkResult>> {
    const results = new Map<SinkItem, SinkResult>();
    const groups = [...groupBy(items, (item) => item.blueprint)].sort(([a], [b]) => rankOf(b) - rankOf(a));
    for (const [blueprint, group] of groups) {
      const names = group.map((item) => item.identifier);
      // Only what the portal still shows as ours: what another writer took over is not ours to delete.
      const ours = await client.stillOwned(blueprint, names, signal);
      const wanted = names.filter((name) => ours.has(name));
      const gone =
        wanted.length === 0
          ? new Set<string>()
          : await client.deleteEntities(blueprint, wanted, { deleteDependents: options.deleteDependentEntities, ...(options.runId !== undefined && { runId: options.runId }) }, signal);
      for (const item of group) {
        const kept = ours.has(item.identifier) && !gone.has(item.identifier);
        results.set(item, kept ? { is: 'refused', error: 'the portal kept it: another entity may depend on it', unmet: true } : { is: 'ok' });
      }
    }
    return results;
  }

  const toResult = (answer: UpsertResult): SinkResult => {
    if (answer.ok) return { is: 'ok', identifier: answer.identifier, created: answer.created };
    const error = `${answer.status} ${answer.code}: ${answer.message}`;
    return answer.transient ? { is: 'retry', error } : { is: 'refused', error, unmet: answer.unmet };
  };

  return {
    name: 'port',
    batchItems: 100,
    concurrency: 5,
    needsName: false,
    async write(items, options, signal) {
      const writes = items.filter((item) => item.operation === 'write');
      const deletes = items.filter((item) => item.operation === 'delete' && !item.search);
      const answers = await upsert(writes, options, signal);
      const unmet = writes.filter((item) => {
        const answer = answers.get(item)!;
        return !answer.ok && answer.unmet;
      });
      if (unmet.length > 1) for (const [item, answer] of await untangle(unmet, options, signal)) answers.set(item, answer);
      const removed = await remove(deletes, options, signal);
      return items.map((item): SinkResult => (item.operation === 'write' ? toResult(answers.get(item)!) : (removed.get(item) ?? { is: 'ok' })));
    },
  };
}
