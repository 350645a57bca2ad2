import type { Collection, Filter } from 'mongodb';
import { applyPurge, applySweep, isCandidate, isUntreated } from '../apply';
import { storable } from '../ids';
import type { Dirty, Rows, SweepFilter } from '../store';
import type { Keyed } from './dialect';
import { dirtyOf, type WriteRows } from './observe-rows';

type Burying = Pick<Rows, 'candidates' | 'sweepable' | 'sweep' | 'buryAll'>;

/** What `isCandidate` says, in the server's words. */
const candidateFilter = ({ scope, generation, startStamp, truth, incomplete }: SweepFilter): Filter<Keyed> => ({
  integration: scope.integration,
  kind: scope.kind,
  gone: false,
  seen: { $lt: generation },
  stamp: { $lt: startStamp },
  ...(truth === 'mixed' && { heard: { $lt: startStamp } }),
  ...(incomplete.length > 0 && { partition: { $nin: [...incomplete] } }),
});

/** What `isUntreated` says. */
const untreatedFilter = (startStamp: number, policy: 'immediate' | 'verify'): Filter<Keyed> => ({
  $or: [{ ask: { $exists: false } }, { ask: { $lt: startStamp } }, ...(policy === 'immediate' ? [{ heard: { $lte: startStamp } }] : [])],
});

const sweepableFilter = (filter: SweepFilter, policy: 'immediate' | 'verify'): Filter<Keyed> => ({ $and: [candidateFilter(filter), untreatedFilter(filter.startStamp, policy)] });

export function createBurying(collection: Collection<Keyed>, writeRows: WriteRows): Burying {
  const idsOf = async (filter: Filter<Keyed>, limit: number): Promise<string[]> =>
    (await collection.find(filter, { projection: { _id: 1 } }).limit(limit).toArray()).map(({ _id }) => _id);

  return {
    candidates: (filter) => collection.countDocuments(candidateFilter(filter)),

    sweepable: async (filter, { policy, limit }) =>
      (await collection.find(sweepableFilter(filter, policy), { projection: { key: 1 } }).limit(limit).toArray()).map(({ _id, key }) => ({ _id, key: key as string })),

    async sweep(filter, step) {
      const ids = step.only?.map(storable) ?? (await idsOf(sweepableFilter(filter, step.policy), step.limit));
      // Decided on what is read under the guard: a row that was seen or heard of since is spared.
      const swept = await writeRows(ids, {
        decide(_id, stored) {
          if (stored === undefined || !isCandidate(stored, filter) || !isUntreated(stored, filter, step.policy)) return { result: undefined };
          const applied = applySweep(stored, filter, step);
          return { applied, result: { row: applied.row, asked: applied.row.ask !== stored.ask && applied.row.ask !== undefined } };
        },
        ...(step.envelopes && step.policy === 'immediate' && { whole: new Set(ids) }),
      });
      const done = swept.filter((one) => one !== undefined);
      return {
        dirty: done.flatMap(({ row }) => (row.gone ? dirtyOf(row) : [])),
        asked: done.filter(({ asked }) => asked).length,
        done: ids.length < step.limit,
      };
    },

    async buryAll(integration, { limit, at }) {
      const ids = await idsOf({ integration, gone: false }, limit);
      const buried = await writeRows<Dirty[]>(ids, {
        decide(_id, stored) {
          if (stored === undefined || stored.gone) return { result: [] };
          const row = applyPurge(stored, at);
          return { applied: { row, content: 'set', change: 'full' }, result: dirtyOf(row) };
        },
      });
      return buried.flat();
    },
  };
}
