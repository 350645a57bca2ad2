import { isHeld, replaceParts, type Composed } from '../compose';
import type { Output, Outputs, Part, RewriteBatch } from '../store';
import { chunks, groupBy } from './batches';
import { storable } from './dialect';
import { outputOf, writeOutput, type OutputParts } from './stored-output';
import { writeGuarded, type Decision } from './write-guarded';

interface Rewrite {
  readonly composed: Composed;
  readonly goneBefore: boolean;
}

export function createRewriting({ collection, bodies, inTurn, present, markMapped }: OutputParts): Pick<Outputs, 'rewrite'> {
  /** Outputs that hold a part of these rows now, whatever they give this time. */
  async function holders(pipeline: string, rows: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    for (const some of chunks(rows)) {
      const documents = await collection.find({ pipeline, 'parts.row': { $in: [...some] } }, { projection: { _id: 1 } }).toArray();
      found.push(...documents.map(({ _id }) => _id));
    }
    return found;
  }

  return {
    async rewrite(batch) {
      const rows = batch.rows.map(({ row }) => storable(row));
      const given = partsByOutput(batch, await present(rows));
      const ids = [...new Set([...given.keys(), ...(await holders(batch.pipeline, rows))])];
      const replacement = { pipeline: batch.pipeline, integration: batch.integration, rows: new Set(rows), sinks: batch.sinks, departures: batch.departures, at: batch.at };
      const written = await inTurn(ids, () =>
        writeGuarded<Output, Rewrite>(ids, {
          collection,
          read: async (some) => new Map((await collection.find({ _id: { $in: [...some] } }).toArray()).map((document) => [document._id, outputOf(document)])),
          decide(_id, stored): Decision<Rewrite> {
            const composed = replaceParts(stored && withoutRev(stored), { ...replacement, _id, parts: given.get(_id) ?? [] });
            const result = { composed, goneBefore: stored?.gone ?? true };
            if (composed.is === 'same' || (composed.is === 'remove' && stored === undefined)) return { result };
            return { result, write: composed.is === 'remove' ? 'remove' : writeOutput(stored, composed.output, bodies) };
          },
        }),
      );
      // Only now: a crash before leaves the rows dirty, and they are mapped again.
      await markMapped(batch.rows, batch.mapping, batch.at);

      const outputs = new Map<string, Output>();
      let held = 0;
      for (const [id, { result, rev }] of written) {
        if (result.composed.is === 'remove') continue;
        const output = { ...result.composed.output, rev: rev! };
        outputs.set(id, output);
        if (isHeld(output) && !result.goneBefore) held++;
      }
      const changed = batch.rows.flatMap(({ parts }) => parts).map(({ output }) => outputs.get(storable(output))?.due !== undefined);
      return { dirty: [...outputs.values()].filter(({ due }) => due !== undefined && due <= batch.at), changed, held };
    },
  };
}

/** What the rows of the batch give to each output. A row that was removed meanwhile gives nothing. */
function partsByOutput(batch: RewriteBatch, present: ReadonlySet<string>): Map<string, Part[]> {
  const rows = batch.rows.map(({ row, parts }) => ({ row: storable(row), parts })).filter(({ row }) => present.has(row));
  const parts = rows.flatMap(({ row, parts: given }) => given.map(({ output, ...part }) => ({ output: storable(output), part: { row, ...part } })));
  return new Map([...groupBy(parts, ({ output }) => output)].map(([output, group]) => [output, group.map(({ part }) => part)]));
}

const withoutRev = ({ rev: _rev, ...output }: Output): Omit<Output, 'rev'> => output;
