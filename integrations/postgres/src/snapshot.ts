import type { Connection } from './connect';
import { causeOf, sqlState } from './failure';

const PAGE = 500;

// All settings are of the transaction: a session may be lent by a pooler, and go to somebody else next. With this search path names are written out, whoever asks.
// A statement about catalogs is short; a lock that does not come soon is held by a migration. The last one frees the server of a reader that went away.
const BEGIN = `BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT set_config('search_path', 'pg_catalog', true), set_config('statement_timeout', '60s', true), set_config('lock_timeout', '1s', true),
  set_config('idle_in_transaction_session_timeout', '15min', true)`;

/** A database as it is at one moment. Calls at the same time are done one after the other. */
export interface Snapshot {
  readonly database: string;
  rows<TRow>(text: string, values?: readonly unknown[]): Promise<readonly TRow[]>;
  /** In pages of at most 500, by a cursor of the server. */
  pages<TRow>(text: string, values: readonly unknown[]): AsyncGenerator<readonly TRow[]>;
  /** What views are made of, by oid. Those are missing that went since the snapshot, or are locked: only this is read as it is now. */
  definitions(oids: readonly number[]): Promise<ReadonlyMap<number, string>>;
  /** Ends the transaction. Never throws. */
  end(): Promise<void>;
}

export async function takeSnapshot(connection: Connection): Promise<Snapshot> {
  try {
    await connection.script(BEGIN);
  } catch (err) {
    await connection.query('ROLLBACK').catch(() => undefined);
    throw err;
  }
  let last: Promise<unknown> = Promise.resolve();
  let cursors = 0;
  let broken: { readonly by: unknown } | undefined;
  /** A statement that failed in a savepoint must be undone before anybody else's. After any other failure the server only says that there was one: we say which. */
  const turn = <T>(work: () => Promise<T>): Promise<T> => {
    const begin = async (): Promise<T> => {
      if (broken) throw broken.by;
      try {
        return await work();
      } catch (err) {
        broken = { by: err };
        throw err;
      }
    };
    const mine = last.then(begin, begin);
    last = mine;
    return mine;
  };
  return {
    database: connection.database,
    rows: <TRow>(text: string, values?: readonly unknown[]) => turn(() => connection.query<TRow>(text, values)),
    async *pages<TRow>(text: string, values: readonly unknown[]) {
      const cursor = `page_${++cursors}`;
      await turn(() => connection.query(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${text}`, values));
      for (;;) {
        const rows = await turn(() => connection.query<TRow>(`FETCH FORWARD ${PAGE} FROM ${cursor}`));
        if (rows.length > 0) yield rows;
        if (rows.length < PAGE) break;
      }
      await turn(() => connection.query(`CLOSE ${cursor}`));
    },
    definitions: (oids) => turn(() => readDefinitions(connection, oids)),
    // Also after a failure, which it undoes: the connection may be used further.
    async end() {
      await last.catch(() => undefined);
      await connection.query('COMMIT').catch(() => undefined); // it is lost, and its transaction with it
    },
  };
}

const ROLLBACK = 'ROLLBACK TO SAVEPOINT definitions; RELEASE SAVEPOINT definitions';

interface Definition {
  readonly oid: number;
  readonly formula: string | null;
}

/** Asking for the text of a view locks the tables in it until the transaction ends, so that nobody could change them: undoing a savepoint frees them at once. */
async function readDefinitions(connection: Connection, oids: readonly number[]): Promise<ReadonlyMap<number, string>> {
  if (oids.length === 0) return new Map();
  try {
    const [, rows = []] = await connection.script<Definition>(`SAVEPOINT definitions;
SELECT oid, pg_get_viewdef(oid) AS formula FROM unnest('{${oids.join(',')}}'::oid[]) AS oid; ${ROLLBACK}`);
    return new Map(rows.flatMap(({ oid, formula }) => (formula === null ? [] : [[oid, formula] as const])));
  } catch (err) {
    if (sqlState(causeOf(err)) === undefined) throw err;
    await connection.script(ROLLBACK);
    if (oids.length === 1) return new Map();
    const found = new Map<number, string>();
    for (const oid of oids) for (const [key, formula] of await readDefinitions(connection, [oid])) found.set(key, formula);
    return found;
  }
}
