import type { Collection } from 'mongodb';
import { applyMapped, isDirty } from '../apply';
import type { Row } from '../store';
import { changesOf } from './changes';
import type { Keyed } from './dialect';
import { HEAD, OUTPUTS, rowOf } from './stored-row';
import type { InTurn } from './turns';
import { writeGuarded, type Write } from './write-guarded';

/** A row that is mapped, and the outputs it is to have parts in. */
export interface RowMapping {
  readonly row: string;
  /** Absent: of an event, whatever the row holds. */
  readonly face: string | undefined;
  readonly outputs: readonly string[];
}

/** A row whose outputs were written, and those of them that had been written for it before. */
export interface RowMapped extends RowMapping {
  readonly held: readonly string[];
}

/**
 * Each row names the outputs that may hold a part of it, so that they are found by `_id`. The list is widened before outputs are written and narrowed after, so it names too
 * many after a crash, never too few (I15).
 */
export interface RowOutputs {
  list(row: string): Promise<readonly string[]>;
  /** The whole list of each row, the outputs it will get included; rows that are not there any more, or have another face by now, have none. */
  widen(mappings: readonly RowMapping[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Sets `mapped` where the face is still the one that was mapped, and narrows the list to what was written. Without `mapping` it only narrows. */
  narrow(rows: readonly RowMapped[], by: MappedBy): Promise<void>;
}

export interface MappedBy {
  /** Absent: another pipeline maps the rows too, and they stay as dirty as they are. */
  readonly mapping?: string;
  readonly at: number;
}

interface Listed {
  readonly rev: string;
  readonly row: Row;
  readonly outputs: readonly string[];
}

export function createRowOutputs({ collection, inTurn }: { readonly collection: Collection<Keyed>; readonly inTurn: InTurn }): RowOutputs {
  const read = async (ids: readonly string[]): Promise<Map<string, Listed>> =>
    new Map(
      (await collection.find({ _id: { $in: [...ids] } }, { projection: HEAD }).toArray()).map((document) => [
        document._id,
        { rev: document.rev, row: rowOf(document), outputs: (document[OUTPUTS] as string[] | undefined) ?? [] },
      ]),
    );

  return {
    list: async (row) => (await read([row])).get(row)?.outputs ?? [],

    async widen(mappings) {
      const given = new Map(mappings.map((mapping) => [mapping.row, mapping]));
      const ids = [...given.keys()];
      const written = await inTurn(ids, () =>
        writeGuarded<Listed, readonly string[] | undefined>(ids, {
          collection,
          read,
          decide(id, stored) {
            const { face, outputs } = given.get(id)!;
            if (stored === undefined || (face !== undefined && face !== faceNow(stored.row))) return { result: undefined };
            const list = [...new Set([...stored.outputs, ...outputs])];
            return list.length === stored.outputs.length ? { result: list } : { result: list, write: { update: { $set: { [OUTPUTS]: list } } } };
          },
        }),
      );
      const lists = new Map<string, readonly string[]>();
      for (const [id, { result }] of written) if (result !== undefined) lists.set(id, result);
      return lists;
    },

    async narrow(rows, by) {
      const mapped = new Map(rows.map((row) => [row.row, row]));
      const ids = [...mapped.keys()];
      await inTurn(ids, () =>
        writeGuarded<Listed, undefined>(ids, {
          collection,
          read,
          decide: (id, stored) => ({ result: undefined, ...(stored && { write: writeMapped(stored, mapped.get(id)!, by) }) }),
        }),
      );
    },
  };
}

const faceNow = (row: Row): string | undefined => (row.gone ? '' : (row.face ?? row.hash));

function writeMapped(stored: Listed, mapped: RowMapped, by: MappedBy): Write {
  const { row } = stored;
  // Only what we wrote without a part is taken off the list: another process may have widened it meanwhile.
  const left = stored.outputs.filter((id) => !mapped.held.includes(id));
  const outputs = [...new Set([...left, ...mapped.outputs])];
  const next = by.mapping === undefined || mapped.face === undefined ? row : afterMapping(row, mapped.face, { mapping: by.mapping, at: by.at });
  return changesOf({ ...row, [OUTPUTS]: stored.outputs }, { ...next, [OUTPUTS]: outputs });
}

function afterMapping(row: Row, face: string, { mapping, at }: Required<MappedBy>): Omit<Row, 'rev'> {
  const mapped = applyMapped(row, face, mapping);
  if (mapped !== undefined || isDirty(row, mapping)) return mapped ?? row;
  // A process that was thought dead wrote outputs from a face of long ago, after they had been written from the present one: say so, then they are written again.
  return { ...row, mapped: { face, mapping }, due: row.due ?? at };
}
