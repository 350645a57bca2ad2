import { mkdirSync } from 'node:fs';
import path from 'node:path';
import Database from 'libsql';
import { FrameworkError } from '../contract';

type Db = Database.Database;
type Statement = Database.Statement;

/** The tables of portal.db, and the one way to write them. */
export interface Store {
  /** A prepared statement, kept by its text. */
  statement(sql: string): Statement;
  /** All or nothing; calls inside a transaction join it. What it wrote may be answered after `durable`. */
  transact<T>(work: () => T): T;
  /** Resolves when everything written so far is on the disk; rejects when it could not be kept. */
  durable(): Promise<void>;
  /** Calls this when writes that seemed done were lost (a full disk): whoever remembers them reads again. */
  onLoss(read: () => void): void;
  close(): void;
}

const VERSION = 1;

// Bodies come last in their row, so that listings which do not ask for them never read past the small columns.
const SCHEMA = `
CREATE TABLE IF NOT EXISTS documents(collection TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY(collection, id));
CREATE TABLE IF NOT EXISTS blueprints(n INTEGER PRIMARY KEY, identifier TEXT NOT NULL UNIQUE, created INTEGER NOT NULL, updated INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sources(n INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS entities(n INTEGER PRIMARY KEY, blueprint INTEGER NOT NULL, identifier TEXT NOT NULL, source INTEGER NOT NULL,
  created INTEGER NOT NULL, updated INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE(blueprint, identifier));
CREATE INDEX IF NOT EXISTS entities_source ON entities(source);
CREATE TABLE IF NOT EXISTS links(target INTEGER NOT NULL, source INTEGER NOT NULL, relation TEXT NOT NULL, PRIMARY KEY(target, source, relation)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS links_source ON links(source);
CREATE TABLE IF NOT EXISTS lines(n INTEGER PRIMARY KEY, integration TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS lines_integration ON lines(integration);
`;

/** Opens or creates `portal.db` in this folder. Throws DATA_FOLDER or STORE_TOO_NEW. */
export function openStore(folder: string): Store {
  const db = openFile(folder);
  const statements = new Map<string, Statement>();
  const onLoss: (() => void)[] = [];
  const turn = turns(db, () => onLoss.forEach((read) => read()));
  let inside = false;
  return {
    statement(sql) {
      let found = statements.get(sql);
      if (!found) statements.set(sql, (found = db.prepare(sql)));
      return found;
    },
    transact(work) {
      if (inside) return work();
      turn.begin();
      db.exec('SAVEPOINT call');
      inside = true;
      try {
        const result = work();
        db.exec('RELEASE call');
        return result;
      } catch (err) {
        db.exec('ROLLBACK TO call; RELEASE call');
        throw err;
      } finally {
        inside = false;
      }
    },
    durable: turn.durable,
    onLoss: (read) => void onLoss.push(read),
    close() {
      turn.end();
      statements.clear();
      db.close();
    },
  };
}

interface Turns {
  begin(): void;
  durable(): Promise<void>;
  end(): void;
}

/** One transaction for all calls of a turn of the event loop: syncing the disk is the dearest part of a small write, and one sync serves them all. */
function turns(db: Db, lost: () => void): Turns {
  let open: { readonly done: Promise<void>; readonly settle: (err?: unknown) => void } | undefined;
  const end = (): void => {
    const ending = open;
    if (!ending) return;
    open = undefined;
    try {
      db.exec('COMMIT');
      ending.settle();
    } catch (err) {
      if (db.inTransaction) db.exec('ROLLBACK');
      lost();
      ending.settle(err);
    }
  };
  return {
    begin() {
      if (open) return;
      db.exec('BEGIN IMMEDIATE');
      let settle!: (err?: unknown) => void;
      const done = new Promise<void>((resolve, reject) => (settle = (err) => (err === undefined ? resolve() : reject(err as Error))));
      done.catch(() => undefined); // a turn that nobody waits for must not end the process
      open = { done, settle };
      setImmediate(end);
    },
    durable: () => open?.done ?? Promise.resolve(),
    end,
  };
}

function openFile(folder: string): Db {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const db = new Database(path.join(folder, 'portal.db'));
    // FULL: an entity that was answered 200 is one its sender never sends again, so it has to survive a power cut.
    db.exec('PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16000; PRAGMA busy_timeout = 5000;');
    const version = (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
    if (version > VERSION) {
      db.close();
      throw new FrameworkError('STORE_TOO_NEW', [version, VERSION]);
    }
    db.exec(SCHEMA);
    db.exec(`PRAGMA user_version = ${VERSION}`);
    return db;
  } catch (err) {
    if (err instanceof FrameworkError) throw err;
    throw new FrameworkError('DATA_FOLDER', [folder, err instanceof Error ? err.message : String(err)], { cause: err });
  }
}
