import { setImmediate } from 'node:timers';
import Database from 'libsql';
import { FrameworkError } from '../../contract';
import { migrations } from './schema';

/** What can be bound. The driver ends the process on a boolean, so there is none here. */
export type Value = string | number | Buffer | null;
export type Cells = readonly unknown[];

/** Statements inside the transaction of the turn. */
export interface Sql {
  all(text: string, values?: readonly Value[]): readonly Cells[];
  get(text: string, values?: readonly Value[]): Cells | undefined;
  /** Gives how many rows were changed. */
  run(text: string, values?: readonly Value[]): number;
}

export interface Connection {
  /**
   * Runs `work` in a transaction and resolves once that is durable. All work of one turn of the event loop shares one transaction, in order: one fsync however many
   * deliveries arrive. Work may be run again (when other work of its turn throws), so it may depend on the database only.
   */
  transact<T>(work: (sql: Sql) => T): Promise<T>;
  /**
   * The same for reads, and for what follows from what is stored (outputs, what sinks said, the catalog): a commit that is not synchronised. It comes to the disk with
   * the next one that is, in order; after a power cut it is derived or sent once more.
   */
  derive<T>(work: (sql: Sql) => T): Promise<T>;
  /** Called when a transaction was rolled back: what was remembered of it is not there. */
  onRollback(forget: () => void): void;
  close(): Promise<void>;
}

interface Job {
  readonly derived: boolean;
  run(sql: Sql): unknown;
  resolve(value: unknown): void;
  reject(err: unknown): void;
}

interface Statement {
  all(values: readonly Value[]): unknown[];
  get(values: readonly Value[]): unknown;
  run(values: readonly Value[]): { changes: number };
}

const none: readonly Value[] = [];

/** Opens the file, takes the system's exclusive lock on it and brings the schema up to date. Throws SqliteError SQLITE_BUSY when another process holds it. */
export function connect(file: string): Connection {
  const database = new Database(file);
  try {
    return open(database);
  } catch (err) {
    leave(database);
    throw err;
  }
}

function open(database: Database.Database): Connection {
  // In this order: exclusive before WAL needs no shared memory, and page_size only counts before the first table.
  database.exec('PRAGMA page_size = 8192; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16000');
  // Deliveries touch pages all over the file; the more of them one checkpoint brings home, the less often each is written (64 MB at most wait in the log).
  database.exec('PRAGMA wal_autocheckpoint = 8000; PRAGMA temp_store = MEMORY');
  database.exec('BEGIN IMMEDIATE; COMMIT');

  const statements = new Map<string, Statement>();
  const prepare = (text: string): Statement => {
    let statement = statements.get(text);
    if (!statement) {
      const prepared = database.prepare(text);
      if (/^\s*(SELECT|WITH|PRAGMA)|RETURNING/i.test(text)) prepared.raw(true);
      statement = prepared as unknown as Statement;
      statements.set(text, statement);
    }
    return statement;
  };
  const sql: Sql = {
    all: (text, values = none) => prepare(text).all(values) as Cells[],
    get: (text, values = none) => prepare(text).get(values) as Cells | undefined,
    run: (text, values = none) => prepare(text).run(values).changes,
  };
  migrate(database, sql);

  const forgetting: (() => void)[] = [];
  let synchronised = true;
  const synchronise = (wanted: boolean): void => {
    if (wanted === synchronised) return;
    database.exec(`PRAGMA synchronous = ${wanted ? 'FULL' : 'NORMAL'}`);
    synchronised = wanted;
  };
  const attempt = (jobs: readonly Job[]): (() => void)[] => {
    synchronise(!jobs.every((job) => job.derived));
    sql.run('BEGIN IMMEDIATE');
    try {
      const answers = jobs.map((job) => {
        const value = job.run(sql);
        return () => job.resolve(value);
      });
      sql.run('COMMIT');
      return answers;
    } catch (err) {
      rollBack(database);
      for (const forget of forgetting) forget();
      throw err;
    }
  };
  let queue: Job[] = [];
  const flush = (): void => {
    const jobs = queue;
    queue = [];
    // One piece of work that throws must not take the others with it.
    for (const group of jobs.length > 1 ? [jobs, ...jobs.map((job) => [job])] : [jobs]) {
      try {
        for (const answer of attempt(group)) answer();
        if (group === jobs) return;
      } catch (err) {
        if (group.length === 1) group[0]!.reject(asStoreError(err));
      }
    }
  };
  const enqueue = <T>(work: (sql: Sql) => T, derived: boolean): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (!database.open) return reject(new FrameworkError('STORE_UNREACHABLE', ['it is closed']));
      if (queue.length === 0) setImmediate(flush);
      queue.push({ derived, run: work, resolve: resolve as (value: unknown) => void, reject });
    });
  return {
    transact: (work) => enqueue(work, false),
    derive: (work) => enqueue(work, true),
    onRollback: (forget) => void forgetting.push(forget),
    async close() {
      if (!database.open) return;
      await new Promise<void>((done) => setImmediate(done));
      leave(database);
      statements.clear();
    },
  };
}

/** The driver keeps the file open while prepared statements live. Leaving WAL and the exclusive mode frees the lock at once, and leaves one file to back up. */
function leave(database: Database.Database): void {
  try {
    for (const text of ['PRAGMA journal_mode = DELETE', 'PRAGMA locking_mode = NORMAL', 'SELECT count(*) FROM sqlite_master']) database.prepare(text).all();
  } catch {
    // Held by another process, or no database: then there is nothing to leave.
  }
  database.close();
}

function rollBack(database: Database.Database): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // A full disk or a failed COMMIT may have ended the transaction already; the error that led here tells the story.
  }
}

function migrate(database: Database.Database, sql: Sql): void {
  const version = Number(sql.get('PRAGMA user_version')?.[0] ?? 0);
  if (version > migrations.length) throw new FrameworkError('STORE_TOO_NEW', [version, migrations.length]);
  for (let next = version; next < migrations.length; next++) database.exec(`BEGIN; ${migrations[next]!}; PRAGMA user_version = ${next + 1}; COMMIT`);
}

/** What the database says is the store not answering; errors of the framework and bugs pass. The driver marks its own, not always with their class. */
function asStoreError(err: unknown): unknown {
  if (!(err instanceof Error) || (err.name !== 'SqliteError' && !('libsqlError' in err))) return err;
  return new FrameworkError('STORE_UNREACHABLE', [err.message], { cause: err });
}
