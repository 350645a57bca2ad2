import fs, { type FSWatcher } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';

export interface Folders {
  /** Watches a folder and, where asked for, those in it. Throws when it is not there, or no more can be watched. */
  add(relative: string): Promise<void>;
  /** What bears this name now may be another thing: watched anew when it is a folder. */
  renew(relative: string): Promise<void>;
  close(): void;
}
export interface FoldersOptions {
  readonly root: string;
  readonly recursive: boolean;
  /** `renamed`: it came, went, or became something else. */
  changed(relative: string, renamed: boolean): void;
  /** A watcher ended by itself. */
  lost(): void;
}

/** The recursive watcher of Node.js is one of the system's elsewhere; on Linux it watches each file by itself. */
const hasRecursive = process.platform === 'darwin' || process.platform === 'win32';

const isGone = (err: unknown): boolean => ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'EPERM'].includes((err as NodeJS.ErrnoException).code ?? '');

export function watchFolders({ root, recursive, changed, lost }: FoldersOptions): Folders {
  const watchers = new Map<string, FSWatcher>();
  let closed = false;

  function watch(relative: string): void {
    watchers.get(relative)?.close();
    const watcher = fs.watch(path.join(root, relative), { recursive: recursive && hasRecursive });
    watchers.set(relative, watcher);
    watcher.on('change', (type, name) => changed(path.join(relative, String(name ?? '')).replace(/^\.$/, ''), type === 'rename'));
    watcher.on('error', () => {
      if (watchers.get(relative) === watcher) lost();
    });
  }

  function drop(relative: string): void {
    for (const [known, watcher] of watchers) {
      if (known !== relative && !known.startsWith(relative + path.sep)) continue;
      watcher.close();
      watchers.delete(known);
    }
  }

  async function below(relative: string): Promise<void> {
    if (!recursive || hasRecursive) return;
    const open = [relative];
    for (let folder = open.pop(); folder !== undefined && !closed; folder = open.pop()) {
      for (const entry of await readdir(path.join(root, folder), { withFileTypes: true }).catch(() => [])) {
        if (!entry.isDirectory() || closed) continue;
        const child = path.join(folder, entry.name);
        try {
          watch(child);
        } catch (err) {
          if (isGone(err)) continue; // went meanwhile, or is not ours to read: a refresh says so
          throw err;
        }
        open.push(child);
      }
    }
  }

  return {
    async add(relative) {
      watch(relative);
      await below(relative);
    },
    async renew(relative) {
      if (!recursive || hasRecursive) return;
      drop(relative);
      const found = await lstat(path.join(root, relative)).catch(() => undefined);
      if (!found?.isDirectory() || closed) return;
      try {
        watch(relative);
        await below(relative);
      } catch (err) {
        if (!isGone(err)) throw err;
      }
    },
    close() {
      closed = true;
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}
