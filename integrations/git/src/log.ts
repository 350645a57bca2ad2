import { format, records } from './git';
import type { Repository } from './repositories';
import { instant, person, type Person } from './text';

export interface LogEntry {
  readonly sha: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly authoredAt?: string;
  readonly committer: Person;
  readonly committedAt?: string;
  readonly subject: string;
  readonly body: string;
}

export interface LogQuery {
  readonly repository: Repository;
  /** Commit to begin at; the order below one commit never changes. */
  readonly head: string;
  readonly skip: number;
  readonly count: number;
  readonly signal: AbortSignal;
}

// Names and addresses as .mailmap has them.
const FIELDS = {
  sha: '%H',
  parents: '%P',
  authorName: '%aN',
  authorEmail: '%aE',
  authored: '%at',
  committerName: '%cN',
  committerEmail: '%cE',
  committed: '%ct',
  subject: '%s',
  body: '%b',
};

/** Commits that `head` reaches, in the order of `git log`, after the first `skip`. */
export async function* log(query: LogQuery): AsyncIterable<LogEntry> {
  if (query.count <= 0) return;
  const args = ['log', `--format=${format(FIELDS, '%x00')}`, `--skip=${query.skip}`, `--max-count=${query.count}`, query.head, '--'];
  for await (const fields of records({ ...query, args }, FIELDS)) {
    const authoredAt = instant(fields.authored);
    const committedAt = instant(fields.committed);
    yield {
      sha: fields.sha,
      parents: fields.parents === '' ? [] : fields.parents.split(' '),
      author: person(fields.authorName, fields.authorEmail),
      ...(authoredAt !== undefined && { authoredAt }),
      committer: person(fields.committerName, fields.committerEmail),
      ...(committedAt !== undefined && { committedAt }),
      subject: fields.subject,
      body: fields.body.trimEnd(),
    };
  }
}
