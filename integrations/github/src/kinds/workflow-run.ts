import type { JsonObject } from '@integration-framework/framework';
import { objectOf, objectsOf } from '../client';
import { namedRepository, without } from '../rows';
import { kindInside } from './inside';

/** What not every call gives. */
const EXTRAS = new Set(['referenced_workflows', 'head_repository_id']);

export const toWorkflowRun = (row: JsonObject): JsonObject => ({ ...without(row, EXTRAS), repository: namedRepository(row, 'repository'), head_repository: namedRepository(row, 'head_repository') });

export const workflowRun = kindInside({
  name: 'workflow-run',
  imported: 'workflow_run',
  path: '/actions/runs',
  rowsOf: (answer) => objectsOf(objectOf(answer)['workflow_runs']),
  toThing: toWorkflowRun,
});
