import { callAsVendor, signatureOf, type Answered } from './vendor-call';

/** Time that Jira writes, `n` seconds after a beginning. */
export const jiraTime = (n: number): string => new Date(1_767_225_600_000 + n * 1_000).toISOString().replace('Z', '+0000');

export interface IssueEvent {
  readonly id: string;
  readonly event?: 'created' | 'updated' | 'deleted';
  /** Orders the states of the issue. */
  readonly second: number;
  readonly summary?: string;
}

/** Body of an issue's event, as Jira Cloud sends it. */
export const issueEvent = ({ id, event = 'updated', second, summary = `summary ${second}` }: IssueEvent): object => ({
  timestamp: Date.parse(jiraTime(second).replace('+0000', 'Z')),
  webhookEvent: `jira:issue_${event}`,
  issue_event_type_name: 'issue_generic',
  user: { accountId: '5b10a2844c20165700ede21g', displayName: 'A user' },
  issue: {
    id,
    self: `https://example.atlassian.net/rest/api/2/issue/${id}`,
    key: `SHOP-${id}`,
    fields: { summary, description: `what ${id} is about`, created: jiraTime(0), updated: jiraTime(second), labels: ['web'], project: { id: '10001', key: 'SHOP' } },
  },
});

/** Body of an event about a project or a version: their order is the time of the delivery. */
export const thingEvent = (kind: 'project' | 'version', event: 'created' | 'updated' | 'deleted', of: { readonly id: number; readonly second: number }): object => ({
  timestamp: Date.parse(jiraTime(of.second).replace('+0000', 'Z')),
  webhookEvent: kind === 'version' ? `jira:version_${event}` : `project_${event}`,
  [kind]: { id: of.id, key: 'SHOP', name: `${kind} ${of.second}` },
});

export interface JiraSender {
  /** Signed as Jira does. `delivery`: the value of X-Atlassian-Webhook-Identifier. */
  send(body: object | string, delivery?: string): Promise<Answered>;
}

export const jiraSender = (of: { readonly url: () => string; readonly secret: string }): JiraSender => ({
  send(body, delivery) {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return callAsVendor(of.url(), {
      headers: { 'content-type': 'application/json', 'x-hub-signature': signatureOf(of.secret, text), ...(delivery !== undefined && { 'x-atlassian-webhook-identifier': delivery }) },
      body: text,
    });
  },
});
