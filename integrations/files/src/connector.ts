import { lstat } from 'node:fs/promises';
import { ConfigError, FrameworkError, type BlueprintName, type ConnectorDeps, type IntegrationConnector, type NewElement } from '@integration-framework/framework';
import type { Path } from './bytes';
import { attributeElements, fileElement, folderElement, schemaElements, type Place } from './elements/elements';
import { inPages } from './pages';
import { rootOf } from './root';
import { selectBy } from './select';
import type { FilesSettings } from './settings';
import { tellChanges } from './tell-changes';
import { codeOf, walk, type Failure, type Tree } from './walk';

const MOST_NAMED = 5;

const notRead = (what: string, reason: string): FrameworkError => new FrameworkError('SOURCE_NOT_READ', [what, reason]);

function unread(failures: readonly Failure[]): FrameworkError {
  const named = failures.slice(0, MOST_NAMED).map(({ path, code }) => `${path} (${code})`).join(', ');
  const more = failures.length > MOST_NAMED ? ` and ${failures.length - MOST_NAMED} more` : '';
  return notRead(`${named}${more}`, 'grant the right to read, or name it in exclude');
}

/** One target: the tree below a folder. */
export function filesConnector(deps: ConnectorDeps<FilesSettings, 'files'>): IntegrationConnector<'files'> {
  const { settings, connection, target, log } = deps;
  const ending = new AbortController();
  const select = selectBy(settings);
  let place: Place = { root: '', machine: undefined };
  let tree: Tree = { folders: [], files: new Map(), failures: [], isEmpty: true };
  let comparing = 0;
  const told = new Set<Path>();

  async function checkRoot(): Promise<void> {
    const { root } = place;
    // With a slash: the root itself may be a link.
    const found = await lstat(`${root}/`).catch((err: unknown) => {
      throw codeOf(err) === 'ENOTDIR' ? new ConfigError(`${root} is no folder; name the folder whose files are wanted`) : notRead(root, `${codeOf(err)}; is it mounted, and may this process read it?`);
    });
    if (!found.isDirectory()) throw new ConfigError(`${root} is no folder; name the folder whose files are wanted`);
  }

  /** What was unmounted leaves an empty folder behind. */
  async function refuseEmpty({ isEmpty }: Tree): Promise<void> {
    if (!isEmpty) return;
    for await (const _ of deps.context.files.owned('dataFile')) throw notRead(place.root, 'it is empty, though files of it are known; is it mounted? If it was emptied on purpose, put a file that `exclude` leaves out into it');
    let known = 0;
    for await (const _ of deps.context.files.owned('fileFolder')) if (++known > 1) throw notRead(place.root, 'it is empty, though folders in it are known; is it mounted? If it was emptied on purpose, put a file that `exclude` leaves out into it');
  }

  async function* pagesOf<TBlueprint extends BlueprintName>(elements: Iterable<NewElement<TBlueprint>>, failures: readonly Failure[], signal: AbortSignal): AsyncGenerator<readonly NewElement<TBlueprint>[]> {
    for await (const page of inPages(elements)) {
      signal.throwIfAborted();
      yield page;
    }
    if (failures.length > 0) throw unread(failures);
  }

  return {
    async start(signal) {
      place = { root: rootOf(connection.endpoint), machine: target.entity === undefined ? connection.endpoint?.name : undefined };
      await checkRoot();
      signal.throwIfAborted();
      try {
        await deps.context.listeners.directory(place.root, (paths) =>
          tellChanges(paths, { context: deps.context, place, select, maxBytes: settings.maxBytes, files: tree.files, folders: tree.folders, told, isComparing: () => comparing > 0 }),
        );
      } catch (err) {
        log.warn('changes of files are seen by comparisons only: the folder cannot be watched', { folder: place.root, err });
      }
    },
    async refresh(run) {
      const signal = AbortSignal.any([run.signal, ending.signal]);
      comparing++;
      told.clear();
      try {
        await checkRoot();
        const now = await walk({ root: place.root, select, maxBytes: settings.maxBytes, before: tree.files, signal }).catch((err: unknown) => {
          signal.throwIfAborted();
          throw notRead(place.root, codeOf(err));
        });
        await refuseEmpty(now);
        tree = now;
        const { failures, folders, files } = now;
        const failed: unknown[] = [];
        const compare = async <TBlueprint extends BlueprintName>(blueprint: TBlueprint, elements: Iterable<NewElement<TBlueprint>>, missing: readonly Failure[]): Promise<void> => {
          try {
            await run.reconcile({ blueprint, source$: pagesOf(elements, missing, signal) });
          } catch (err) {
            signal.throwIfAborted();
            failed.push(err);
          }
        };
        // A file that cannot be opened is there all the same: only what was known of its inside must stay.
        const unlisted = failures.filter(({ isInside }) => !isInside);
        await compare('fileFolder', each(folders, (folder) => [folderElement(place, folder)]), unlisted);
        await compare('dataFile', each(files, ([relative, file]) => [fileElement(place, relative, file)]), unlisted);
        await compare('schemaType', each(files, ([relative, file]) => schemaElements(place, relative, file)), failures);
        await compare('schemaAttribute', each(files, ([relative, file]) => attributeElements(place, relative, file)), failures);
        if (failed.length > 0) throw failed[0];
      } finally {
        comparing--;
      }
    },
    async disconnect() {
      ending.abort();
      tree = { folders: [], files: new Map(), failures: [], isEmpty: true };
    },
    statistics: () => ({ folders: tree.folders.length, files: tree.files.size, unread: tree.failures.length }),
  };
}

function* each<TItem, TElement>(items: Iterable<TItem>, make: (item: TItem) => Iterable<TElement>): Generator<TElement> {
  for (const item of items) yield* make(item);
}
