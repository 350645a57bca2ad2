import { ABSENT, FrameworkError, type Absent, type Context, type HttpRequest, type JsonObject, type Key, type Kind, type PlanContext, type Position, type Reference, type Version } from '@integration-framework/framework';
import { listPages, objectOf } from '../client';
import { idAt, objectAt } from '../rows';
import { isInGroup } from '../selection';
import { hasAccount, type GitlabSettings } from '../settings';

/** What a kind of things inside projects says of itself. */
interface Inside {
  readonly name: string;
  readonly importType: string;
  /** Member of a project that is `disabled` where it has none of them. */
  readonly feature: string;
  /** Below the project. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly keys?: readonly string[];
  key(row: JsonObject): Key;
  version?(row: JsonObject): Version | undefined;
  /** From what any call gives. */
  toRow(thing: JsonObject, projectId: number): JsonObject;
  /** What names it inside its project. */
  nameOf(row: JsonObject): string;
  /** The call for one, below the list. */
  one(name: string): Pick<HttpRequest, 'url' | 'query'>;
  /** The thing in the answer to that call. */
  found(answer: unknown): JsonObject | undefined;
  /** Address of its web page. */
  addressOf(row: JsonObject): string;
}

/** Where `get` finds a thing that only an event told of. */
export const locate = (body: JsonObject, name: unknown): Position => ({ project: String(idAt(objectAt(body, 'project'), 'id')), name: String(name ?? '') });

/** One partition for each project that has such things at all. */
const projectsWith = (feature: string) =>
  async function* (context: PlanContext<GitlabSettings>) {
    for await (const row of context.stored<JsonObject>('project')) {
      if (row[feature] !== 'disabled') yield { name: String(idAt(row, 'id')), data: { project: String(idAt(row, 'id')) } };
    }
  };

const projectUrl = (project: string): string => `/projects/${encodeURIComponent(project)}`;

export function kindInside(spec: Inside): Kind<GitlabSettings, JsonObject> {
  const { name, importType, feature, keys, key, version, toRow } = spec;
  const isWhole = (row: JsonObject): boolean => key(row).every((member) => member !== '');

  /** A refusal tells that the project does without them now, or that the token may not read them. Only the first proves anything. */
  async function isSwitchedOff(context: Context<GitlabSettings>, project: string): Promise<boolean> {
    const answer = await context.http.send({ url: projectUrl(project), accept: [404] });
    return answer.status === 404 || objectOf(answer.body)[feature] === 'disabled';
  }

  return {
    name,
    importType,
    key,
    ...(keys && { keys }),
    ...(version && { version }),
    // Pushed objects have another shape than those of the API.
    claims: 'ask',
    after: ['project'],
    paging: 'drifting',
    listed: hasAccount,
    partitions: projectsWith(feature),
    partitionOf: (row) => String(idAt(row, 'project_id')),
    async *scan(context, position) {
      const project = String(context.partition.data?.['project'] ?? '');
      for await (const page of listPages(context, { url: `${projectUrl(project)}${spec.path}`, query: spec.query, inside: true }, position)) {
        const all = page.rows.map((thing) => toRow(thing, Number(project)));
        const rows = all.filter(isWhole);
        yield { rows, next: page.next, ...(rows.length < all.length && { incomplete: 'what names some of them is hidden from the token; give it the role Reporter' }) };
      }
    },
    async get(context: Context<GitlabSettings>, at: Reference<JsonObject>): Promise<JsonObject | Absent> {
      const project = String(at.row ? idAt(at.row, 'project_id') : (at.locate?.['project'] ?? ''));
      const named = at.row ? spec.nameOf(at.row) : String(at.locate?.['name'] ?? '');
      if (project === '' || named === '') return ABSENT;
      const { url, query } = spec.one(named);
      const answer = await context.http.send({ url: `${projectUrl(project)}${spec.path}${url}`, ...(query && { query }), accept: [403, 404] });
      if (answer.status === 403 && !(await isSwitchedOff(context, project))) throw new FrameworkError('SOURCE_REFUSED', [`GET ${projectUrl(project)}${spec.path}`, 403], { status: 403 });
      const thing = answer.status === 200 ? spec.found(answer.body) : undefined;
      return thing ? toRow(thing, Number(project)) : ABSENT;
    },
    member: (context, row) => isInGroup(context, spec.addressOf(row)),
  };
}
