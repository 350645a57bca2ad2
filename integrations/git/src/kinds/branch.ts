import type { Kind } from '@integration-framework/framework';
import { refPages, type Ref } from '../refs';
import { partitions, repositoryOf } from '../repositories';
import type { GitSettings } from '../settings';
import { identifier, instant, person, type Person } from '../text';

/** A local branch and the commit at its tip. */
export interface Branch {
  readonly id: string;
  /** Identifier of the repository. */
  readonly repository: string;
  readonly name: string;
  readonly commit: string;
  /** HEAD points here. */
  readonly isHead: boolean;
  /** Short name of the remote branch that it follows. */
  readonly upstream?: string;
  readonly author: Person;
  readonly committedAt?: string;
  readonly subject: string;
}

const FIELDS = {
  commit: '%(objectname)',
  head: '%(HEAD)',
  upstream: '%(upstream:short)',
  authorName: '%(authorname)',
  authorEmail: '%(authoremail)',
  committed: '%(committerdate:unix)',
  subject: '%(contents:subject)',
};

function toBranch(repository: string, ref: Ref<keyof typeof FIELDS>): Branch {
  const committedAt = instant(ref.committed);
  return {
    id: identifier(`${repository}/${ref.name}`),
    repository,
    name: ref.name,
    commit: ref.commit,
    isHead: ref.head === '*',
    ...(ref.upstream !== '' && { upstream: ref.upstream }),
    author: person(ref.authorName, ref.authorEmail),
    ...(committedAt !== undefined && { committedAt }),
    subject: ref.subject,
  };
}

/** No version: a branch may be set back to an older commit, so the time of its tip orders nothing. */
export const branch: Kind<GitSettings, Branch> = {
  name: 'branch',
  key: (row) => [row.repository, row.name],
  paging: 'stable',
  partitions,
  scan(context, position) {
    const repository = repositoryOf(context);
    const query = { repository, namespace: 'refs/heads/', fields: FIELDS, signal: context.signal };
    return refPages(query, position, (ref) => toBranch(repository.id, ref));
  },
};
