import { eventCatalogue, type Json, type JsonObject, type Position } from '@integration-framework/framework';
import { toDeployment } from './kinds/deployment';
import { toIssue } from './kinds/issue';
import { toPullRequest } from './kinds/pull-request';
import { toRelease } from './kinds/release';
import { toRepository } from './kinds/repository';
import { toWorkflowRun } from './kinds/workflow-run';
import { inRepository, objectAt, textAt } from './rows';

const idOfRepository = (body: JsonObject): Json => objectAt(body, 'repository')['id'] ?? null;

/** The row of a kind inside repositories, as its list gives it. */
const inside =
  (toThing: (thing: JsonObject) => JsonObject) =>
  (thing: JsonObject, body: JsonObject): JsonObject =>
    inRepository(toThing(thing), idOfRepository(body));

/** Where `get` finds a thing: its id alone does not tell. */
const locatedBy =
  (member: 'number' | 'id') =>
  (thing: JsonObject, body: JsonObject): Position => ({
    repository: textAt(objectAt(body, 'repository'), 'full_name'),
    number: String(thing[member] ?? ''),
    id: Number(idOfRepository(body)),
  });

// Behind `or`: where the envelope of a read row has it.
export const live = eventCatalogue({
  verify: { scheme: 'hmac', header: 'X-Hub-Signature-256' },
  form: true,
  deliveryId: [{ header: 'x-github-delivery' }],
  eventType: [{ header: 'x-github-event' }],
  tests: ['ping'],
  rules: [
    { kind: 'repository', write: ['repository'], deleteWhen: { action: ['deleted'] }, object: 'repository', keys: ['repository.id or id*'], row: toRepository },
    { kind: 'pull-request', write: ['pull_request'], object: 'pull_request', keys: ['pull_request.id or id*'], row: inside(toPullRequest), locate: locatedBy('number') },
    // A transferred issue is gone here; the new one is told of by an event of its own.
    {
      kind: 'issue',
      write: ['issues'],
      deleteWhen: { action: ['deleted', 'transferred'] },
      object: 'issue',
      keys: ['issue.id or id*', 'repository.id or data.repository.id'],
      row: inside(toIssue),
      locate: locatedBy('number'),
    },
    { kind: 'release', write: ['release'], deleteWhen: { action: ['deleted'] }, object: 'release', keys: ['release.id or id*', 'repository.id'], row: inside(toRelease), locate: locatedBy('id') },
    { kind: 'label', write: ['label'], deleteWhen: { action: ['deleted'] }, keys: ['label.id*', 'repository.id'] },
    { kind: 'deployment', write: ['deployment'], object: 'deployment', keys: ['deployment.id or id*', 'repository.id'], row: inside(toDeployment), locate: locatedBy('id') },
    { kind: 'workflow-run', write: ['workflow_run'], object: 'workflow_run', keys: ['workflow_run.id or id*', 'workflow.id or data.workflow_id'], row: inside(toWorkflowRun), locate: locatedBy('id') },
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
