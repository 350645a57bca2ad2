import { newRev } from '../../shared';
import { storable } from '../ids';
import { isHeld, replaceParts, rowsThatLeft, type OutputState } from '../compose';
import type { Left, MappedPart, MappedRow, Output, Part, RewriteBatch, Rewritten } from '../store';
import type { Sql, Value } from './connection';
import type { Names } from './names';
import { HEAD, headOf, INTO_OUTPUTS, INTO_PARTS, insertedOutput, insertedPart, updateOutput, withParts } from './output-codec';
import { insertMany, type Numbers } from './insert';

interface MappedNow {
  readonly n: number;
  /** '' when gone. */
  readonly face: string;
}

/** Replaces the parts of the rows in all outputs of the pipeline and sets `mapped`, in the transaction at hand. A row that is not there any more, or has moved on, gives nothing. */
export function rewriteOutputs(sql: Sql, tools: { readonly names: Names; readonly numbers: Numbers }, given: RewriteBatch): Rewritten {
  const { names, numbers } = tools;
  const rows = readRows(sql, given);
  const batch = { ...given, rows: given.rows.filter((row) => !hasMovedOn(rows.get(storable(row.row)), row)) };
  const gives = partsByOutput(batch, rows);
  const before = readOutputs(sql, { names, batch, ids: [...gives.keys()], rows: batch.rows.flatMap((row) => rows.get(storable(row.row))?.n ?? []) });

  const mapped = new Set(batch.rows.map((row) => storable(row.row)));
  const keep = new Set(batch.rows.filter((row) => row.keep).map((row) => storable(row.row)));
  const removals = new Map(batch.rows.flatMap((row) => (row.last === undefined ? [] : [[storable(row.row), row.last] as const])));
  const rev = newRev();
  const inserted: Value[] = [];
  const parts: Value[] = [];
  const after = new Map<string, OutputState>();
  const dirty: Output[] = [];
  const left: Left[] = [];
  let held = 0;
  for (const id of new Set([...gives.keys(), ...before.keys()])) {
    const stored = before.get(id);
    const composed = replaceParts(stored?.output, {
      _id: id,
      pipeline: batch.pipeline,
      integration: batch.integration,
      rows: mapped,
      keep,
      parts: gives.get(id) ?? [],
      sinks: batch.sinks,
      departures: batch.departures,
      removals,
      at: batch.at,
    });
    if (composed.is === 'remove') {
      if (stored) removeOutput(sql, stored.n);
      continue;
    }
    const { output } = composed;
    after.set(id, output);
    if (isHeld(output) && stored?.output.gone === false) held++;
    const now: Output = { ...output, rev: composed.is === 'same' ? stored!.output.rev : rev };
    if (output.due !== undefined && output.due <= batch.at) dirty.push(now);
    for (const row of rowsThatLeft(stored?.output, output)) left.push({ row, output: now });
    if (composed.is === 'same') continue;
    const n = stored?.n ?? numbers.next(sql);
    if (stored) {
      updateOutput(sql, names, { n, output, rev });
      dropParts(sql, { n, rows, parts: stored.output.parts, kept: output.parts });
    } else {
      inserted.push(...insertedOutput(sql, names, { n, output, rev }));
    }
    // A part of a later event stays where it is, whatever was given.
    const fresh = new Set(gives.get(id));
    for (const part of output.parts) if (fresh.has(part)) parts.push(...insertedPart(n, rows.get(part.row)!.n, part));
  }
  insertMany(sql, INTO_OUTPUTS, inserted);
  insertMany(sql, INTO_PARTS, parts);
  if (!batch.more) setMapped(sql, { names, batch, rows, rev });
  const changed = given.rows.flatMap((row) => row.parts.map((part) => rows.has(storable(row.row)) && mapped.has(storable(row.row)) && after.get(storable(part.output))?.due !== undefined));
  return { dirty, changed, held, ...(left.length > 0 && { left }) };
}

const hasMovedOn = (row: MappedNow | undefined, { face }: MappedRow): boolean => row !== undefined && face !== undefined && face !== row.face;

