import { parseJson, type Json, type JsonObject } from '../shared';
import type { Row, RowEvent } from './rows';

/** A dirty row as mappings and processors take it, with its content unless it is gone. */
export interface RowToMap {
  readonly _id: string;
  /** '' when gone. */
  readonly face: string;
  readonly row?: Json;
  /** What brought it, where a delivery did; of a tombstone the delivery or the row that it was last (pipelines.md 5.1). */
  readonly event?: RowEvent;
  readonly data?: Json;
  /** A delivery that is just being taken in brought it; its event is kept where somebody wants every event. */
  readonly heard?: true;
}

/** Of an element with what is kept about it, in a member of its own. */
function contentOf({ row, header }: Row): Json {
  const content = parseJson(row!);
  return header === undefined ? content : { ...(content as JsonObject), header: parseJson(header) };
}

export function rowToMap(row: Row): RowToMap {
  const gone = row.gone || row.row === undefined;
  return {
    _id: row._id,
    face: gone ? '' : (row.face ?? row.hash ?? ''),
    ...(!gone && { row: contentOf(row) }),
    ...(row.event && { event: row.event }),
    ...(row.data !== undefined && { data: parseJson(row.data) }),
  };
}
