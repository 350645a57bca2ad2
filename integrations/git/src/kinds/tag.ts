import type { Kind } from '@integration-framework/framework';
import { refPages, type Ref } from '../refs';
import { partitions, repositoryOf } from '../repositories';
import type { GitSettings } from '../settings';
import { identifier, instant, person, type Person } from '../text';

export interface Tag {
  readonly id: string;
  /** Identifier of the repository. */
  readonly repository: string;
  readonly name: string;
  /** What the tag points at, an annotated one followed to its end. */
  readonly commit: string;
  readonly annotated: boolean;
  /** Of annotated tags. */
  readonly tagger?: Person;
  /** Of an annotated tag its own time, of another the commit's. */
  readonly createdAt?: string;
  readonly subject: string;
}

const FIELDS = {
  object: '%(objectname)',
  peeled: '%(*objectname)',
  type: '%(objecttype)',
  taggerName: '%(taggername)',
  taggerEmail: '%(taggeremail)',
  created: '%(creatordate:unix)',
  subject: '%(contents:subject)',
};

function toTag(repository: string, ref: Ref<keyof typeof FIELDS>): Tag {
  const createdAt = instant(ref.created);
  const annotated = ref.type === 'tag';
  return {
    id: identifier(`${repository}/${ref.name}`),
    repository,
    name: ref.name,
    commit: ref.peeled || ref.object,
    annotated,
    ...(annotated && { tagger: person(ref.taggerName, ref.taggerEmail) }),
    ...(createdAt !== undefined && { createdAt }),
    subject: ref.subject,
  };
}

/** No version: a tag can be moved to an older commit. */
export const tag: Kind<GitSettings, Tag> = {
  name: 'tag',
  key: (row) => [row.repository, row.name],
  paging: 'stable',
  partitions,
  scan(context, position) {
    const repository = repositoryOf(context);
    const query = { repository, namespace: 'refs/tags/', fields: FIELDS, signal: context.signal };
    return refPages(query, position, (ref) => toTag(repository.id, ref));
  },
};
