import { decodeSegment, encodeSegment } from '../../shared';
import { rowId, scopeId, storable } from '../ids';
import type { RowState } from '../apply';
import type { Provenance, RowEvent, Scope } from '../store';
import type { Cells, Sql, Value } from './connection';
import type { Names } from './names';
import { packBody, unpackBody, type StoredBody } from './text';

/** A row's small columns, without what identifies it. Order of `metaOf`. */
export const META = 'part, hash, version, floor, stamp, heard, ask, seen, gone, goneAt, byEvent, mappedFace, mappedBy, due, locate, face, header, anchor, provenance';
export const META_COLUMNS = META.split(', ');

const optional = <T>(cell: unknown): T | undefined => (cell === null ? undefined : (cell as T));

export interface Place {
  readonly scope: Scope;
  readonly key: string;
}

/** What an `_id` of a row says. */
export const placeOf = (id: string): Place => {
  const [integration = '', kind = ''] = id.split('/', 2);
  const scope = { integration: decodeSegment(integration), kind: decodeSegment(kind) };
  return { scope, key: id.slice(rowId(scope, '').length) };
};

/** The row of META cells that begin at `from`; bodies are not among them. Its face is written only where it is not the hash. */
export function rowOf(sql: Sql, names: Names, at: { readonly place: Place; readonly cells: Cells; readonly from: number }): RowState {
  const { place, cells, from } = at;
  const row: { -readonly [K in keyof RowState]: RowState[K] } = {
    _id: rowId(place.scope, place.key),
    integration: place.scope.integration,
    kind: place.scope.kind,
    key: place.key,
    partition: names.name(sql, cells[from] as number),
    floor: cells[from + 3] as number,
    stamp: cells[from + 4] as number,
    heard: cells[from + 5] as number,
    seen: cells[from + 7] as number,
    gone: cells[from + 8] === 1,
    by: cells[from + 10] === 1 ? 'event' : 'run',
  };
  const hash = cells[from + 1];
  if (hash !== null) {
    row.hash = hash as string;
    row.face = (cells[from + 15] ?? hash) as string;
  }
  if (cells[from + 2] !== null) row.version = cells[from + 2] as number;
  if (cells[from + 6] !== null) row.ask = cells[from + 6] as number;
  if (cells[from + 9] !== null) row.goneAt = cells[from + 9] as number;
  if (cells[from + 11] !== null) row.mapped = { face: cells[from + 11] as string, mapping: names.name(sql, cells[from + 12] as number) };
  if (cells[from + 13] !== null) row.due = cells[from + 13] as number;
  if (cells[from + 14] !== null) row.locate = cells[from + 14] as string;
  if (cells[from + 16] !== null) row.header = cells[from + 16] as string;
  if (cells[from + 17] !== null) row.anchor = cells[from + 17] as string;
  if (cells[from + 18] !== null) row.provenance = JSON.parse(cells[from + 18] as string) as Provenance;
  return row;
}

export const metaOf = (sql: Sql, names: Names, row: RowState): Value[] => [
  names.of(sql, row.partition),
  row.hash ?? null,
  row.version ?? null,
  row.floor,
  row.stamp,
  row.heard,
  row.ask ?? null,
  row.seen,
  row.gone ? 1 : 0,
  row.goneAt ?? null,
  row.by === 'event' ? 1 : 0,
  row.mapped?.face ?? null,
  row.mapped === undefined ? null : names.of(sql, row.mapped.mapping),
  row.due ?? null,
  row.locate === undefined ? null : storable(row.locate),
  row.face === row.hash ? null : (row.face ?? null),
  row.header ?? null,
  row.anchor ?? null,
  row.provenance === undefined ? null : JSON.stringify(row.provenance),
];

export const scopeNumber = (sql: Sql, names: Names, scope: Scope): number => names.of(sql, `scope ${scopeId(scope)}`);

/** The scope behind its number. */
export function scopeOf(sql: Sql, names: Names, n: number): Scope {
  const [integration = '', kind = ''] = names.name(sql, n).slice('scope '.length).split('/', 2);
  return { integration: decodeSegment(integration), kind: decodeSegment(kind) };
}

/** JSON list of the numbers of the integration's scopes, or of the one. */
export function scopesOf(sql: Sql, names: Names, of: { readonly integration: string; readonly kind?: string | undefined }): string {
  if (of.kind !== undefined) return JSON.stringify([scopeNumber(sql, names, { integration: of.integration, kind: of.kind })]);
  const prefix = storable(`scope ${encodeSegment(of.integration)}/`);
  return JSON.stringify(names.where(sql, (name) => name.startsWith(prefix)));
}

/** row, data, event of the bodies table. */
export function contentOf(row: RowState): Value[] {
  const data = packBody(row.data);
  const held = typeof data === 'string' && row.row !== undefined ? placeIn(data, row.row) : undefined;
  return [held ?? packBody(row.row), data, row.event === undefined ? null : JSON.stringify(row.event)];
}

/** Lengths and places in a body are below this: longer ones are deflated. */
const LIMIT = 2 ** 26;
const HEAD_LENGTH = 64;

/** A delivery nearly always holds the row word for word: then only its place is stored, as place · LIMIT + length, and the body takes half the room. */
function placeIn(data: string, text: string): number | undefined {
  const at = data.indexOf(text.slice(0, HEAD_LENGTH));
  // Not by startsWith, which compares letter by letter: 8 µs for 2 KB.
  return at >= 0 && text.length > HEAD_LENGTH && data.slice(at, at + text.length) === text ? at * LIMIT + text.length : undefined;
}

function rowIn(data: string | undefined, place: number): string | undefined {
  const at = Math.floor(place / LIMIT);
  return data?.slice(at, at + (place % LIMIT));
}

export function withContent(row: RowState, cells: Cells, from: number): RowState {
  const data = unpackBody((cells[from + 1] ?? null) as StoredBody);
  const held = (cells[from] ?? null) as StoredBody | number;
  const body = typeof held === 'number' ? rowIn(data, held) : unpackBody(held);
  const event = optional<string>(cells[from + 2] ?? null);
  return { ...row, ...(body !== undefined && { row: body }), ...(data !== undefined && { data }), ...(event !== undefined && { event: JSON.parse(event) as RowEvent }) };
}
