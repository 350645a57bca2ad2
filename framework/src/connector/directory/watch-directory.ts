import { lstat } from 'node:fs/promises';
import type { Disposer, Log } from '../../contract';
import { watchFolders, type Folders } from './watch-folders';

export interface WatchOptions {
  readonly path: string;
  /** Also what is in its folders. Default true. */
  readonly recursive?: boolean;
  /** Paths relative to it; a folder stands for all in it, '' for everything. Never twice at once. What it refuses is told again. */
  heard(paths: readonly string[]): Promise<void>;
  readonly log: Log;
}

// Programs write a file in several steps; what comes within this is one piece of news.
const GATHER_MS = 200;
const LOOK_MS = 2_000;
const MOST_BACKOFF_MS = 60_000;
// More names than this are not worth telling apart.
const MOST_PATHS = 10_000;

/** Listens to changes below a directory until it is disposed. Throws when the directory is missing or cannot be watched. */
export async function watchDirectory({ path, recursive = true, heard, log }: WatchOptions): Promise<Disposer> {
  let pending = new Set<string>();
  let failures = 0;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let telling = false;
  let told = Promise.resolve();
  let renewing = Promise.resolve();
  let folders: Folders | undefined;

  function schedule(delayMs: number): void {
    if (timer !== undefined || telling || closed || pending.size === 0) return;
    timer = setTimeout(() => {
      timer = undefined;
      told = tell();
    }, delayMs);
  }

  async function tell(): Promise<void> {
    telling = true;
    await renewing;
    const paths = pending;
    pending = new Set();
    try {
      if (!closed) await heard(paths.has('') ? [''] : [...paths]);
      failures = 0;
    } catch (err) {
      failures++;
      for (const one of paths) note(one);
      log.warn('changes of a directory were not taken; they are told again', { path, err });
    }
    telling = false;
    schedule(failures === 0 ? GATHER_MS : Math.min(MOST_BACKOFF_MS, 1_000 * 2 ** (failures - 1)));
  }

  function note(relative: string): void {
    if (pending.size >= MOST_PATHS) pending = new Set(['']);
    if (!pending.has('')) pending.add(relative);
  }

  const open = async (): Promise<Folders> => {
    const opened = watchFolders({
      root: path,
      recursive,
      changed(relative, renamed) {
        if (folders !== opened) return;
        note(relative);
        // In order, and before it is told: what comes into a new folder afterwards has an event.
        if (renamed && relative !== '') renewing = renewing.then(() => opened.renew(relative)).catch((err: unknown) => log.warn('a folder is not watched: its changes wait for the next refresh', { path, folder: relative, err }));
        schedule(GATHER_MS);
      },
      lost: () => void look(),
    });
    folders = opened;
    try {
      await opened.add('');
    } catch (err) {
      opened.close();
      folders = undefined;
      throw err;
    }
    return opened;
  };

  const identity = async (): Promise<string | undefined> => {
    const found = await lstat(path).catch(() => undefined);
    return found && `${found.dev}:${found.ino}`;
  };

  let known = await identity();
  let looking = false;
  /** Is it still the same directory? One that was mounted, or made anew, has no watcher of ours. */
  async function look(): Promise<void> {
    if (looking || closed) return;
    looking = true;
    const now = await identity();
    if (!closed && (now !== known || (folders === undefined && now !== undefined))) {
      folders?.close();
      folders = undefined;
      const opened = now === undefined ? undefined : await open().catch((err: unknown) => log.warn('a directory is not watched; tried again', { path, err }));
      if (now !== known) note('');
      known = now;
      schedule(GATHER_MS);
      if (closed) opened?.close();
    }
    looking = false;
  }

  await open();
  const looker = setInterval(() => void look(), LOOK_MS);
  looker.unref();

  return async () => {
    closed = true;
    clearTimeout(timer);
    clearInterval(looker);
    folders?.close();
    await Promise.all([renewing, told]);
  };
}
