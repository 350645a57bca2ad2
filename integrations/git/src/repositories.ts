import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Partition, PlanContext, ScanContext } from '@integration-framework/framework';
import type { GitSettings } from './settings';
import { identifier } from './text';

/** A repository that the settings name. */
export interface Repository {
  /** Name of the folder, made fit for an identifier. */
  readonly id: string;
  readonly name: string;
  /** Absolute path of the folder that the settings name. */
  readonly folder: string;
}

export function repositoryAt(folder: string): Repository {
  const absolute = path.resolve(folder);
  const name = path.basename(absolute);
  return { id: identifier(name), name, folder: absolute };
}

/**
 * Where the objects are: `.git` (of a linked working tree a file, which git follows), or the folder itself when it is bare. It is always named, so that
 * a broken repository never makes git look for another one in the folders above.
 */
export const gitDirOf = (repository: Repository): string => {
  const inside = path.join(repository.folder, '.git');
  return existsSync(inside) ? inside : repository.folder;
};

const isRepository = (folder: string): boolean => {
  if (existsSync(path.join(folder, '.git'))) return true;
  return ['HEAD', 'objects', 'refs'].every((name) => existsSync(path.join(folder, name)));
};

const problemOf = (folder: string): string | undefined => {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (!stat) return `${folder} does not exist; name a repository in path`;
  if (!stat.isDirectory()) return `${folder} is not a folder; name a repository in path`;
  return isRepository(folder) ? undefined : `${folder} is not a git repository (it has no .git); name a repository in path`;
};

/** One sentence for each folder that cannot be read as a repository, and for names that are not unique. */
export function problemsOf(folders: readonly string[]): readonly string[] {
  if (folders.length === 0) return ['path is empty; name a repository in path'];
  const problems = folders.map(problemOf).filter((problem) => problem !== undefined);
  const byId = new Map<string, string>();
  for (const { id, folder } of folders.map(repositoryAt)) {
    const other = byId.get(id);
    if (other !== undefined) problems.push(`${other} and ${folder} have the same folder name, which names the repository; rename one of them or use two entries`);
    byId.set(id, folder);
  }
  return problems;
}

/** One partition for each repository, so that one that cannot be read keeps no other from being complete. */
export async function* partitions(context: PlanContext<GitSettings>): AsyncIterable<Partition> {
  for (const { id, folder } of context.settings.path.map(repositoryAt)) yield { name: id, data: { folder } };
}

export const repositoryOf = (context: ScanContext<GitSettings>): Repository => repositoryAt(String(context.partition.data?.['folder']));
