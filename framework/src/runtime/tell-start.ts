import { auditMessages, components, type AuditLog } from '../audit';
import { isError, type ProcessSettings } from '../config';
import type { Entry, FailedEntry } from '../load';
import { serverName } from './open-audit';

const { access, runtime } = auditMessages;

export interface Starting {
  readonly version: string;
  readonly process: Pick<ProcessSettings, 'exposed' | 'apiToken' | 'httpAddress' | 'servicePrefix'>;
  readonly entries: readonly Entry[];
  readonly failed: readonly FailedEntry[];
}

/** Says at the start what the process has before it, and what of its configuration somebody has to look at. */
export function tellStart(audit: AuditLog, starting: Starting): void {
  const { entries, process } = starting;
  const count = entries.filter((entry) => entry.connector).length;
  audit.log('start', runtime.initialising, { serverName, version: starting.version, count });
  if (count === 0) audit.log('start', runtime.noConnectors, {});
  for (const entry of starting.failed) tellFailed(audit.child(audit.component, { connector: entry.identifier }), entry);
  for (const entry of entries) tellEntry(audit, entry, process.servicePrefix);
  if (process.exposed && !process.apiToken) audit.child(components.access).log('open the routes', access.tokenMissing, { address: process.httpAddress });
}

/** One record for each kind of trouble an entry may be in: every problem of it stands in the text log and in REST. */
function tellFailed(log: AuditLog, { identifier: connectorName, type: connectorType, path, problems }: FailedEntry): void {
  const [first] = problems.filter(isError);
  if (!first) return;
  const reason = `${first.message}${problems.length > 1 ? ` (the first of ${problems.length} problems)` : ''}`;
  if (first.code.startsWith('INTEGRATION_')) log.log('load', runtime.notAConnector, { connectorName, connectorType, reason });
  else if (first.path.startsWith(`${path}.connection`)) log.log('load', runtime.connectionWrong, { connectorName, reason });
  else log.log('load', runtime.entryWrong, { connectorName, connectorType, reason });
}

function tellEntry(audit: AuditLog, { identifier: connectorName, incoming, connector }: Entry, prefix: string): void {
  const scope = { connector: connectorName };
  for (const service of connector?.reduced ?? []) audit.child(audit.component, scope).log('read the direction', runtime.directionReduced, { connectorName, service });
  for (const route of [incoming.webhook, incoming.import]) {
    if (route?.authentication === 'none') audit.child(components.access, scope).log('open the routes', access.webhookOpen, { connectorName, route: `${prefix}${route.path}` });
  }
  if (connector && incoming.callers === 'none') audit.child(components.access, scope).log('open the routes', access.webhookOpen, { connectorName, route: `${prefix}/${encodeURIComponent(connectorName)}/` });
}
