import { eventCatalogue } from '@integration-framework/framework';
import { toIssue, toProject } from './rows';

export const live = eventCatalogue({
  verify: { scheme: 'hmac', header: 'X-Hub-Signature' },
  deliveryId: [{ header: 'x-atlassian-webhook-identifier' }],
  eventType: [{ member: 'webhookEvent' }],
  at: 'timestamp',
  rules: [
    { kind: 'issue', write: ['jira:issue_created', 'jira:issue_updated'], delete: ['jira:issue_deleted'], keys: ['issue.id*'], row: toIssue },
    { kind: 'issue-link', write: ['issuelink_created'], delete: ['issuelink_deleted'], keys: ['issueLink.id*'] },
    {
      kind: 'project',
      write: ['project_created', 'project_updated', 'project_restored_deleted'],
      delete: ['project_deleted', 'project_soft_deleted'],
      keys: ['project.id*'],
      row: toProject,
    },
    {
      kind: 'version',
      write: ['jira:version_created', 'jira:version_updated', 'jira:version_released', 'jira:version_unreleased'],
      delete: ['jira:version_deleted'],
      keys: ['version.id*'],
    },
    { kind: 'comment', write: ['comment_created', 'comment_updated'], delete: ['comment_deleted'], keys: ['comment.id*'] },
    { kind: 'worklog', write: ['worklog_created', 'worklog_updated'], delete: ['worklog_deleted'], keys: ['worklog.id*'] },
  ],
});
