import type { Delivery, Json } from '@integration-framework/framework';

const author = { accountId: '557058:a1', displayName: 'Ann' };
const issue = {
  id: '10001',
  self: 'https://acme.atlassian.net/rest/api/2/issue/10001',
  key: 'SHOP-7',
  fields: { summary: 'Pay page slow', description: 'As *text*', created: '2026-01-10T10:00:00.000+0000', updated: '2026-02-01T10:11:12.345+0100', project: { id: '10001', key: 'SHOP' } },
};
const project = { id: 10001, self: 'https://acme.atlassian.net/rest/api/2/project/10001', key: 'SHOP', name: 'Shop' };
const version = { id: '10001', name: '1.0', archived: false, released: true, projectId: 10001 };
const issueLink = { id: 10001, sourceIssueId: 10001, destinationIssueId: 10002, issueLinkType: { id: 10100, name: 'Blocks' }, systemLink: false };
const comment = { id: '10001', author, body: 'Seen', created: '2026-01-11T10:00:00.000+0000', updated: '2026-01-11T10:00:00.000+0000' };
const worklog = { id: '10001', issueId: '10001', author, timeSpentSeconds: 3600 };

const delivery = (webhookEvent: string, more: { readonly [member: string]: Json }): Delivery => ({
  headers: { 'x-atlassian-webhook-identifier': `a-${webhookEvent}` },
  body: { timestamp: 1_769_940_672_345, webhookEvent, ...more },
});

/** One delivery of each event, in the shapes of Jira's documentation. */
export const deliveries: readonly Delivery[] = [
  ...['jira:issue_created', 'jira:issue_updated', 'jira:issue_deleted'].map((name) => delivery(name, { issue_event_type_name: 'issue_generic', user: author, issue })),
  ...['issuelink_created', 'issuelink_deleted'].map((name) => delivery(name, { issueLink })),
  ...['project_created', 'project_updated', 'project_restored_deleted', 'project_deleted', 'project_soft_deleted'].map((name) => delivery(name, { project })),
  ...['jira:version_created', 'jira:version_updated', 'jira:version_released', 'jira:version_unreleased', 'jira:version_deleted'].map((name) => delivery(name, { version })),
  ...['comment_created', 'comment_updated', 'comment_deleted'].map((name) => delivery(name, { comment, issue: { id: '10001', key: 'SHOP-7' } })),
  ...['worklog_created', 'worklog_updated', 'worklog_deleted'].map((name) => delivery(name, { worklog })),
];
