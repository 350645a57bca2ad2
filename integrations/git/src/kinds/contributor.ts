import type { Kind, Page, ScanContext } from '@integration-framework/framework';
import { headOf } from '../git';
import { log, type LogEntry } from '../log';
import { repositoryAt } from '../repositories';
import type { GitSettings } from '../settings';
import { identifier } from '../text';

/** An author of the commits that are read, over all repositories of the entry. */
export interface Contributor {
  readonly id: string;
  readonly email: string;
  /** Of the newest commit. */
  readonly name: string;
  readonly commits: number;
  readonly firstCommitAt?: string;
  readonly lastCommitAt?: string;
  /** Identifiers, sorted. */
  readonly repositories: readonly string[];
}

const earlier = (a: string | undefined, b: string | undefined): boolean => b !== undefined && (a === undefined || a < b);

function add(known: Contributor | undefined, entry: LogEntry, repository: string): Contributor {
  const { name, email } = entry.author;
  const at = entry.authoredAt;
  if (!known) return { id: identifier(email), email, name, commits: 1, ...(at !== undefined && { firstCommitAt: at, lastCommitAt: at }), repositories: [repository] };
  const isNewest = earlier(known.lastCommitAt, at);
  return {
    ...known,
    ...(isNewest && at !== undefined && { name, lastCommitAt: at }),
    ...(earlier(at, known.firstCommitAt) && at !== undefined && { firstCommitAt: at }),
    commits: known.commits + 1,
    repositories: known.repositories.includes(repository) ? known.repositories : [...known.repositories, repository].sort(),
  };
}

/** One page: a person is known only after all commits of all repositories were counted, and there are far fewer people than commits. */
async function* scan(context: ScanContext<GitSettings>): AsyncIterable<Page<Contributor>> {
  const byEmail = new Map<string, Contributor>();
  for (const repository of context.settings.path.map(repositoryAt)) {
    const head = await headOf(repository, context.signal);
    if (head === undefined) continue;
    for await (const entry of log({ repository, head, skip: 0, count: context.settings.maxCommits, signal: context.signal })) {
      const { email } = entry.author;
      if (email !== '') byEmail.set(email, add(byEmail.get(email), entry, repository.id)); // without an address there is nobody to name
    }
  }
  yield { rows: [...byEmail.values()], next: undefined };
}

export const contributor: Kind<GitSettings, Contributor> = { name: 'contributor', key: (row) => [row.email], paging: 'stable', scan };
