import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { IntegrationContext } from '@integration-framework/framework';
import { folderOf, fromText, toBuffer, type Path } from './bytes';
import { attributeElements, fileElement, schemaElements, type Place } from './elements/elements';
import { readInside, type File } from './read-file';
import type { Select } from './select';
import { absolute, statOf, type Folder } from './walk';

export interface TellOptions {
  readonly context: IntegrationContext<'files'>;
  readonly place: Place;
  readonly select: Select;
  readonly maxBytes: number;
  /** As the last comparison found them. */
  readonly files: ReadonlyMap<Path, File>;
  readonly folders: readonly Folder[];
  /** What was told since. */
  readonly told: Set<Path>;
  isComparing(): boolean;
}

// More than this at once is compared in one go.
const MOST = 100;
const BATCH = 500;

/**
 * Tells the catalog of files that came or changed. Whatever else it is (something went, a folder, many at once, a comparison under way) becomes a comparison: only that
 * removes, under the guard.
 */
export async function tellChanges(paths: readonly string[], options: TellOptions): Promise<void> {
  const { context, place, folders } = options;
  if (paths.length > MOST || paths.includes('') || options.isComparing()) return context.requestRefresh();
  const known = new Set(folders.map(({ relative }) => relative));
  for (const relative of paths.map(fromText)) {
    const found = await lstat(toBuffer(absolute(place.root, relative)), { bigint: true }).catch(() => undefined);
    // A folder that is known has told of what is in it.
    if (found?.isDirectory() && known.has(relative)) continue;
    if (!(await isTold(relative, { found, known, options }))) return context.requestRefresh();
  }
}

interface Change {
  readonly found: BigIntStats | undefined;
  readonly known: ReadonlySet<Path>;
  readonly options: TellOptions;
}

/** False: this needs a comparison. */
async function isTold(relative: Path, { found, known, options }: Change): Promise<boolean> {
  const { select, files, told } = options;
  const wasThere = files.has(relative) || told.has(relative) || known.has(relative);
  if (found === undefined) return !wasThere;
  if (found.isDirectory()) return !wasThere && !select.folder(relative);
  if (!found.isFile() || !select.file(relative)) return !wasThere;
  if (!known.has(folderOf(relative)) || known.has(relative)) return false;
  const file = await readInside(absolute(options.place.root, relative), statOf(found), options.maxBytes).catch(() => undefined);
  if (file === undefined) return false;
  await tell(relative, file, options);
  // Fields that it had before and has no longer are found by a comparison.
  const before = files.get(relative);
  const wasTold = told.has(relative);
  told.add(relative);
  return before?.packed === undefined ? !wasTold : file.packed !== undefined && before.packed.equals(file.packed);
}

async function tell(relative: Path, file: File, { context, place }: TellOptions): Promise<void> {
  await context.files.upsert('dataFile', [fileElement(place, relative, file)]);
  const schema = [...schemaElements(place, relative, file)];
  if (schema.length > 0) await context.files.upsert('schemaType', schema);
  const attributes = [...attributeElements(place, relative, file)];
  for (let at = 0; at < attributes.length; at += BATCH) await context.files.upsert('schemaAttribute', attributes.slice(at, at + BATCH));
}
