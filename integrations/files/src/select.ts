/// <reference path="./picomatch.d.ts" />
import picomatch from 'picomatch';
import { toText, type Path } from './bytes';
import type { FilesSettings } from './settings';

export interface Select {
  file(relative: Path): boolean;
  /** False: nothing in it is taken. */
  folder(relative: Path): boolean;
  /** Only folders that hold something are taken. */
  readonly isNarrow: boolean;
}

export function selectBy({ include = [], exclude = [] }: FilesSettings): Select {
  const included = include.length === 0 ? () => true : picomatch(include, { dot: true });
  const excluded = exclude.length === 0 ? () => false : picomatch(exclude, { dot: true });
  return {
    file: (relative) => included(toText(relative)) && !excluded(toText(relative)),
    folder: (relative) => !excluded(toText(relative)),
    isNarrow: include.length > 0,
  };
}
