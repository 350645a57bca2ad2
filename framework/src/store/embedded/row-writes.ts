import { newRev } from '../../shared';
import { applyClaim, applyHeader, applyObservation, isDirty, type Applied, type RowState, type Said } from '../apply';
import { rowId, storable } from '../ids';
import type { AnchorChange, Checkpoint, Claimed, ClaimedBatch, ClaimOutcome, Dirty, HeaderChange, ObservedBatch, Observed, RowCounts, Scope } from '../store';
import type { Sql, Value } from './connection';
import { replaceDocument } from './documents';
import { insertion, insertMany, type Numbers } from './insert';
import { contentOf, META_COLUMNS, metaOf, placeOf, rowOf, scopeNumber } from './row-codec';
import type { Names } from './names';

/** One row while a batch is applied to it. */
interface Slot {
  readonly key: string;
  /** Of the stored row; undefined = new. */
  readonly n: number | undefined;
  readonly stored: RowState | undefined;
  next: RowState | undefined;
  content: Applied['content'];
  change: Applied['change'];
  /** Index of the item that the row now holds. */
  holds: number | undefined;
}

interface Part {
  readonly names: Names;
  readonly numbers: Numbers;
}

/** Applies a page, or the answers of `get`, in the transaction at hand; then moves the scan's position in it. */
export function observeRows(sql: Sql, part: Part, work: { readonly batch: ObservedBatch; readonly checkpoint: Checkpoint | undefined }): Observed {
  const { batch, checkpoint } = work;
  const said: Said[] = [...batch.rows, ...(batch.absent ?? []).map((key) => ({ key, absent: true as const }))];
  const keys = said.map((one) => storable(one.key));
  const observed = applyBatch(sql, part, {
    scope: batch.scope,
    mapping: batch.mapping,
    keys,
    calm: touchCalm(sql, part.names, { batch, keys }),
    step: (row, index) => applyObservation(row, batch, { ...said[index]!, key: keys[index]! }),
  });
  if (!checkpoint) return observed;
  const document = checkpoint.advance(observed.counts);
  return { ...observed, rev: replaceDocument(sql, { collection: part.names.of(sql, 'collection scans'), rev: checkpoint.rev }, document) };
}

/** Applies claims in the transaction at hand, in order; a key may occur several times. */
export function claimRows(sql: Sql, part: Part, batch: ClaimedBatch): Claimed {
  const keys = batch.claims.map((claim) => storable(claim.key));
  const outcomes: ClaimOutcome[] = [];
  const observed = applyBatch(sql, part, {
    scope: batch.scope,
    mapping: batch.mapping,
    keys,
    calm: { touched: new Set(), fresh: false },
    step(row, index) {
      const claim = batch.claims[index]!;
      const applied = applyClaim(row, batch, claim.key === keys[index] ? claim : { ...claim, key: keys[index]! });
      outcomes.push(applied.claimed);
      return applied;
    },
  });
  return { ...observed, outcomes };
}

interface Calm {
  /** Indexes of the items that are dealt with. */
  readonly touched: ReadonlySet<number>;
  /** None of the rows is there yet. */
  readonly fresh: boolean;
}

const SELECT_CALM = `SELECT j.key, r.n, r.hash, r.version,
  r.gone = 0 AND r.due IS NULL AND r.mappedBy IS ? AND r.stamp < ? AND r.heard <= ?
  FROM json_each(?) j CROSS JOIN rows r ON r.id = j.value`;
const TOUCH_CALM = 'UPDATE rows SET stamp = ?, seen = max(seen, ?), part = coalesce(?, part), rev = ? WHERE n IN (SELECT value FROM json_each(?))';

/**
 * The short way for what nearly every page of a later run holds: a live row without due (so nobody asks about it, and it is mapped), seen as it is known by a look
 * that is newer than all the row knows. Of these the rule changes the stamp alone, whatever the truth of the kind, so neither row nor rule is needed.
 */
