import { eventCatalogue, type Json, type JsonObject, type Position } from '@integration-framework/framework';
import { toIssue } from './kinds/issue';
import { toPullRequest } from './kinds/pull-request';
import { toRepository } from './kinds/repository';
import { toWorkflowRun } from './kinds/workflow-run';
import { objectAt, textAt } from './rows';

/** Where `get` finds a thing: its id alone does not tell. */
function inRepository(body: JsonObject, number: Json | undefined): Position {
  return { repository: textAt(objectAt(body, 'repository'), 'full_name'), number: String(number ?? '') };
}

export const live = eventCatalogue({
  verify: { scheme: 'hmac', header: 'X-Hub-Signature-256' },
  form: true,
  deliveryId: [{ header: 'x-github-delivery' }],
  eventType: [{ header: 'x-github-event' }],
  tests: ['ping'],
  rules: [
    { kind: 'repository', write: ['repository'], deleteWhen: { action: ['deleted'] }, keys: ['repository.id*'], row: toRepository },
    { kind: 'pull-request', write: ['pull_request'], keys: ['pull_request.id*'], row: toPullRequest, locate: ({ number }, body) => inRepository(body, number) },
    // A transferred issue is gone here; the new one is told of by an event of its own.
    {
      kind: 'issue',
      write: ['issues'],
      deleteWhen: { action: ['deleted', 'transferred'] },
      keys: ['issue.id*', 'repository.id'],
      row: toIssue,
      locate: ({ number }, body) => inRepository(body, number),
    },
    { kind: 'release', write: ['release'], deleteWhen: { action: ['deleted'] }, keys: ['release.id*', 'repository.id'] },
    { kind: 'label', write: ['label'], deleteWhen: { action: ['deleted'] }, keys: ['label.id*', 'repository.id'] },
    { kind: 'deployment', write: ['deployment'], keys: ['deployment.id*', 'repository.id'] },
    { kind: 'workflow-run', write: ['workflow_run'], keys: ['workflow_run.id*', 'workflow.id'], row: toWorkflowRun, locate: ({ id }, body) => inRepository(body, id) },
    { kind: 'workflow-job', write: ['workflow_job'], keys: ['workflow_job.id*', 'workflow_job.run_id'] },
    { kind: 'package', write: ['package'], keys: ['package.id*', 'package.namespace'] },
    { kind: 'token-request', write: ['personal_access_token_request'], keys: ['personal_access_token_request.id*', 'personal_access_token_request.token_id'] },
    {
      kind: 'advisory',
      write: ['repository_advisory'],
      keys: ['repository_advisory.ghsa_id*', 'repository.id*'],
      // The advisory does not name its repository.
      row(advisory, body) {
        const { id = null, full_name: fullName = null } = objectAt(body, 'repository');
        return { ...advisory, repository: { id, full_name: fullName } };
      },
    },
  ],
});