/** By `_id`. */
function readRows(sql: Sql, batch: RewriteBatch): ReadonlyMap<string, MappedNow> {
  const ids = batch.rows.map((row) => storable(row.row));
  const rows = new Map<string, MappedNow>();
  for (const [at, n, gone, face] of sql.all('SELECT j.key, r.n, r.gone, coalesce(r.face, r.hash) FROM json_each(?) j CROSS JOIN rows r ON r.id = j.value', [JSON.stringify(ids)])) {
    rows.set(ids[at as number]!, { n: n as number, face: gone === 1 ? '' : (face as string) });
  }
  return rows;
}

function partsByOutput(batch: RewriteBatch, rows: ReadonlyMap<string, unknown>): ReadonlyMap<string, readonly Part[]> {
  const given = new Map<string, Part[]>();
  for (const row of batch.rows) {
    const id = storable(row.row);
    if (!rows.has(id)) continue;
    for (const mapped of row.parts) {
      const output = storable(mapped.output);
      const known = given.get(output);
      if (known) known.push(partOf(id, mapped));
      else given.set(output, [partOf(id, mapped)]);
    }
  }
  return given;
}

const partOf = (row: string, { resource, body, hash, search, order }: MappedPart): Part => ({ row, resource, body, hash, ...(search && { search }), ...(order !== undefined && { order }) });

interface StoredOutput {
  readonly n: number;
  readonly output: Output;
}

/** The outputs of the pipeline that get a part, or hold one of these rows; by `_id`. */
function readOutputs(
  sql: Sql,
  of: { readonly names: Names; readonly batch: RewriteBatch; readonly ids: readonly string[]; readonly rows: readonly number[] },
): ReadonlyMap<string, StoredOutput> {
  const pipeline = of.names.of(sql, of.batch.pipeline);
  const holding = sql.all('SELECT DISTINCT o FROM parts WHERE r IN (SELECT value FROM json_each(?))', [JSON.stringify(of.rows)]).map(([o]) => o);
  const cells = [
    ...sql.all(`SELECT ${HEAD} FROM outputs WHERE pipeline = ? AND id IN (SELECT value FROM json_each(?))`, [pipeline, JSON.stringify(of.ids)]),
    ...(holding.length === 0 ? [] : sql.all(`SELECT ${HEAD} FROM outputs WHERE pipeline = ? AND n IN (SELECT value FROM json_each(?))`, [pipeline, JSON.stringify(holding)])),
  ];
  const heads = new Map(cells.map((one) => [one[1] as string, headOf(sql, of.names, one)]));
  const found = [...heads.values()];
  if (found.length === 0) return new Map();
  return new Map(withParts(sql, found).map((output, index) => [output._id, { n: found[index]!.n, output }]));
}

/** Takes out the parts of the mapped rows that are not given again. */
function dropParts(sql: Sql, of: { readonly n: number; readonly rows: ReadonlyMap<string, MappedNow>; readonly parts: readonly Part[]; readonly kept: readonly Part[] }): void {
  for (const part of of.parts) {
    if (of.kept.some((kept) => kept.row === part.row && kept.resource === part.resource)) continue;
    const row = of.rows.get(part.row);
    if (row) sql.run('DELETE FROM parts WHERE o = ? AND r = ? AND resource = ?', [of.n, row.n, part.resource]);
  }
}

export function removeOutput(sql: Sql, n: number): void {
  sql.run('DELETE FROM parts WHERE o = ?', [n]);
  sql.run('DELETE FROM outputs WHERE n = ?', [n]);
}

/** As applyMapped of apply.ts does, in one statement: only where the face is still the one that was mapped. */
function setMapped(sql: Sql, of: { readonly names: Names; readonly batch: RewriteBatch; readonly rows: ReadonlyMap<string, MappedNow>; readonly rev: string }): void {
  const ns = of.batch.rows.flatMap((mapped) => {
    const row = of.rows.get(storable(mapped.row));
    return row && row.face === mapped.face ? [row.n] : [];
  });
  sql.run(
    "UPDATE rows SET mappedFace = coalesce(face, hash, ''), mappedBy = ?, due = CASE WHEN ask IS NULL THEN NULL ELSE due END, rev = ? WHERE n IN (SELECT value FROM json_each(?))",
    [of.names.of(sql, of.batch.mapping), of.rev, JSON.stringify(ns)],
  );
}
