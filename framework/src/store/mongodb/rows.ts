import type { Collection, Db, Filter } from 'mongodb';
import { scopeId, storable } from '../ids';
import { decodeSegment } from '../../shared';
import type { Documents, RowQuery, Rows, Scope } from '../store';
import type { Bodies } from './body';
import { startsWith, type Keyed } from './dialect';
import { createObserving, createRowWriter } from './observe-rows';
import { removeGuarded, removeWhile } from './remove';
import { createRowOutputs, type RowOutputs } from './row-outputs';
import { rowOf } from './stored-row';
import { createBurying } from './sweep-rows';
import type { InTurn } from './turns';

export interface RowsOptions {
  readonly db: Db;
  readonly documents: Documents;
  readonly bodies: Bodies;
  readonly inTurn: InTurn;
}

export function createRows({ db, documents, bodies, inTurn }: RowsOptions): { readonly rows: Rows; readonly rowOutputs: RowOutputs } {
  const collection = db.collection<Keyed>('framework.rows');
  const writeRows = createRowWriter({ collection, bodies, inTurn });
  const rows = { ...createObserving(writeRows, documents), ...createBurying(collection, writeRows), ...createReading(collection), ...createRemoving(collection, db.collection<Keyed>('framework.events')) };
  return { rows, rowOutputs: createRowOutputs({ collection, inTurn }) };
}

function createReading(collection: Collection<Keyed>): Pick<Rows, 'get' | 'find' | 'alive' | 'largestStamp' | 'anySeen' | 'scopes'> {
  const inScope = ({ integration, kind }: Scope) => ({ integration, kind });
  const largest = async (scope: Scope, field: 'stamp' | 'heard' | 'ask', gone: boolean): Promise<number> => {
    const found = await collection.find({ ...inScope(scope), gone }, { projection: { [field]: 1 } }).sort({ [field]: -1 }).limit(1).toArray();
    return (found[0]?.[field] as number | undefined) ?? -1;
  };
  return {
    get: async (ids) => (await collection.find({ _id: { $in: ids.map(storable) } }).toArray()).map(rowOf),
    find: async (query) => (await collection.find(filterOf(query)).sort({ _id: 1 }).limit(query.limit).toArray()).map(rowOf),
    alive: (scope) => collection.countDocuments({ ...inScope(scope), gone: false }),
    async largestStamp(scope) {
      const all = await Promise.all(([true, false] as const).flatMap((gone) => [largest(scope, 'stamp', gone), largest(scope, 'heard', gone), largest(scope, 'ask', gone)]));
      return Math.max(...all);
    },
    anySeen: async (scope, generation) => (await collection.findOne({ ...inScope(scope), gone: false, seen: { $gte: generation } }, { projection: { _id: 1 } })) !== null,
    async scopes() {
      const scopes: Awaited<ReturnType<Rows['scopes']>> = [];
      // From scope to scope along `_id`, without reading what lies between.
      for (let after = ''; ; ) {
        const next = (await collection.find({ _id: { $gte: after } }, { projection: { _id: 1 } }).sort({ _id: 1 }).limit(1).toArray())[0];
        if (next === undefined) return scopes;
        const scope = scopeOf(next._id);
        const count = (filter: Filter<Keyed>): Promise<number> => collection.countDocuments({ ...inScope(scope), ...filter });
        const [alive, gone, asks] = await Promise.all([count({ gone: false }), count({ gone: true }), count({ ask: { $exists: true } })]);
        scopes.push({ ...scope, alive, gone, asks });
        after = startsWith(`${scopeId(scope)}/`).$lt;
      }
    },
  };
}

function createRemoving(collection: Collection<Keyed>, events: Collection<Keyed>): Pick<Rows, 'expire' | 'forget'> {
  return {
    // A tombstone without `due` has nothing left to tell: its outputs are written, and it asks nothing.
    expire: (before, limit) => removeGuarded(collection, { gone: true, goneAt: { $lt: before }, due: { $exists: false } }, limit),
    async forget(integration) {
      for (const one of [events, collection]) await removeWhile(one, { integration });
    },
  };
}

function scopeOf(id: string): Scope {
  const [integration, kind] = id.split('/', 2) as [string, string];
  return { integration: decodeSegment(integration), kind: decodeSegment(kind) };
}

function filterOf({ integration, kind, after, gone, partition, anchors, dueBy, mappedNot, asking }: RowQuery): Filter<Keyed> {
  return {
    integration,
    ...(kind !== undefined && { kind }),
    ...(after !== undefined && { _id: { $gt: storable(after) } }),
    ...(gone !== undefined && { gone }),
    ...(partition !== undefined && { partition }),
    ...(anchors !== undefined && { anchor: anchors.length === 1 ? anchors[0] : { $in: [...anchors] } }),
    ...(dueBy !== undefined && { due: { $lte: dueBy } }),
    ...(mappedNot !== undefined && { 'mapped.mapping': { $ne: mappedNot } }),
    ...(asking !== undefined && { ask: { $exists: asking } }),
  };
}
