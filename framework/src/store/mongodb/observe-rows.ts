import type { Collection } from 'mongodb';
import { applyClaim, applyObservation, isDirty, type Applied, type Said } from '../apply';
import { rowId, storable } from '../ids';
import type { ClaimedBatch, ClaimInput, Dirty, Documents, Observed, Row, Rows, RowCounts } from '../store';
import { groupBy } from './batches';
import type { Bodies } from './body';
import { withStorableKeys, type Keyed } from './dialect';
import { HEAD, rowOf, writeRow } from './stored-row';
import type { InTurn } from './turns';
import { writeGuarded, type Decision } from './write-guarded';

export interface RowParts {
  readonly collection: Collection<Keyed>;
  readonly bodies: Bodies;
  readonly inTurn: InTurn;
}

/** Reads rows without their bodies, applies the decision, writes. */
export function createRowWriter({ collection, bodies, inTurn }: RowParts) {
  return <R>(ids: readonly string[], decide: (id: string, stored: Row | undefined) => { readonly applied?: Pick<Applied, 'row' | 'content' | 'change'>; readonly result: R }): Promise<R[]> =>
    inTurn(ids, async () => {
      const written = await writeGuarded<Row, R>(ids, {
        collection,
        read: async (some) => new Map((await collection.find({ _id: { $in: [...some] } }, { projection: HEAD }).toArray()).map((document) => [document._id, rowOf(document)])),
        decide(id, stored): Decision<R> {
          const { applied, result } = decide(id, stored);
          return applied === undefined || applied.change === 'none' ? { result } : { result, write: writeRow(stored, applied, bodies) };
        },
      });
      return ids.map((id) => written.get(id)!.result);
    });
}

export type WriteRows = ReturnType<typeof createRowWriter>;

export function createObserving(writeRows: WriteRows, documents: Documents): Pick<Rows, 'observe' | 'claim'> {
  return {
    async observe(batch, checkpoint) {
      const { rows: given, absent = [], ...context } = batch;
      const rows = withStorableKeys(given);
      const said = new Map<string, Said>([...rows, ...absent.map((key) => ({ key: storable(key), absent: true }) as const)].map((one) => [rowId(batch.scope, one.key), one]));
      const index = new Map(rows.map(({ key }, at) => [key, at]));
      const applied = await writeRows([...said.keys()], (id, stored) => {
        const one = applyObservation(stored, context, said.get(id)!);
        return { applied: one, result: one };
      });
      const counts = countOutcomes(applied.map(({ outcome }) => outcome));
      const dirty = applied.flatMap(({ row }) => {
        const at = index.get(row.key);
        return dirtyOf(row, batch.mapping, at !== undefined && rows[at]!.hash === row.hash ? at : undefined);
      });
      // The position only now: what is not acknowledged may be read again, never skipped (I3).
      return checkpoint === undefined ? { counts, dirty } : { counts, dirty, rev: await documents.replace('scans', checkpoint.advance(counts), checkpoint.rev) };
    },

    async claim(batch) {
      const byRow = groupBy(withStorableKeys(batch.claims).map((claim, at) => ({ claim, at })), ({ claim }) => rowId(batch.scope, claim.key));
      const applied = await writeRows([...byRow.keys()], (id, stored) => {
        const folded = foldClaims(stored, batch, byRow.get(id)!.map(({ claim }) => claim));
        return { applied: folded, result: { id, ...folded } };
      });
      const dirty = applied.flatMap(({ id, row }) => {
        const holder = byRow.get(id)!.findLast(({ claim }) => claim.is === 'present' && claim.hash === row.hash);
        return dirtyOf(row, batch.mapping, holder?.at);
      });
      return { counts: countOutcomes(applied.flatMap(({ outcomes }) => outcomes)), dirty } satisfies Observed;
    },
  };
}

type Folded = Pick<Applied, 'row' | 'content' | 'change'> & { readonly outcomes: readonly Applied['outcome'][] };

/** Several claims on one row, in order of receipt, as one write. */
function foldClaims(stored: Row | undefined, batch: ClaimedBatch, claims: readonly ClaimInput[]): Folded {
  const [first, ...others] = claims as [ClaimInput, ...ClaimInput[]];
  const one = applyClaim(stored, batch, first);
  return others.reduce<Folded>(
    (before, claim) => {
      const next = applyClaim(before.row, batch, claim);
      return {
        row: next.row,
        content: next.content === 'set' ? 'set' : before.content,
        change: next.change === 'none' ? before.change : 'full',
        outcomes: [...before.outcomes, next.outcome],
      };
    },
    { ...one, outcomes: [one.outcome] },
  );
}

function countOutcomes(outcomes: readonly Applied['outcome'][]): RowCounts {
  const count = (outcome: Applied['outcome']): number => outcomes.filter((one) => one === outcome).length;
  return { received: outcomes.length, stored: count('stored'), unchanged: count('unchanged'), outvoted: count('outvoted') };
}

/** The row, if its outputs are not what it says. A tombstone's do not depend on the mapping. */
export function dirtyOf(row: Applied['row'], mapping = '', at?: number): Dirty[] {
  return isDirty(row, mapping) ? [{ _id: row._id, key: row.key, face: row.face ?? '', gone: row.gone, ...(at !== undefined && !row.gone && { at }) }] : [];
}
