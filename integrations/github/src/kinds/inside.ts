import { ABSENT, type Absent, type Context, type JsonObject, type Kind, type PlanContext, type Reference } from '@integration-framework/framework';
import { listPages, objectOf, repositoryPath } from '../client';
import { idOf, textAt, updatedAt } from '../rows';
import { hasAccount, isSelected, type GithubSettings } from '../settings';

/** What a kind of things inside repositories says of itself. */
interface Inside {
  readonly name: string;
  readonly importType: string;
  /** Below the repository. */
  path: string;
  query?(settings: GithubSettings): Readonly<Record<string, string>>;
  rowsOf(answer: unknown): readonly JsonObject[];
  /** From what any call gives. */
  toRow(thing: JsonObject): JsonObject;
  /** Full name of its repository; '' when the row does not tell. */
  repositoryOf(row: JsonObject): string;
  /** What names it in the address of the call for one. */
  numberOf(row: JsonObject): string;
  envelope(row: JsonObject): JsonObject;
  isWanted?(settings: GithubSettings, row: JsonObject): boolean;
}

/** One partition for each repository; a repository that is renamed keeps its own. */
async function* repositories(context: PlanContext<GithubSettings>) {
  for await (const row of context.stored<JsonObject>('repository')) yield { name: String(idOf(row)), data: { repository: textAt(row, 'full_name') } };
}

export function kindInside(spec: Inside): Kind<GithubSettings, JsonObject> {
  const { name, importType, path, toRow, repositoryOf, numberOf, envelope } = spec;
  return {
    name,
    importType,
    key: (row) => [idOf(row)],
    version: updatedAt,
    envelope,
    after: ['repository'],
    paging: 'drifting',
    listed: hasAccount,
    partitions: repositories,
    scan: (context, position) =>
      listPages(
        context,
        {
          url: `${repositoryPath(String(context.partition.data?.['repository'] ?? ''))}${path}`,
          inside: true,
          ...(spec.query && { query: spec.query(context.settings) }),
          rowsOf: (answer) => spec.rowsOf(answer).map(toRow),
        },
        position,
      ),
    async get(context: Context<GithubSettings>, at: Reference<JsonObject>): Promise<JsonObject | Absent> {
      const repository = at.row ? repositoryOf(at.row) : String(at.locate?.['repository'] ?? '');
      const number = at.row ? numberOf(at.row) : String(at.locate?.['number'] ?? '');
      if (repository === '' || number === '') return ABSENT;
      // 410: it was deleted; what was transferred answers as another, which is none of ours.
      const answer = await context.http.send({ url: `${repositoryPath(repository)}${path}/${encodeURIComponent(number)}`, accept: [404, 410] });
      return answer.status === 200 ? toRow(objectOf(answer.body)) : ABSENT;
    },
    member: ({ settings }, row) => isSelected(settings, repositoryOf(row)) && (spec.isWanted?.(settings, row) ?? true),
  };
}
