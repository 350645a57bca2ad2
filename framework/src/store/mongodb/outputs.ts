import { storable } from '../ids';
import type { Db, Filter } from 'mongodb';
import type { OutputQuery, Outputs } from '../store';
import { createChanging } from './change-outputs';
import type { Keyed } from './dialect';
import { removeWhile } from './remove';
import { createRewriting } from './rewrite-outputs';
import { outputOf, type OutputParts } from './stored-output';

export type OutputsOptions = Omit<OutputParts, 'collection'> & { readonly db: Db };

export function createOutputs({ db, ...others }: OutputsOptions): Outputs {
  const collection = db.collection<Keyed>('framework.outputs');
  const parts: OutputParts = { ...others, collection };
  return { ...createRewriting(parts), ...createChanging(parts), ...createReading(parts) };
}

const HELD = { gone: true, again: false, due: { $exists: false } } as const;

function createReading({ collection, rowOutputs }: OutputParts): Omit<Outputs, keyof ReturnType<typeof createRewriting> | keyof ReturnType<typeof createChanging>> {
  const earliest = async (pipeline: string): Promise<number | undefined> =>
    (await collection.find({ pipeline, due: { $exists: true } }, { projection: { due: 1 } }).sort({ due: 1 }).limit(1).toArray())[0]?.['due'] as number | undefined;
  return {
    get: async (ids) => (await collection.find({ _id: { $in: ids.map(storable) } }).toArray()).map(outputOf),
    find: async (query) => (await collection.find(filterOf(query)).sort({ _id: 1 }).limit(query.limit).toArray()).map(outputOf),
    async ofRow(row) {
      const id = storable(row);
      return (await collection.find({ _id: { $in: [...(await rowOutputs.list(id))] }, 'parts.row': id }).sort({ _id: 1 }).toArray()).map(outputOf);
    },
    nextDue: earliest,
    stored: (integration, kind) => collection.countDocuments({ integration, kinds: kind }),
    held: (integration, kind) => collection.countDocuments({ integration, kinds: kind, ...HELD }),
    async counts(pipeline) {
      const [stored, due, held, oldestDue] = await Promise.all([
        collection.countDocuments({ pipeline }),
        collection.countDocuments({ pipeline, due: { $exists: true } }),
        collection.countDocuments({ pipeline, ...HELD }),
        earliest(pipeline),
      ]);
      return { stored, due, held, ...(oldestDue !== undefined && { oldestDue }) };
    },
    keepPipelines: (integration, pipelines) => removeWhile(collection, { integration, pipeline: { $nin: [...pipelines] } }),
    forget: (integration) => removeWhile(collection, { integration }),
  };
}

function filterOf({ pipeline, integration, kind, after, dueBy, gone, again }: OutputQuery): Filter<Keyed> {
  return {
    ...(pipeline !== undefined && { pipeline }),
    ...(integration !== undefined && { integration }),
    ...(kind !== undefined && { kinds: kind }),
    ...(after !== undefined && { _id: { $gt: storable(after) } }),
    ...(dueBy !== undefined && { due: { $lte: dueBy } }),
    ...(gone !== undefined && { gone }),
    ...(again !== undefined && { again }),
  };
}
