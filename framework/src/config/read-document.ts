import fs from 'node:fs';
import path from 'node:path';
import { createLinter } from './lint';
import { mappingMembers } from './mapping-keys';
import { parentPath } from './path';
import { problemAt, type Place } from './problem';
import type { Problem } from './settings';
import { flatten, readTree } from './tree';

export interface ReadDocument {
  /** Undefined when the file is no YAML or JSON, or holds nothing. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  locate(at: string): Place;
}

/** Reads a YAML or JSON file of an integration. Throws what the file system throws. */
export function readDocument(file: string): ReadDocument {
  const start: Place = { file, line: 1, column: 1, folder: path.dirname(file) };
  const { tree, problems } = readTree({ file, text: fs.readFileSync(file, 'utf8'), folder: start.folder });
  const places = new Map<string, Place>();
  const value = tree && flatten(tree, '', places);
  const locate = (at: string): Place => {
    let near: string | undefined = at;
    while (near !== undefined && !places.has(near)) near = parentPath(near);
    return places.get(near ?? '') ?? start;
  };
  const empty = tree === undefined && problems.length === 0;
  const nothing = problemAt(start, '', { code: 'CONFIG_TYPE', message: 'the file holds nothing', remedy: 'write its content, or remove it' });
  return { value, problems: empty ? [nothing] : problems, locate };
}

/** The shape of a mapping that stands at `path`; what its expressions say is checked where they are compiled. */
export function mappingProblems(document: Pick<ReadDocument, 'value' | 'locate'>, path = ''): readonly Problem[] {
  const linter = createLinter({ placeOf: document.locate, lenient: false, literal: 'warn' });
  linter.read({ type: 'object', open: true, members: mappingMembers, description: '' }, document.value, path);
  return linter.problems;
}
