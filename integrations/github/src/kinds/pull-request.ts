import type { JsonObject } from '@integration-framework/framework';
import { objectsOf } from '../client';
import { namedRepository, objectAt, without } from '../rows';
import { wantsOnlyOpen } from '../settings';
import { kindInside } from './inside';

/** What the list does not give. */
const EXTRAS = new Set([
  ...['additions', 'deletions', 'changed_files', 'commits', 'comments', 'review_comments', 'maintainer_can_modify'],
  ...['merged', 'merged_by', 'mergeable', 'mergeable_state', 'rebaseable'],
]);

const branch = (row: JsonObject, side: 'head' | 'base'): JsonObject => ({ ...objectAt(row, side), repo: namedRepository(objectAt(row, side), 'repo') });

export const toPullRequest = (row: JsonObject): JsonObject => ({ ...without(row, EXTRAS), head: branch(row, 'head'), base: branch(row, 'base') });

export const pullRequest = kindInside({
  name: 'pull-request',
  imported: 'pull_request',
  path: '/pulls',
  query: (settings) => ({ state: wantsOnlyOpen(settings) ? 'open' : 'all', sort: 'created', direction: 'asc' }),
  rowsOf: objectsOf,
  toThing: toPullRequest,
  numberOf: (row) => String(row['number'] ?? ''),
  isWanted: (settings, row) => !wantsOnlyOpen(settings) || row['state'] === 'open',
});
