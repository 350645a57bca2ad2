import { eventCatalogue } from '@integration-framework/framework';
import { objectAt } from './rows';

export const live = eventCatalogue({
  verify: { scheme: 'hmac', header: 'X-Hub-Signature-256' },
  form: true,
  deliveryId: [{ header: 'x-github-delivery' }],
  eventType: [{ header: 'x-github-event' }],
  tests: ['ping'],
  rules: [
    { kind: 'repository', write: ['repository'], deleteWhen: { action: ['deleted'] }, keys: ['repository.id*'] },
    { kind: 'pull-request', write: ['pull_request'], keys: ['pull_request.id*'] },
    // A transferred issue is gone here; the new one is told of by an event of its own.
    { kind: 'issue', write: ['issues'], deleteWhen: { action: ['deleted', 'transferred'] }, keys: ['issue.id*', 'repository.id'] },
    { kind: 'release', write: ['release'], deleteWhen: { action: ['deleted'] }, keys: ['release.id*', 'repository.id'] },
    { kind: 'label', write: ['label'], deleteWhen: { action: ['deleted'] }, keys: ['label.id*', 'repository.id'] },
    { kind: 'deployment', write: ['deployment'], keys: ['deployment.id*', 'repository.id'] },
    { kind: 'workflow-run', write: ['workflow_run'], keys: ['workflow_run.id*', 'workflow.id'] },
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
