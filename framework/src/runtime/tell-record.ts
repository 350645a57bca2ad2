import type { LifecycleRecord } from '../connector';
import type { Log } from '../contract';

/** One line of the text log for what operators look for; all of it stands in the audit log. */
export function tellRecord(log: Log, record: LifecycleRecord): void {
  const fields = { integration: record.identifier, target: record.target };
  switch (record.is) {
    case 'status':
      return log.debug('connector', { ...fields, from: record.from, to: record.to });
    case 'error': {
      const { failing, method } = record;
      if (!record.repeated) log.warn('a connector failed', { ...fields, method, code: failing.code, reason: failing.message, attempts: failing.attempts });
      return;
    }
    case 'blocked':
      return log.warn('a connector kept the process from everything else', { ...fields, method: record.method, ms: record.ms });
    case 'late':
      return log.warn('what a connector did too late was discarded', { ...fields, method: record.method });
    default:
      return undefined;
  }
}
