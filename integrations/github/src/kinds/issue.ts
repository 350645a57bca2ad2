import type { JsonObject } from '@integration-framework/framework';
import { objectsOf } from '../client';
import { without } from '../rows';
import { kindInside } from './inside';

/** What not every call gives. */
const EXTRAS = new Set(['closed_by', 'repository', 'score', 'body_html', 'body_text', 'sub_issues_summary', 'issue_dependencies_summary', 'issue_field_values']);

export const toIssue = (row: JsonObject): JsonObject => without(row, EXTRAS);

export const issue = kindInside({
  name: 'issue',
  imported: 'issue',
  path: '/issues',
  query: () => ({ state: 'all', sort: 'created', direction: 'asc' }),
  // The list gives pull requests too; they are a kind of their own.
  rowsOf: (answer) => objectsOf(answer).filter((row) => row['pull_request'] === undefined),
  toThing: toIssue,
  numberOf: (row) => String(row['number'] ?? ''),
});
