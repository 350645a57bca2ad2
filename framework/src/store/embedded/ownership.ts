import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { FrameworkError } from '../../contract';
import type { Clock } from '../../shared';
import type { Holder, Ownership } from '../store';
import type { Connection } from './connection';

/** What the process that owns a data folder is known by. Only informs: the lock is the system's, on the database file, and goes with the process. */
const fileOf = (folder: string): string => path.join(folder, 'framework.lock');

/** Undefined when nobody wrote it, or it cannot be read. */
export async function readHolder(folder: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(fileOf(folder), 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

export interface OwnedFolder {
  readonly folder: string;
  readonly clock: Clock;
  /** Opens the database and takes its lock. Throws SQLITE_BUSY while another process has it. */
  open(): Connection;
}

export interface Owned {
  readonly ownership: Ownership;
  /** Of the owner; the first work opens the file when `acquire` did not yet. */
  readonly connection: Connection;
}

export function ownFolder(owned: OwnedFolder): Owned {
  const { folder } = owned;
  const forgetting: (() => void)[] = [];
  let opening: Promise<Connection> | undefined;
  let opened: Connection | undefined;
  let closed = false;
  let startedAt = '';

  const inform = (url: string): Promise<void> => writeFile(fileOf(folder), `${JSON.stringify({ pid: process.pid, url, startedAt })}\n`, { mode: 0o600 });

  async function take(): Promise<Connection> {
    let connection: Connection;
    try {
      connection = owned.open();
    } catch (err) {
      throw await explain(folder, err);
    }
    for (const forget of forgetting) connection.onRollback(forget);
    startedAt = new Date(owned.clock.now()).toISOString();
    await inform('');
    opened = connection;
    return connection;
  }

  const open = (): Promise<Connection> => {
    if (closed) return Promise.reject(new FrameworkError('STORE_UNREACHABLE', ['it is closed']));
    opening ??= take().catch((err: unknown) => {
      opening = undefined;
      throw err;
    });
    return opening;
  };

  async function release(): Promise<void> {
    if (closed) return;
    closed = true;
    const connection = await opening?.catch(() => undefined);
    if (!connection) return;
    await rm(fileOf(folder), { force: true });
    await connection.close();
  }

  return {
    ownership: {
      async acquire(signal) {
        signal.throwIfAborted();
        await open();
      },
      // The system's lock is held as long as the process lives.
      held: new AbortController().signal,
      release,
      announce: inform,
      holder: () => readHolder(folder),
    },
    connection: {
      transact: async (work) => (opened && !closed ? opened : await open()).transact(work),
      derive: async (work) => (opened && !closed ? opened : await open()).derive(work),
      onRollback: (forget) => void forgetting.push(forget),
      close: release,
    },
  };
}

/** The driver throws errors of its own kind, or plain ones with a code. */
async function explain(folder: string, err: unknown): Promise<unknown> {
  if (err instanceof FrameworkError) return err;
  const { code, message } = err as { readonly code?: unknown; readonly message?: unknown };
  if (code !== 'SQLITE_BUSY') return new FrameworkError('DATA_FOLDER', [folder, String(message)], { cause: err });
  const holder = await readHolder(folder);
  const who = holder ? `process ${holder.pid}${holder.url ? ` at ${holder.url}` : ''}` : 'another process';
  return new FrameworkError('STORE_HELD', [folder, who], { cause: err });
}