function touchCalm(sql: Sql, names: Names, on: { readonly batch: ObservedBatch; readonly keys: readonly string[] }): Calm {
  const { batch, keys } = on;
  const prefix = rowId(batch.scope, '');
  const mapping = names.of(sql, batch.mapping);
  const found = sql.all(SELECT_CALM, [mapping, batch.stamp, batch.stamp, JSON.stringify(keys.map((key) => prefix + key))]);
  const touched = new Set<number>();
  const ns: number[] = [];
  for (const [at, n, hash, version, calm] of found) {
    const row = batch.rows[at as number];
    if (calm !== 1 || row === undefined || row.hash !== hash || (row.version ?? null) !== version) continue;
    touched.add(at as number);
    ns.push(n as number);
  }
  // A key that a page holds twice is seen as the rule sees it, one after the other.
  if (new Set(ns).size !== ns.length) return { touched: new Set(), fresh: false };
  const part = batch.partition === undefined ? null : names.of(sql, batch.partition);
  if (ns.length > 0) sql.run(TOUCH_CALM, [batch.stamp, batch.seen ?? -1, part, newRev(), JSON.stringify(ns)]);
  return { touched, fresh: found.length === 0 };
}

interface Batch {
  readonly scope: Scope;
  readonly mapping: string;
  readonly keys: readonly string[];
  readonly calm: Calm;
  step(row: RowState | undefined, index: number): Applied;
}

function applyBatch(sql: Sql, part: Part, batch: Batch): Observed {
  const { slots, slotOf } = readSlots(sql, part.names, batch);
  const counts = { received: batch.keys.length, stored: 0, unchanged: 0, outvoted: 0 } satisfies RowCounts;
  batch.keys.forEach((_, index) => {
    if (batch.calm.touched.has(index)) {
      counts.unchanged++;
      return;
    }
    const slot = slots[slotOf[index]!]!;
    const applied = batch.step(slot.next ?? slot.stored, index);
    counts[applied.outcome]++;
    if (applied.row.gone) slot.holds = undefined;
    else if (applied.holds) slot.holds = index;
    if (applied.change === 'none') return;
    slot.next = applied.row;
    // What was set before in this batch is at hand, so burying it is setting what is left.
    if (applied.content !== 'keep' && slot.content !== 'set') slot.content = applied.content;
    if (slot.change !== 'full') slot.change = applied.change;
  });
  writeSlots(sql, part, { scope: batch.scope, slots });
  const dirty: Dirty[] = [];
  for (const slot of slots) {
    const row = slot.next ?? slot.stored;
    if (row && isDirty(row, batch.mapping)) dirty.push({ _id: row._id, key: row.key, face: row.face ?? '', gone: row.gone, ...(slot.holds !== undefined && { at: slot.holds }) });
  }
  return { counts, dirty };
}

const SELECT_SLOTS = `SELECT j.key, r.n, ${META_COLUMNS.map((column) => `r.${column}`).join(', ')} FROM json_each(?) j CROSS JOIN rows r ON r.id = j.value`;

function readSlots(sql: Sql, names: Names, batch: Batch): { readonly slots: readonly Slot[]; readonly slotOf: readonly number[] } {
  const known = new Map<string, number>();
  const keys: string[] = [];
  const slotOf = batch.keys.map((key, index) => {
    if (batch.calm.touched.has(index)) return -1;
    let at = known.get(key);
    if (at === undefined) {
      known.set(key, (at = keys.length));
      keys.push(key);
    }
    return at;
  });
  const prefix = rowId(batch.scope, '');
  const slots: Slot[] = keys.map((key) => ({ key, n: undefined, stored: undefined, next: undefined, content: 'keep', change: 'none', holds: undefined }));
  if (keys.length === 0 || batch.calm.fresh) return { slots, slotOf };
  for (const cells of sql.all(SELECT_SLOTS, [JSON.stringify(keys.map((key) => prefix + key))])) {
    const at = cells[0] as number;
    const place = { scope: batch.scope, key: keys[at]! };
    slots[at] = { ...slots[at]!, n: cells[1] as number, stored: rowOf(sql, names, { place, cells, from: 2 }) };
  }
  return { slots, slotOf };
}

