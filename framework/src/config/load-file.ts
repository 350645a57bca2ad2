import fs from 'node:fs';
import path from 'node:path';
import { problemAt, type Finding, type Place } from './problem';
import type { Problem } from './settings';
import { isTreeMap, readTree, type Tree } from './tree';

/** As the user would name it: relative when it lies below the working directory. */
export function shownName(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative === '' || relative.startsWith('..') || path.isAbsolute(relative) ? file : relative;
}

export interface LoadedFile {
  readonly tree: Tree | undefined;
  readonly problems: readonly Problem[];
}

/** Reads a file of a configuration: an object, or what stands in the way of one. */
export function loadFile(file: string, options: { readonly cwd: string; readonly text?: string }): LoadedFile {
  const start: Place = { file: shownName(file, options.cwd), line: 1, column: 1, folder: path.dirname(file) };
  const fault = (finding: Finding): LoadedFile => ({ tree: undefined, problems: [problemAt(start, '', finding)] });
  let text = options.text;
  try {
    text ??= fs.readFileSync(file, 'utf8');
  } catch (err) {
    const message = `the file cannot be read (${(err as NodeJS.ErrnoException).code ?? 'unknown'})`;
    return fault({ code: 'CONFIG_MISSING_FILE', message, remedy: 'create it, or name another with --config or CONFIGURATION_PATH' });
  }
  const read = readTree({ file: start.file, text, folder: start.folder });
  if (read.problems.length > 0) return { tree: undefined, problems: read.problems };
  if (read.tree !== undefined && isTreeMap(read.tree.value)) return { tree: read.tree, problems: [] };
  return fault({ code: 'CONFIG_TYPE', message: 'the file holds no object', remedy: 'write at least integrations' });
}
