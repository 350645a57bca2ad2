/// <reference path="./picomatch.d.ts" />
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import picomatch from 'picomatch';

/** The directory in which a pattern matches, and how it does. */
export interface FilePattern {
  readonly base: string;
  readonly recursive: boolean;
  matches(file: string): boolean;
  /** It is one file, whether it is there or not. */
  readonly file?: string;
}

export function readPattern({ pattern, isFile }: { readonly pattern: string; readonly isFile: boolean }): FilePattern {
  const { base, isGlob, glob } = picomatch.scan(pattern);
  if (isFile || !isGlob) return { base: path.dirname(pattern), recursive: false, file: pattern, matches: (file) => file === pattern };
  return { base: base === '' ? '/' : base, recursive: glob.includes('/') || glob.includes('**'), matches: picomatch(pattern) };
}

/** Files of a pattern, in order. Links to folders are not followed. Throws when a folder cannot be read. */
export async function* listFiles(pattern: FilePattern): AsyncGenerator<string> {
  if (pattern.file !== undefined) return yield pattern.file;
  const open = [pattern.base];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    const entries = (await readdir(folder, { withFileTypes: true })).sort((one, other) => (one.name < other.name ? -1 : 1));
    for (const entry of entries) {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory() && pattern.recursive) open.push(file);
      else if (!entry.isDirectory() && pattern.matches(file)) yield file;
    }
  }
}
