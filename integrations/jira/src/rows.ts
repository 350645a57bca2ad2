import { isObject, type JsonObject } from '@integration-framework/framework';

/** The object itself where it has none of these: the rule, and events come in floods. */
function without(object: JsonObject, left: ReadonlySet<string>): JsonObject {
  for (const name of left) if (Object.hasOwn(object, name)) return Object.fromEntries(Object.entries(object).filter(([key]) => !left.has(key)));
  return object;
}

/** What can be asked for beside an issue, and `expand`, which says so. */
const BESIDE = new Set(['expand', 'changelog', 'editmeta', 'names', 'operations', 'properties', 'renderedFields', 'schema', 'transitions', 'versionedRepresentations']);
/** Kinds of their own, and what depends on who asks. */
const LEFT_OUT = new Set(['comment', 'worklog', 'lastViewed']);

/** What a list, the call for one issue and a webhook have in common. */
export const FIELDS: readonly string[] = ['*all', ...[...LEFT_OUT].map((name) => `-${name}`)];

export function toIssue(issue: JsonObject): JsonObject {
  const bare = without(issue, BESIDE);
  if (!isObject(issue['fields'])) return bare;
  const fields = without(issue['fields'] as JsonObject, LEFT_OUT);
  return fields === issue['fields'] ? bare : { ...bare, fields };
}

/** `expand` depends on the call and says nothing about the project. */
export const toProject = ({ expand: _, ...project }: JsonObject): JsonObject => project;