function writeSlots(sql: Sql, part: Part, written: { readonly scope: Scope; readonly slots: readonly Slot[] }): void {
  const rev = newRev();
  const touches: { readonly values: readonly Value[]; readonly ns: number[] }[] = [];
  const rows: Value[] = [];
  const bodies: Value[] = [];
  const scope = scopeNumber(sql, part.names, written.scope);
  for (const slot of written.slots) {
    const { next, n } = slot;
    if (next === undefined) continue;
    if (n === undefined) {
      const fresh = part.numbers.next(sql);
      rows.push(fresh, next._id, scope, ...metaOf(sql, part.names, next), rev);
      if (next.row !== undefined || next.data !== undefined || next.event !== undefined) bodies.push(fresh, ...contentOf(next));
    } else if (slot.change === 'touch') {
      touch(touches, n, [next.stamp, next.seen, part.names.of(sql, next.partition)]);
    } else {
      writeRow(sql, part.names, { n, row: next, content: slot.content, rev });
    }
  }
  for (const { values, ns } of touches) {
    sql.run('UPDATE rows SET stamp = ?, seen = ?, part = ?, rev = ? WHERE n IN (SELECT value FROM json_each(?))', [...values, rev, JSON.stringify(ns)]);
  }
  insertMany(sql, INTO_ROWS, rows);
  insertMany(sql, INTO_BODIES, bodies);
}

/** Nearly always all touched rows of a page get the same values, so the last group is asked first. */
function touch(touches: { readonly values: readonly Value[]; readonly ns: number[] }[], n: number, values: readonly Value[]): void {
  for (let at = touches.length - 1; at >= 0; at--) {
    const group = touches[at]!;
    if (values.every((value, index) => value === group.values[index])) {
      group.ns.push(n);
      return;
    }
  }
  touches.push({ values, ns: [n] });
}

const SELECT_READ = `SELECT j.key, r.n, r.rev, r.id, ${META_COLUMNS.map((column) => `r.${column}`).join(', ')} FROM json_each(?) j CROSS JOIN rows r ON r.id = j.value`;

/** Headers of rows that are still as they were read, in the transaction at hand. */
export function setHeaders(sql: Sql, names: Names, written: { readonly changes: readonly HeaderChange[]; readonly mapping: string; readonly at: number }): { readonly dirty: readonly Dirty[]; readonly lost: readonly string[] } {
  const { changes } = written;
  const rev = newRev();
  const dirty: Dirty[] = [];
  const done = new Set<number>();
  for (const cells of sql.all(SELECT_READ, [JSON.stringify(changes.map(({ _id }) => storable(_id)))])) {
    const at = cells[0] as number;
    const { _id, header, rev: read } = changes[at]!;
    if (cells[2] !== read) continue;
    const row = applyHeader(rowOf(sql, names, { place: placeOf(_id), cells, from: 4 }), header, written);
    writeRow(sql, names, { n: cells[1] as number, row, content: 'keep', rev });
    done.add(at);
    if (isDirty(row, written.mapping)) dirty.push({ _id: row._id, key: row.key, face: row.face ?? '', gone: row.gone });
  }
  return { dirty, lost: changes.flatMap(({ _id }, at) => (done.has(at) ? [] : [_id])) };
}

const ANCHOR = 'UPDATE rows SET anchor = ?, rev = ? WHERE id = ? AND rev = ?';

/** Gives the ids of those that are not as they were read. */
export function setAnchors(sql: Sql, changes: readonly AnchorChange[]): readonly string[] {
  const rev = newRev();
  return changes.flatMap(({ _id, rev: read, anchor = null }) => (sql.run(ANCHOR, [anchor, rev, storable(_id), read]) === 1 ? [] : [_id]));
}

const BURY = 'UPDATE bodies SET row = NULL, data = coalesce(data, row), event = CASE WHEN data IS NULL THEN NULL ELSE event END WHERE n = ?';
const UPDATE_ROW = `UPDATE rows SET ${META_COLUMNS.map((column) => `${column} = ?`).join(', ')}, rev = ? WHERE n = ?`;

/** Writes one row that is there already. */
export function writeRow(sql: Sql, names: Names, written: { readonly n: number; readonly row: RowState; readonly content: Applied['content']; readonly rev: string }): void {
  const { n, row } = written;
  sql.run(UPDATE_ROW, [...metaOf(sql, names, row), written.rev, n]);
  if (written.content === 'keep') return;
  if (written.content === 'bury') sql.run(BURY, [n]);
  else if (row.row === undefined && row.data === undefined && row.event === undefined) sql.run('DELETE FROM bodies WHERE n = ?', [n]);
  else sql.run('INSERT OR REPLACE INTO bodies(n, row, data, event) VALUES (?, ?, ?, ?)', [n, ...contentOf(row)]);
}

const INTO_ROWS = insertion('INSERT INTO rows', ['n', 'id', 'scope', ...META_COLUMNS, 'rev']);
const INTO_BODIES = insertion('INSERT INTO bodies', ['n', 'row', 'data', 'event']);
