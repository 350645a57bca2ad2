import { encodeSegment } from '../../shared';
import { storable } from '../ids';
import { isHeld, replaceParts, rowsThatLeft, type Composed } from '../compose';
import type { Left, MappedPart, Output, Outputs, Part, RewriteBatch, Rewritten } from '../store';
import { groupBy } from './batches';
import type { RowMapping } from './row-outputs';
import { outputOf, writeOutput, type OutputParts } from './stored-output';
import { writeGuarded, type Decision } from './write-guarded';

/** A row of the batch. */
interface Mapping extends RowMapping {
  readonly parts: readonly (MappedPart & { readonly output: string })[];
  readonly keep: boolean;
}

interface Rewrite {
  readonly composed: Composed;
  readonly goneBefore: boolean;
  readonly left: readonly string[];
}

export function createRewriting({ collection, bodies, inTurn, rowOutputs }: OutputParts): Pick<Outputs, 'rewrite'> {
  return {
    async rewrite(batch) {
      const mappings = batch.rows.map(mappingOf);
      const lists = await rowOutputs.widen(mappings);
      // A row that was removed meanwhile, or has moved on, gives nothing.
      const rows = mappings.filter(({ row }) => lists.has(row));
      const given = partsByOutput(rows);
      const prefix = storable(`${encodeSegment(batch.pipeline)}/`);
      const listed = (row: string): string[] => lists.get(row)!.filter((id) => id.startsWith(prefix));
      const ids = [...new Set([...given.keys(), ...rows.flatMap(({ row }) => listed(row))])];
      const replacement = { pipeline: batch.pipeline, integration: batch.integration, rows: new Set(lists.keys()), keep: new Set(rows.filter(({ keep }) => keep).map(({ row }) => row)), removals: removalsOf(batch), sinks: batch.sinks, departures: batch.departures, at: batch.at };
      const written = await inTurn(ids, () =>
        writeGuarded<Output, Rewrite>(ids, {
          collection,
          read: async (some) => new Map((await collection.find({ _id: { $in: [...some] } }).toArray()).map((document) => [document._id, outputOf(document)])),
          decide(_id, stored): Decision<Rewrite> {
            const composed = replaceParts(stored && withoutRev(stored), { ...replacement, _id, parts: given.get(_id) ?? [] });
            const result = { composed, goneBefore: stored?.gone ?? true, left: composed.is === 'remove' ? [] : rowsThatLeft(stored, composed.output) };
            if (composed.is === 'same' || (composed.is === 'remove' && stored === undefined)) return { result };
            return { result, write: composed.is === 'remove' ? 'remove' : writeOutput(stored, composed.output, bodies) };
          },
        }),
      );
      // Only now: a crash before leaves the rows dirty, and they are mapped again.
      await rowOutputs.narrow(rows.map((row) => ({ ...row, held: row.keep ? [] : listed(row.row) })), { ...(!batch.more && { mapping: batch.mapping }), at: batch.at });
      return answer(batch, written, lists);
    },
  };
}

const mappingOf = ({ row, face, parts, keep = false }: RewriteBatch['rows'][number]): Mapping => {
  const named = parts.map((part) => ({ ...part, output: storable(part.output) }));
  return { row: storable(row), face, parts: named, keep, outputs: [...new Set(named.map(({ output }) => output))] };
};

const removalsOf = ({ rows }: RewriteBatch): ReadonlyMap<string, string> => new Map(rows.flatMap(({ row, last }) => (last === undefined ? [] : [[storable(row), last]])));

/** What the rows give to each output. */
function partsByOutput(rows: readonly Mapping[]): Map<string, Part[]> {
  const given = rows.flatMap(({ row, parts }) => parts.map(({ output, ...part }) => ({ output, part: { row, ...part } })));
  return new Map([...groupBy(given, ({ output }) => output)].map(([output, group]) => [output, group.map(({ part }) => part)]));
}

function answer(batch: RewriteBatch, written: ReadonlyMap<string, { readonly result: Rewrite; readonly rev: string | undefined }>, taken: ReadonlyMap<string, unknown>): Rewritten {
  const outputs = new Map<string, Output>();
  const left: Left[] = [];
  let held = 0;
  for (const [id, { result, rev }] of written) {
    if (result.composed.is === 'remove') continue;
    const output = { ...result.composed.output, rev: rev! };
    outputs.set(id, output);
    if (isHeld(output) && !result.goneBefore) held++;
    for (const row of result.left) left.push({ row, output });
  }
  return {
    dirty: [...outputs.values()].filter(({ due }) => due !== undefined && due <= batch.at),
    changed: batch.rows.flatMap(({ row, parts }) => parts.map(({ output }) => taken.has(storable(row)) && outputs.get(storable(output))?.due !== undefined)),
    held,
    ...(left.length > 0 && { left }),
  };
}

const withoutRev = ({ rev: _rev, ...output }: Output): Omit<Output, 'rev'> => output;
