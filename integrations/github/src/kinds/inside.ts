import { ABSENT, type Absent, type Context, type JsonObject, type Key, type Kind, type PlanContext, type Reference } from '@integration-framework/framework';
import { listPages, objectOf, repositoryPath } from '../client';
import { idOf, importEnvelope, inRepository, objectAt, ownerOf, repositoryOf, textAt, updatedAt } from '../rows';
import { hasAccount, isSelected, type GithubSettings } from '../settings';

type Row = JsonObject;

/** What a kind of things inside repositories says of itself. */
interface Inside {
  readonly name: string;
  /** Word of the envelope of a read row, for the kinds that declared pipelines read. */
  readonly imported?: string;
  /** Below the repository. */
  readonly path: string;
  query?(settings: GithubSettings): Readonly<Record<string, string>>;
  rowsOf(answer: unknown): readonly JsonObject[];
  /** From what any call or delivery gives. */
  toThing(thing: JsonObject): JsonObject;
  /** Where the id alone is no identity. */
  readonly identity?: { readonly keys: readonly string[]; key(row: Row): Key };
  /** What names it in the address of the call for one. Default: its id. */
  numberOf?(row: Row): string;
  isWanted?(settings: GithubSettings, row: Row): boolean;
}

/** One partition for each repository; a repository that is renamed keeps its own. */
async function* repositories(context: PlanContext<GithubSettings>) {
  for await (const row of context.stored<JsonObject>('repository')) yield { name: String(idOf(row)), data: { repository: textAt(row, 'full_name'), id: Number(idOf(row)) } };
}

async function nameOfRepository({ http }: Context<GithubSettings>, id: string): Promise<string | undefined> {
  const answer = await http.send({ url: `/repositories/${id}`, accept: [404] });
  return answer.status === 200 ? textAt(objectOf(answer.body), 'full_name') : undefined;
}

const pathOf = (number: string): string => number.split('/').map(encodeURIComponent).join('/');

export function kindInside(spec: Inside): Kind<GithubSettings, Row> {
  const { name, imported, path, toThing, identity, numberOf = (row) => String(idOf(row)) } = spec;
  return {
    name,
    key: (row) => [idOf(row)],
    ...identity,
    ...(imported === undefined ? { imported: false } : { importType: `github-import-${imported}`, envelope: (row: Row) => importEnvelope(imported, row, repositoryOf(row)) }),
    version: updatedAt,
    after: ['repository'],
    paging: 'drifting',
    listed: hasAccount,
    partitions: repositories,
    scan({ partition: { data = {} }, ...context }, position) {
      const list = {
        url: `${repositoryPath(String(data['repository']))}${path}`,
        inside: true,
        ...(spec.query && { query: spec.query(context.settings) }),
        rowsOf: (answer: unknown) => spec.rowsOf(answer).map((thing) => inRepository(toThing(thing), data['id'] ?? null)),
      } as const;
      return listPages(context, list, position);
    },
    partitionOf: (row) => String(objectAt(row, 'repository')['id'] ?? ''),
    async get(context: Context<GithubSettings>, at: Reference<Row>): Promise<Row | Absent> {
      const { repository, number, id } = at.row ? { repository: repositoryOf(at.row), number: numberOf(at.row), id: objectAt(at.row, 'repository')['id'] ?? null } : { ...at.locate };
      if (!repository || !number) return ABSENT;
      const read = async (name: string): Promise<Row | Absent> => {
        // 410: it was deleted. What was transferred answers as another, which is none of ours.
        const answer = await context.http.send({ url: `${repositoryPath(name)}${path}/${pathOf(String(number))}`, accept: [404, 410] });
        const row = answer.status === 200 ? inRepository(toThing(objectOf(answer.body)), id ?? null) : ABSENT;
        return row === ABSENT || (identity === undefined && String(idOf(row)) !== at.key) ? ABSENT : row;
      };
      const found = await read(String(repository));
      if (found !== ABSENT || id === undefined || id === null) return found;
      // The repository may have another name by now, and the old one may be another's.
      const now = await nameOfRepository(context, String(id));
      return now === undefined || now === repository ? ABSENT : read(now);
    },
    member: ({ settings }, row) => isSelected(settings, ownerOf(repositoryOf(row))) && (spec.isWanted?.(settings, row) ?? true),
  };
}
