import type { BigIntStats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { fromText, join, toBuffer, toPath, toText, type Path } from './bytes';
import { readInside, type File, type FileStat } from './read-file';
import type { Select } from './select';

export interface Folder {
  /** '' is the root. */
  readonly relative: Path;
  readonly createdMs: number;
  readonly modifiedMs: number;
}
export interface Failure {
  readonly path: string;
  readonly code: string;
  /** Only what is inside a file could not be read. */
  readonly isInside: boolean;
}
export interface Tree {
  /** A folder before those in it. */
  readonly folders: readonly Folder[];
  /** By relative path. */
  readonly files: ReadonlyMap<Path, File>;
  readonly failures: readonly Failure[];
  /** The root holds nothing at all, not even what is left out. */
  readonly isEmpty: boolean;
}
export interface WalkOptions {
  readonly root: string;
  readonly select: Select;
  readonly maxBytes: number;
  /** Files as they were the last time: what did not change is not read again. */
  readonly before: ReadonlyMap<Path, File>;
  readonly signal: AbortSignal;
}

// Calls of the file system at once: Node.js does four of them at a time, and waiting ones cost memory.
const AT_ONCE = 32;

const isGone = (err: unknown): boolean => ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(err));
export const codeOf = (err: unknown): string => String((err as NodeJS.ErrnoException).code ?? (err as Error).message);

export const statOf = (found: BigIntStats): FileStat => ({
  stamp: `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}:${found.ctimeNs}`,
  size: Number(found.size),
  createdMs: Number(found.birthtimeMs),
  modifiedMs: Number(found.mtimeMs),
});
export const absolute = (root: string, relative: Path): Path => (relative === '' ? fromText(root) : join(fromText(root), relative));

/** Everything below a root. Links are not followed. Throws when the root cannot be read; what else cannot be is a failure. */
export async function walk(options: WalkOptions): Promise<Tree> {
  const { root, select, signal } = options;
  const folders: Folder[] = [];
  const files = new Map<Path, File>();
  const failures: Failure[] = [];
  let isEmpty = false;
  const open: Path[] = [''];
  for (let relative = open.pop(); relative !== undefined; relative = open.pop()) {
    signal.throwIfAborted();
    const at = absolute(root, relative);
    try {
      const found = await lstat(toBuffer(relative === '' ? `${at}/` : at), { bigint: true });
      const entries = (await readdir(toBuffer(at), { encoding: 'buffer', withFileTypes: true })) as unknown as readonly Entry[];
      folders.push({ relative, createdMs: Number(found.birthtimeMs), modifiedMs: Number(found.mtimeMs) });
      if (relative === '') isEmpty = entries.length === 0;
      const inner: Path[] = [];
      const wanted: Path[] = [];
      for (const entry of entries) {
        const child = join(relative, toPath(entry.name));
        if (entry.isDirectory() && select.folder(child)) inner.push(child);
        else if (entry.isFile() && select.file(child)) wanted.push(child);
      }
      open.push(...inner.sort().reverse());
      for (let first = 0; first < wanted.length; first += AT_ONCE) {
        signal.throwIfAborted();
        await Promise.all(wanted.slice(first, first + AT_ONCE).map((child) => take(child, options, { files, failures })));
      }
    } catch (err) {
      signal.throwIfAborted();
      if (relative === '') throw err;
      // One that went meanwhile is gone; its parent says so.
      if (!isGone(err)) failures.push({ path: toText(at), code: codeOf(err), isInside: false });
    }
  }
  return { folders: select.isNarrow ? holding(folders, files) : folders, files, failures, isEmpty };
}

interface Entry {
  readonly name: Buffer;
  isDirectory(): boolean;
  isFile(): boolean;
}

async function take(relative: Path, { root, maxBytes, before }: WalkOptions, into: { readonly files: Map<Path, File>; readonly failures: Failure[] }): Promise<void> {
  const path = absolute(root, relative);
  let stat: FileStat | undefined;
  try {
    stat = statOf(await lstat(toBuffer(path), { bigint: true }));
    const known = before.get(relative);
    into.files.set(relative, known?.stamp === stat.stamp ? known : await readInside(path, stat, maxBytes));
  } catch (err) {
    if (isGone(err)) return;
    into.failures.push({ path: toText(path), code: codeOf(err), isInside: stat !== undefined });
    // It is there; what is inside stays as it was known.
    if (stat !== undefined) into.files.set(relative, { ...before.get(relative), path, ...stat, stamp: '' });
  }
}

/** The root, and folders on the way to a file that is taken. */
function holding(folders: readonly Folder[], files: ReadonlyMap<Path, File>): readonly Folder[] {
  const held = new Set<Path>(['']);
  for (const file of files.keys()) for (let slash = file.lastIndexOf('/'); slash > 0 && !held.has(file.slice(0, slash)); slash = file.lastIndexOf('/', slash - 1)) held.add(file.slice(0, slash));
  return folders.filter(({ relative }) => held.has(relative));
}
