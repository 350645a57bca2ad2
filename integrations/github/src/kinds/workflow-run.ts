import type { JsonObject } from '@integration-framework/framework';
import { objectOf, objectsOf } from '../client';
import { idOf, importEnvelope, namedRepository, objectAt, textAt, without } from '../rows';
import { kindInside } from './inside';

/** What not every call gives. */
const EXTRAS = new Set(['referenced_workflows', 'head_repository_id']);

export const toWorkflowRun = (row: JsonObject): JsonObject => ({ ...without(row, EXTRAS), repository: namedRepository(row, 'repository'), head_repository: namedRepository(row, 'head_repository') });

const repositoryOf = (row: JsonObject): string => textAt(objectAt(row, 'repository'), 'full_name');

export const workflowRun = kindInside({
  name: 'workflow-run',
  importType: 'github-import-workflow_run',
  path: '/actions/runs',
  rowsOf: (answer) => objectsOf(objectOf(answer)['workflow_runs']),
  toRow: toWorkflowRun,
  repositoryOf,
  numberOf: (row) => String(idOf(row)),
  envelope: (row) => importEnvelope('workflow_run', row, repositoryOf(row)),
});
