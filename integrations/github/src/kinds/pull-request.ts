import type { JsonObject } from '@integration-framework/framework';
import { objectsOf } from '../client';
import { importEnvelope, namedRepository, objectAt, textAt, without } from '../rows';
import { wantsOnlyOpen } from '../settings';
import { kindInside } from './inside';

/** What the list does not give. */
const EXTRAS = new Set([
  ...['additions', 'deletions', 'changed_files', 'commits', 'comments', 'review_comments', 'maintainer_can_modify'],
  ...['merged', 'merged_by', 'mergeable', 'mergeable_state', 'rebaseable'],
]);

const branch = (row: JsonObject, side: 'head' | 'base'): JsonObject => ({ ...objectAt(row, side), repo: namedRepository(objectAt(row, side), 'repo') });

export const toPullRequest = (row: JsonObject): JsonObject => ({ ...without(row, EXTRAS), head: branch(row, 'head'), base: branch(row, 'base') });

const repositoryOf = (row: JsonObject): string => textAt(objectAt(objectAt(row, 'base'), 'repo'), 'full_name');

export const pullRequest = kindInside({
  name: 'pull-request',
  importType: 'github-import-pull_request',
  path: '/pulls',
  query: (settings) => ({ state: wantsOnlyOpen(settings) ? 'open' : 'all', sort: 'created', direction: 'asc' }),
  rowsOf: objectsOf,
  toRow: toPullRequest,
  repositoryOf,
  numberOf: (row) => String(row['number'] ?? ''),
  envelope: (row) => importEnvelope('pull_request', row, repositoryOf(row)),
  isWanted: (settings, row) => !wantsOnlyOpen(settings) || row['state'] === 'open',
});
