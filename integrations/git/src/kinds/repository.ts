import type { Kind, Page, ScanContext } from '@integration-framework/framework';
import { headOf, line } from '../git';
import { log } from '../log';
import { partitions, repositoryOf, type Repository } from '../repositories';
import type { GitSettings } from '../settings';
import { withoutCredentials } from '../text';

export interface RepositoryRow {
  readonly id: string;
  readonly name: string;
  /** The branch that `origin` offers first, else the one that HEAD names; absent when HEAD is detached. */
  readonly defaultBranch?: string;
  /** The commit that HEAD names; absent before the first one. */
  readonly head?: string;
  readonly lastCommitAt?: string;
  /** URL of `origin`, without credentials. */
  readonly remote?: string;
  readonly bare: boolean;
}

const ORIGIN = 'origin/';

async function read(repository: Repository, signal: AbortSignal): Promise<RepositoryRow> {
  const ask = (...args: readonly string[]): Promise<string | undefined> => line({ repository, args, signal });
  const head = await headOf(repository, signal);
  const originHead = await ask('symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD');
  const defaultBranch = originHead?.startsWith(ORIGIN) ? originHead.slice(ORIGIN.length) : await ask('symbolic-ref', '--quiet', '--short', 'HEAD');
  const origin = await ask('config', '--get', 'remote.origin.url');
  const remote = origin === undefined ? undefined : withoutCredentials(origin);
  let lastCommitAt: string | undefined;
  if (head !== undefined) for await (const entry of log({ repository, head, skip: 0, count: 1, signal })) lastCommitAt = entry.committedAt;
  return {
    id: repository.id,
    name: repository.name,
    ...(defaultBranch !== undefined && { defaultBranch }),
    ...(head !== undefined && { head }),
    ...(lastCommitAt !== undefined && { lastCommitAt }),
    ...(remote !== undefined && { remote }),
    bare: (await ask('config', '--type=bool', '--get', 'core.bare')) === 'true',
  };
}

async function* scan(context: ScanContext<GitSettings>): AsyncIterable<Page<RepositoryRow>> {
  yield { rows: [await read(repositoryOf(context), context.signal)], next: undefined };
}

export const repository: Kind<GitSettings, RepositoryRow> = { name: 'repository', key: (row) => [row.id], paging: 'stable', partitions, scan };
