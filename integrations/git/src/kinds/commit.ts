import type { Kind, Page, Position, ScanContext } from '@integration-framework/framework';
import { headOf } from '../git';
import { log, type LogEntry } from '../log';
import { inPages } from '../pages';
import { partitions, repositoryOf } from '../repositories';
import type { GitSettings } from '../settings';

export interface Commit extends LogEntry {
  readonly id: string;
  /** Identifier of the repository. */
  readonly repository: string;
}

/** The position names the commit at which the scan began: what is committed meanwhile moves no row to another page. */
async function* scan(context: ScanContext<GitSettings>, position: Position | undefined): AsyncIterable<Page<Commit>> {
  const repository = repositoryOf(context);
  const head = position === undefined ? await headOf(repository, context.signal) : String(position['head']);
  if (head === undefined) return yield { rows: [], next: undefined };
  let read = Number(position?.['read'] ?? 0);

  async function* commits(from: string): AsyncIterable<Commit> {
    const query = { repository, head: from, skip: read, count: context.settings.maxCommits - read, signal: context.signal };
    for await (const entry of log(query)) {
      read++;
      yield { id: `${repository.id}/${entry.sha}`, repository: repository.id, ...entry };
    }
  }
  yield* inPages(commits(head), () => ({ head, read }));
}

/** A commit never changes, so it needs no version. */
export const commit: Kind<GitSettings, Commit> = {
  name: 'commit',
  key: (row) => [row.repository, row.sha],
  paging: 'stable',
  partitions,
  scan,
};
