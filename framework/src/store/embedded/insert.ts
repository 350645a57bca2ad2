import type { Connection, Sql, Value } from './connection';

/** Dealt by the process, so that what hangs together is inserted without asking back. */
export interface Numbers {
  next(sql: Sql): number;
}

export function createNumbers(connection: Connection, table: 'rows' | 'outputs'): Numbers {
  let last: number | undefined;
  connection.onRollback(() => (last = undefined));
  return {
    next(sql) {
      last ??= sql.get(`SELECT coalesce(max(n), 0) FROM ${table}`)![0] as number;
      return ++last;
    },
  };
}

/** Sizes of the prepared statements: a page of 100 in one, and few statements for every other length. */
const SIZES = [100, 32, 8, 2, 1];

export interface Into {
  readonly width: number;
  /** By size. */
  readonly texts: readonly string[];
}

export function insertion(into: string, columns: readonly string[]): Into {
  const marks = `(${columns.map(() => '?').join()})`;
  return { width: columns.length, texts: SIZES.map((size) => `${into}(${columns.join()}) VALUES ${Array<string>(size).fill(marks).join()}`) };
}

/** Inserts rows whose values stand one behind the other. */
export function insertMany(sql: Sql, into: Into, values: readonly Value[]): void {
  let at = 0;
  SIZES.forEach((size, index) => {
    const length = size * into.width;
    for (; values.length - at >= length; at += length) sql.run(into.texts[index]!, values.slice(at, at + length));
  });
}
