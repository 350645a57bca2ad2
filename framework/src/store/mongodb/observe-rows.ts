import type { Collection } from 'mongodb';
import { applyClaim, applyHeader, applyObservation, isDirty, type Applied, type AppliedClaim, type Said } from '../apply';
import { rowId, storable } from '../ids';
import type { ClaimedBatch, ClaimInput, ClaimOutcome, Dirty, Documents, Row, Rows, RowCounts } from '../store';
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

const NONE: ReadonlySet<string> = new Set();

export interface RowsWrite<R> {
  /** Pure: it is called again with what another writer left. */
  decide(id: string, stored: Row | undefined): { readonly applied?: Pick<Applied, 'row' | 'content' | 'change'>; readonly result: R };
  /** Rows whose bodies the decision may have to keep elsewhere; the others are read without. */
  readonly whole?: ReadonlySet<string>;
}

/** Reads rows, applies the decision, writes. */
export function createRowWriter({ collection, bodies, inTurn }: RowParts) {
  const read = async (ids: readonly string[], projection: object): Promise<[string, Row][]> =>
    ids.length === 0 ? [] : (await collection.find({ _id: { $in: [...ids] } }, { projection }).toArray()).map((document) => [document._id, rowOf(document)]);

  return <R>(ids: readonly string[], { decide, whole = NONE }: RowsWrite<R>): Promise<R[]> =>
    inTurn(ids, async () => {
      const written = await writeGuarded<Row, R>(ids, {
        collection,
        read: async (some) => new Map([...(await read(some.filter((id) => !whole.has(id)), HEAD)), ...(await read(some.filter((id) => whole.has(id)), {}))]),
        decide(id, stored): Decision<R> {
          const { applied, result } = decide(id, stored);
          return applied === undefined || applied.change === 'none' ? { result } : { result, write: writeRow(stored, applied, bodies) };
        },
      });
      return ids.map((id) => written.get(id)!.result);
    });
}

export type WriteRows = ReturnType<typeof createRowWriter>;

export function createObserving(writeRows: WriteRows, documents: Documents): Pick<Rows, 'observe' | 'claim' | 'setHeaders' | 'setAnchors'> {
  return {
    async setHeaders(changes, of) {
      const wanted = new Map(changes.map((change) => [storable(change._id), change]));
      const written = await writeRows<{ readonly dirty: readonly Dirty[]; readonly lost: readonly string[] }>([...wanted.keys()], {
        decide(id, stored) {
          const { rev, header } = wanted.get(id)!;
          if (stored?.rev !== rev) return { result: { lost: [id], dirty: [] } };
          const row = applyHeader(stored, header, of);
          return { applied: { row, content: 'keep', change: 'full' }, result: { lost: [], dirty: dirtyOf(row, of.mapping) } };
        },
      });
      return { dirty: written.flatMap(({ dirty }) => dirty), lost: written.flatMap(({ lost }) => lost) };
    },

    async setAnchors(changes) {
      const wanted = new Map(changes.map((change) => [storable(change._id), change]));
      const lost = await writeRows<readonly string[]>([...wanted.keys()], {
        decide(id, stored) {
          const { rev, anchor } = wanted.get(id)!;
          if (stored?.rev !== rev) return { result: [id] };
          const { anchor: _before, ...row } = stored;
          return { applied: { row: { ...row, ...(anchor !== undefined && { anchor }) }, content: 'keep', change: 'full' }, result: [] };
        },
      });
      return lost.flat();
    },

    async observe(batch, checkpoint) {
      const { rows: given, absent = [], ...context } = batch;
      const rows = withStorableKeys(given);
      const said = new Map<string, Said>([...rows, ...absent.map((key) => ({ key: storable(key), absent: true }) as const)].map((one) => [rowId(batch.scope, one.key), one]));
      const index = new Map(rows.map(({ key }, at) => [key, at]));
      const applied = await writeRows([...said.keys()], {
        decide(id, stored) {
          const one = applyObservation(stored, context, said.get(id)!);
          return { applied: one, result: one };
        },
        ...(context.envelopes && { whole: new Set(absent.map((key) => rowId(batch.scope, storable(key)))) }),
      });
      const counts = countOutcomes(applied.map(({ outcome }) => outcome));
      const dirty = applied.flatMap(({ row, holds }) => dirtyOf(row, batch.mapping, holds ? index.get(row.key) : undefined));
      // The position only now: what is not acknowledged may be read again, never skipped (I3).
      return checkpoint === undefined ? { counts, dirty } : { counts, dirty, rev: await documents.replace('scans', checkpoint.advance(counts), checkpoint.rev) };
    },

    async claim(batch) {
      const byRow = groupBy(withStorableKeys(batch.claims).map((claim, at) => ({ claim, at })), ({ claim }) => rowId(batch.scope, claim.key));
      const folded = await writeRows([...byRow.keys()], {
        decide(id, stored) {
          const claims = byRow.get(id)!;
          const one = foldClaims(stored, batch, claims.map(({ claim }) => claim));
          return { applied: one, result: { ...one, claims } };
        },
      });
      const outcomes: ClaimOutcome[] = [];
      for (const { claims, applied } of folded) claims.forEach(({ at }, n) => (outcomes[at] = applied[n]!.claimed));
      return {
        counts: countOutcomes(folded.flatMap(({ applied }) => applied.map(({ outcome }) => outcome))),
        dirty: folded.flatMap(({ row, applied, claims }) => dirtyOf(row, batch.mapping, claims[applied.findLastIndex(({ holds }) => holds)]?.at)),
        outcomes,
      };
    },
  };
}

type Folded = Pick<Applied, 'row' | 'content' | 'change'> & { readonly applied: readonly AppliedClaim[] };

/** Several claims on one row, in order of receipt, as one write. */
function foldClaims(stored: Row | undefined, batch: ClaimedBatch, claims: readonly ClaimInput[]): Folded {
  const [first, ...others] = claims as [ClaimInput, ...ClaimInput[]];
  const one = applyClaim(stored, batch, first);
  return others.reduce<Folded>(
    (before, claim) => {
      const next = applyClaim(before.row, batch, claim);
      return {
        row: next.row,
        content: next.content === 'keep' ? before.content : next.content,
        change: next.change === 'none' ? before.change : 'full',
        applied: [...before.applied, next],
      };
    },
    { row: one.row, content: one.content, change: one.change, applied: [one] },
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
