import { auditMessages, type AuditLog } from '../audit';
import type { Connectors } from './connectors';

const { runtime } = auditMessages;

/** Stops the connectors, and says each step of it; what each of them says of itself stands between. */
export async function tellStop(connectors: Pick<Connectors, 'inFlight' | 'abandoned' | 'stop' | 'count'>, audit: AuditLog): Promise<void> {
  if (connectors.count === 0) return connectors.stop();
  audit.log('stop', runtime.methodsAborted, { count: connectors.inFlight().length });
  await connectors.stop();
  const methods = connectors.abandoned();
  if (methods.length > 0) audit.log('stop', runtime.methodsAbandoned, { count: methods.length, methods });
  audit.log('stop', runtime.contextsClosed, {});
}
