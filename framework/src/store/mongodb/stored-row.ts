import type { Document } from 'mongodb';
import type { Applied, RowState } from '../apply';
import type { Row } from '../store';
import { checkSize, decodeBody, type Bodies, type StoredBody } from './body';
import { changesOf } from './changes';
import type { Write } from './write-guarded';

/** Without the bodies: all that the write rule needs of a stored row. */
export const HEAD = { row: 0, data: 0 } as const;
/** Beside what a Row has: the outputs that may hold a part of it. See row-outputs.ts, which alone writes it. */
export const OUTPUTS = 'outputs';
const BODIES: ReadonlySet<string> = new Set(['row', 'data']);
const NONE: ReadonlySet<string> = new Set();

export const rowOf = ({ row, data, [OUTPUTS]: _outputs, ...head }: Document): Row =>
  ({ ...head, ...(row !== undefined && { row: decodeBody(row as StoredBody) }), ...(data !== undefined && { data: decodeBody(data as StoredBody) }) }) as Row;

function encodeRow({ row, data, ...head }: RowState, bodies: Bodies): object {
  const body = { ...(row !== undefined && { row: bodies.encode(row) }), ...(data !== undefined && { data: bodies.encode(data) }) };
  checkSize(head._id, Object.values(body));
  return { ...head, ...body };
}

/** The write that makes `stored`, which was read without its bodies unless they are kept elsewhere now, what was decided. */
export function writeRow(stored: Row | undefined, { row, content }: Pick<Applied, 'row' | 'content'>, bodies: Bodies): Write {
  const next = encodeRow(row, bodies);
  return stored === undefined ? { insert: next } : changesOf(stored, next, content === 'keep' ? NONE : BODIES);
}
